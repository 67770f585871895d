//! `unnecessary-tuple`: a tuple of one field that is made to be taken apart.

use rustc_hash::FxHashSet;

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "unnecessary-tuple",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unnecessary-tuple.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut opened = FxHashSet::default();
    let mut found = Vec::new();
    for (_, it) in usage.model.exprs() {
        if let ExprKind::Get { tuple, .. } = it.kind {
            opened.insert(tuple);
            let made = default(usage, tuple).unwrap_or(tuple);
            found.extend(field(usage, made).map(|_| made));
        }
    }
    // Where a name stands for the tuple itself, somebody may want it whole.
    let whole: FxHashSet<_> = usage
        .model
        .exprs()
        .filter_map(|(expr, it)| match it.kind {
            ExprKind::Local(local) if !opened.contains(&expr) => Some((usage.place_of(expr), local)),
            _ => None,
        })
        .collect();
    for (expr, it) in usage.model.exprs() {
        let ExprKind::Binding { local, value } = it.kind else { continue };
        if field(usage, value).is_some()
            && usage.uses_local(expr, local)
            && !whole.contains(&(usage.place_of(expr), local))
        {
            found.push(value);
        }
    }
    found.into_iter().filter_map(|tuple| report(usage, tuple)).collect()
}

/// What stands in where there is nothing.
fn default(usage: &Usage<'_>, expr: ExprId) -> Option<ExprId> {
    match usage.model.expr(expr).kind {
        ExprKind::Builtin(Builtin::DefaultTo, parts) => usage.model.list(parts).first().copied(),
        _ => None,
    }
}

/// The name of a tuple's only field.
fn field<'a>(usage: &Usage<'a>, expr: ExprId) -> Option<&'a str> {
    let ExprKind::Tuple(fields) = usage.model.expr(expr).kind else { return None };
    match *usage.model.list(fields) {
        [only] => match usage.model.expr(only).kind {
            ExprKind::Field { name, .. } => Some(usage.tree.name(name)),
            _ => None,
        },
        _ => None,
    }
}

fn report(usage: &Usage<'_>, tuple: ExprId) -> Option<Diagnostic> {
    let name = field(usage, tuple)?;
    let message = format!("this tuple has `{name}` alone in it, and is only taken apart");
    let at = usage.location(usage.node(tuple).span());
    Some(
        Diagnostic::new(RULE.id, Severity::Note, at, message)
            .help("take the field first, and write the value alone")
            .key(name),
    )
}
