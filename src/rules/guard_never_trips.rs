//! `guard-never-trips`: a guard that asks for a flag which nobody ever writes with the other value.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::written::{Place, Written};
use super::{Check, Group, Lint, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Engine, Fact, Mask, Op, Show, StateId, TermId, Terms, shared};
use crate::graph::{FunctionId, Program, Site};
use crate::model::{Access, ExprId, ExprKind};
use crate::project::ContractId;
use crate::source::Location;

/// How many values something may have before it is anything.
const MAX_VALUES: usize = 8;
/// How many terms are looked at for what one fact can be.
const MAX_TERMS: u32 = 128;
/// The most guards that a finding names besides its own.
const MAX_OTHERS: usize = 8;

pub const RULE: Rule = Rule {
    id: "guard-never-trips",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/guard-never-trips.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

/// A guard that always passes, because of what some state can hold.
struct Idle {
    function: FunctionId,
    at: ExprId,
    fact: Fact,
}

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let mut written = Written::default();
    let mut known: FxHashMap<Fact, Option<Place>> = FxHashMap::default();
    let mut idle: BTreeMap<Place, Vec<Idle>> = BTreeMap::new();
    for function in lint.program.functions_of(contract).collect::<Vec<_>>() {
        lint.begin(function);
        for (at, fact) in guards(lint, function) {
            let by = known
                .entry(fact)
                .or_insert_with(|| never_trips(&mut lint.engine, &mut written, contract, fact));
            if let Some(place) = by {
                idle.entry(place.clone()).or_default().push(Idle { function, at, fact });
            }
        }
    }
    idle.into_iter().filter_map(|(place, guards)| report(lint, &mut written, &place, &guards)).collect()
}

/// What a function demands of state alone: by its assertions, and on every path on which it does something.
fn guards(lint: &mut Lint<'_>, function: FunctionId) -> Vec<(ExprId, Fact)> {
    let summary = lint.engine.summary(function);
    let mut guards = Vec::new();
    for &(at, condition) in &summary.statements.asserted {
        let needs = lint.engine.assume(condition, true).unwrap_or_default();
        guards.extend(needs.iter().map(|fact| (at, fact)));
    }
    if lint.program.function(function).access == Access::Public {
        let asserted: FxHashSet<_> = guards.iter().map(|&(_, fact)| fact).collect();
        let demanded = shared(&summary.effects).unwrap_or_default();
        let model = lint.program.model(function.contract);
        let is_choice = |at: ExprId| matches!(model.expr(at).kind, ExprKind::Builtin(Builtin::If, _));
        let others = demanded.iter().filter(|fact| !asserted.contains(fact));
        let others = others.filter_map(|fact| Some((*summary.origins.get(&fact)?, fact)));
        guards.extend(others.filter(|&(at, _)| is_choice(at)));
    }
    guards.retain(|&(_, fact)| is_of_state(&lint.engine, fact));
    guards.sort_unstable();
    guards
}

/// Whether a fact says of a part of the state, where it is there or by a default, that it is true, false, a value that is
/// written out or none. That an entry is there is asked for its own sake, and its being true says no more than that.
fn is_of_state(engine: &Engine<'_>, fact: Fact) -> bool {
    let terms = &engine.terms;
    let is_part = |term: TermId| match (terms.op(term), terms.args(term)) {
        (Op::If, &[there, held, default]) => {
            terms.op(there) == Op::Good
                && terms.mask(default) == Mask::NOTHING
                && Place::of(engine, held).is_some()
        }
        _ => Place::of(engine, term).is_some(),
    };
    match (terms.op(fact.term()), terms.args(fact.term())) {
        (Op::Good, &[of]) => {
            !fact.holds() && (matches!(terms.op(of), Op::Entry(_)) || Place::of(engine, of).is_some())
        }
        (Op::Pure(Builtin::IsEq), &[a, b]) => {
            is_part(a) && terms.mask(b) == Mask::NOTHING || is_part(b) && terms.mask(a) == Mask::NOTHING
        }
        (Op::Payload | Op::Field(_), _) if fact.holds() => false,
        _ => is_part(fact.term()),
    }
}

