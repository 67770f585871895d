//! `unused-binding`: a name of `let` or `match` that nothing uses.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::ExprKind;

pub const RULE: Rule = Rule {
    id: "unused-binding",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unused-binding.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (expr, name, local) in usage.bindings() {
        if usage.uses_local(expr, local) {
            continue;
        }
        let Some(text) = usage.expected(name) else { continue };
        // `match` asks for a name, whether anybody wants one or not.
        let (severity, help) = match usage.model.expr(expr).kind {
            ExprKind::Match { .. } => {
                (Severity::Note, format!("name it `{text}_` if the branch needs no value"))
            }
            _ => (
                Severity::Warning,
                format!("remove the binding, or name it `{text}_` if its value is computed for what it does"),
            ),
        };
        let message = format!("nothing uses `{text}`");
        found.push(usage.at_name(RULE.id, severity, name, message).help(help));
    }
    found
}
