//! `internal-error`: a rule that panicked.

use super::{Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Program;
use crate::project::ContractId;
use crate::source::{Location, Span};

pub const RULE: Rule = Rule {
    id: "internal-error",
    group: Group::Run,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/internal-error.md"),
    checks: &[],
    yields_to: &[],
};

/// What is said when `rule` panicked: at the start of the first linted contract, since it is nobody's fault there.
pub(super) fn of(program: &Program<'_>, rule: &Rule) -> Option<Diagnostic> {
    let contract = program.project.contracts.iter().find(|contract| contract.linted)?;
    let at = Location { file: contract.file, span: Span::default() };
    let message = format!("the rule `{}` failed; its findings are missing", rule.id);
    Some(
        Diagnostic::new(RULE.id, Severity::Error, at, message)
            .help("this is a fault of clarlint: please report it together with the contracts that show it")
            .key(rule.id),
    )
}

/// What is said of a contract that could not be analysed at all.
pub(super) fn of_contract(program: &Program<'_>, contract: ContractId) -> Diagnostic {
    let contract = program.contract(contract);
    let at = Location { file: contract.file, span: Span::default() };
    let message = format!("the analysis of `{}` failed; nothing in it was checked", contract.name);
    Diagnostic::new(RULE.id, Severity::Error, at, message)
        .help("this is a fault of clarlint: please report it together with the contract")
        .key("analysis")
}
