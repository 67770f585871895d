//! The few questions that tests ask the engine itself. Whatever else they ask goes through the command line or `check`.

use clarlint::facts::{Engine, why};
use clarlint::graph::Program;
use clarlint::project::Project;

/// `CONTRACT.FUNCTION` and what `clarlint why` says of it before what the rules say, for every function.
pub fn summaries(project: &Project) -> Vec<(String, String)> {
    let program = Program::link(project);
    let mut engine = Engine::new(&program);
    program.functions().map(|function| (program.path(function), why(&mut engine, function))).collect()
}
