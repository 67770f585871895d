//! `as-contract-outflow`: what the contract owns leaves to whom, or in what amount, the caller says, and nothing is
//! given for it.

use super::{Check, Group, Lint, Rule, dynamic_call, entitlement, evidence, transfer, unasked_record};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Mask, Show};
use crate::graph::{FunctionId, Site};
use transfer::Transfer;

pub const RULE: Rule = Rule {
    id: "as-contract-outflow",
    group: Group::AsContract,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/as-contract-outflow.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &["always-fails", "repeatable-claim"],
};

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let mut found = Vec::new();
    for effect in &summary.effects {
        let Some(out) = transfer::of(&lint.engine, effect) else { continue };
        if !transfer::is_own(&mut lint.engine, effect, out) || !is_chosen(lint, effect, out) {
            continue;
        }
        if !entitlement::is_there(lint, &summary, effect, out) {
            let (at, by) = (lint.program.head(effect.site), lint.program.location(entrypoint));
            let mut diagnostic = report(lint, entrypoint, effect, out).cause(at, by);
            // A reward that the protocol has set, once, for whoever does what has to be done.
            if lint.governance.is_trusted(&mut lint.engine, out.what)
                && lint.governance.is_one_shot(&mut lint.engine, &summary.effects, effect)
            {
                diagnostic.severity = Severity::Note;
            }
            found.push(diagnostic);
        } else if let Some((record, kept)) = unasked_record::of_token(lint, entrypoint, &summary, effect, out)
        {
            found.push(report_unasked(lint, entrypoint, effect, out, (record, kept)));
        }
    }
    found
}

fn report_unasked(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    effect: &Effect,
    out: Transfer,
    (record, kept): (String, Site),
) -> Diagnostic {
    let name = lint.program.name(entrypoint);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let what = show.term(out.what);
    let message = format!(
        "`{name}` sends out `{what}`, whichever token its caller names, although {record} says which one is meant"
    );
    evidence::finding(lint, &RULE, entrypoint, effect, message)
        .label(lint.program.head(kept), "the record keeps the token here")
        .help("send out the token that the record names, or compare them")
        .key(name)
}

fn report(lint: &mut Lint<'_>, entrypoint: FunctionId, effect: &Effect, out: Transfer) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    // The sender's own line says more than that of the token.
    let ways: Vec<_> = effect.calls.iter().chain([&effect.site]).copied().collect();
    let at = ways.iter().rev().find(|site| lint.engine.principal(site.contract) == out.from);
    let at = at.copied().unwrap_or(effect.site);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (from, what, to) = (show.term(out.from), show.term(out.what), show.term(out.to));
    let message =
        format!("`{name}` sends what `{from}` owns to `{to}`, and nothing of theirs stands against it");
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(at), message)
        .label(program.location(entrypoint), format!("anybody can ask it for `{what}`"))
        .help(
            "ask for a role, take the amount off a record of the recipient, `(map-set balances tx-sender (- balance \
             amount))`, or let the caller pay or burn as much",
        )
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, effect);
    diagnostic
}

/// Whether the caller says where it goes, and nothing that holds ties the caller or the recipient to anybody in
/// particular.
fn is_chosen(lint: &mut Lint<'_>, effect: &Effect, out: Transfer) -> bool {
    // A token that the caller brings along is the affair of another rule.
    if matches!(effect.kind, EffectKind::Dynamic { .. }) && dynamic_call::is_unknown(lint, effect) {
        return false;
    }
    let terms = &lint.engine.terms;
    let callers = Mask::CALLER.or(Mask::PARAMETER);
    let to = terms.mask(out.to);
    to.has(callers)
        && to.only(callers.or(Mask::ELEMENT))
        && !effect.facts.iter().any(|fact| terms.mask(fact.term()) == Mask::NOTHING)
        && !lint.governance.has_role(&mut lint.engine, &effect.facts)
        && !lint.governance.is_identified(&mut lint.engine, &effect.facts, out.to)
}
