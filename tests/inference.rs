//! Inference against the chain's analyser, expression by expression, on the contracts of this repository.

mod oracle;

use std::path::Path;

use clarlint::config::Config;
use clarlint::project::{Load, Project};

/// Fails for every difference, and shows the first ones.
fn agree(project: &Project) -> oracle::Comparison {
    let found = oracle::compare(project);
    let first: Vec<_> = found.differences.iter().take(20).collect();
    assert!(first.is_empty(), "{} differences: {first:#?}", found.differences.len());
    found
}

#[test]
fn the_bundled_protocol_has_the_types_that_the_chain_gives_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Project::load(&Load::around(root), &Config::default(), Vec::new());
    let found = agree(&project);
    assert!(found.needless.is_empty(), "the chain has to be asked: {:#?}", found.needless);
    assert!(found.expressions > 1000, "there is something to compare");
}