/// The part of the contract's state because of which a fact always holds, if all that is ever written to it makes it so.
fn never_trips(
    engine: &mut Engine<'_>,
    written: &mut Written,
    contract: ContractId,
    fact: Fact,
) -> Option<Place> {
    let mut values = Values { engine, written, open: Vec::new(), asked: BTreeSet::new(), left: MAX_TERMS };
    let can_be = values.of(fact.term())?;
    let asked = values.asked;
    let always = can_be.len() == 1 && can_be.contains(&Terms::bool(fact.holds()));
    let mut asked = asked.into_iter();
    match (asked.next(), asked.next()) {
        (Some(place), None) if always && place.state.owner() == Some(contract) => Some(place),
        _ => None,
    }
}

/// Finds what terms can be, by all that is ever written to the state that they read.
struct Values<'a, 'p> {
    engine: &'a mut Engine<'p>,
    written: &'a mut Written,
    /// The parts of the state that are being looked into.
    open: Vec<Place>,
    /// All parts that were looked into.
    asked: BTreeSet<Place>,
    left: u32,
}

type CanBe = BTreeSet<TermId>;

impl Values<'_, '_> {
    /// Every value that a term can have; `None` if that is not known.
    fn of(&mut self, term: TermId) -> Option<CanBe> {
        self.left = self.left.checked_sub(1)?;
        if self.engine.terms.mask(term) == Mask::NOTHING {
            return Some(CanBe::from([term]));
        }
        if let Some(map) = self.is_there(term) {
            return self.presence(map);
        }
        if let Some(place) = Place::of(self.engine, term) {
            return self.held(place);
        }
        match (self.engine.terms.op(term), self.engine.terms.args(term)) {
            (Op::If, &[condition, yes, no]) => self.either(condition, yes, no),
            (Op::Call(_), _) => {
                let result = self.engine.unfold(term)?;
                self.of(result)
            }
            (
                op @ (Op::Good
                | Op::Payload
                | Op::Failure
                | Op::Some
                | Op::Field(_)
                | Op::Pure(Builtin::IsEq)),
                args,
            ) => {
                let args = args.to_vec();
                self.computed(op, &args)
            }
            _ => None,
        }
    }

    /// The map of which a term asks whether it has an entry.
    fn is_there(&self, term: TermId) -> Option<StateId> {
        let terms = &self.engine.terms;
        match (terms.op(term), terms.args(term)) {
            (Op::Good, &[of]) => match terms.op(of) {
                Op::Entry(map) => Some(map),
                _ => None,
            },
            _ => None,
        }
    }

    /// A map without a write has no entry; another may have any.
    fn presence(&mut self, map: StateId) -> Option<CanBe> {
        self.asked.insert(Place::whole(map));
        let writes = self.written.to(self.engine, map)?;
        let is_filled = writes.iter().any(|write| write.value.is_some());
        (!is_filled).then(|| CanBe::from([Terms::FALSE]))
    }

    fn held(&mut self, place: Place) -> Option<CanBe> {
        if self.open.contains(&place) {
            return None;
        }
        self.asked.insert(place.clone());
        let mut written = Vec::from_iter(self.engine.first_value(place.state));
        written.extend(self.written.to(self.engine, place.state)?.iter().filter_map(|write| write.value));
        self.open.push(place.clone());
        let mut all = Some(CanBe::new());
        for value in written {
            let value = place.in_value(self.engine, value);
            all = all.and_then(|all| self.and_written(&place, all, value));
        }
        self.open.pop();
        all.filter(|all| !all.is_empty())
    }

    /// Adds what a written value can be, other than what was there before.
    fn and_written(&mut self, place: &Place, mut all: CanBe, value: TermId) -> Option<CanBe> {
        let mut sides = vec![value];
        while let Some(value) = sides.pop() {
            if Place::of(self.engine, value).as_ref() == Some(place) {
                continue;
            }
            match (self.engine.terms.op(value), self.engine.terms.args(value)) {
                (Op::If, &[_, yes, no]) => sides.extend([yes, no]),
                _ => all.extend(self.of(value)?),
            }
            self.left = self.left.checked_sub(1)?;
        }
        (all.len() <= MAX_VALUES).then_some(all)
    }

