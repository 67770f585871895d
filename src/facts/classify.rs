//! What facts amount to: a role, an identity, a circuit breaker. Decided by what a fact depends on, never by names.
//!
//! Everything rests on one question: is a piece of state *governed*, that is, can only a privileged caller decide what
//! it holds? The answer is the greatest set of state that its own writers agree with.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::Engine;
use super::set::{Fact, Facts};
use super::summary::{Effect, EffectKind, Summary};
use super::term::{Mask, Op, StateId, TermId, Terms, TextId};
use crate::builtins::Builtin;
use crate::graph::FunctionId;
use crate::model::Access;

/// The part of a piece of state that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A variable, or a map's value that is not a tuple.
    Value,
    /// Which keys a map has.
    Keys,
    /// What stands at one place of a map's keys, where they are tuples; `None` is any place of them.
    Key(Option<TextId>),
    /// One field of a map's or variable's tuples.
    Field(TextId),
}

/// Which state strangers can decide on.
#[derive(Debug, Default)]
pub struct Governance {
    ungoverned: FxHashSet<(StateId, Part)>,
    /// The first write that showed it: the entrypoint, and which of its effects.
    writers: FxHashMap<(StateId, Part), (FunctionId, usize)>,
    /// State that some privileged caller can set, and of which nobody else decides anything.
    administered: FxHashSet<StateId>,
    /// The truth values that flags can be set to.
    settable: FxHashSet<(StateId, bool)>,
    /// Whether all writers were judged. Until then, state that a path itself has written is no evidence on it: a write
    /// would justify itself. Afterwards what is governed is so in every version, because each of its writes is.
    settled: bool,
    /// What contracts have answered that are identified themselves.
    answers: FxHashSet<TermId>,
    /// Which facts are roles, as far as it was asked since `ungoverned` changed.
    roles: RefCell<FxHashMap<Fact, bool>>,
}

/// How deep conditional facts are looked into.
const MAX_NESTING: u32 = 16;

impl Governance {
    /// Starts from the belief that all state is governed, and drops what a writer contradicts until none does.
    pub fn new(engine: &mut Engine<'_>) -> Self {
        let mut governance = Self::default();
        let writers: Vec<_> = engine
            .program
            .functions()
            .filter(|&function| engine.program.function(function).access == Access::Public)
            .map(|function| (function, engine.summary(function)))
            .collect();
        loop {
            let before = governance.ungoverned.len();
            governance.note_answers(engine, &writers);
            for (function, summary) in &writers {
                for index in 0..summary.effects.len() {
                    governance.judge_write(engine, (*function, index), summary);
                }
            }
            if governance.ungoverned.len() == before {
                break;
            }
        }
        governance.settled = true;
        governance.roles.borrow_mut().clear();
        let touched: FxHashSet<_> = governance.ungoverned.iter().map(|&(state, _)| state).collect();
        for effect in writers.iter().flat_map(|(_, summary)| &summary.effects) {
            if let EffectKind::Write(_, state) = effect.kind
                && !touched.contains(&state)
                && governance.has_role(engine, &effect.facts)
            {
                governance.administered.insert(state);
            }
            if let (EffectKind::Write(Builtin::VarSet, state), &[value]) = (&effect.kind, &effect.args[..]) {
                let others = [true, false].into_iter().filter(|&other| value != Terms::bool(!other));
                governance.settable.extend(others.map(|other| (*state, other)));
            }
        }
        governance
    }

    /// What the contracts intend: the belief that all state is governed. By it, a role is what would be one if no setter
    /// had lost its own.
    pub fn intended() -> Self {
        Self { settled: true, ..Self::default() }
    }

