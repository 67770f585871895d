//! `divide-before-multiply`: a quotient is multiplied, and with it what the division cut off.

use rustc_hash::FxHashSet;

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Site;
use crate::model::{ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "divide-before-multiply",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/divide-before-multiply.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

/// How many bindings and helpers lie between a quotient and the product at most.
const MAX_STEPS: u32 = 8;

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let is = |builtin: Builtin| {
        let exprs = usage.model.exprs().filter_map(move |(expr, it)| match it.kind {
            ExprKind::Builtin(found, parts) if found == builtin => Some((expr, usage.model.list(parts))),
            _ => None,
        });
        exprs.collect::<Vec<_>>()
    };
    let text = |part: &ExprId| usage.node(*part).one_line();
    let packed: FxHashSet<String> =
        is(Builtin::Mod).iter().filter_map(|(_, parts)| Some(text(&whole(usage, *parts.first()?)))).collect();
    let mut found = Vec::new();
    for (expr, factors) in is(Builtin::Multiply) {
        let quotient = |&factor: &ExprId| Some((factor, quotient(usage, factor, MAX_STEPS)?));
        let Some((factor, quotient)) = factors.iter().find_map(quotient) else { continue };
        let ExprKind::Builtin(_, parts) = usage.model.expr(quotient).kind else { continue };
        let &[dividend, ref divisors @ ..] = usage.model.list(parts) else { continue };
        let divisors: Vec<_> = divisors.iter().map(text).collect();
        // `(* (/ height CYCLE) CYCLE)` rounds to whole cycles. Of a number of which `mod` takes the rest, and of a rest,
        // the quotient is a digit.
        let rounds = factors.iter().any(|other| *other != factor && divisors.contains(&text(other)));
        if rounds || packed.contains(&text(&whole(usage, dividend))) || is_rest(usage, dividend) {
            continue;
        }
        let message = "this multiplies a quotient: what the division cuts off is multiplied, too";
        let diagnostic = usage
            .at_head(RULE.id, Severity::Warning, expr, message)
            .label(usage.program.head(Site { contract: usage.contract, expr: quotient }), "divided here")
            .help(
                "multiply first and divide last, unless whole units are meant: `(/ (* a c) b)`, not \
                 `(* (/ a b) c)`",
            );
        found.push(diagnostic);
    }
    found
}

/// What is divided in the end, where quotients are divided again.
fn whole(usage: &Usage<'_>, mut dividend: ExprId) -> ExprId {
    while let ExprKind::Builtin(Builtin::Divide, parts) = usage.model.expr(dividend).kind
        && let Some(&deeper) = usage.model.list(parts).first()
    {
        dividend = deeper;
    }
    dividend
}

fn is_rest(usage: &Usage<'_>, dividend: ExprId) -> bool {
    let value = usage.source_of(dividend, MAX_STEPS);
    matches!(usage.model.expr(value).kind, ExprKind::Builtin(Builtin::Mod, _))
}

/// The division that a factor comes from. A product that is divided has been given its digits, and a number that is
/// written as a fraction is what its author wants.
fn quotient(usage: &Usage<'_>, factor: ExprId, steps: u32) -> Option<ExprId> {
    let value = usage.source_of(factor, steps);
    let ExprKind::Builtin(Builtin::Divide, parts) = usage.model.expr(value).kind else { return None };
    let parts = usage.model.list(parts);
    let &[dividend, _, ..] = parts else { return None };
    let is_product = matches!(
        usage.model.expr(usage.source_of(dividend, steps)).kind,
        ExprKind::Builtin(Builtin::Multiply | Builtin::Pow, _)
    );
    let is_fixed =
        |&part: &ExprId| matches!(usage.model.expr(part).kind, ExprKind::Literal | ExprKind::Constant(_));
    (!is_product && !parts.iter().all(is_fixed)).then_some(value)
}
