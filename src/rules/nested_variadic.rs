//! `nested-variadic`: an operation on many operands within the same operation.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
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
        if !takes_all(usage, outer) {
            continue;
        }
        for &operand in usage.model.list(operands) {
            if is_nested(usage, outer, operand) {
                let name = outer.spec().name;
                let message = format!("this `{name}` stands within another: one does for both");
                let help = format!("move its operands into the `{name}` around it");
                found.push(usage.at_head(RULE.id, Severity::Note, operand, message).help(help));
            }
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

/// One operand alone is an expression that does nothing, and nothing to be moved.
fn is_nested(usage: &Usage<'_>, outer: Builtin, operand: ExprId) -> bool {
    match usage.model.expr(operand).kind {
        ExprKind::Builtin(inner, operands) => inner == outer && usage.model.list(operands).len() > 1,
        _ => false,
    }
}
