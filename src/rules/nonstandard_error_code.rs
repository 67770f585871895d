//! `nonstandard-error-code`: a code can leave an entrypoint that the protocol's standard does not know.

use super::error_codes::{constant, is_number, trace};
use super::evidence::listed;
use super::{Check, Group, Lint, Question, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Origin, Thrown};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "nonstandard-error-code",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/nonstandard-error-code.md"),
    checks: &[Check::Project(&[Question::Codes], check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let Some(standard) = &lint.policy.errors else { return Vec::new() };
    let mut found = Vec::new();
    for (&origin, leaves) in &lint.digest.codes.leaving {
        let is_unknown = |(entrypoint, thrown): &&(FunctionId, Thrown)| {
            is_number(&thrown.code) && !standard.knows(&lint.contract_name(*entrypoint), &thrown.code)
        };
        let mut leaves: Vec<_> = leaves.iter().filter(is_unknown).cloned().collect();
        // The shortest way is the easiest to follow.
        leaves.sort_by_key(|(entrypoint, thrown)| (thrown.calls.len(), *entrypoint));
        found.extend(report(lint, origin, &leaves));
    }
    found
}

fn report(lint: &Lint<'_>, origin: Origin, leaves: &[(FunctionId, Thrown)]) -> Option<Diagnostic> {
    let standard = lint.policy.errors.as_ref()?;
    let (first, thrown) = leaves.first()?;
    let program = lint.program;
    let (home, at) = match origin {
        Origin::Constant(contract, index) => (contract, constant(lint, contract, index).1),
        Origin::Literal(site) => (site.contract, program.location_in(site.contract, program.span(site))),
    };
    // What a contract that is not linted throws has to be translated where it comes in.
    let at = if program.contract(home).linted { at } else { program.location(*first) };
    let names: Vec<_> = leaves.iter().map(|(leaves, _)| format!("`{}`", program.path(*leaves))).collect();
    let what = match origin {
        Origin::Constant(contract, index) => {
            format!("`{}` is `{}`", constant(lint, contract, index).0, thrown.code)
        }
        Origin::Literal(_) => format!("`{}` is thrown", thrown.code),
    };
    let message = format!("{what}, which the protocol's error standard does not know");
    let codes: Vec<_> =
        standard.codes.iter().map(|(name, code)| format!("`{}` ({})", name.value, code.0)).collect();
    let help = match codes.is_empty() {
        true => "add the code to `[policy.errors]`".to_string(),
        false => format!("use a code of the standard: {}", codes.join(", ")),
    };
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message)
        .label(program.location(*first), format!("it can leave {}", listed(&names)))
        .help(help)
        .key(&thrown.code);
    if let (Some((name, _)), Some(reason)) = (standard.codes.first(), &standard.reason) {
        diagnostic = diagnostic.label(name.at, format!("the policy sets the standard: {reason}"));
    }
    diagnostic.function = Some(program.name(*first).to_string());
    diagnostic.trace = trace(lint, thrown);
    Some(diagnostic)
}
