//! `type-error`: what the chain's analyser objects to.

use super::{Check, Group, Lint, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::LinkFault;
use crate::project::ContractId;
use crate::types::Outcome;

pub const RULE: Rule = Rule {
    id: "type-error",
    group: Group::Types,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/type-error.md"),
    checks: &[Check::Program(check)],
    yields_to: &["hardcoded-address"],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let (program, types) = (lint.program, lint.analysis.types());
    let mut found = Vec::new();
    for id in program.project.contract_ids().filter(|&id| program.contract(id).linted) {
        let Some(Outcome::Rejected(fault)) = types.outcome(id) else { continue };
        if is_explained(lint, id) {
            continue;
        }
        let contract = program.contract(id);
        let at = program.location_in(id, fault.span);
        let message = format!("the chain does not take `{}`: {}", contract.name, fault.message);
        let help = "correct this first: the chain names one fault at a time, and others may come after it";
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).help(help);
        let within = program.functions_of(id).find(|&function| {
            let span = program.function(function).span;
            span.start <= fault.span.start && fault.span.end <= span.end
        });
        diagnostic.function = within.map(|function| program.name(function).to_string());
        found.push(diagnostic);
    }
    found
}

/// Whether another rule has said already why the chain does not take the contract. A wrong number of arguments of a
/// function of the same contract is no reason for the chain.
fn is_explained(lint: &Lint<'_>, contract: ContractId) -> bool {
    let program = lint.program;
    program.broken.iter().filter(|broken| broken.contract == contract).any(|broken| match broken.fault {
        LinkFault::UnknownContract { .. } | LinkFault::UnknownFunction { .. } => true,
        LinkFault::WrongArgumentCount { function, .. } => function.contract != contract,
    })
}
