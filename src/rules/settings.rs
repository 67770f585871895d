//! State that is meant to be set by privileged callers alone: by what it is there for, or because others ask for
//! a role before they set it.

use std::collections::{BTreeMap, BTreeSet};

use super::Lint;
use super::purpose::{self, Setting};
use crate::builtins::Builtin;
use crate::diagnostic::Label;
use crate::facts::{Effect, EffectKind, Engine, Fact, Governance, Mask, Op, StateId, TermId};
use crate::graph::FunctionId;

/// How many parts of a fact are looked at before calls are taken as they stand.
const MAX_PARTS: usize = 4_096;

/// Everything that entrypoints write, and what is believed of who writes it.
pub(super) struct Settings {
    intended: Governance,
    by_purpose: BTreeMap<StateId, Setting>,
    /// The entrypoints of its contract that ask for a role before they write a state, and those that do not.
    setters: BTreeMap<StateId, BTreeSet<FunctionId>>,
    strangers: BTreeMap<StateId, BTreeSet<FunctionId>>,
}

impl Settings {
    pub fn new(lint: &mut Lint<'_>) -> Self {
        let intended = Governance::intended();
        let (mut setters, mut strangers) =
            (BTreeMap::<_, BTreeSet<_>>::new(), BTreeMap::<_, BTreeSet<_>>::new());
        for entrypoint in lint.program.entrypoints().collect::<Vec<_>>() {
            for effect in &lint.engine.summary(entrypoint).effects {
                let EffectKind::Write(_, state) = effect.kind else { continue };
                if state.owner() != Some(lint.program.contract_of(entrypoint)) {
                    continue;
                }
                if !intended.has_role(&mut lint.engine, &effect.facts) {
                    strangers.entry(state).or_default().insert(entrypoint);
                } else if has_foreign_role(&mut lint.engine, &intended, effect, state) {
                    setters.entry(state).or_default().insert(entrypoint);
                }
            }
        }
        Self { intended, by_purpose: purpose::settings(lint), setters, strangers }
    }

    /// Why a state is a setting: by what it is there for, or because most who write it ask for a role before. What many
    /// write without one, or add to, is the protocol's record of what it does: an admin may well correct it.
    pub fn get(
        &self,
        lint: &Lint<'_>,
        effects: &[Effect],
        write: &Effect,
        state: StateId,
    ) -> Option<Setting> {
        if let Some(setting) = self.by_purpose.get(&state) {
            return Some(setting.clone());
        }
        let setters = self.setters.get(&state)?;
        let strangers = self.strangers.get(&state).map_or(0, BTreeSet::len);
        if strangers > setters.len()
            || !only_sets(&lint.engine, effects.iter())
            || adds_to(&lint.engine, write, state)
        {
            return None;
        }
        let other = *setters.first()?;
        let name = lint.program.name(other);
        let seen = Label {
            at: lint.program.location(other),
            message: format!("`{name}` asks its caller for a role"),
        };
        Some(Setting { purpose: format!("which `{name}` lets only privileged callers change"), seen })
    }

    /// Whether a change of the state asks for a role that does not rest on the state itself.
    pub fn asks_for_role(&self, lint: &mut Lint<'_>, change: &Effect, state: StateId) -> bool {
        has_foreign_role(&mut lint.engine, &self.intended, change, state)
    }

    /// Whether strangers change the state as they like by an entrypoint that takes no payment for it.
    pub fn is_for_nothing(
        &self,
        lint: &mut Lint<'_>,
        (entrypoint, effects): (FunctionId, &[Effect]),
        change: &Effect,
        state: StateId,
    ) -> bool {
        self.is_set_by_strangers(lint, (entrypoint, effects), change, state)
            && only_sets(&lint.engine, effects.iter().filter(|effect| effect.kind != change.kind))
    }

    /// Whether an entrypoint writes the state for callers without a role, as they like and not by a rule of its own.
    pub fn is_set_by_strangers(
        &self,
        lint: &mut Lint<'_>,
        (entrypoint, effects): (FunctionId, &[Effect]),
        write: &Effect,
        state: StateId,
    ) -> bool {
        let engine = &mut lint.engine;
        let depends =
            |engine: &Engine<'_>, what| write.args.iter().any(|&arg| engine.terms.mask(arg).has(what));
        let is_constant = write.args.iter().all(|&arg| engine.terms.mask(arg) == Mask::NOTHING);
        let is_chosen = depends(engine, Mask::PARAMETER) || is_constant && write.facts.is_empty();
        // What can be done once is done by the deployer.
        if !is_chosen
            || depends(engine, Mask::CALLER)
            || self.intended.has_role(engine, &write.facts)
            || lint.governance.is_one_shot(engine, &engine.summary(entrypoint), write)
        {
            return false;
        }
        // What a contract of the caller's choice answers is the caller's choice, too.
        let asks_anybody = effects.iter().any(|effect| {
            let called = effect.args.first().copied().filter(|_| effect.result.is_some());
            called.is_some_and(|called| engine.terms.mask(called).has(Mask::PARAMETER))
        });
        !write.facts.iter().any(|fact| self.is_rule(engine, fact, entrypoint, asks_anybody, state))
    }

