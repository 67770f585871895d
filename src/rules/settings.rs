//! State that is meant to be set by privileged callers alone: by what it is there for, or because others ask for
//! a role before they set it.

use std::collections::{BTreeMap, BTreeSet};

use super::purpose::{self, Setting};
use super::{Lint, breaker_reset, entitlement, evidence, stakes};
use crate::builtins::Builtin;
use crate::diagnostic::Label;
use crate::facts::{Effect, EffectKind, Engine, Fact, Governance, Mask, Op, Show, StateId, TermId};
use crate::graph::{FunctionId, Site};

/// How many parts of a fact are looked at before calls are taken as they stand.
const MAX_PARTS: usize = 4_096;

/// State that an entrypoint sets for callers without a role, as they like.
#[derive(Clone)]
pub(super) struct Set {
    pub state: StateId,
    pub entrypoint: FunctionId,
    /// Whether it is so, too, if the state is there for keeping a record and not for setting something.
    pub also_as_record: bool,
    /// Whether it does nothing else.
    pub is_plain: bool,
    /// Whether it sets what it computes from what was there, and not what it is told.
    pub adds: bool,
    /// What the caller says of it: these fields, or all of it.
    pub chosen: Option<Vec<String>>,
    /// Whether it replaces what was there, and not only enters what nobody has entered.
    pub replaces: bool,
    /// Why it is a setting, if others of the contract ask for a role before they set it.
    pub by_others: Option<Setting>,
    /// The state, as the entrypoint calls it, the write, what it does, and the calls that lead to it.
    pub shown: String,
    pub site: Site,
    pub effect: String,
    pub trace: Vec<Label>,
}

/// What one contract says of settings.
#[derive(Clone, Default)]
pub(super) struct Answer {
    pub set: Vec<Set>,
    pub depends: purpose::Depends,
    pub resets: breaker_reset::Answer,
}

impl Set {
    /// Whether the caller says that field of what is set, or all of it.
    pub fn chooses(&self, field: Option<&String>) -> bool {
        match (&self.chosen, field) {
            (Some(chosen), Some(field)) => chosen.contains(field),
            (Some(chosen), None) => !chosen.is_empty(),
            (None, _) => true,
        }
    }
}

impl Answer {
    pub fn join(&mut self, other: Self) {
        self.set.extend(other.set);
        self.depends.join(other.depends);
        self.resets.join(other.resets);
    }
}

pub(super) fn answer(lint: &mut Lint<'_>) -> Answer {
    let settings = Settings::new(lint);
    let mut set = Vec::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        for effect in &summary.effects {
            let EffectKind::Write(_, state) = effect.kind else { continue };
            let effects = (entrypoint, &summary.effects[..]);
            if !settings.is_set_by_strangers(lint, effects, effect, state, Purpose::Setting) {
                continue;
            }
            let is_plain = only_sets(&lint.engine, summary.effects.iter());
            let adds = adds_to(&lint.engine, effect, state);
            let chosen = chosen_fields(&mut lint.engine, effect);
            // What the contract computes by itself, and neither the caller nor another contract says.
            let mask = effect.args.last().map_or(Mask::NOTHING, |&value| lint.engine.terms.mask(value));
            let is_computed = chosen.as_ref().is_some_and(Vec::is_empty)
                && mask != Mask::NOTHING
                && !mask.has(Mask::UNKNOWN);
            set.push(Set {
                state,
                entrypoint,
                also_as_record: settings.is_set_by_strangers(lint, effects, effect, state, Purpose::Record),
                is_plain,
                adds,
                chosen,
                replaces: replaces(&lint.engine, effect, state),
                by_others: settings
                    .by_others(lint, state)
                    .filter(|_| is_plain && !adds && !is_computed && !is_numbered(&lint.engine, effect)),
                shown: Show { engine: &lint.engine, function: entrypoint }.state(state),
                site: effect.site,
                effect: evidence::effect(&lint.engine, entrypoint, effect),
                trace: evidence::trace(lint.program, effect),
            });
        }
    }
    Answer { set, depends: purpose::depends(lint), resets: breaker_reset::answer(lint) }
}

