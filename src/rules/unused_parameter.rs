//! `unused-parameter`: a parameter that the function makes nothing of.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};

pub const RULE: Rule = Rule {
    id: "unused-parameter",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unused-parameter.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, function) in (0..).zip(&usage.model.functions) {
        if usage.has_foreign_signature(index) {
            continue;
        }
        for (at, parameter) in (0..).zip(&function.parameters) {
            let Some(name) = usage.expected(parameter.name) else { continue };
            if usage.uses_parameter(index, at) {
                continue;
            }
            let of = usage.tree.name(function.name.symbol);
            let message = format!("`{of}` never uses its parameter `{name}`");
            let diagnostic = usage.at_name(RULE.id, Severity::Warning, parameter.name, message);
            found.push(
                diagnostic.help(format!(
                    "use it, remove it, or name it `{name}_` where the signature cannot change"
                )),
            );
        }
    }
    found
}