    /// The state that strangers decide on, in no particular order.
    pub fn ungoverned(&self) -> impl Iterator<Item = (StateId, Part)> + '_ {
        self.ungoverned.iter().copied()
    }

    pub fn is_governed(&self, state: StateId, part: Part) -> bool {
        let decided = |part| self.ungoverned.contains(&(state, part));
        match part {
            // Who decides what a map holds under a key does not decide which keys there are.
            Part::Keys => !decided(part),
            Part::Key(_) => !decided(Part::Keys) || !decided(part) && !decided(Part::Key(None)),
            Part::Value | Part::Field(_) => !decided(part) && !decided(Part::Value),
        }
    }

    /// Whether a privileged caller can set it, and nobody else decides what it holds.
    pub fn is_administered(&self, state: StateId) -> bool {
        self.administered.contains(&state)
    }

    /// Whether somebody can set a flag to that value.
    pub fn can_be_set(&self, flag: StateId, value: bool) -> bool {
        self.settable.contains(&(flag, value))
    }

    /// The entrypoint by which strangers decide on a part of the state, and which of its effects does it.
    pub fn writer(&self, state: StateId, part: Part) -> Option<(FunctionId, usize)> {
        let whole = if matches!(part, Part::Key(_)) { Part::Keys } else { Part::Value };
        self.writers.get(&(state, part)).or_else(|| self.writers.get(&(state, whole))).copied()
    }

    /// Notes whose answers may be believed, as far as is believed of state now. A contract does not identify itself by
    /// what it answers: it must be identified before.
    fn note_answers(&mut self, engine: &mut Engine<'_>, writers: &[(FunctionId, Rc<Summary>)]) {
        self.answers.clear();
        for effect in writers.iter().flat_map(|(_, summary)| &summary.effects) {
            if let (Some(result), Some(&called)) = (effect.result, effect.args.first())
                && self.is_identified(engine, &effect.facts, called)
            {
                self.answers.insert(result);
            }
        }
    }

    fn judge_write(&mut self, engine: &mut Engine<'_>, writer: (FunctionId, usize), summary: &Summary) {
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
            || self.is_one_shot(engine, summary, effect)
        {
            return;
        }
        for part in decided {
            self.ungoverned.insert(part);
            self.writers.entry(part).or_insert(writer);
        }
        self.roles.borrow_mut().clear();
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
        let names: Vec<_> = engine.terms.text(shape).split(' ').map(str::to_owned).collect();
        let parts = engine.terms.args(key).to_vec();
        for (name, part) in names.into_iter().zip(parts) {
            let name = engine.terms.intern(&name);
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
            if new != old && !copied && !self.is_told_apart(engine, value, new, facts) {
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
            let given = engine.assume(flag, holds).and_then(|given| facts.and(&given));
            let given = given.and_then(|given| engine.propagate(&given));
            given.is_some_and(|given| self.is_safe(engine, value, &given))
        })
    }

    /// Whether nobody who calls chooses the value: it is constant, governed itself, or identified where it is written.
    fn is_safe(&self, engine: &mut Engine<'_>, value: TermId, facts: &Facts) -> bool {
        if matches!(engine.terms.op(value), Op::Tuple(_)) {
            let parts = engine.terms.args(value).to_vec();
            return parts.into_iter().all(|part| self.is_safe(engine, part, facts));
        }
        self.is_trusted(engine, value)
            || self.is_identified(engine, facts, value)
            || self.is_vetted(engine, facts, value)
    }

    /// Whether the value comes from entries of which the path has tested other fields: a proposal's content, after its
    /// votes, height and state.
    fn is_vetted(&self, engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> bool {
        let mut read = Vec::new();
        if !self.reads_only_entries(engine, value, None, &mut read) || read.is_empty() {
            return false;
        }
        let tested: Vec<_> = facts.iter().flat_map(|fact| engine.parts([fact.term()])).collect();
        let is_field = |term: TermId| match engine.terms.op(term) {
            Op::Field(name) => entry_of(engine, engine.terms.arg(term, 0)).map(|entry| (entry, name)),
            _ => None,
        };
        let tested: FxHashSet<_> = tested.into_iter().filter_map(is_field).collect();
        read.iter()
            .all(|&(entry, field)| tested.iter().any(|&(other, name)| other == entry && Some(name) != field))
    }

    /// Whether a value is made only of what entries hold and of what is trusted anyway; notes the entries and fields.
    fn reads_only_entries(
        &self,
        engine: &mut Engine<'_>,
        value: TermId,
        field: Option<TextId>,
        read: &mut Vec<(TermId, Option<TextId>)>,
    ) -> bool {
        let args = engine.terms.args(value).to_vec();
        match engine.terms.op(value) {
            Op::Entry(_) => {
                read.push((value, field));
                self.is_evidence(engine, value)
            }
            // The field that counts is the one of the entry itself.
            Op::Field(name) => self.reads_only_entries(engine, args[0], Some(name), read),
            Op::Payload | Op::Element | Op::Some | Op::Ok => {
                self.reads_only_entries(engine, args[0], field, read)
            }
            Op::Tuple(_) => args.iter().all(|&arg| self.reads_only_entries(engine, arg, None, read)),
            Op::If => args[1..].iter().all(|&arg| self.reads_only_entries(engine, arg, field, read)),
            Op::Call(_) => match engine.unfold(value) {
                Some(result) => self.reads_only_entries(engine, result, field, read),
                None => false,
            },
            _ => self.is_trusted(engine, value),
        }
    }

    /// The entry with this key that the facts say was there before the write.
    fn entry_before(
        &self,
        engine: &mut Engine<'_>,
        facts: &Facts,
        map: StateId,
        key: TermId,
    ) -> Option<TermId> {
        facts
            .iter()
            .filter(|fact| fact.holds() && engine.terms.op(fact.term()) == Op::Good)
            .map(|fact| engine.terms.arg(fact.term(), 0))
            .find(|&entry| engine.terms.op(entry) == Op::Entry(map) && engine.terms.arg(entry, 0) == key)
    }

    /// Whether the write can happen only once: the path tests a variable that is not set yet, and sets it.
    pub fn is_one_shot(&self, engine: &mut Engine<'_>, summary: &Summary, effect: &Effect) -> bool {
        let tested: Vec<_> = effect.facts.iter().filter_map(|fact| unset_variable(engine, fact)).collect();
        tested.into_iter().any(|tested| {
            summary.effects.iter().any(|other| match (&other.kind, &other.args[..]) {
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

    /// Whether an entry may be evidence: it is read as it was when the function was entered, or all writers were judged.
    fn is_evidence(&self, engine: &Engine<'_>, entry: TermId) -> bool {
        self.settled || matches!(engine.terms.op(engine.terms.arg(entry, 1)), Op::Initial(_) | Op::Since(_))
    }

    /// Whether only privileged callers decide on the value.
    pub fn is_trusted(&self, engine: &mut Engine<'_>, value: TermId) -> bool {
        if engine.terms.mask(value) == Mask::NOTHING {
            return engine.terms.op(value) != Op::Absurd;
        }
        engine.budget.spend(1);
        if engine.budget.is_spent() {
            return false;
        }
        let args = engine.terms.args(value).to_vec();
        match engine.terms.op(value) {
            Op::Initial(state @ StateId::Variable(..)) | Op::Since(state @ StateId::Variable(..)) => {
                self.is_governed(state, Part::Value)
            }
            Op::After(state @ StateId::Variable(..)) if self.settled => self.is_governed(state, Part::Value),
            Op::Field(name) => self.is_trusted_content(engine, args[0], Part::Field(name)),
            Op::Payload => self.is_trusted_content(engine, args[0], Part::Value),
            Op::Some | Op::Ok => self.is_trusted(engine, args[0]),
            Op::If => {
                (args[1] == Terms::FALSE || self.is_trusted(engine, args[1]))
                    && (args[2] == Terms::FALSE || self.is_trusted(engine, args[2]))
            }
            Op::Tuple(_) | Op::Pure(_) => args.iter().all(|&arg| self.is_trusted(engine, arg)),
            Op::Element => self.is_trusted(engine, args[0]),
            Op::Filtered(_) => self.is_trusted(engine, args[0]),
            Op::Call(_) => match engine.unfold(value) {
                Some(result) => self.is_trusted(engine, result),
                None => false,
            },
            _ => false,
        }
    }

    /// What an entry, a variable or a call holds, or one field of it.
    fn is_trusted_content(&self, engine: &mut Engine<'_>, of: TermId, part: Part) -> bool {
        let inner = engine.terms.args(of).first().copied();
        match (engine.terms.op(of), inner) {
            (Op::Entry(map), _) if self.is_evidence(engine, of) => self.is_governed(map, part),
            (Op::Initial(state @ StateId::Variable(..)) | Op::Since(state @ StateId::Variable(..)), _) => {
                self.is_governed(state, part)
            }
            (Op::Payload, Some(inner)) => self.is_trusted_content(engine, inner, part),
            (Op::Call(_), _) => match engine.unfold(of) {
                Some(result) => {
                    let result = match part {
                        Part::Field(name) => engine.terms.field(name, result),
                        _ => engine.terms.payload(result, true),
                    };
                    // A payload that did not come apart would ask the same again.
                    let again = engine.terms.args(result).first() == Some(&of);
                    !again && self.is_trusted(engine, result)
                }
                None => false,
            },
            _ => self.is_trusted(engine, of),
        }
    }

    /// Whether the facts say that the caller is somebody in particular.
    pub fn has_role(&self, engine: &mut Engine<'_>, facts: &Facts) -> bool {
        facts.iter().any(|fact| {
            if let Some(&known) = self.roles.borrow().get(&fact) {
                return known;
            }
            let is_role = self
                .has_class(engine, fact, MAX_NESTING, &mut |this, engine, fact| this.is_role(engine, fact));
            self.roles.borrow_mut().insert(fact, is_role);
            is_role
        })
    }

    /// Whether one fact alone says so.
    pub fn is_role(&self, engine: &mut Engine<'_>, fact: Fact) -> bool {
        self.names_member(engine, fact, &|engine, term| {
            matches!(engine.terms.op(term), Op::Sender | Op::Caller)
        })
    }

    /// Whether the facts tie `value` to what the protocol trusts: a constant, governed state, a governed list.
    pub fn is_identified(&self, engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> bool {
        // Any element of a list that is written out is any of what is written.
        if let (Op::Element, Some(&list)) = (engine.terms.op(value), engine.terms.args(value).first())
            && engine.terms.op(list) == Op::Pure(Builtin::List)
        {
            let members = engine.terms.args(list).to_vec();
            return members.into_iter().all(|member| self.is_identified(engine, facts, member));
        }
        let principal = engine.terms.pure(Builtin::ContractOf, &[value]);
        let is_value = |_: &Engine<'_>, term: TermId| term == value || term == principal;
        if self.is_vetted_key(engine, facts, &is_value) {
            return true;
        }
        if self.settled && self.is_measured(engine, facts, principal) {
            return true;
        }
        self.any(engine, facts, &mut |this, engine, fact| {
            this.is_vouched_for(engine, fact, &is_value) || this.names_member(engine, fact, &is_value)
        })
    }

    /// Whether a fact says that a contract which is identified itself has answered with the wanted term, or with a list
    /// that has it.
    fn is_vouched_for(
        &self,
        engine: &Engine<'_>,
        fact: Fact,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        let is_answer = |mut term: TermId| {
            while let Op::Payload | Op::Field(_) | Op::Element = engine.terms.op(term) {
                term = engine.terms.arg(term, 0);
            }
            self.answers.contains(&term)
        };
        let term = fact.term();
        let args = match engine.terms.op(term) {
            Op::Good => engine.terms.args(engine.terms.arg(term, 0)),
            _ => engine.terms.args(term),
        };
        let &[a, b] = args else { return false };
        let compares = match engine.terms.op(term) {
            Op::Good => engine.terms.op(engine.terms.arg(term, 0)) == Op::Pure(Builtin::IndexOf),
            op => op == Op::Pure(Builtin::IsEq),
        };
        fact.holds() && compares && (wanted(engine, a) && is_answer(b) || wanted(engine, b) && is_answer(a))
    }

    /// Whether the path compares what a governed entry under this key holds with an amount: a limit or an accumulated
    /// reward that only a registered value has. What is not registered has none of it.
    fn is_measured(&self, engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> bool {
        let compared: Vec<_> = facts
            .iter()
            .map(Fact::term)
            .filter(|&term| {
                engine.terms.op(term) == Op::Pure(Builtin::Less) && engine.terms.mask(term).has(Mask::STATE)
            })
            .collect();
        engine.parts_within_calls(compared).into_iter().any(|term| {
            let Op::Entry(map) = engine.terms.op(term) else { return false };
            let place = place_in_key(engine, engine.terms.arg(term, 0), &|_, part| part == value);
            place.is_some_and(|place| self.is_governed(map, place))
        })
    }

    /// Whether the value is the key of an entry that is there and whose fields the path has tested, one of them against
    /// the time: a proposal that was voted on.
    fn is_vetted_key(
        &self,
        engine: &Engine<'_>,
        facts: &Facts,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        let is_keyed_by_value = |entry: TermId| {
            self.is_evidence(engine, entry)
                && place_in_key(engine, engine.terms.arg(entry, 0), wanted).is_some()
        };
        facts.iter().any(|fact| {
            engine.terms.op(fact.term()) == Op::Pure(Builtin::Less)
                && engine.terms.mask(fact.term()).has(Mask::CHAIN)
                && engine.terms.args(fact.term()).iter().any(|&side| {
                    matches!(engine.terms.op(side), Op::Field(_))
                        && entry_of(engine, engine.terms.arg(side, 0)).is_some_and(is_keyed_by_value)
                })
        })
    }

    /// Whether a fact says that a term which `wanted` picks equals something trusted, or is a trusted key or member.
    fn names_member(
        &self,
        engine: &mut Engine<'_>,
        fact: Fact,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        let term = fact.term();
        let args = engine.terms.args(term).to_vec();
        match engine.terms.op(term) {
            Op::Pure(Builtin::IsEq) if fact.holds() => {
                let (a, b) = (args[0], args[1]);
                wanted(engine, a) && !wanted(engine, b) && self.is_trusted(engine, b)
                    || wanted(engine, b) && !wanted(engine, a) && self.is_trusted(engine, a)
            }
            // A flag of an entry.
            Op::Field(name) if fact.holds() => {
                self.is_trusted_key(engine, args[0], Some(Part::Field(name)), wanted)
            }
            Op::Payload if fact.holds() => self.is_trusted_key(engine, args[0], Some(Part::Value), wanted),
            Op::Good if fact.holds() => match engine.terms.op(args[0]) {
                Op::Pure(Builtin::IndexOf) => {
                    let (list, member) = (engine.terms.arg(args[0], 0), engine.terms.arg(args[0], 1));
                    wanted(engine, member) && self.is_trusted(engine, list)
                }
                _ => self.is_trusted_key(engine, args[0], None, wanted),
            },
            _ => false,
        }
    }

    /// Whether `of` is an entry of a map whose key is, or has, what is wanted, and no stranger decides on that nor on
    /// what the entry was asked, if anything but whether it is there.
    fn is_trusted_key(
        &self,
        engine: &mut Engine<'_>,
        of: TermId,
        asked: Option<Part>,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        match engine.terms.op(of) {
            Op::Entry(map) => {
                place_in_key(engine, engine.terms.arg(of, 0), wanted)
                    .is_some_and(|place| self.is_governed(map, place))
                    && self.is_evidence(engine, of)
                    && asked.is_none_or(|part| self.is_governed(map, part))
            }
            Op::Payload => {
                let inner = engine.terms.arg(of, 0);
                self.is_trusted_key(engine, inner, asked, wanted)
            }
            _ => false,
        }
    }

    /// Whether the facts include one of a class. A conditional fact has a class only if both its sides have it.
    pub fn any(
        &self,
        engine: &mut Engine<'_>,
        facts: &Facts,
        class: &mut dyn FnMut(&Self, &mut Engine<'_>, Fact) -> bool,
    ) -> bool {
        facts.iter().any(|fact| self.has_class(engine, fact, MAX_NESTING, class))
    }

    fn has_class(
        &self,
        engine: &mut Engine<'_>,
        fact: Fact,
        nesting: u32,
        class: &mut dyn FnMut(&Self, &mut Engine<'_>, Fact) -> bool,
    ) -> bool {
        if class(self, engine, fact) {
            return true;
        }
        let Some(nesting) = nesting.checked_sub(1) else { return false };
        let Some(sides) = engine.sides(fact) else { return false };
        sides.into_iter().all(|(_, side)| match side {
            // A fact that is its own condition says nothing new of itself.
            Some(side) => {
                side.iter().any(|inner| inner != fact && self.has_class(engine, inner, nesting, class))
            }
            None => true,
        })
    }
}

/// Where a key has what is wanted: it is the key, or stands at one of its places, for itself or in a `some`.
pub fn place_in_key(
    engine: &Engine<'_>,
    key: TermId,
    wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
) -> Option<Part> {
    let terms = &engine.terms;
    let is_wanted = |part: TermId| {
        wanted(engine, part) || terms.op(part) == Op::Some && wanted(engine, terms.arg(part, 0))
    };
    if is_wanted(key) {
        return Some(Part::Keys);
    }
    let Op::Tuple(shape) = terms.op(key) else { return None };
    let mut places = terms.text(shape).split(' ').zip(terms.args(key));
    let (name, _) = places.find(|&(_, &part)| is_wanted(part))?;
    Some(Part::Key(terms.interned(name)))
}

/// The entry that a term is the content of.
fn entry_of(engine: &Engine<'_>, content: TermId) -> Option<TermId> {
    let of = *engine.terms.args(content).first()?;
    (engine.terms.op(content) == Op::Payload && matches!(engine.terms.op(of), Op::Entry(_))).then_some(of)
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
fn written_fields(
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
        (Op::Tuple(shape), _) => {
            let terms = &engine.terms;
            Some(terms.text(shape).split(' ').filter_map(|name| terms.interned(name)).collect())
        }
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

/// Whether a term is what a variable holds, or what a map holds under some key.
fn holds_content(engine: &Engine<'_>, state: StateId, term: TermId) -> bool {
    match engine.terms.op(term) {
        Op::Initial(of) | Op::After(of) | Op::Since(of) => of == state && matches!(of, StateId::Variable(..)),
        _ => entry_of(engine, term).is_some_and(|entry| engine.terms.op(entry) == Op::Entry(state)),
    }
}