/// What is set by entrypoints of the contract that owns it, and by those of others.
pub(super) fn by_owner<'s>(lint: &'s Lint<'_>) -> (Vec<&'s Set>, Vec<&'s Set>) {
    let is_own = |set: &&Set| set.state.owner() == Some(set.entrypoint.contract);
    lint.digest.settings.set.iter().partition(is_own)
}

/// State of which other rules speak: what a contract rests its trust on, and locks.
pub(super) fn of_others(lint: &Lint<'_>) -> BTreeSet<StateId> {
    let trust = &lint.digest.trust;
    let trusted = trust.uses.iter().filter(|used| trust.write(used).is_some()).map(|used| used.state);
    trusted.chain(lint.digest.settings.depends.locks.iter().copied()).collect()
}

/// What a state may be there for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Setting,
    Record,
}

/// Everything that the entrypoints of a contract write, and what is believed of who writes it.
pub(super) struct Settings {
    intended: Governance,
    /// The entrypoints of the contract that ask for a role before they write a state, and those that do not.
    setters: BTreeMap<StateId, BTreeSet<FunctionId>>,
    strangers: BTreeMap<StateId, BTreeSet<FunctionId>>,
}

impl Settings {
    pub fn new(lint: &mut Lint<'_>) -> Self {
        let intended = Governance::intended();
        let (mut setters, mut strangers) =
            (BTreeMap::<_, BTreeSet<_>>::new(), BTreeMap::<_, BTreeSet<_>>::new());
        for entrypoint in lint.entrypoints() {
            for effect in &lint.begin(entrypoint).effects {
                let EffectKind::Write(_, state) = effect.kind else { continue };
                if state.owner() != Some(entrypoint.contract) {
                    continue;
                }
                if !intended.has_role(&mut lint.engine, &effect.facts) {
                    strangers.entry(state).or_default().insert(entrypoint);
                } else if has_foreign_role(&mut lint.engine, &intended, effect, state) {
                    setters.entry(state).or_default().insert(entrypoint);
                }
            }
        }
        Self { intended, setters, strangers }
    }

    /// Why a state is a setting: most who write it ask for a role before. What many write without one, or add to, is the
    /// protocol's record of what it does: an admin may well correct it.
    fn by_others(&self, lint: &Lint<'_>, state: StateId) -> Option<Setting> {
        let setters = self.setters.get(&state)?;
        let strangers = self.strangers.get(&state).map_or(0, BTreeSet::len);
        if strangers > setters.len() {
            return None;
        }
        let other = *setters.first()?;
        let name = lint.program.name(other);
        let seen = Label {
            at: lint.program.location(other),
            message: format!("`{name}` asks its caller for a role"),
        };
        Some(Setting {
            purpose: format!("which `{name}` lets only privileged callers change"),
            field: None,
            seen,
        })
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
        self.is_set_by_strangers(lint, (entrypoint, effects), change, state, Purpose::Record)
            && only_sets(&lint.engine, effects.iter().filter(|effect| effect.kind != change.kind))
    }

    /// Whether an entrypoint writes the state for callers without a role, as they like and not by a rule of its own.
    pub fn is_set_by_strangers(
        &self,
        lint: &mut Lint<'_>,
        (entrypoint, effects): (FunctionId, &[Effect]),
        write: &Effect,
        state: StateId,
        purpose: Purpose,
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
            || lint.governance.is_one_shot(engine, effects, write)
        {
            return false;
        }
        // What a contract of the caller's choice answers is the caller's choice, too.
        let asks_anybody = effects.iter().any(|effect| {
            let called = effect.args.first().copied().filter(|_| effect.result.is_some());
            called.is_some_and(|called| engine.terms.mask(called).has(Mask::PARAMETER))
        });
        !write.facts.iter().any(|fact| self.is_rule(engine, fact, entrypoint, asks_anybody, (state, purpose)))
    }

