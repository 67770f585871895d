//! `unnecessary-as-max-len`: a length is checked that the type makes sure of.

use rustc_hash::FxHashSet;

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{ExprId, ExprKind};
use crate::syntax::Expr;
use crate::types::infer::Inferred;

pub const RULE: Rule = Rule {
    id: "unnecessary-as-max-len",
    group: Group::Hygiene,
    level: Some(Severity::Note),
    doc: include_str!("../../rules/unnecessary-as-max-len.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let opened = opened(usage);
    let mut found = Vec::new();
    for (expr, it) in usage.model.exprs() {
        // Whoever hands the optional on may want one.
        let ExprKind::Builtin(Builtin::AsMaxLen, parts) = it.kind else { continue };
        if !opened.contains(&expr) {
            continue;
        }
        let &[value, length] = usage.model.list(parts) else { continue };
        let length = usage.node(length);
        let Some(longest) = usage.inferred().and_then(|types| longest(types, usage.node(value))) else {
            continue;
        };
        if fits(longest, length) && !usage.is_rejected() {
            let most = length.text();
            let message =
                format!("this is always some: the value is never longer than {longest}, and `{most}` may be");
            let found_here = usage.at_head(RULE.id, Severity::Note, expr, message);
            found.push(found_here.help("write the value alone, without what opens the optional"));
        }
    }
    found
}

/// How many names lie between an optional and what opens it at most.
const MAX_STEPS: u32 = 4;

/// The optionals that are opened where they are made.
fn opened(usage: &Usage<'_>) -> FxHashSet<ExprId> {
    use Builtin::{DefaultTo, IsNone, IsSome, Try, Unwrap, UnwrapErr, UnwrapErrPanic, UnwrapPanic};
    let opened = usage.model.exprs().filter_map(|(_, it)| match it.kind {
        ExprKind::Match { parts, .. } => usage.model.list(parts).first().copied(),
        ExprKind::Builtin(DefaultTo, parts) => usage.model.list(parts).get(1).copied(),
        ExprKind::Builtin(
            IsNone | IsSome | Try | Unwrap | UnwrapErr | UnwrapErrPanic | UnwrapPanic,
            parts,
        ) => usage.model.list(parts).first().copied(),
        _ => None,
    });
    opened.map(|it| usage.source_of(it, MAX_STEPS)).collect()
}

/// The greatest length that a value of the type of an expression has.
fn longest(types: &Inferred, value: Expr<'_>) -> Option<u32> {
    types.pool().length(types.of(value.id()))
}

fn fits(longest: u32, most: Expr<'_>) -> bool {
    most.uint().is_some_and(|most| u128::from(longest) <= most)
}

/// Whether the type of a value makes sure that `as-max-len?` is some.
pub(super) fn always_fits(types: &Inferred, value: Expr<'_>, most: Expr<'_>) -> bool {
    longest(types, value).is_some_and(|longest| fits(longest, most))
}
