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
    pub effects: Effects,
    /// Since the last call that may have changed other contracts' state.
    havocked: Option<TermId>,
    contract: ContractId,
}

impl State {
    pub fn new(contract: ContractId) -> Self {
        Self {
            facts: Facts::default(),
            values: Arc::default(),
            effects: Effects::default(),
            havocked: None,
            contract,
        }
    }

    /// The value of a variable, or the version of anything else.
    pub fn read(&self, terms: &mut Terms, of: StateId) -> TermId {
        if let Ok(index) = self.values.binary_search_by_key(&of, |&(state, _)| state) {
            return self.values[index].1;
        }
        match self.havocked {
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
    pub fn havoc(&mut self, terms: &mut Terms) {
        let contract = self.contract;
        self.havocked = Some(terms.opaque());
        Arc::make_mut(&mut self.values).retain(|(state, _)| state.owner() == Some(contract));
    }

    pub fn has_havocked(&self) -> bool {
        self.havocked.is_some()
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
            && self.effects.is(&other.effects)
            && self.havocked == other.havocked
    }
}

/// The effects since some point, the first one first: each by its index, and what is known whenever it has happened.
type Since = Vec<(usize, Facts)>;

/// The effects that have happened, the last one first. Program points share what happened before them, so that a join
/// costs what has happened since its two sides parted.
#[derive(Clone, Default)]
pub(super) struct Effects(Option<Arc<Happened>>);

struct Happened {
    before: Effects,
    count: usize,
    index: usize,
    surplus: Facts,
}

impl Effects {
    fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |last| last.count)
    }

    /// Whether both are one list.
    fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    pub fn push(&mut self, index: usize, surplus: Facts) {
        let before = std::mem::take(self);
        let count = before.count() + 1;
        *self = Self(Some(Arc::new(Happened { before, count, index, surplus })));
    }

    /// Every effect by its index, and what is known beyond the facts of the point whenever it has happened; the last one
    /// first.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Facts)> {
        fn before<'a>(happened: &&'a Happened) -> Option<&'a Happened> {
            happened.before.0.as_deref()
        }
        std::iter::successors(self.0.as_deref(), before).map(|happened| (happened.index, &happened.surplus))
    }

    /// Adds an effect that may have happened already: what is known of it is then what holds both times.
    pub fn add(&mut self, index: usize, surplus: Facts) {
        if !self.iter().any(|(known, _)| known == index) {
            return self.push(index, surplus);
        }
        let all: Vec<_> = self.iter().map(|(index, facts)| (index, facts.clone())).collect();
        *self = Self::default();
        for (known, facts) in all.into_iter().rev() {
            self.push(known, if known == index { facts.common(&surplus) } else { facts });
        }
    }

    /// What both sides of a fork had before it, and what each has had since, the first one first.
    fn parted(yes: &Self, no: &Self) -> (Self, Since, Since) {
        let (mut at_yes, mut at_no) = (yes, no);
        let (mut since_yes, mut since_no) = (Vec::new(), Vec::new());
        while !at_yes.is(at_no) {
            let (at, since) = match at_yes.count() >= at_no.count() {
                true => (&mut at_yes, &mut since_yes),
                false => (&mut at_no, &mut since_no),
            };
            if let Some(last) = &at.0 {
                since.push((last.index, last.surplus.clone()));
                *at = &last.before;
            }
        }
        since_yes.reverse();
        since_no.reverse();
        (at_yes.clone(), since_yes, since_no)
    }
}

impl Engine<'_> {
    /// The join of two control-flow predecessors. What both know stays known; what only one knows is kept as one conditional
    /// fact. An effect of one side keeps all that this side knows.
    pub(super) fn join(&mut self, condition: TermId, yes: State, no: State) -> State {
        self.budget.spend(yes.facts.len() + no.facts.len());
        let common = yes.facts.common(&no.facts);
        let (yes_only, no_only) = (yes.facts.without(&common), no.facts.without(&common));
        let effects = self.join_effects((&yes, &yes_only), (&no, &no_only));
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
        let havocked = if yes.havocked == no.havocked { yes.havocked } else { Some(self.terms.opaque()) };
        State { facts, values: Arc::new(values), effects, havocked, contract: yes.contract }
    }

    /// What has happened before the fork keeps its surplus: all that is lost of it now is lost of the point, too.
    fn join_effects(
        &mut self,
        (yes, yes_only): (&State, &Facts),
        (no, no_only): (&State, &Facts),
    ) -> Effects {
        let with = |surplus: &Facts, lost: &Facts| surplus.and(lost).unwrap_or_else(|| surplus.clone());
        let (mut joined, since_yes, since_no) = Effects::parted(&yes.effects, &no.effects);
        for (index, surplus) in since_yes {
            let surplus = with(&surplus, yes_only);
            self.budget.spend(1 + surplus.len());
            joined.push(index, surplus);
        }
        for (index, surplus) in since_no {
            let surplus = with(&surplus, no_only);
            self.budget.spend(1 + surplus.len());
            joined.add(index, surplus);
        }
        joined
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
