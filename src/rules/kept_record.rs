//! The part of `repeatable-claim` that is about deposits: what a record stands for is sent out, one token or an amount, and
//! the record stays, although another entrypoint that does the same deletes it.

use super::repeatable_claim::RULE;
use super::{Lint, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Op, Show, StateId, Summary, TermId, TextId};
use crate::graph::{FunctionId, Site};

/// A deposit that is sent out: the record that has to be there, its map, and the field that says how much it is. One token
/// is said by the key.
struct Sent<'s> {
    effect: &'s Effect,
    record: TermId,
    map: StateId,
    amount: Option<TextId>,
}

/// Says so of an entrypoint, once.
pub(super) fn of(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Option<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let sent = sent(&mut lint.engine, &summary, entrypoint);
    let kept = sent.into_iter().find(|sent| !writes(&summary, sent).any(|write| is_of(write, sent.map)))?;
    // What somebody in particular takes out is their affair.
    if lint.governance.has_role(&mut lint.engine, &kept.effect.facts) {
        return None;
    }
    let peers: Vec<_> = lint.program.functions_of(entrypoint.contract).collect();
    let (peer, deleted) = peers.into_iter().filter(|&peer| peer != entrypoint).find_map(|peer| {
        let others = lint.program.is_entrypoint(peer).then(|| lint.engine.summary(peer))?;
        Some((peer, deleted(&mut lint.engine, &others, peer, &summary, &kept)?))
    })?;
    Some(report(lint, entrypoint, &kept, peer, deleted))
}

/// The deposits that an entrypoint sends out, each for a record that has to be there.
fn sent<'s>(engine: &mut Engine<'_>, summary: &'s Summary, entrypoint: FunctionId) -> Vec<Sent<'s>> {
    let mut found = Vec::new();
    for effect in &summary.effects {
        let Some(out) = transfer::of(engine, effect) else { continue };
        if !transfer::is_own(engine, effect, out) {
            continue;
        }
        for (record, map) in engine.found_entries(&effect.facts) {
            if map.owner() != Some(entrypoint.contract) {
                continue;
            }
            let key = engine.terms.arg(record, 0);
            if !transfer::is_of_one_token(effect) {
                let amount = field_alone(engine, out.what, record);
                found.extend(amount.map(|amount| Sent { effect, record, map, amount: Some(amount) }));
            } else if key == out.what || engine.terms.args(key).contains(&out.what) {
                found.push(Sent { effect, record, map, amount: None });
            }
        }
    }
    found
}

/// The field of a record that an amount is computed from, if from nothing else but what is the same for everybody.
fn field_alone(engine: &Engine<'_>, amount: TermId, record: TermId) -> Option<TextId> {
    let terms = &engine.terms;
    let mut found = None;
    let mut open = vec![amount];
    while let Some(term) = open.pop() {
        match (terms.op(term), terms.args(term)) {
            (Op::Field(name), &[of]) if terms.op(of) == Op::Payload && terms.arg(of, 0) == record => {
                if found.is_some_and(|other| other != name) {
                    return None;
                }
                found = Some(name);
            }
            (Op::Literal(_) | Op::Initial(StateId::Variable(..)), _) => {}
            (Op::Pure(_), args) => open.extend_from_slice(args),
            _ => return None,
        }
    }
    found
}

/// What is changed on the path to a deposit's way out.
fn writes<'s>(summary: &'s Summary, sent: &Sent<'s>) -> impl Iterator<Item = &'s Effect> {
    let facts = &sent.effect.facts;
    summary.effects.iter().filter(move |other| other.facts.and(facts).is_some())
}

fn is_of(write: &Effect, state: StateId) -> bool {
    matches!(write.kind, EffectKind::Unchecked) || write.kind.state() == Some(state)
}

/// Where a peer deletes the record of a like deposit that it sends out, if it still may after the deposit `kept` is out:
/// the two do not exclude each other, and nothing that the peer asks for is changed there.
fn deleted(
    engine: &mut Engine<'_>,
    others: &Summary,
    peer: FunctionId,
    summary: &Summary,
    kept: &Sent<'_>,
) -> Option<Site> {
    let changed: Vec<_> = writes(summary, kept).filter_map(|write| write.kind.state()).collect();
    sent(engine, others, peer).into_iter().find_map(|sent| {
        let is_alike = (sent.map, sent.amount) == (kept.map, kept.amount);
        let together = sent.effect.facts.and(&kept.effect.facts).filter(|_| is_alike)?;
        engine.propagate(&together)?;
        let asked = engine.parts(sent.effect.facts.iter().map(Fact::term));
        let is_changed = asked.into_iter().any(|part| match engine.terms.op(part) {
            Op::Entry(state) | Op::Initial(state @ StateId::Variable(..)) => changed.contains(&state),
            _ => false,
        });
        let deletes = |write: &&Effect| {
            matches!(write.kind, EffectKind::Write(Builtin::MapDelete, of) if of == kept.map)
        };
        Some(writes(others, &sent).find(deletes).filter(|_| !is_changed)?.site)
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
    let (message, loss) = match kept.amount {
        None => (
            format!("`{name}` sends out what `{record}` stands for and leaves it there; `{peer}` deletes it"),
            "whoever deposits the same token next meets the record of somebody else",
        ),
        Some(field) => {
            let field = lint.engine.terms.text(field);
            (
                format!(
                    "`{name}` pays out `{record}.{field}` and leaves it there; `{peer}` pays it, too, and deletes it"
                ),
                "what is paid twice is somebody else's",
            )
        }
    };
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(kept.effect.site), message)
        .label(program.head(deleted), format!("`{peer}` deletes it here"))
        .help(format!("`map-delete` the entry of `{map}`: {loss}"))
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, kept.effect);
    diagnostic
}
