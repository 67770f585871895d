//! Which state is governed: the belief that all of it is, and what the writers of one contract contradict.

use std::sync::Arc;

use super::trust::holds_content;
use super::{Governance, MAX_NESTING, Open, Part, Writer};
use crate::builtins::Builtin;
use crate::facts::engine::Engine;
use crate::facts::set::{Fact, Facts};
use crate::facts::summary::{Effect, EffectKind, Summary};
use crate::facts::term::{Mask, Op, StateId, TermId, Terms, TextId};
use crate::graph::FunctionId;
use crate::model::Access;
use crate::project::ContractId;

impl Governance {
    /// Starts from the belief that all state is governed but for what the called contracts say and `known` has, and
    /// drops what a writer of the contract contradicts until none does.
    pub fn of(engine: &mut Engine<'_>, contract: ContractId, known: &Open) -> Self {
        let mut governance = Self::default();
        for reached in engine.program.reached_from([contract]) {
            // Its own writers are judged anew.
            if reached != contract {
                governance.import(engine, reached);
            }
        }
        governance.open(engine, known);
        let writers = writers(engine, contract);
        loop {
            let before = governance.ungoverned.len();
            governance.note_answers(engine, &writers);
            for (function, summary) in &writers {
                engine.refill();
                for index in 0..summary.effects.len() {
                    governance.judge_write(engine, (*function, index), summary);
                }
                if engine.is_spent() && !governance.own.too_large.contains(function) {
                    governance.own.too_large.push(*function);
                }
            }
            if governance.ungoverned.len() == before {
                break;
            }
        }
        governance.settled = true;
        governance.forget();
        governance.note_setters(engine, contract, &writers);
        let known = governance.ungoverned.iter().map(|&(state, part)| (state, part.name(engine))).collect();
        governance.relied_on.borrow_mut().known = known;
        engine.refill();
        governance
    }

    /// What all contracts of a project say together, for questions about any of them.
    pub fn of_all(engine: &mut Engine<'_>, known: &Open) -> Self {
        let mut governance = Self { settled: true, ..Self::default() };
        for contract in engine.program.project.contract_ids() {
            governance.import(engine, contract);
        }
        governance.open(engine, known);
        governance
    }

    /// Notes what contracts have answered that are identified themselves, for questions about all functions.
    pub fn note_all_answers(&mut self, engine: &mut Engine<'_>) {
        let contracts = engine.program.project.contract_ids();
        let writers: Vec<_> = contracts.flat_map(|contract| writers(engine, contract)).collect();
        self.note_answers(engine, &writers);
        self.forget();
    }

    fn import(&mut self, engine: &mut Engine<'_>, contract: ContractId) {
        if let Some(seal) = engine.sealed(contract) {
            self.take_over(engine, &seal.verdict);
        }
    }

    /// Notes which of the contract's own state privileged callers set, and what its flags are set to.
    fn note_setters(
        &mut self,
        engine: &mut Engine<'_>,
        contract: ContractId,
        writers: &[(FunctionId, Arc<Summary>)],
    ) {
        let mut own = std::mem::take(&mut self.own);
        for (function, summary) in writers {
            engine.refill();
            for effect in &summary.effects {
                let EffectKind::Write(builtin, state) = effect.kind else { continue };
                self.note_entered(engine, &mut own, effect);
                if state.owner() != Some(contract) {
                    continue;
                }
                if !own.set_by_roles.contains(&state) && self.has_role(engine, &effect.facts) {
                    own.set_by_roles.insert(state);
                }
                if let (Builtin::VarSet, &[value]) = (builtin, &effect.args[..]) {
                    let others = [true, false].into_iter().filter(|&other| value != Terms::bool(!other));
                    own.settable.extend(others.map(|other| (state, other)));
                }
            }
            if engine.is_spent() && !own.too_large.contains(function) {
                own.too_large.push(*function);
            }
        }
        self.take_over(engine, &own);
        self.own = own;
    }

    /// Notes whose answers may be believed, as far as is believed of state now. A contract does not identify itself by
    /// what it answers: it must be identified before.
    fn note_answers(&mut self, engine: &mut Engine<'_>, writers: &[(FunctionId, Arc<Summary>)]) {
        self.answers.clear();
        self.forget();
        for (_, summary) in writers {
            engine.refill();
            for effect in &summary.effects {
                if let (Some(result), Some(&called)) = (effect.result, effect.args.first())
                    && self.is_identified(engine, &effect.facts, called)
                {
                    self.answers.insert(result);
                }
            }
        }
    }