    /// Whether a fact is more than a bound on an argument: it asks who calls, what others did, what a contract says, or
    /// whether the time has come that the record itself names.
    fn is_rule(
        &self,
        engine: &mut Engine<'_>,
        fact: Fact,
        entrypoint: FunctionId,
        asks_anybody: bool,
        (state, purpose): (StateId, Purpose),
    ) -> bool {
        let mask = engine.terms.mask(fact.term());
        let is_used = |read| {
            let strangers = self.strangers.get(&read);
            strangers.is_some_and(|strangers| strangers.iter().any(|&other| other != entrypoint))
        };
        let is_record = mask.has(Mask::CHAIN) && purpose == Purpose::Record;
        parts_of_results(engine, fact.term()).into_iter().any(|part| match engine.terms.op(part) {
            // A loop reads what its earlier rounds have left.
            Op::Initial(read) | Op::Since(read) | Op::Entry(read) if read == state => is_record,
            Op::Initial(read) | Op::Since(read) => is_used(read),
            // That a mint succeeds asks nothing of anybody.
            Op::Opaque(..) => !asks_anybody && engine.terms.label(part) != Some(Builtin::FtMint.spec().name),
            Op::Sender | Op::Caller | Op::External(_) | Op::Token(..) => true,
            // A proof says who made it.
            Op::Folded(_) => true,
            Op::Pure(_) => entitlement::is_proof(engine, part),
            _ => false,
        })
    }
}

/// Every term that a fact is made of. Of a call that is what its result is made of: who called does not matter to a
/// function that does not ask.
pub(super) fn parts_of_results(engine: &mut Engine<'_>, root: TermId) -> BTreeSet<TermId> {
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
        // Few facts are roles, and most are told from others at a glance.
        this.is_role(engine, fact) && !is_own(engine, fact)
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

/// The fields of what is written that the caller says; `None` where it is all of it.
fn chosen_fields(engine: &mut Engine<'_>, write: &Effect) -> Option<Vec<String>> {
    let (mut open, mut chosen) = (Vec::from_iter(write.args.last().copied()), Vec::new());
    while let Some(value) = open.pop() {
        let args = engine.terms.args(value).to_vec();
        match engine.terms.op(value) {
            Op::Pure(Builtin::Merge) => open.extend(args),
            Op::Tuple(shape) => {
                let names = engine.terms.fields(shape).to_vec();
                for (name, part) in names.into_iter().zip(args) {
                    if stakes::is_said(engine, part) {
                        chosen.push(engine.terms.text(name).to_string());
                    }
                }
            }
            _ if stakes::is_said(engine, value) => return None,
            _ => {}
        }
    }
    Some(chosen)
}

/// Whether a write makes an entry under a number of its own: somebody's request, which nobody has answered yet.
fn is_numbered(engine: &Engine<'_>, write: &Effect) -> bool {
    let (EffectKind::Write(_, StateId::Map(..)), &[key, ..]) = (&write.kind, &write.args[..]) else {
        return false;
    };
    engine.terms.mask(key).has(Mask::STATE) && !engine.terms.mask(key).has(Mask::PARAMETER)
}

/// Whether a write of a map goes to whichever entry the caller names, be there one or not.
fn replaces(engine: &Engine<'_>, write: &Effect, state: StateId) -> bool {
    let (EffectKind::Write(Builtin::MapSet, _), &[key, _]) = (&write.kind, &write.args[..]) else {
        return matches!(write.kind, EffectKind::Write(Builtin::VarSet, _));
    };
    let is_missing = |fact: Fact| {
        let entry =
            |term: TermId| engine.terms.op(term) == Op::Entry(state) && engine.terms.arg(term, 0) == key;
        !fact.holds() && engine.parts([fact.term()]).into_iter().any(entry)
    };
    engine.terms.mask(key).only(Mask::PARAMETER.or(Mask::ELEMENT)) && !write.facts.iter().any(is_missing)
}

/// Whether an entrypoint does nothing but to set what it is told: it takes no payment and keeps no record of its caller.
fn only_sets<'e>(engine: &Engine<'_>, mut effects: impl Iterator<Item = &'e Effect>) -> bool {
    effects.all(|effect| {
        let moves = matches!(effect.kind, EffectKind::Token(..) | EffectKind::Stx(_));
        !moves && !effect.args.iter().any(|&arg| engine.terms.mask(arg).has(Mask::CALLER))
    })
}
