//! `as-contract-self-transfer`: a transfer whose two sides are both the contract, because `as-contract` rebinds
//! `tx-sender`.

use super::{Check, Group, Lint, Rule, transfer};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, Op, Show, TermId};
use crate::graph::{FunctionId, Site};

pub const RULE: Rule = Rule {
    id: "as-contract-self-transfer",
    group: Group::AsContract,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/as-contract-self-transfer.md"),
    checks: &[Check::Function(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(function);
    let mut found: Vec<Diagnostic> = Vec::new();
    for effect in &summary.effects {
        let Some(own) = to_itself(lint, effect).filter(|_| !is_so_in_callee(lint, function, effect)) else {
            continue;
        };
        let diagnostic = report(lint, function, effect, own);
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }
    found
}

/// The contract that sends to itself, while it acts in its own name.
fn to_itself(lint: &Lint<'_>, effect: &Effect) -> Option<TermId> {
    let terms = &lint.engine.terms;
    let transfer::Transfer { from, to, .. } = transfer::of(&lint.engine, effect)?;
    let is_own = matches!(terms.op(effect.sender), Op::Literal(_)) && from == effect.sender;
    (is_own && from == to).then_some(from)
}

/// Whether the function that is called does it already: then it is reported there.
fn is_so_in_callee(lint: &Lint<'_>, function: FunctionId, effect: &Effect) -> bool {
    let Some((call, inner)) = effect.calls.split_first() else { return false };
    lint.program.callees(function, *call).any(|callee| {
        let effects = lint.engine.known(callee).into_iter().flat_map(|summary| &summary.effects);
        let mut same = effects.filter(|it| it.site == effect.site && it.calls == inner);
        same.any(|it| to_itself(lint, it).is_some())
    })
}

fn report(lint: &Lint<'_>, function: FunctionId, effect: &Effect, own: TermId) -> Diagnostic {
    let program = lint.program;
    let show = Show { engine: &lint.engine, function };
    let own = show.term(own);
    let top: Site = effect.calls.first().copied().unwrap_or(effect.site);
    let name = program.name(function);
    let message = format!("`{own}` sends to itself: inside `as-contract`, `tx-sender` is the contract");
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(top), message)
        .help(
            "bind the recipient outside, `(let ((recipient tx-sender)) ..)`, and send to `recipient`; a transfer \
             to oneself fails with `(err u2)`",
        )
        .key(name);
    if top != effect.site {
        diagnostic = diagnostic.label(program.head(effect.site), "both sides are the same here");
    }
    diagnostic.function = Some(name.to_string());
    diagnostic
}
