//! `unused-data-var`: a data variable that nothing reads.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::model::Definition;

pub const RULE: Rule = Rule {
    id: "unused-data-var",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unused-data-var.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, variable) in (0..).zip(&usage.model.variables) {
        let Some(name) = usage.expected(variable.name) else { continue };
        let uses = usage.of(Definition::Variable(index));
        let (severity, message, help) = match uses {
            None => (Severity::Warning, format!("nothing uses the data variable `{name}`"), "remove it"),
            // Whoever asks a node for the contract's state may still read it.
            Some(uses) if !uses.reads => (
                Severity::Note,
                format!("the data variable `{name}` is written and never read"),
                "read it, remove it, or add a read-only function if it is meant for others",
            ),
            Some(_) => continue,
        };
        let fix = match uses {
            None => usage.removal(variable.name, "data variable", Applicability::Unsafe),
            Some(_) => None,
        };
        found.push(usage.at_name(RULE.id, severity, variable.name, message).help(help).fix(fix));
    }
    found
}
