//! `as-contract-self-transfer`: what was meant for the caller goes to the contract itself, because `as-contract` rebinds
//! `tx-sender`.

use super::{Check, Group, Lint, Rule, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Mask, Op, Show, TermId};
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
        let Some(own) =
            to_itself(lint, function, effect).filter(|_| !is_so_in_callee(lint, function, effect))
        else {
            continue;
        };
        let diagnostic = report(lint, function, effect, own);
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }
    found
}

/// The contract that sends to itself, while it acts in its own name, or mints for itself what a record of the caller's
/// amounts to.
fn to_itself(lint: &Lint<'_>, function: FunctionId, effect: &Effect) -> Option<TermId> {
    let (terms, own) = (&lint.engine.terms, effect.sender);
    let is_to_itself = match (&effect.kind, &effect.args[..]) {
        (&EffectKind::Token(Builtin::FtMint, token), &[what, to]) => {
            token.owner() == Some(function.contract) && to == own && terms.mask(what).has(Mask::CALLER)
        }
        _ => transfer::of(&lint.engine, effect).is_some_and(|it| it.from == own && it.to == own),
    };
    (is_to_itself && matches!(terms.op(own), Op::Literal(_))).then_some(own)
}

/// Whether the function that is called does it already: then it is reported there.
fn is_so_in_callee(lint: &Lint<'_>, function: FunctionId, effect: &Effect) -> bool {
    let Some((call, inner)) = effect.calls.split_first() else { return false };
    lint.program.callees(function, *call).any(|callee| {
        let effects = lint.engine.known(callee).into_iter().flat_map(|summary| &summary.effects);
        let mut same = effects.filter(|it| it.site == effect.site && it.calls == inner);
        same.any(|it| to_itself(lint, callee, it).is_some())
    })
}

fn report(lint: &Lint<'_>, function: FunctionId, effect: &Effect, own: TermId) -> Diagnostic {
    let program = lint.program;
    let show = Show { engine: &lint.engine, function };
    let own = show.term(own);
    let top: Site = effect.calls.first().copied().unwrap_or(effect.site);
    let name = program.name(function);
    let (does, help) = match effect.kind {
        EffectKind::Token(Builtin::FtMint, _) => {
            ("mints for", "mint outside of `as-contract`, which a mint does not need")
        }
        _ => (
            "sends to",
            "bind the recipient outside, `(let ((recipient tx-sender)) ..)`, and send to `recipient`; a transfer \
             to oneself fails with `(err u2)`",
        ),
    };
    let message = format!("`{own}` {does} itself: inside `as-contract`, `tx-sender` is the contract");
    let mut diagnostic =
        Diagnostic::new(RULE.id, Severity::Error, program.head(top), message).help(help).key(name);
    if top != effect.site {
        diagnostic = diagnostic.label(program.head(effect.site), "both sides are the same here");
    }
    diagnostic.function = Some(name.to_string());
    diagnostic
}
