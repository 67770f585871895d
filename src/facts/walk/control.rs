//! How a body goes on or leaves: choices and their joins, exits, switches of identity.

use std::sync::Arc;

use super::{Fork, Leaving, Walk};
use crate::builtins::{self, Builtin};
use crate::facts::state::State;
use crate::facts::summary::{Allowance, Unwrapped};
use crate::facts::term::{Op, TermId, Terms};
use crate::model::{ExprId, ExprKind, List};

impl Walk<'_, '_> {
    /// Goes on with what holds if `term` is `holds`.
    pub(super) fn learn(&mut self, at: ExprId, term: TermId, holds: bool) {
        let facts = self.engine.assume(term, holds);
        if let Some(facts) = &facts {
            for fact in facts.iter() {
                self.origins.entry(fact).or_insert(at);
            }
        }
        self.state = match (self.state.take(), facts) {
            (Some(state), Some(facts)) => state.learn(&facts),
            _ => None,
        };
    }

    /// Leaves the function with what `thrown` gives unless `condition` holds.
    pub(super) fn exit_unless(
        &mut self,
        at: ExprId,
        condition: TermId,
        thrown: impl FnOnce(&mut Self) -> TermId,
    ) {
        let before = self.state.clone();
        self.learn(at, condition, false);
        if self.state.is_some() {
            let outer = self.path;
            let fails = self.terms().not(condition);
            self.path = self.terms().and(outer, fails);
            let value = thrown(self);
            self.leave(at, value);
            self.path = outer;
        }
        self.state = before;
        self.learn(at, condition, true);
    }

    pub(super) fn note_unwrapped(&mut self, expr: ExprId, good: TermId) {
        if let Some(state) = &self.state {
            self.statements.unwrapped.push(Unwrapped { expr, good, known: state.facts.clone() });
        }
    }

    pub(super) fn leave(&mut self, site: ExprId, value: TermId) {
        if let Some(state) = self.state.take() {
            self.exits.push(Leaving { site, condition: self.path, value, state });
        }
    }

    /// What `try!` leaves the function with.
    pub(super) fn rethrown(&mut self, of: TermId) -> TermId {
        if self.engine.terms.is_optional(of) {
            return self.terms().leaf(Op::None);
        }
        let failure = self.terms().payload(of, false);
        self.terms().make(Op::Err, &[failure])
    }

    pub(super) fn choose(
        &mut self,
        at: ExprId,
        condition: TermId,
        yes: impl FnOnce(&mut Self) -> TermId,
        no: impl FnOnce(&mut Self) -> TermId,
    ) -> TermId {
        let Some(before) = self.state.clone() else { return self.engine.absurd() };
        let fork = Fork { at, condition, exits: self.exits.len(), path: self.path, before };

        self.take(at, &fork, true);
        let yes_value = yes(self);
        let yes_state = self.state.take();

        self.take(at, &fork, false);
        let no_value = no(self);
        let no_state = self.state.take();
        self.join(fork, (yes_value, yes_state), (no_value, no_state))
    }

    /// Goes on with one side of a fork.
    pub(super) fn take(&mut self, at: ExprId, fork: &Fork, holds: bool) {
        let condition = if holds { fork.condition } else { self.terms().not(fork.condition) };
        self.path = self.terms().and(fork.path, condition);
        self.state = Some(fork.before.clone());
        self.learn(at, fork.condition, holds);
    }

    /// Goes on behind both sides, each with its value and, unless it has left the function, its state.
    pub(super) fn join(
        &mut self,
        fork: Fork,
        yes: (TermId, Option<State>),
        no: (TermId, Option<State>),
    ) -> TermId {
        self.path = fork.path;
        match (yes, no) {
            ((yes_value, Some(yes)), (no_value, Some(no))) => {
                let unchanged = fork.exits == self.exits.len()
                    && fork.before.same_but_for_facts(&yes)
                    && fork.before.same_but_for_facts(&no);
                // Without an exit or an effect, all that the two sides know and differ in is the condition itself.
                let joined = match unchanged {
                    true => fork.before,
                    false => {
                        let known = yes.facts.clone();
                        let joined = self.engine.join(fork.condition, yes, no);
                        for fact in joined.facts.without(&known).iter() {
                            self.origins.entry(fact).or_insert(fork.at);
                        }
                        joined
                    }
                };
                self.state = Some(joined);
                self.terms().if_(fork.condition, yes_value, no_value)
            }
            ((value, Some(state)), (_, None)) => {
                self.state = Some(state);
                value
            }
            ((_, None), (value, state)) => {
                self.state = state;
                value
            }
        }
    }