    fn either(&mut self, condition: TermId, yes: TermId, no: TermId) -> Option<CanBe> {
        // Where it goes only one way, what is on the other side does not matter.
        let condition = self.of(condition).unwrap_or_else(|| CanBe::from([Terms::TRUE, Terms::FALSE]));
        let mut all = CanBe::new();
        for (taken, side) in [(Terms::TRUE, yes), (Terms::FALSE, no)] {
            if condition.contains(&taken) {
                all.extend(self.of(side)?);
            }
        }
        (all.len() <= MAX_VALUES).then_some(all)
    }

    /// What comes of all that the arguments can be.
    fn computed(&mut self, op: Op, args: &[TermId]) -> Option<CanBe> {
        let mut all = vec![Vec::new()];
        for &arg in args {
            let can_be = self.of(arg)?;
            let with = |known: &Vec<TermId>| {
                let known = known.clone();
                can_be.iter().map(move |&value| [&known[..], &[value]].concat()).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(with).collect();
            if all.len() > MAX_VALUES {
                return None;
            }
        }
        let absurd = self.engine.absurd();
        let values = all.iter().map(|args| self.engine.terms.make(op, args));
        Some(values.filter(|&value| value != absurd).collect())
    }
}

fn report(lint: &mut Lint<'_>, written: &mut Written, place: &Place, guards: &[Idle]) -> Option<Diagnostic> {
    let state = place.state;
    let writes = written.to(&mut lint.engine, state)?;
    // What the contract is set up with is as it is meant to be; and so is a number or an identity that is never set.
    if writes.iter().any(|write| write.function.is_none())
        || writes.is_empty() && !is_switch(&mut lint.engine, state)
    {
        return None;
    }
    let program = lint.program;
    let first = guards.first()?;
    let site = |idle: &Idle| program.head(Site { contract: idle.function.contract, expr: idle.at });
    let show = Show { engine: &lint.engine, function: first.function };
    let holds = match lint.engine.terms.op(first.fact.term()) {
        Op::Good => format!("{} is none", show.term(lint.engine.terms.arg(first.fact.term(), 0))),
        _ => show.fact(first.fact),
    };
    let name = place.name(show);
    let message =
        format!("this guard never trips: `{holds}` always holds, since nothing ever writes {name} otherwise");
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, site(first), message);
    diagnostic = match writes.first() {
        Some(write) => {
            diagnostic.label(program.head(write.site), "what is written here makes no difference to it")
        }
        None => diagnostic.label(definition(program, state)?, "nothing writes this"),
    };
    let mut named = BTreeSet::from([site(first)]);
    let others: Vec<_> = guards.iter().filter(|other| named.insert(site(other))).collect();
    for other in others.into_iter().take(MAX_OTHERS) {
        let function = program.name(other.function);
        diagnostic = diagnostic.label(site(other), format!("nor does this one of `{function}`"));
    }
    diagnostic = diagnostic
        .help("write the other value where that comes to pass which the guard is there for")
        .key(name);
    diagnostic.function = Some(program.name(first.function).to_string());
    Some(diagnostic)
}

/// Whether a state is there to be switched or filled, and no setting that keeps its value.
fn is_switch(engine: &mut Engine<'_>, state: StateId) -> bool {
    let StateId::Variable(..) = state else { return true };
    let value = engine.terms.leaf(Op::Initial(state));
    let head = engine.declared_type(None, value).and_then(|(_, declared)| Some(declared.call()?.0.text()));
    engine.is_flag(state) || head == Some("optional")
}

/// Where a variable or a map is defined.
fn definition(program: &Program<'_>, state: StateId) -> Option<Location> {
    let (contract, storage) = match state {
        StateId::Variable(contract, index) => (contract, &program.model(contract).variables[index as usize]),
        StateId::Map(contract, index) => (contract, &program.model(contract).maps[index as usize]),
        _ => return None,
    };
    Some(program.location_in(contract, storage.name.span))
}
