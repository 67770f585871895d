//! What is known at one point of a body.

use std::sync::Arc;

use super::engine::Engine;
use super::set::{Fact, Facts};
use super::term::{Op, StateId, TermId, Terms};
use crate::project::ContractId;

/// One state per program point: what is known, what the state of the chain holds, and which effects have happened,
/// each with what is known beyond `facts` whenever it has.
#[derive(Clone)]
pub(super) struct State {
    pub facts: Facts,
    /// What was written, or read after a call that is not known; everything else holds what it held at the start.
    values: Arc<Vec<(StateId, TermId)>>,
    pub effects: Arc<Vec<(usize, Facts)>>,
    /// Since the last call that may have changed other contracts' state.
    stirred: Option<TermId>,
    contract: ContractId,
}

impl State {
    pub fn new(contract: ContractId) -> Self {
        Self {
            facts: Facts::default(),
            values: Arc::default(),
            effects: Arc::default(),
            stirred: None,
            contract,
        }
    }

    /// The value of a variable, or the version of anything else.
    pub fn read(&self, terms: &mut Terms, of: StateId) -> TermId {
        if let Ok(index) = self.values.binary_search_by_key(&of, |&(state, _)| state) {
            return self.values[index].1;
        }
        match self.stirred {
            Some(since) if of.owner() != Some(self.contract) => terms.make(Op::Since(of), &[since]),
            _ => terms.leaf(Op::Initial(of)),
        }
    }

    pub fn write(&mut self, to: StateId, value: TermId) {
        let values = Arc::make_mut(&mut self.values);
        match values.binary_search_by_key(&to, |&(state, _)| state) {
            Ok(index) => values[index].1 = value,
            Err(index) => values.insert(index, (to, value)),
        }
    }

    /// A write after which only that something was written is known.
    pub fn disturb(&mut self, terms: &mut Terms, of: StateId) {
        let since = terms.opaque();
        let after = terms.make(Op::After(of), &[since]);
        self.write(of, after);
    }

    /// A call that may change the state of other contracts. The own state survives: the chain forbids entering the
    /// same function again, and through others only rules that ask for it look.
    pub fn stir(&mut self, terms: &mut Terms) {
        let contract = self.contract;
        self.stirred = Some(terms.opaque());
        Arc::make_mut(&mut self.values).retain(|(state, _)| state.owner() == Some(contract));
    }

    pub fn has_stirred(&self) -> bool {
        self.stirred.is_some()
    }

    pub fn written(&self) -> impl Iterator<Item = (StateId, TermId)> + '_ {
        self.values.iter().copied()
    }

    /// Adds what was learned; `None` if it cannot be.
    pub fn learn(mut self, facts: &Facts) -> Option<Self> {
        self.facts = self.facts.and(facts)?;
        Some(self)
    }

    /// Whether nothing but facts can tell the two apart.
    pub fn same_but_for_facts(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.values, &other.values)
            && Arc::ptr_eq(&self.effects, &other.effects)
            && self.stirred == other.stirred
    }
}

impl Engine<'_> {
    /// Two ways of coming to one point. What both know stays known; what only one knows is kept as one conditional
    /// fact. An effect of one side keeps all that this side knows.
    pub(super) fn join(&mut self, condition: TermId, yes: State, no: State) -> State {
        let surpluses = yes.effects.iter().chain(no.effects.iter()).map(|(_, surplus)| surplus.len());
        self.budget.spend(yes.facts.len() + no.facts.len() + surpluses.map(|facts| 1 + facts).sum::<usize>());
        let common = yes.facts.common(&no.facts);
        let (yes_only, no_only) = (yes.facts.without(&common), no.facts.without(&common));
        let effects = join_effects(&yes, &yes_only, &no, &no_only);
        let facts = self.conditional(condition, &yes_only, &no_only);
        let facts = common.and(&facts).unwrap_or(common);
        let mut values = Vec::new();
        for state in written_by_either(&yes, &no) {
            let (a, b) = (yes.read(&mut self.terms, state), no.read(&mut self.terms, state));
            let value = match state {
                _ if a == b => a,
                StateId::Variable(..) => self.terms.if_(condition, a, b),
                _ => {
                    let since = self.terms.opaque();
                    self.terms.make(Op::After(state), &[since])
                }
            };
            values.push((state, value));
        }
        let stirred = if yes.stirred == no.stirred { yes.stirred } else { Some(self.terms.opaque()) };
        State { facts, values: Arc::new(values), effects, stirred, contract: yes.contract }
    }

    /// `condition` and all that `yes` says, or not `condition` and all that `no` says.
    fn conditional(&mut self, condition: TermId, yes: &Facts, no: &Facts) -> Facts {
        let (Some(if_yes), Some(if_no)) = (self.assume(condition, true), self.assume(condition, false))
        else {
            return Facts::default();
        };
        let (yes, no) = (yes.without(&if_yes), no.without(&if_no));
        if yes.is_empty() && no.is_empty() {
            return Facts::default();
        }
        let (yes, no) = (self.conjunction(&yes), self.conjunction(&no));
        let term = self.terms.if_(condition, yes, no);
        match self.terms.negated(term) {
            Some(inner) => Facts::from_vec(vec![Fact::new(inner, false)]).unwrap_or_default(),
            None if term == Terms::TRUE || term == Terms::FALSE => Facts::default(),
            None => Facts::from_vec(vec![Fact::new(term, true)]).unwrap_or_default(),
        }
    }

    fn conjunction(&mut self, facts: &Facts) -> TermId {
        let facts: Vec<_> = facts.iter().collect();
        facts.into_iter().rev().fold(Terms::TRUE, |all, fact| {
            let term = if fact.holds() { fact.term() } else { self.terms.not(fact.term()) };
            self.terms.and(term, all)
        })
    }
}

fn written_by_either(yes: &State, no: &State) -> Vec<StateId> {
    let mut states: Vec<_> = yes.values.iter().chain(no.values.iter()).map(|&(state, _)| state).collect();
    states.sort_unstable();
    states.dedup();
    states
}

fn join_effects(yes: &State, yes_only: &Facts, no: &State, no_only: &Facts) -> Arc<Vec<(usize, Facts)>> {
    let with = |surplus: &Facts, lost: &Facts| surplus.and(lost).unwrap_or_else(|| surplus.clone());
    let mut joined = Vec::with_capacity(yes.effects.len().max(no.effects.len()));
    let (mut left, mut right) = (yes.effects.iter().peekable(), no.effects.iter().peekable());
    loop {
        let step = match (left.peek(), right.peek()) {
            (Some((a, x)), Some((b, y))) if a == b => {
                let both = with(x, yes_only).common(&with(y, no_only));
                let step = (*a, both);
                right.next();
                left.next();
                step
            }
            (Some((a, x)), other) if other.is_none_or(|(b, _)| a < b) => {
                let step = (*a, with(x, yes_only));
                left.next();
                step
            }
            (_, Some((b, y))) => {
                let step = (*b, with(y, no_only));
                right.next();
                step
            }
            _ => return Arc::new(joined),
        };
        joined.push(step);
    }
}
