//! The part of `repeatable-claim` that is about deposits: what a record holds is sent out, and the record stays, although
//! another entrypoint that does the same deletes it.

use super::repeatable_claim::RULE;
use super::{Lint, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Op, Show, StateId, Summary, TermId};
use crate::graph::{FunctionId, Site};

/// A deposit that is sent out: the record that has to be there, and its map.
struct Sent<'s> {
    effect: &'s Effect,
    record: TermId,
    map: StateId,
}

/// Says so of an entrypoint, once.
pub(super) fn of(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Option<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let sent = sent(&mut lint.engine, &summary, entrypoint);
    let kept = sent.into_iter().find(|sent| writes(&summary, sent).next().is_none())?;
    // What somebody in particular takes out is their affair.
    if lint.governance.has_role(&mut lint.engine, &kept.effect.facts) {
        return None;
    }
    let peers: Vec<_> = lint.program.functions_of(entrypoint.contract).collect();
    let (peer, deleted) = peers.into_iter().filter(|&peer| peer != entrypoint).find_map(|peer| {
        let summary = lint.program.is_entrypoint(peer).then(|| lint.engine.summary(peer))?;
        Some((peer, deleted(&mut lint.engine, &summary, peer, kept.map)?))
    })?;
    Some(report(lint, entrypoint, &kept, peer, deleted))
}

/// The deposits that an entrypoint sends out: of each a record has to be there under a key with the token's identifier.
fn sent<'s>(engine: &mut Engine<'_>, summary: &'s Summary, entrypoint: FunctionId) -> Vec<Sent<'s>> {
    let mut found = Vec::new();
    for effect in &summary.effects {
        let Some(out) = transfer::of(engine, effect) else { continue };
        if !is_one_token(effect) || !transfer::is_own(engine, effect, out) {
            continue;
        }
        for fact in effect.facts.iter().filter(|fact| fact.holds()) {
            let (Op::Good, &[record]) = (engine.terms.op(fact.term()), engine.terms.args(fact.term())) else {
                continue;
            };
            let Op::Entry(map) = engine.terms.op(record) else { continue };
            let key = engine.terms.arg(record, 0);
            let names_token = key == out.what || engine.terms.args(key).contains(&out.what);
            if map.owner() == Some(entrypoint.contract) && names_token {
                found.push(Sent { effect, record, map });
            }
        }
    }
    found
}

/// Whether a transfer is one of one token: of an amount there may be more.
fn is_one_token(effect: &Effect) -> bool {
    match effect.kind {
        EffectKind::Token(builtin, _) => builtin == Builtin::NftTransfer,
        EffectKind::Dynamic { .. } => effect.args.len() == 4,
        EffectKind::External(_) => effect.args.len() == 3,
        _ => false,
    }
}

/// What is written to the record's map on the path to a deposit's way out.
fn writes<'s>(summary: &'s Summary, sent: &Sent<'s>) -> impl Iterator<Item = &'s Effect> {
    let (map, facts) = (sent.map, &sent.effect.facts);
    summary.effects.iter().filter(move |other| {
        matches!(other.kind, EffectKind::Write(_, state) if state == map) && other.facts.and(facts).is_some()
            || matches!(other.kind, EffectKind::Unchecked)
    })
}

/// Where an entrypoint deletes the record of a deposit of that map which it sends out.
fn deleted(engine: &mut Engine<'_>, summary: &Summary, peer: FunctionId, map: StateId) -> Option<Site> {
    let sent = sent(engine, summary, peer);
    sent.iter().filter(|sent| sent.map == map).find_map(|sent| {
        let mut writes = writes(summary, sent);
        let deletes =
            |write: &&Effect| matches!(write.kind, EffectKind::Write(Builtin::MapDelete, of) if of == map);
        Some(writes.find(deletes)?.site)
    })
}

fn report(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    kept: &Sent<'_>,
    peer: FunctionId,
    deleted: Site,
) -> Diagnostic {
    let program = lint.program;
    let (name, peer) = (program.name(entrypoint), program.name(peer));
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (record, map) = (show.term(kept.record), show.state(kept.map));
    let message =
        format!("`{name}` sends out what `{record}` stands for and leaves it there; `{peer}` deletes it");
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(kept.effect.site), message)
        .label(program.head(deleted), format!("`{peer}` deletes it here"))
        .help(format!(
            "`map-delete` the entry of `{map}`: whoever deposits the same token next meets the record of somebody else"
        ))
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, kept.effect);
    diagnostic
}