    fn judge_write(&mut self, engine: &mut Engine<'_>, writer: Writer, summary: &Summary) {
        let effect = &summary.effects[writer.1];
        let EffectKind::Write(builtin, state) = effect.kind else { return };
        // Taking an entry away trusts nobody new.
        if builtin == Builtin::MapDelete {
            return;
        }
        let mut decided = Vec::new();
        match (builtin, &effect.args[..]) {
            (Builtin::VarSet, &[value]) => {
                let before = engine.terms.leaf(Op::Initial(state));
                self.judge_value(engine, state, before, value, &effect.facts, &mut decided);
            }
            (_, &[key, value, ..]) => {
                let entry = self.entry_before(engine, &effect.facts, state, key);
                if entry.is_none() {
                    self.judge_key(engine, state, key, &effect.facts, &mut decided);
                }
                let absurd = engine.absurd();
                let before = match entry {
                    Some(entry) => engine.terms.payload(entry, true),
                    None => absurd,
                };
                self.judge_value(engine, state, before, value, &effect.facts, &mut decided);
            }
            _ => {}
        }
        if decided.is_empty()
            || self.has_role(engine, &effect.facts)
            || self.is_one_shot(engine, &summary.effects, effect)
        {
            return;
        }
        for (state, part) in decided {
            self.ungoverned.insert((state, part));
            self.touched.insert(state);
            self.own.open.entry((state, part.name(engine))).or_insert(writer);
        }
        self.forget();
    }

    /// Notes a part that the caller decides on, if that is news.
    fn decide(
        &self,
        engine: &mut Engine<'_>,
        part: (StateId, Part),
        value: TermId,
        facts: &Facts,
        decided: &mut Vec<(StateId, Part)>,
    ) {
        if !self.ungoverned.contains(&part) && !self.is_safe(engine, value, facts) {
            decided.push(part);
        }
    }

    /// A new key, place by place where it is a tuple: a caller may enter themselves beside a token that was checked.
    fn judge_key(
        &self,
        engine: &mut Engine<'_>,
        map: StateId,
        key: TermId,
        facts: &Facts,
        decided: &mut Vec<(StateId, Part)>,
    ) {
        self.decide(engine, (map, Part::Keys), key, facts, decided);
        let Op::Tuple(shape) = engine.terms.op(key) else {
            return self.decide(engine, (map, Part::Key(None)), key, facts, decided);
        };
        let (names, parts) = (engine.terms.fields(shape).to_vec(), engine.terms.args(key).to_vec());
        for (name, part) in names.into_iter().zip(parts) {
            self.decide(engine, (map, Part::Key(Some(name))), part, facts, decided);
        }
    }

    /// A written value, field by field where it is a tuple. What is copied from the same field of the same entry
    /// decides nothing.
    fn judge_value(
        &self,
        engine: &mut Engine<'_>,
        state: StateId,
        before: TermId,
        value: TermId,
        facts: &Facts,
        decided: &mut Vec<(StateId, Part)>,
    ) {
        let Some(fields) = written_fields(engine, state, value, MAX_NESTING) else {
            if value != before {
                self.decide(engine, (state, Part::Value), value, facts, decided);
            }
            return;
        };
        for name in fields {
            let (old, new) = (engine.terms.field(name, before), engine.terms.field(name, value));
            let copied = engine.terms.op(new) == Op::Field(name)
                && holds_content(engine, state, engine.terms.arg(new, 0));
            // Whoever may write an entry says by that when it was; the chain says what to put there.
            let is_told_by_chain =
                matches!(engine.terms.op(new), Op::Keyword(_)) && engine.terms.mask(new) == Mask::CHAIN;
            if new != old && !copied && !is_told_by_chain && !self.is_told_apart(engine, value, new, facts) {
                self.decide(engine, (state, Part::Field(name)), new, facts, decided);
            }
        }
    }

    /// Whether a flag that is written beside the value says where it is safe: a token that anybody chooses where the
    /// entry is one of STX, and that is checked where it is not.
    fn is_told_apart(&self, engine: &mut Engine<'_>, written: TermId, value: TermId, facts: &Facts) -> bool {
        if !matches!(engine.terms.op(written), Op::Tuple(_)) {
            return false;
        }
        let choices = facts.iter().filter(|fact| engine.terms.op(fact.term()) == Op::If);
        let mut flags: Vec<_> = choices.map(|fact| engine.terms.arg(fact.term(), 0)).collect();
        flags.retain(|flag| engine.terms.args(written).contains(flag));
        flags.into_iter().flat_map(|flag| [(flag, true), (flag, false)]).any(|(flag, holds)| {
            engine.given(facts, flag, holds).is_some_and(|given| self.is_safe(engine, value, &given))
        })
    }

    /// The entry with this key that the facts say was there before the write.
    fn entry_before(
        &self,
        engine: &mut Engine<'_>,
        facts: &Facts,
        map: StateId,
        key: TermId,
    ) -> Option<TermId> {
        facts.iter().filter(|fact| fact.holds()).find_map(|fact| asked_entry(engine, fact, map, key))
    }