    /// `and` goes on while its operands are true, `or` while they are false. There may be thousands of operands, so
    /// the forks are kept in a list.
    pub(super) fn short_circuit(&mut self, id: ExprId, parts: &[ExprId], on: bool) -> TermId {
        let mut forks = Vec::new();
        let mut value = Terms::bool(on);
        for (index, &part) in parts.iter().enumerate() {
            value = self.eval(part);
            let Some(before) = self.state.clone() else { break };
            if index + 1 == parts.len() {
                break;
            }
            let fork = Fork { at: id, condition: value, exits: self.exits.len(), path: self.path, before };
            self.take(id, &fork, !on);
            let stopped = self.state.take();
            self.take(id, &fork, on);
            forks.push((fork, stopped));
        }
        for (fork, stopped) in forks.into_iter().rev() {
            let (stop, go_on) = ((Terms::bool(!on), stopped), (value, self.state.take()));
            value = if on { self.join(fork, go_on, stop) } else { self.join(fork, stop, go_on) };
        }
        value
    }

    pub(super) fn match_(&mut self, id: ExprId, good: u32, bad: Option<u32>, parts: List) -> TermId {
        let model = self.model;
        let &[input, good_branch, bad_branch] = model.list(parts) else { return self.terms().opaque() };
        let input = self.eval(input);
        let condition = self.terms().good(input);
        self.choose(
            id,
            condition,
            |walk| {
                let payload = walk.payload(input);
                walk.bind(good, payload);
                walk.eval(good_branch)
            },
            |walk| {
                if let Some(bad) = bad {
                    let payload = walk.terms().payload(input, false);
                    walk.bind(bad, payload);
                }
                walk.eval(bad_branch)
            },
        )
    }

    pub(super) fn as_contract(&mut self, body: &[ExprId]) -> TermId {
        let own = self.engine.principal(self.contract);
        let outer = (self.sender, self.caller);
        (self.sender, self.caller) = (own, own);
        let value = self.sequence(body);
        (self.sender, self.caller) = outer;
        value
    }

    pub(super) fn allowances<'m>(&mut self, parts: &'m [ExprId]) -> (Arc<[Allowance]>, &'m [ExprId]) {
        let model = self.model;
        let allowance = |part: &ExprId| match model.expr(*part).kind {
            ExprKind::Builtin(builtin, args) if builtin.spec().effect == builtins::Effect::Allowance => {
                Some((builtin, args))
            }
            _ => None,
        };
        let count = parts.iter().take_while(|&part| allowance(part).is_some()).count();
        let (allowances, body) = parts.split_at(count);
        let allowances = allowances
            .iter()
            .filter_map(allowance)
            .map(|(builtin, args)| Allowance { builtin, args: self.eval_all(args) })
            .collect();
        (allowances, body)
    }

    /// The value of a body that is rolled back where it moves more than so many allowances let out. The err depends on
    /// which of them that is: it is the builtin's own.
    pub(super) fn kept_to_allowances(&mut self, fence: Builtin, value: TermId, allowances: usize) -> TermId {
        if self.state.is_none() {
            return self.engine.absurd();
        }
        let (kept, broken) = (self.terms().opaque(), self.terms().opaque());
        let count = self.terms().literal(&format!("u{allowances}"));
        let broken = self.terms().make(Op::Pure(fence), &[broken, count]);
        let ok = self.terms().make(Op::Ok, &[value]);
        let err = self.terms().make(Op::Err, &[broken]);
        self.terms().if_(kept, ok, err)
    }
}
