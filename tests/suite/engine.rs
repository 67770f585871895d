//! The few questions that tests ask the engine itself. Whatever else they ask goes through the command line or `check`.

use clarlint::analysis::Analysis;
use clarlint::config::Policy;
use clarlint::facts::why;
use clarlint::graph::Program;
use clarlint::project::Project;

/// `CONTRACT.FUNCTION` and what `clarlint why` says of it before what the rules say, for every function.
pub fn summaries(project: &Project) -> Vec<(String, String)> {
    let program = Program::link(project);
    let policy = Policy::default();
    let analysis = Analysis::new(&program, &policy, None);
    let mut engine = analysis.whole().engine;
    program.functions().map(|function| (program.path(function), why(&mut engine, function))).collect()
}