    /// Whether the write can happen only once: the path tests a variable that is not set yet, and sets it, or makes an entry
    /// under a key that is written out.
    pub fn is_one_shot(&self, engine: &mut Engine<'_>, effects: &[Effect], effect: &Effect) -> bool {
        if makes_the_only_entry(engine, effect) {
            return true;
        }
        let tested: Vec<_> = effect.facts.iter().filter_map(|fact| unset_variable(engine, fact)).collect();
        tested.into_iter().any(|tested| {
            effects.iter().any(|other| match (&other.kind, &other.args[..]) {
                (EffectKind::Write(Builtin::VarSet, written), &[value]) => {
                    *written == tested && engine.terms.leaf(Op::Initial(tested)) != value
                }
                _ => false,
            }) && self.is_governed_or_is(tested, effect)
        })
    }

    /// A variable that guards others must be governed itself; its own first write needs nothing else.
    fn is_governed_or_is(&self, tested: StateId, effect: &Effect) -> bool {
        matches!(effect.kind, EffectKind::Write(_, state) if state == tested)
            || self.is_governed(tested, Part::Value)
    }
}

/// The public functions of a contract, and what they do.
fn writers(engine: &mut Engine<'_>, contract: ContractId) -> Vec<(FunctionId, Arc<Summary>)> {
    let program = engine.program;
    let functions = program.functions_of(contract);
    let public = functions.filter(|&function| program.function(function).access == Access::Public);
    public.map(|function| (function, engine.summary(function))).collect()
}

/// The entry under a key of which a fact says whether it is there.
fn asked_entry(engine: &Engine<'_>, fact: Fact, map: StateId, key: TermId) -> Option<TermId> {
    let terms = &engine.terms;
    if terms.op(fact.term()) != Op::Good {
        return None;
    }
    let entry = terms.arg(fact.term(), 0);
    (terms.op(entry) == Op::Entry(map) && terms.arg(entry, 0) == key).then_some(entry)
}

/// Whether a write makes the entry under a key that is written out, where there is none.
fn makes_the_only_entry(engine: &Engine<'_>, write: &Effect) -> bool {
    let (EffectKind::Write(builtin, map), &[key, ..]) = (&write.kind, &write.args[..]) else { return false };
    let is_missing = |fact: Fact| !fact.holds() && asked_entry(engine, fact, *map, key).is_some();
    let is_new = match builtin {
        Builtin::MapInsert => true,
        Builtin::MapSet => write.facts.iter().any(is_missing),
        _ => false,
    };
    is_new && engine.terms.mask(key) == Mask::NOTHING
}

/// The variable that a fact says is not set: none, false, or still what a constant is.
fn unset_variable(engine: &Engine<'_>, fact: Fact) -> Option<StateId> {
    let variable = |term: TermId| match engine.terms.op(term) {
        Op::Initial(state @ StateId::Variable(..)) => Some(state),
        _ => None,
    };
    let term = fact.term();
    match engine.terms.op(term) {
        Op::Initial(_) if !fact.holds() => variable(term),
        Op::Good if !fact.holds() => variable(engine.terms.arg(term, 0)),
        Op::Pure(Builtin::IsEq) if fact.holds() => {
            let (a, b) = (engine.terms.arg(term, 0), engine.terms.arg(term, 1));
            let constant = |term: TermId| engine.terms.mask(term) == Mask::NOTHING;
            variable(a).filter(|_| constant(b)).or(variable(b).filter(|_| constant(a)))
        }
        _ => None,
    }
}

/// The fields that a written tuple gives a value, where it is written out or is a change of what the state held: of any
/// entry in any version, because a field is trusted in all of them or in none.
pub(super) fn written_fields(
    engine: &mut Engine<'_>,
    state: StateId,
    value: TermId,
    nesting: u32,
) -> Option<Vec<TextId>> {
    if holds_content(engine, state, value) {
        return Some(Vec::new());
    }
    let nesting = nesting.checked_sub(1)?;
    let args = engine.terms.args(value).to_vec();
    match (engine.terms.op(value), &args[..]) {
        (Op::Tuple(shape), _) => Some(engine.terms.fields(shape).to_vec()),
        (Op::Pure(Builtin::Merge), &[left, right]) | (Op::If, &[_, left, right]) => {
            let mut names = written_fields(engine, state, left, nesting)?;
            names.extend(written_fields(engine, state, right, nesting)?);
            Some(names)
        }
        (Op::Call(_), _) => {
            let result = engine.unfold(value)?;
            written_fields(engine, state, result, nesting)
        }
        (Op::Payload, &[of]) => {
            let result = engine.unfold(of)?;
            let held = engine.terms.payload(result, true);
            written_fields(engine, state, held, nesting)
        }
        _ => None,
    }
}
