//! `as-contract-removed`: `as-contract` in a version of Clarity that no longer has it.

use super::allowances::{listed, needed};
use super::{Check, Group, Lint, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Site;
use crate::model::ExprKind;
use crate::syntax::Expr;

pub const RULE: Rule = Rule {
    id: "as-contract-removed",
    group: Group::AsContract,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/as-contract-removed.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

/// The form that is gone.
pub(super) const REMOVED: &str = "as-contract";

/// How long a form may be to be repeated in a help.
const MAX_FORM: usize = 100;

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let mut found = Vec::new();
    for id in program.project.contract_ids().filter(|&id| program.contract(id).linted) {
        let contract = program.contract(id);
        for (expr, kind) in program.model(id).exprs().map(|(id, expr)| (id, expr.kind)) {
            let ExprKind::UnknownCall(name, _) = kind else { continue };
            if contract.syntax.tree.name(name) != REMOVED {
                continue;
            }
            let site = Site { contract: id, expr };
            let at = program.head(site);
            let function = program.functions_of(id).find(|&function| {
                let span = program.function(function).span;
                span.start <= at.span.start && at.span.end <= span.end
            });
            let name = function.map(|function| program.name(function).to_string());
            let message = format!("{} has no `as-contract`", contract.version);
            let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message)
                .help(help(program.node(site)))
                .key(name.as_deref().unwrap_or_default());
            diagnostic.function = name;
            found.push(diagnostic);
        }
    }
    found
}

fn help(form: Expr<'_>) -> String {
    let body: Vec<_> = form.children().skip(1).collect();
    if let [only] = body[..]
        && only.name() == Some("tx-sender")
    {
        return "write `current-contract`".to_string();
    }
    let allowances = listed(&needed(body.iter().copied()));
    let whole: Vec<_> = body.iter().map(|form| form.one_line()).collect();
    let whole = format!("(as-contract? {allowances} (try! {}))", whole.join(" "));
    let whole = if whole.len() > MAX_FORM { format!("(as-contract? {allowances} ..)") } else { whole };
    format!(
        "write `{whole}`: the list says what may leave the contract, and the form is a response itself, so \
         that its body must not be one"
    )
}
