//! `unused-private-function`: a private function that nothing ever reaches.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::model::{Access, Definition};

pub const RULE: Rule = Rule {
    id: "unused-private-function",
    group: Group::Hygiene,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/unused-private-function.md"),
    checks: &[Check::Usage(check)],
    // A function that was meant to be public, or that is looked for elsewhere, is not to be removed.
    yields_to: &["trait-mismatch", "unknown-function"],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, function) in (0..).zip(&usage.model.functions) {
        let Some(name) = usage.expected(function.name) else { continue };
        if function.access != Access::Private || usage.of(Definition::Function(index)).is_some() {
            continue;
        }
        let message = match usage.is_mentioned(Definition::Function(index)) {
            true => format!("the private function `{name}` is only called by what nothing calls"),
            false => format!("nothing calls the private function `{name}`"),
        };
        let diagnostic = usage.at_name(RULE.id, Severity::Warning, function.name, message);
        let fix = usage.removal(function.name, "function", Applicability::Safe);
        let help = "remove it, call it where it was meant to be called, or make it read-only if others are to ask it";
        found.push(diagnostic.help(help).fix(fix));
    }
    found
}