    /// Whether a fact is more than a bound on an argument: it asks who calls, what others did, what a contract says, or
    /// whether the time has come that the record itself names.
    fn is_rule(
        &self,
        engine: &mut Engine<'_>,
        fact: Fact,
        entrypoint: FunctionId,
        asks_anybody: bool,
        state: StateId,
    ) -> bool {
        let mask = engine.terms.mask(fact.term());
        let is_used = |read| {
            let strangers = self.strangers.get(&read);
            strangers.is_some_and(|strangers| strangers.iter().any(|&other| other != entrypoint))
        };
        let is_record = mask.has(Mask::CHAIN) && !self.by_purpose.contains_key(&state);
        parts_of_results(engine, fact.term()).into_iter().any(|part| match engine.terms.op(part) {
            // A loop reads what its earlier rounds have left.
            Op::Initial(read) | Op::Since(read) | Op::Entry(read) if read == state => is_record,
            Op::Initial(read) | Op::Since(read) => is_used(read),
            // That a mint succeeds asks nothing of anybody.
            Op::Opaque(_) => !asks_anybody && engine.terms.label(part) != Some(Builtin::FtMint.spec().name),
            Op::Sender | Op::Caller | Op::External(_) | Op::Token(..) => true,
            _ => false,
        })
    }
}

/// Every term that a fact is made of. Of a call that is what its result is made of: who called does not matter to a
/// function that does not ask.
fn parts_of_results(engine: &mut Engine<'_>, root: TermId) -> BTreeSet<TermId> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        let result = if seen.len() < MAX_PARTS { engine.unfold(term) } else { None };
        match result {
            Some(result) => open.push(result),
            None => open.extend_from_slice(engine.terms.args(term)),
        }
    }
    seen
}

/// The state that a term reads; `None` for what tokens say.
fn reads(engine: &Engine<'_>, term: TermId) -> impl Iterator<Item = Option<StateId>> {
    let reads: Vec<_> = engine
        .parts([term])
        .into_iter()
        .filter_map(|part| match engine.terms.op(part) {
            Op::Initial(state) => Some(Some(state)),
            Op::Token(..) => Some(None),
            _ => None,
        })
        .collect();
    reads.into_iter()
}

/// Whether a write asks for a role that does not rest on the written record: who may change a record of their own is no
/// more privileged than who made it.
fn has_foreign_role(engine: &mut Engine<'_>, intended: &Governance, write: &Effect, state: StateId) -> bool {
    let is_own = |engine: &Engine<'_>, fact: Fact| {
        engine.parts([fact.term()]).into_iter().any(|part| {
            matches!(engine.terms.op(part), Op::Entry(map) if map == state)
                && engine.terms.mask(engine.terms.arg(part, 0)).has(Mask::PARAMETER.or(Mask::CALLER))
        })
    };
    intended.any(engine, &write.facts, &mut |this, engine, fact| {
        !is_own(engine, fact) && this.is_role(engine, fact)
    })
}

/// Whether a write enters something that is computed from what was there.
fn adds_to(engine: &Engine<'_>, write: &Effect, state: StateId) -> bool {
    use Builtin::{Add, Append, Concat, Divide, Multiply, Subtract};
    engine.parts(write.args.last().copied()).into_iter().any(|part| {
        matches!(engine.terms.op(part), Op::Pure(Add | Subtract | Multiply | Divide | Append | Concat))
            && reads(engine, part).any(|read| read == Some(state))
    })
}

/// Whether an entrypoint does nothing but to set what it is told: it takes no payment and keeps no record of its caller.
fn only_sets<'e>(engine: &Engine<'_>, mut effects: impl Iterator<Item = &'e Effect>) -> bool {
    effects.all(|effect| {
        let moves = matches!(effect.kind, EffectKind::Token(..) | EffectKind::Stx(_));
        !moves && !effect.args.iter().any(|&arg| engine.terms.mask(arg).has(Mask::CALLER))
    })
}
