//! `unnecessary-begin`: a `begin` that holds nothing together.

use super::usage::Usage;
use super::{Check, Group, Rule, edits};
use crate::builtins::Builtin;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::model::{ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "unnecessary-begin",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unnecessary-begin.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (expr, it) in usage.model.exprs() {
        match it.kind {
            ExprKind::Builtin(Builtin::Begin, _) if length(usage, expr) == Some(1) => found.push(report(
                usage,
                expr,
                "this `begin` has a single expression in it",
                "write the expression alone",
            )),
            ExprKind::Let { body, .. } => {
                let several = |part: &&ExprId| length(usage, **part).is_some_and(|length| length > 1);
                let parts = usage.model.list(body).iter().filter(several);
                found.extend(parts.map(|&part| {
                    let message = "this `begin` stands in a `let`, which takes several expressions itself";
                    report(usage, part, message, "move what is in it into the `let`")
                }));
            }
            _ => {}
        }
    }
    found
}

/// How many expressions a `begin` has; `None` of anything else.
fn length(usage: &Usage<'_>, expr: ExprId) -> Option<usize> {
    match usage.model.expr(expr).kind {
        ExprKind::Builtin(Builtin::Begin, parts) => Some(usage.model.list(parts).len()),
        _ => None,
    }
}

fn report(usage: &Usage<'_>, expr: ExprId, message: &str, help: &str) -> Diagnostic {
    let node = usage.node(expr);
    let fix = node.call().map(|(head, _)| Fix {
        title: help.to_string(),
        applicability: Applicability::Safe,
        edits: edits::unwrap(usage.source(), usage.location(node.span()), head),
    });
    usage.at_head(RULE.id, Severity::Note, expr, message).help(help).fix(fix)
}
