//! `unused-parameter`: a parameter that the function makes nothing of.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Function, Parameter};

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
        let is_demanded = usage.has_foreign_signature(index);
        for (at, parameter) in (0..).zip(&function.parameters) {
            let Some(name) = usage.expected(parameter.name) else { continue };
            if usage.uses_parameter(index, at) {
                continue;
            }
            let of = usage.tree.name(function.name.symbol);
            let (message, help) = if !is_demanded {
                (
                    format!("`{of}` never uses its parameter `{name}`"),
                    format!("use it, remove it, or name it `{name}_` where the signature cannot change"),
                )
            } else if is_memo(usage, function, parameter) {
                (
                    format!("`{of}` never prints `{name}`, so that nobody ever sees it"),
                    format!(
                        "write `(match {name} given (print given) 0x)`: exchanges know by it whose deposit it is"
                    ),
                )
            } else {
                continue;
            };
            found.push(usage.at_name(RULE.id, Severity::Warning, parameter.name, message).help(help));
        }
    }
    found
}

/// Whether it is the memo of a transfer: SIP-010 demands the parameter, and asks for an event with it.
fn is_memo(usage: &Usage<'_>, function: &Function, parameter: &Parameter) -> bool {
    let declared = parameter.declared_type.map(|node| usage.tree.expr(node));
    usage.tree.name(function.name.symbol) == "transfer"
        && function.parameters.len() == 4
        && declared.is_some_and(|of| of.text().starts_with("(optional (buff"))
}
