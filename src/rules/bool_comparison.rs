//! `bool-comparison`: a truth value is compared with `true` or `false`.

use super::noop_expression::{is_fixed, is_keyword};
use super::usage::Usage;
use super::{Check, Group, Rule, edits};
use crate::builtins::{Builtin, Keyword};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::model::{ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "bool-comparison",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/bool-comparison.md"),
    checks: &[Check::Usage(check)],
    yields_to: &["unenforced-guard"],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let compared = usage.model.exprs().filter_map(|(expr, it)| match it.kind {
        ExprKind::Builtin(Builtin::IsEq, operands) => {
            let &[one, other] = usage.model.list(operands) else { return None };
            with_literal(usage, one, other).or_else(|| with_literal(usage, other, one)).map(|it| (expr, it))
        }
        _ => None,
    });
    let found = compared.map(|(expr, (compared, literal))| {
        let (message, help, around) = match literal {
            true => ("to compare with `true` changes nothing", "write the other operand alone", ("", "")),
            false => ("to compare with `false` is `not`", "write `(not ..)`", ("(not ", ")")),
        };
        let span = |expr| usage.node(expr).span();
        let edits = edits::keep(usage.source(), usage.location(span(expr)), span(compared), around);
        let applicability = Applicability::Safe;
        let fix = edits.map(|edits| Fix { title: help.to_string(), applicability, edits });
        usage.at_head(RULE.id, Severity::Note, expr, message).help(help).fix(fix)
    });
    found.collect()
}

/// What is compared, and the truth value that it is compared with. What the author writes of two that are the same in
/// every run may be meant to be read.
fn with_literal(usage: &Usage<'_>, literal: ExprId, compared: ExprId) -> Option<(ExprId, bool)> {
    let truths = [(Keyword::True, true), (Keyword::False, false)];
    let (_, truth) = truths.into_iter().find(|&(keyword, _)| is_keyword(usage, literal, keyword))?;
    (!is_fixed(usage, compared)).then_some((compared, truth))
}
