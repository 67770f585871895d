//! `unknown-contract`: a call of, or a trait from, a contract that the project does not have.

use rustc_hash::FxHashMap;

use super::{Check, Group, Lint, Rule};
use crate::config::table::closest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::LinkFault;

pub const RULE: Rule = Rule {
    id: "unknown-contract",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/unknown-contract.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    // What is written without a deployer is the deployer's of who writes it.
    let mut names: FxHashMap<Option<&str>, Vec<&str>> = FxHashMap::default();
    for known in &program.project.contracts {
        names.entry(known.issuer.as_deref()).or_default().push(&known.name);
    }
    let mut found = Vec::new();
    for broken in &program.broken {
        let contract = program.contract(broken.contract);
        let LinkFault::UnknownContract { name } = &broken.fault else { continue };
        // A contract of another deployer may well be on the chain: calls to it are counted as not checked.
        if !contract.linted || name.starts_with('\'') {
            continue;
        }
        let at = program.location_in(broken.contract, broken.span);
        let wanted = name.trim_start_matches('.');
        let known = names.get(&contract.issuer.as_deref()).into_iter().flatten().copied();
        let help = match closest(wanted, known) {
            Some(near) => format!("did you mean `.{near}`?"),
            None => format!("add the contract `{wanted}` to the project, or name the one that is meant"),
        };
        let message = format!("the project has no contract `{wanted}`");
        found.push(Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(wanted));
    }
    found
}
