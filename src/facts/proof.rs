//! Whether facts make sure of a condition, however either of them is written.
//!
//! All calls are inlined in both first: a helper that was taken out, put in or renamed is gone then, and what is left is
//! what it reads and compares.

use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::Engine;
use super::govern::Governance;
use super::set::{Fact, Facts};
use super::term::{Mask, Op, TermId, Terms};
use crate::builtins::Builtin;

/// How deep calls within calls are put in.
const MAX_DEPTH: u32 = 1_000;
/// How much one question may take: a unit is about one term told, or one fact looked at.
const QUESTION: usize = 200_000;
/// How many choices within choices are looked into.
const MAX_NESTING: u32 = 3;

/// Remembers terms with their calls inlined.
#[derive(Debug, Default)]
pub struct Proofs {
    plain: FxHashMap<TermId, TermId>,
    depth: u32,
    /// What is left for the current question.
    left: usize,
}

impl Proofs {
    /// Whether the condition is true wherever the facts hold; `None` if that is too much to find out.
    pub fn holds(
        &mut self,
        engine: &mut Engine<'_>,
        governance: &Governance,
        facts: &Facts,
        condition: TermId,
    ) -> Option<bool> {
        if facts.knows(condition, true) {
            return Some(true);
        }
        self.left = QUESTION;
        let condition = self.plain(engine, governance, condition);
        let Some(needs) = engine.assume(condition, true) else { return Some(false) };
        // What is less than what says nothing of who is who, and most of what is computed is compared so.
        let compares = engine.parts([condition]).into_iter().any(|part| is_less(engine, part));
        let mut known = FxHashSet::default();
        for fact in facts.iter() {
            if compares || !is_less(engine, fact.term()) {
                let term = self.plain(engine, governance, fact.term());
                known.extend(engine.assume(term, fact.holds()).iter().flat_map(Facts::iter));
            }
        }
        let all = needs.iter().all(|need| self.follows(engine, &known, need, MAX_NESTING));
        (all || self.left > 0).then_some(all)
    }

    /// The term with every call inlined; `None` if that is too much.
    pub(super) fn inlined(
        &mut self,
        engine: &mut Engine<'_>,
        governance: &Governance,
        term: TermId,
    ) -> Option<TermId> {
        self.left = QUESTION;
        let inlined = self.plain(engine, governance, term);
        (self.left > 0).then_some(inlined)
    }

    /// The term with every call replaced by what it results in, in the state that the entrypoint was entered with where
    /// only privileged callers could have changed it since.
    fn plain(&mut self, engine: &mut Engine<'_>, governance: &Governance, term: TermId) -> TermId {
        if let Some(&known) = self.plain.get(&term) {
            return known;
        }
        self.spend(1);
        if self.depth >= MAX_DEPTH {
            self.left = 0;
        }
        if self.left == 0 {
            return term;
        }
        self.depth += 1;
        let mut args = engine.terms.args(term).to_vec();
        for arg in &mut args {
            *arg = self.plain(engine, governance, *arg);
        }
        let plain = match engine.terms.op(term) {
            Op::Since(state) | Op::After(state) if governance.is_administered(state) => {
                engine.terms.leaf(Op::Initial(state))
            }
            // Each call has an identity of its own, which no condition can name.
            Op::External(_) => {
                if let Some(own) = args.last_mut() {
                    *own = Terms::FALSE;
                }
                engine.terms.make(engine.terms.op(term), &args)
            }
            _ if args.is_empty() => term,
            op => engine.terms.make(op, &args),
        };
        let result = match engine.terms.op(plain) {
            Op::Call(_) => engine.unfold(plain),
            _ => None,
        };
        let plain = match result {
            Some(result) => self.plain(engine, governance, result),
            None => plain,
        };
        self.depth -= 1;
        if self.left > 0 {
            self.plain.insert(term, plain);
        }
        plain
    }

    fn spend(&mut self, units: usize) {
        self.left = self.left.saturating_sub(units);
    }

    /// Whether a fact follows from what is known: it is known, one of the ways in which it can be is, or it follows on
    /// both sides of a choice that is known.
    fn follows(
        &mut self,
        engine: &mut Engine<'_>,
        known: &FxHashSet<Fact>,
        need: Fact,
        nesting: u32,
    ) -> bool {
        if known.contains(&need) {
            return true;
        }
        let Some(nesting) = nesting.checked_sub(1).filter(|_| self.left > 0) else { return false };
        let mut asked = vec![need.term()];
        if let (Op::If, &[condition, yes, no]) =
            (engine.terms.op(need.term()), engine.terms.args(need.term()))
        {
            let certain = Terms::bool(need.holds());
            for (taken, value, other) in [(true, yes, no), (false, no, yes)] {
                // Where the other side comes out so anyway, it does not matter which is taken.
                let taken = match other == certain {
                    true => Some(Facts::default()),
                    false => engine.assume(condition, taken),
                };
                let way = taken.zip(engine.assume(value, need.holds())).and_then(|(a, b)| a.and(&b));
                if way.is_some_and(|way| {
                    !way.contains(need) && way.iter().all(|need| self.follows(engine, known, need, nesting))
                }) {
                    return true;
                }
            }
            asked.extend([condition, yes, no]);
        }
        asked.retain(|&term| engine.terms.mask(term) != Mask::NOTHING);
        let asked_of = engine.parts(asked.iter().copied());
        self.spend(asked_of.len());
        let choices: Vec<_> =
            known.iter().copied().filter(|fact| engine.terms.op(fact.term()) == Op::If).collect();
        choices.into_iter().any(|choice| {
            let parts = engine.parts([choice.term()]);
            self.spend(parts.len());
            let sides = engine.terms.args(choice.term()).iter();
            let mut sides = sides.filter(|&&side| engine.terms.mask(side) != Mask::NOTHING);
            let is_about_it =
                asked.iter().any(|term| parts.contains(term)) || sides.any(|side| asked_of.contains(side));
            is_about_it && self.splits(engine, known, choice, need, nesting)
        })
    }

    /// Whether a fact follows on both sides of a choice.
    fn splits(
        &mut self,
        engine: &mut Engine<'_>,
        known: &FxHashSet<Fact>,
        choice: Fact,
        need: Fact,
        nesting: u32,
    ) -> bool {
        let Some(sides) = engine.sides(choice) else { return false };
        sides.into_iter().all(|(_, side)| {
            let Some(side) = side else { return true };
            self.spend(known.len() + side.len());
            let mut all = known.clone();
            all.remove(&choice);
            all.extend(side.iter().filter(|&fact| fact != choice));
            self.follows(engine, &all, need, nesting)
        })
    }
}

fn is_less(engine: &Engine<'_>, term: TermId) -> bool {
    engine.terms.op(term) == Op::Pure(Builtin::Less)
}
