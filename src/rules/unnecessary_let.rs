//! `unnecessary-let`: a `let` that gives nothing a name, or a name to what another could bind.

use super::usage::Usage;
use super::{Check, Group, Rule, edits};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::model::{ExprId, ExprKind};
use crate::source::Span;

pub const RULE: Rule = Rule {
    id: "unnecessary-let",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unnecessary-let.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (expr, it) in usage.model.exprs() {
        let ExprKind::Let { bindings, body } = it.kind else { continue };
        let (bindings, body) = (usage.model.list(bindings), usage.model.list(body));
        let (at, message, help, edits) = match (bindings, body) {
            ([], &[only]) => {
                let help = "write the expression alone";
                (expr, "this `let` binds nothing".to_string(), help, keep(usage, expr, only))
            }
            ([], _) => {
                let help = "write `begin`";
                (expr, "this `let` binds nothing".to_string(), help, begin(usage, expr))
            }
            (&[binding], &[only]) if bound(usage, binding, only).is_some() => {
                let name = usage.node(only).text();
                let message = format!("this `let` names a value `{name}` and is that value");
                let edits = bound(usage, binding, only).and_then(|value| keep(usage, expr, value));
                (expr, message, "write the value alone", edits)
            }
            (_, &[inner]) if binds(usage, inner) => {
                let message = "the `let` around this one does nothing else: one can bind the names of both";
                (
                    inner,
                    message.to_string(),
                    "bind its names in the `let` around it",
                    join(usage, expr, inner),
                )
            }
            _ => continue,
        };
        let applicability = Applicability::Safe;
        let fix = edits.map(|edits| Fix { title: help.to_string(), applicability, edits });
        found.push(usage.at_head(RULE.id, Severity::Note, at, message).help(help).fix(fix));
    }
    found
}

/// The value of a binding, if `of` is its name.
fn bound(usage: &Usage<'_>, binding: ExprId, of: ExprId) -> Option<ExprId> {
    match (usage.model.expr(binding).kind, usage.model.expr(of).kind) {
        (ExprKind::Binding { local, value }, ExprKind::Local(used)) if local == used => Some(value),
        _ => None,
    }
}

/// Whether an expression is a `let` with names. One without is a finding of its own.
fn binds(usage: &Usage<'_>, expr: ExprId) -> bool {
    match usage.model.expr(expr).kind {
        ExprKind::Let { bindings, .. } => !usage.model.list(bindings).is_empty(),
        _ => false,
    }
}

fn keep(usage: &Usage<'_>, whole: ExprId, part: ExprId) -> Option<Vec<Edit>> {
    let whole = usage.location(usage.node(whole).span());
    edits::keep(usage.source(), whole, usage.node(part).span(), ("", ""))
}

fn begin(usage: &Usage<'_>, expr: ExprId) -> Option<Vec<Edit>> {
    let (head, mut rest) = usage.node(expr).call()?;
    let span = Span::new(head.span().start, rest.next()?.span().end);
    let is_plain = !usage.source().slice(span).contains(';');
    is_plain.then(|| vec![Edit { at: usage.location(span), text: "begin".to_string() }])
}

/// Makes one `let` of two: what ends the names of the outer one and what begins those of the inner one goes.
fn join(usage: &Usage<'_>, outer: ExprId, inner: ExprId) -> Option<Vec<Edit>> {
    let names = |expr| Some(usage.node(expr).children().nth(1)?.span());
    let (before, behind, inner) = (names(outer)?, names(inner)?, usage.node(inner).span());
    let opening = Span::new(inner.start, behind.start + 1);
    let is_plain = !usage.source().slice(opening).contains(';');
    let closing = |span| edits::closing(usage.source(), span);
    let pieces = [closing(before), opening, closing(inner)];
    is_plain.then(|| pieces.map(|span| edits::delete(usage.location(span))).to_vec())
}
