//! Contracts that are there for tests alone.

use std::collections::BTreeSet;

use crate::graph::Program;
use crate::project::{ContractId, is_for_tests};

/// So many files are named one by one.
const MOST_FILES: usize = 4;

/// Files of contracts that are there for tests, as globs from the project's folder, and how many contracts those are: all
/// in a folder for tests, and those that are called so and that no other contract calls. What is published on mainnet is
/// none of them.
pub fn scaffolding(program: &Program<'_>, on_mainnet: &BTreeSet<String>) -> (Vec<String>, usize) {
    let project = program.project;
    let path = |contract: ContractId| {
        let path = project.file(program.contract(contract).file).path.as_str();
        path.strip_prefix(&format!("{}/", project.own_folder)).unwrap_or(path)
    };
    let may = |&contract: &ContractId| {
        let contract = program.contract(contract);
        contract.reported && !on_mainnet.contains(&contract.name)
    };
    let (within, others): (Vec<_>, Vec<_>) =
        project.contract_ids().filter(may).partition(|&contract| folder(path(contract)).is_some());
    let named = |&contract: &ContractId| is_for_tests(&program.contract(contract).name);
    let mut alone: Vec<_> = others.into_iter().filter(named).collect();
    let serve: BTreeSet<_> = within.iter().chain(&alone).copied().collect();
    let mut callers = project.contract_ids().filter(|contract| !serve.contains(contract)).collect::<Vec<_>>();
    callers
        .retain(|&contract| program.called_contracts(contract).iter().any(|callee| serve.contains(callee)));
    let is_called = |contract: &ContractId| {
        callers.iter().any(|&caller| program.called_contracts(caller).contains(contract))
    };
    alone.retain(|contract| !is_called(contract));
    alone.truncate(MOST_FILES);
    let folders: BTreeSet<_> = within.iter().filter_map(|&contract| folder(path(contract))).collect();
    let last = |folder: &str| folder.rsplit('/').next().unwrap_or(folder).to_owned();
    // Folders of one name in several places are one glob.
    let globs = folders.iter().map(|one| match folders.iter().filter(|it| last(it) == last(one)).count() {
        1 => (*one).to_owned(),
        _ => format!("**/{}", last(one)),
    });
    let globs: BTreeSet<_> = globs.collect();
    let files = alone.iter().map(|&contract| path(contract).to_owned());
    (globs.into_iter().chain(files).collect(), within.len() + alone.len())
}

/// The outermost folder of a path that is for tests.
fn folder(path: &str) -> Option<&str> {
    let mut ends = path.match_indices('/').map(|(at, _)| &path[..at]);
    ends.find(|folder| is_for_tests(folder.rsplit('/').next().unwrap_or(folder)))
}
