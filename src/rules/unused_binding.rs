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
        let (severity, help) = match usage.model.expr(expr).kind {
            // `match` asks for a name, whether anybody wants one or not: whether there is a value may be all that counts.
            ExprKind::Match { good, .. } if good == local => continue,
            ExprKind::Match { .. } => {
                (Severity::Note, format!("hand the error on, or name it `{text}_` if the branch needs none"))
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
