//! `nested-variadic`: an operation on many operands within the same operation.

use super::usage::Usage;
use super::{Check, Group, Rule, edits};
use crate::builtins::Builtin;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::model::{ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "nested-variadic",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/nested-variadic.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, expr) in usage.model.exprs() {
        let ExprKind::Builtin(outer, operands) = expr.kind else { continue };
        let operands = usage.model.list(operands);
        // What has one operand alone does nothing, which other rules say.
        if !takes_all(usage, outer) || operands.len() == 1 {
            continue;
        }
        for (at, &operand) in operands.iter().enumerate() {
            if !is_nested(usage, outer, operand) {
                continue;
            }
            let name = outer.spec().name;
            let message = format!("this `{name}` stands within another: one does for both");
            let help = format!("move its operands into the `{name}` around it");
            // What is added up earlier than it would be may run over where the other does not.
            let is_safe = at == 0 || !matches!(outer, Builtin::Add | Builtin::Multiply);
            let fix = usage.node(operand).call().map(|(head, _)| Fix {
                title: help.clone(),
                applicability: if is_safe { Applicability::Safe } else { Applicability::Unsafe },
                edits: edits::unwrap(usage.source(), usage.location(usage.node(operand).span()), head),
            });
            found.push(usage.at_head(RULE.id, Severity::Note, operand, message).help(help).fix(fix));
        }
    }
    found
}

/// Whether an operation may take as many operands as there are, and groups them as it likes.
fn takes_all(usage: &Usage<'_>, builtin: Builtin) -> bool {
    use Builtin::{Add, And, Begin, BitAnd, BitOr, BitXor, Concat, Multiply, Or};
    match builtin {
        Add | Multiply | And | Or | BitAnd | BitOr | BitXor | Begin => true,
        Concat => usage.program.contract(usage.contract).version.number() >= 6,
        _ => false,
    }
}

/// Whether an operand is the same operation, with operands that can be moved.
fn is_nested(usage: &Usage<'_>, outer: Builtin, operand: ExprId) -> bool {
    match usage.model.expr(operand).kind {
        ExprKind::Builtin(inner, operands) => inner == outer && usage.model.list(operands).len() > 1,
        _ => false,
    }
}
