//! What others may know of contracts, as `src/types/known/interfaces.txt` has it:
//! `cargo run --example interfaces -- FOLDER CONTRACT ..`. A contract's other names follow it after commas.

use std::path::Path;

use clarlint::config::Config;
use clarlint::project::{Load, Project, QualifiedName};
use clarlint::types::{Ask, Outcome, each, known};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(Ok(folder)) = arguments.next().map(|folder| Path::new(&folder).canonicalize()) else {
        eprintln!("usage: interfaces FOLDER CONTRACT ..");
        std::process::exit(2);
    };
    let wanted: Vec<_> = arguments.collect();
    let first = |names: &str| QualifiedName::parse(names.split(',').next().unwrap_or_default());
    let mut project = Project::load(&Load::around(&folder), &Config::default(), Vec::new());
    for contract in &mut project.contracts {
        let name = Some(contract.qualified_name());
        contract.linted = wanted.iter().any(|names| first(names) == name);
    }
    let mut found = Vec::new();
    each(&project, Ask::Doubtful, |id, judged| {
        if let Some(Outcome::Checked(checked)) = judged.outcome {
            found.push((project.contract(id).qualified_name(), known::write(&checked.interface)));
        }
    });
    for names in &wanted {
        match found.iter().find(|(name, _)| Some(name) == first(names).as_ref()) {
            Some((_, lines)) => println!("contract {}\n{lines}\n", names.replace(',', " ")),
            None => eprintln!("{names} is not there"),
        }
    }
}
