//! What must hold for a term to come out a certain way.
//!
//! This is why no guard idiom needs a case of its own: helpers of helpers, let-bound asserts, `is-ok` in `asserts!`,
//! `match`, both polarities, flags in tuples and maps are all told from the term itself.

use super::engine::Engine;
use super::set::{Fact, Facts};
use super::term::{Op, TermId, Terms};
use crate::builtins::Builtin;
use rustc_hash::FxHashMap;

/// The most facts that one assumption is told.
const MAX_FACTS: usize = 16_384;
/// How deep the terms of an assumption may be, those of helpers put in: bounds the recursion.
const MAX_NESTED: u32 = 2_000;
/// How deep helpers of helpers are looked into.
const MAX_HELPERS: u32 = 64;

impl Engine<'_> {
    /// What holds if the boolean `term` is `holds`; `None` if it cannot be.
    pub fn assume(&mut self, term: TermId, holds: bool) -> Option<Facts> {
        let key = Fact::new(term, holds);
        if let Some(known) = self.assumed.get(&key) {
            return known.clone();
        }
        let itself = || Facts::from_vec(vec![key]);
        if self.budget.is_spent() || self.nested >= MAX_NESTED {
            self.budget.give_up();
            return itself();
        }
        let terms = self.terms.len();
        self.nested += 1;
        let facts = self.derive(term, holds);
        self.nested -= 1;
        let found = facts.as_ref().map_or(0, Facts::len);
        self.budget.spend(1 + found + (self.terms.len() - terms));
        if found > MAX_FACTS {
            self.budget.give_up();
        }
        // What was not derived to the end is less than what is known with more work.
        if self.budget.is_spent() {
            return itself();
        }
        self.assumed.insert(key, facts.clone());
        facts
    }

    /// What holds if `term` is some or ok (`good`), or none or err.
    pub fn assume_good(&mut self, term: TermId, good: bool) -> Option<Facts> {
        let asked = self.terms.good(term);
        self.assume(asked, good)
    }

    fn derive(&mut self, term: TermId, holds: bool) -> Option<Facts> {
        let itself = || Facts::from_vec(vec![Fact::new(term, holds)]);
        match self.terms.op(term) {
            Op::Bool(value) => (value == holds).then(Facts::default),
            Op::Absurd => None,
            Op::If => match self.sides(Fact::new(term, holds))?.map(|(_, side)| side) {
                [Some(yes), Some(no)] => yes.common(&no).and(&itself()?),
                [only, None] | [None, only] => only,
            },
            Op::Good if matches!(self.terms.op(self.terms.arg(term, 0)), Op::Folded(_)) => {
                self.folded(term, self.terms.arg(term, 0), holds)
            }
            Op::Good | Op::Payload | Op::Failure | Op::Field(_) | Op::Call(_) => match self.reveal(term) {
                Some(result) => self.helper(term, holds, result),
                None => itself(),
            },
            Op::Folded(_) => self.folded(term, term, holds),
            Op::Pure(Builtin::Less | Builtin::IsEq) => self.comparison(term, holds),
            _ => itself(),
        }
    }

    /// A choice that is compared with a literal went the way on which that can come out so:
    /// `(> (default-to u0 entry) u0)` says that there is an entry, also where a helper makes the choice.
    fn comparison(&mut self, term: TermId, holds: bool) -> Option<Facts> {
        let itself = Facts::from_vec(vec![Fact::new(term, holds)])?;
        let (Op::Pure(builtin), &[a, b]) = (self.terms.op(term), self.terms.args(term)) else {
            return Some(itself);
        };
        let is_literal = |engine: &Self, term| matches!(engine.terms.op(term), Op::Literal(_));
        let compared = match (is_literal(self, a), is_literal(self, b)) {
            (false, true) => a,
            (true, false) => b,
            _ => return Some(itself),
        };
        // Of a helper only what it looks up: all that a longer one has done is told where it is called.
        let looked_up = self.reveal(compared).filter(|&it| self.is_looked_up(it));
        let choice = looked_up.unwrap_or(compared);
        let (Op::If, &[condition, yes, no]) = (self.terms.op(choice), self.terms.args(choice)) else {
            return Some(itself);
        };
        let [yes, no] = [(true, yes), (false, no)].map(|(taken, side)| {
            let args = [a, b].map(|arg| if arg == compared { side } else { arg });
            let compared = self.terms.pure(builtin, &args);
            self.branch(condition, taken, compared, holds)
        });
        match (yes, no) {
            (Some(_), Some(_)) => Some(itself),
            (only, None) | (None, only) => itself.and(&only?),
        }
    }

    /// Whether a value is what an entry holds, or something else where there is none.
    fn is_looked_up(&self, value: TermId) -> bool {
        let of = |term: TermId| self.terms.args(term).first().copied();
        let is_entry = |term: TermId| matches!(self.terms.op(term), Op::Entry(_));
        self.terms.op(value) == Op::If
            && of(value).is_some_and(|it| self.terms.op(it) == Op::Good && of(it).is_some_and(is_entry))
    }

    /// The two sides of a fact about a choice: which way the condition went, and what holds then, if it can go that way.
    pub fn sides(&mut self, fact: Fact) -> Option<[(Fact, Option<Facts>); 2]> {
        let (Op::If, &[condition, yes, no]) = (self.terms.op(fact.term()), self.terms.args(fact.term()))
        else {
            return None;
        };
        Some([(true, yes), (false, no)].map(|(taken, value)| {
            (Fact::new(condition, taken), self.branch(condition, taken, value, fact.holds()))
        }))
    }

    /// What holds on one side of a choice. Points of a path ask for the same sides again and again.
    fn branch(&mut self, condition: TermId, taken: bool, value: TermId, holds: bool) -> Option<Facts> {
        let key = (Fact::new(condition, taken), Fact::new(value, holds));
        if let Some(known) = self.branches.get(&key) {
            return known.clone();
        }
        let facts = self.assume(condition, taken).zip(self.assume(value, holds)).and_then(|(a, b)| a.and(&b));
        if !self.budget.is_spent() {
            self.branches.insert(key, facts.clone());
        }
        facts
    }

    /// What a term made of a call comes to, by what the function results in: the call itself, whether it is good, what
    /// it holds. `None` if it is made of no call that something is known of.
    fn reveal(&mut self, term: TermId) -> Option<TermId> {
        match self.terms.op(term) {
            Op::Call(_) => self.unfold(term),
            op @ (Op::Good | Op::Payload | Op::Failure | Op::Field(_)) => {
                let of = self.reveal(self.terms.arg(term, 0))?;
                Some(self.terms.make(op, &[of]))
            }
            _ => None,
        }
    }

    /// A call is a fact itself, and so is what its result needs.
    fn helper(&mut self, call: TermId, holds: bool, result: TermId) -> Option<Facts> {
        let itself = Facts::from_vec(vec![Fact::new(call, holds)])?;
        if self.helpers >= MAX_HELPERS {
            self.budget.give_up();
            return Some(itself);
        }
        self.helpers += 1;
        let inner = self.assume(result, holds);
        self.helpers -= 1;
        itself.and(&inner?)
    }

    /// A fold that hands its outcome on: if one step can come out so only when the step before did, then every step
    /// did, and what a step needs of its element holds for every element. What it needs beyond that is known only of
    /// a list that is written out: of another there may be no step at all.
    fn folded(&mut self, term: TermId, fold: TermId, holds: bool) -> Option<Facts> {
        let itself = Facts::from_vec(vec![Fact::new(term, holds)])?;
        let good = term != fold;
        let Some((step_of, accumulator)) = self.fold_step(fold) else { return Some(itself) };
        let initial = self.terms.arg(fold, 1);
        let (step, before, initial) = if good {
            (self.terms.good(step_of), self.terms.good(accumulator), self.terms.good(initial))
        } else {
            (step_of, accumulator, initial)
        };
        let Some(needs) = self.assume(step, holds) else {
            return itself.and(&self.assume(initial, holds)?);
        };
        if !needs.knows(before, holds) {
            return Some(itself);
        }
        let needs = match good && self.hands_on(step_of, accumulator) {
            true => self.with_first(&needs, accumulator, self.terms.arg(fold, 1))?,
            false => needs,
        };
        let list = self.terms.arg(fold, 0);
        let element = self.terms.make(Op::Element, &[list]);
        // A list may be empty: then no step was taken, and only what speaks of its elements holds all the same.
        let has_elements =
            self.terms.op(list) == Op::Pure(Builtin::List) && !self.terms.args(list).is_empty();
        let mut facts: Vec<_> = needs
            .iter()
            .filter(|fact| {
                let parts = self.parts([fact.term()]);
                !parts.contains(&accumulator) && (has_elements || parts.contains(&element))
            })
            .collect();
        facts.extend(itself.iter());
        facts.extend(self.assume(initial, holds)?.iter());
        Facts::from_vec(facts)
    }

    /// Whether a step that goes well answers with what it was handed: then every step is handed what the first one is.
    fn hands_on(&mut self, step: TermId, accumulator: TermId) -> bool {
        let handed = self.terms.payload(accumulator, true);
        let mut held = Some(self.terms.payload(step, true));
        while let Some(value) = held {
            if value == handed {
                return true;
            }
            held = self.reveal(value);
        }
        false
    }

    /// The same facts about the first of what is handed on.
    fn with_first(&mut self, facts: &Facts, accumulator: TermId, first: TermId) -> Option<Facts> {
        let mut memo = FxHashMap::default();
        let mut all = Vec::with_capacity(facts.len());
        for fact in facts.iter() {
            let mut leaf =
                |_: &mut Terms, leaf: TermId, _: Op| if leaf == accumulator { first } else { leaf };
            let term = self.terms.replace(fact.term(), &mut memo, &mut leaf);
            match term == fact.term() {
                true => all.push(fact),
                false => all.extend(self.assume(term, fact.holds())?.iter()),
            }
        }
        Facts::from_vec(all)
    }

    /// Adds what conditional facts say once their condition is known.
    pub fn propagate(&mut self, facts: &Facts) -> Option<Facts> {
        let undecided = self.conditional_facts(facts);
        self.propagate_undecided(facts, undecided).map(|(facts, _)| facts)
    }

    pub(super) fn conditional_facts(&self, facts: &Facts) -> Vec<Fact> {
        facts.iter().filter(|fact| self.terms.op(fact.term()) == Op::If).collect()
    }

    /// The same of these conditional facts among the others, and those of them that are undecided still. What one of them
    /// has said once stays said when more is known.
    pub(super) fn propagate_undecided(
        &mut self,
        facts: &Facts,
        mut undecided: Vec<Fact>,
    ) -> Option<(Facts, Vec<Fact>)> {
        let mut all = facts.clone();
        loop {
            let before = all.len();
            let mut left = Vec::new();
            for fact in undecided {
                let &[condition, yes, no] = self.terms.args(fact.term()) else { continue };
                let learned = if self.is_known(&all, condition, true)
                    || self.ruled_out(&all, no, fact.holds())
                {
                    self.branch(condition, true, yes, fact.holds())?
                } else if self.is_known(&all, condition, false) || self.ruled_out(&all, yes, fact.holds()) {
                    self.branch(condition, false, no, fact.holds())?
                } else {
                    left.push(fact);
                    continue;
                };
                let news = self
                    .conditional_facts(&learned)
                    .into_iter()
                    .filter(|&it| it != fact && !all.contains(it));
                left.extend(news);
                all = all.and(&learned)?;
            }
            undecided = left;
            if all.len() == before {
                return Some((all, undecided));
            }
        }
    }

    /// Whether all that `term` being `holds` needs is known, as far as that is told without other conditions.
    fn is_known(&mut self, facts: &Facts, term: TermId, holds: bool) -> bool {
        facts.knows(term, holds)
            || match self.terms.negated(term) {
                Some(inner) => facts.knows(inner, !holds),
                None => false,
            }
            || (self.terms.op(term) == Op::If
                && self.assume(term, holds).is_some_and(|needs| {
                    !needs.is_empty()
                        && !needs.knows(term, holds)
                        && needs.iter().all(|fact| facts.contains(fact))
                }))
    }

    /// Whether the facts deny that `term` is `holds`.
    fn ruled_out(&mut self, facts: &Facts, term: TermId, holds: bool) -> bool {
        term == Terms::bool(!holds) || self.is_known(facts, term, !holds)
    }
}
