//! Bytes as the choices of a generator: whatever projects they make are checked.

use clarlint::config::Config;
use clarlint::project::Project;

use crate::generate::{Choices, typed, untyped};

pub fn run(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let choices = Choices::of_bytes(bytes);
    let texts = match kind % 3 {
        0 => untyped::project(choices),
        kind => {
            let version = if kind == 1 { 2 } else { 4 };
            let contracts = typed::program(choices, version).contracts;
            contracts.into_iter().map(|(name, text)| (format!("{name}.clar"), text)).collect()
        }
    };
    let texts = texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let project = Project::from_texts(texts);
    for contract in &project.contracts {
        let errors = &contract.syntax.errors;
        assert!(errors.is_empty(), "{errors:#?}\n{}", contract.syntax.tree.text());
    }
    super::hold(&project, &Config::default());
}
