//! Entrypoints of one contract that do the same, and which of them ask before they do it: who calls, or which contract
//! it is that they call.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::Settings;
use super::{Lint, dynamic_call};
use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Mask, Op, StateId, TermId, TextId};
use crate::graph::{FunctionId, TraitId};
use crate::project::ContractId;

/// So many that ask are a convention.
const CONVENTION: usize = 3;

/// What entrypoints of one contract have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    /// They write the same state, or mint the same token.
    Change(StateId),
    /// They call the same method of a contract that their caller chooses.
    Call(ContractId, Option<TraitId>, TextId),
}

/// Who does it, each with the first effect that does.
#[derive(Default)]
pub(super) struct Peers {
    pub guarded: BTreeMap<FunctionId, Effect>,
    pub unguarded: BTreeMap<FunctionId, Effect>,
    /// Those who have a reason of their own: a rule, a payment, a record of their caller.
    others: BTreeSet<FunctionId>,
}

enum Standing {
    Guarded,
    Unguarded,
    Other,
}

/// What at least three entrypoints do and ask before, and nobody has a reason of their own not to.
pub(super) fn conventions(lint: &mut Lint<'_>) -> BTreeMap<Action, Peers> {
    let settings = Settings::new(lint);
    let mut actions: BTreeMap<Action, Peers> = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        for effect in &summary.effects {
            let Some((action, standing)) = judge(lint, &settings, (entrypoint, &summary.effects), effect)
            else {
                continue;
            };
            let peers = actions.entry(action).or_default();
            let doers = match standing {
                Standing::Guarded => &mut peers.guarded,
                Standing::Unguarded => &mut peers.unguarded,
                Standing::Other => {
                    peers.others.insert(entrypoint);
                    continue;
                }
            };
            doers.entry(entrypoint).or_insert_with(|| effect.clone());
        }
    }
    actions.retain(|_, peers| {
        peers.guarded.retain(|peer, _| !peers.unguarded.contains_key(peer) && !peers.others.contains(peer));
        peers.others.is_empty() && peers.guarded.len() >= CONVENTION
    });
    actions
}

/// What an effect has in common with others, if it can be, and whether it is guarded.
fn judge(
    lint: &mut Lint<'_>,
    settings: &Settings,
    (entrypoint, effects): (FunctionId, &[Effect]),
    effect: &Effect,
) -> Option<(Action, Standing)> {
    let home = entrypoint.contract;
    match effect.kind {
        EffectKind::Write(_, state) | EffectKind::Token(Builtin::FtMint, state)
            if state.owner() == Some(home) =>
        {
            let standing = if settings.asks_for_role(lint, effect, state) {
                Standing::Guarded
            } else if !books(lint, effect, state)
                && settings.is_for_nothing(lint, (entrypoint, effects), effect, state)
            {
                Standing::Unguarded
            } else {
                Standing::Other
            };
            Some((Action::Change(state), standing))
        }
        EffectKind::Dynamic { method, of } => {
            let called = *effect.args.first()?;
            if !lint.engine.terms.mask(called).has(Mask::PARAMETER) {
                return None;
            }
            let standing = if dynamic_call::is_unknown(lint, effect) {
                // Who makes the record by which the others know it has nothing to compare it with.
                if keeps(lint, effects, called) {
                    return None;
                }
                Standing::Unguarded
            } else if lint.governance.is_identified(&mut lint.engine, &effect.facts, called) {
                Standing::Guarded
            } else {
                Standing::Other
            };
            Some((Action::Call(home, of, method), standing))
        }
        _ => None,
    }
}

/// Whether a contract is kept by its name.
fn keeps(lint: &mut Lint<'_>, effects: &[Effect], called: TermId) -> bool {
    let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
    let mut writes = effects.iter().filter(|effect| matches!(effect.kind, EffectKind::Write(..)));
    writes.any(|write| lint.engine.parts(write.args.iter().copied()).contains(&principal))
}

/// Whether an entry is changed in some of its fields and keeps the others: a claim that is booked into a record is
/// something else than what those do who make the record.
fn books(lint: &mut Lint<'_>, effect: &Effect, state: StateId) -> bool {
    let Some(&value) = effect.args.get(1) else { return false };
    let parts = lint.engine.terms.args(value).to_vec();
    match lint.engine.terms.op(value) {
        Op::Pure(Builtin::Merge) => parts.first().is_some_and(|&kept| is_content(lint, kept, state)),
        Op::Tuple(_) => parts.into_iter().any(|field| {
            matches!(lint.engine.terms.op(field), Op::Field(_))
                && is_content(lint, lint.engine.terms.arg(field, 0), state)
        }),
        _ => false,
    }
}

/// Whether a term is what the map holds under some key, also where a function fetches it.
fn is_content(lint: &mut Lint<'_>, term: TermId, state: StateId) -> bool {
    let engine = &mut lint.engine;
    let term = match (engine.terms.op(term), engine.terms.args(term)) {
        (Op::Payload, &[call]) if matches!(engine.terms.op(call), Op::Call(_)) => match engine.unfold(call) {
            Some(result) => engine.terms.payload(result, true),
            None => term,
        },
        _ => term,
    };
    engine.terms.op(term) == Op::Payload && engine.terms.op(engine.terms.arg(term, 0)) == Op::Entry(state)
}
