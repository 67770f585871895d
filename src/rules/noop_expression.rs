//! `noop-expression`: an operation that leaves its operand as it is, or whose answer is known beforehand.

use super::usage::Usage;
use super::{Check, Group, Rule, edits};
use crate::builtins::{Builtin, Effect, Keyword};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::model::{ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "noop-expression",
    group: Group::Hygiene,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/noop-expression.md"),
    checks: &[Check::Usage(check)],
    yields_to: &["unenforced-guard"],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (expr, it) in usage.model.exprs() {
        let ExprKind::Builtin(builtin, operands) = it.kind else { continue };
        let operands = usage.model.list(operands);
        let Some(noop) = noop(usage, builtin, operands) else { continue };
        let name = builtin.spec().name;
        let (message, help) = match noop {
            Noop::Alone => (format!("`{name}` of one operand is that operand"), "write the operand alone"),
            Noop::Neutral(literal) => {
                let literal = usage.node(literal).text();
                // Without it a comparison, for one, would be another.
                let help = if operands.len() == 2 { "write the other operand alone" } else { "leave it out" };
                (format!("`{literal}` changes nothing in this `{name}`"), help)
            }
            Noop::Twice(_) => {
                ("one `not` takes back what the other does".to_string(), "write the operand alone")
            }
            Noop::Always(value) => {
                (format!("this `{name}` is always `{value}`"), "write what was meant, or that value")
            }
        };
        let fix = edits(usage, expr, operands, &noop).map(|edits| Fix {
            title: help.to_string(),
            applicability: Applicability::Safe,
            edits,
        });
        found.push(usage.at_head(RULE.id, Severity::Warning, expr, message).help(help).fix(fix));
    }
    found
}

/// What is left where nothing is lost. What is always the same was meant to be something else.
fn edits(usage: &Usage<'_>, expr: ExprId, operands: &[ExprId], noop: &Noop<'_>) -> Option<Vec<Edit>> {
    let (source, whole) = (usage.source(), usage.location(usage.node(expr).span()));
    let span = |expr: ExprId| usage.node(expr).span();
    match (noop, operands) {
        (Noop::Alone, &[only]) => edits::keep(source, whole, span(only), ("", "")),
        (Noop::Neutral(literal), &[one, other]) => {
            let kept = if one == *literal { other } else { one };
            edits::keep(source, whole, span(kept), ("", ""))
        }
        (Noop::Neutral(literal), _) => edits::leave_out(source, whole, span(*literal)),
        (Noop::Twice(inner), _) => edits::keep(source, whole, span(*inner), ("", "")),
        (Noop::Alone | Noop::Always(_), _) => None,
    }
}

/// Why an operation does nothing.
enum Noop<'a> {
    /// It has one operand, and is that operand.
    Alone,
    /// It is the same without this operand.
    Neutral(ExprId),
    /// It is this, which the `not` in it is of.
    Twice(ExprId),
    /// It has this value, whatever the operands are.
    Always(&'a str),
}

fn noop<'a>(usage: &Usage<'a>, builtin: Builtin, operands: &[ExprId]) -> Option<Noop<'a>> {
    use Builtin::{Add, And, BitAnd, BitOr, BitXor, Divide, IsEq, Multiply, Not, Or, Subtract};
    let is = |keyword| move |&operand: &ExprId| is_keyword(usage, operand, keyword);
    match (builtin, operands) {
        // The minus of one operand is no subtraction.
        (And | Or | Add | Multiply | Divide | BitAnd | BitOr | BitXor, [_]) => Some(Noop::Alone),
        (IsEq, &[only]) => (!acts(usage, only)).then_some(Noop::Always("true")),
        (IsEq, &[one, other]) => {
            let is_same = is_literal(usage, one)
                && is_literal(usage, other)
                && usage.node(one).text() == usage.node(other).text();
            is_same.then_some(Noop::Always("true"))
        }
        // Of three in a row, the inner two.
        (Not, &[of]) => negated(usage, of).filter(|&of| negated(usage, of).is_none()).map(Noop::Twice),
        _ => {
            // A number that is written as a product of others says what it is made of.
            if operands.len() < 2 || operands.iter().all(|&operand| is_fixed(usage, operand)) {
                return None;
            }
            let zero = |&operand: &ExprId| number(usage, operand) == Some(0);
            let one = |&operand: &ExprId| number(usage, operand) == Some(1);
            let rest = &operands[1..];
            let neutral = match builtin {
                And => operands.iter().copied().find(is(Keyword::True)),
                Or => operands.iter().copied().find(is(Keyword::False)),
                Add | BitOr | BitXor => operands.iter().copied().find(zero),
                Subtract => rest.iter().copied().find(zero),
                Multiply => operands.iter().copied().find(one),
                Divide => rest.iter().copied().find(one),
                _ => None,
            };
            let absorbing = match builtin {
                Multiply | BitAnd => operands.iter().copied().find(zero),
                Divide => operands.first().copied().filter(zero),
                _ => None,
            };
            let absorbing = absorbing.filter(|_| !operands.iter().any(|&operand| acts(usage, operand)));
            let always = absorbing.map(|literal| Noop::Always(usage.node(literal).text()));
            always.or(neutral.map(Noop::Neutral))
        }
    }
}

/// What an expression is the `not` of.
fn negated(usage: &Usage<'_>, expr: ExprId) -> Option<ExprId> {
    match usage.model.expr(expr).kind {
        ExprKind::Builtin(Builtin::Not, of) => usage.model.list(of).first().copied(),
        _ => None,
    }
}

pub(super) fn is_keyword(usage: &Usage<'_>, expr: ExprId, keyword: Keyword) -> bool {
    matches!(usage.model.expr(expr).kind, ExprKind::Keyword(it) if it == keyword)
}

/// The value of a literal number that is not negative.
fn number(usage: &Usage<'_>, expr: ExprId) -> Option<u128> {
    let node = usage.node(expr);
    node.uint().or_else(|| node.int()?.try_into().ok())
}

fn is_literal(usage: &Usage<'_>, expr: ExprId) -> bool {
    let kind = usage.model.expr(expr).kind;
    matches!(kind, ExprKind::Literal | ExprKind::Keyword(Keyword::True | Keyword::False))
}

/// Whether an operand is the same in every run: what the author writes of such may be meant to be read.
pub(super) fn is_fixed(usage: &Usage<'_>, expr: ExprId) -> bool {
    is_literal(usage, expr) || matches!(usage.model.expr(expr).kind, ExprKind::Constant(_))
}

/// Whether an expression may do anything besides having a value: it is not left out without a change.
fn acts(usage: &Usage<'_>, expr: ExprId) -> bool {
    let mut open = vec![expr];
    while let Some(part) = open.pop() {
        match usage.model.expr(part).kind {
            ExprKind::Builtin(builtin, _) => {
                let is_quiet = matches!(builtin, Builtin::And | Builtin::Or | Builtin::If);
                let reads = matches!(
                    builtin.spec().effect,
                    Effect::Pure | Effect::ReadChain | Effect::ReadState | Effect::ReadTokens
                );
                if !is_quiet && !reads {
                    return true;
                }
            }
            ExprKind::Call(..) | ExprKind::UnknownCall(..) | ExprKind::ContractCall { .. } => return true,
            _ => {}
        }
        open.extend(usage.model.children(part));
    }
    false
}
