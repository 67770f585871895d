//! `unnecessary-as-max-len`: a length is checked that the type makes sure of.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::ExprKind;
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
    let mut found = Vec::new();
    for (expr, it) in usage.model.exprs() {
        let ExprKind::Builtin(Builtin::AsMaxLen, parts) = it.kind else { continue };
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
