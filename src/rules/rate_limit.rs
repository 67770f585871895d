//! The rate limits that a policy names: whether facts say that one was passed, and whether passing one costs anything.

use super::Lint;
use crate::builtins::Builtin;
use crate::config::RateLimit;
use crate::facts::{Effect, EffectKind, Exit, Fact, Facts, Mask, Op, StateId, TermId};
use crate::graph::FunctionId;

/// How deep conditional facts are looked into.
const MAX_NESTING: u32 = 16;

/// A check for one action: the budgets that it spends, and the calls that spend them.
pub(super) struct Limiter {
    pub check: FunctionId,
    action: Option<TermId>,
    /// Every piece of state that the check reads, compares and writes back. Without one it limits nothing.
    pub budgets: Vec<StateId>,
}

/// What an entrypoint makes of a limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It was not passed on every path.
    Missing,
    /// It was passed for a user that the caller names.
    Chosen,
    Passed,
}

impl Limiter {
    pub fn new(lint: &mut Lint<'_>, limit: &RateLimit, check: FunctionId) -> Self {
        let action =
            limit.action.as_ref().map(|action| lint.engine.terms.literal(&format!("\"{}\"", action.value)));
        let mut limiter = Self { check, action, budgets: Vec::new() };
        limiter.budgets = limiter.budgets(lint);
        limiter
    }

    /// The state that is spent whenever the check passes, unless a switch that privileged callers hold is off.
    fn budgets(&self, lint: &mut Lint<'_>) -> Vec<StateId> {
        let user = lint.engine.terms.leaf(Op::Sender);
        let parameters = lint.program.function(self.check).parameters.len();
        let mut arguments: Vec<_> = self.action.into_iter().collect();
        arguments.resize(parameters.max(arguments.len()), user);
        let call = lint.engine.call_at_entry(self.check, &arguments);
        let summary = lint.engine.summary(self.check);
        let mut spent: Vec<(StateId, bool, Facts)> = Vec::new();
        for effect in &summary.effects {
            let EffectKind::Write(builtin, state) = effect.kind else { continue };
            let Some(facts) = lint.engine.instance_facts(call, &effect.facts) else { continue };
            if builtin == Builtin::MapDelete || keeps_entry(lint, effect) {
                continue;
            }
            let key = match builtin {
                Builtin::VarSet => None,
                _ => effect.args.first().map(|&key| lint.engine.instance(call, key)),
            };
            let compared = facts.iter().any(|fact| compares(lint, fact, state, key));
            match spent.iter_mut().find(|(other, ..)| *other == state) {
                // Two writes are two ways of spending: each path has one of them.
                Some((_, any, shared)) => (*any, *shared) = (*any || compared, shared.common(&facts)),
                None => spent.push((state, compared, facts)),
            }
        }
        spent.retain(|(state, compared, needs)| {
            *compared && summary.exits.iter().all(|exit| is_spent(lint, call, exit, needs, *state))
        });
        spent.into_iter().map(|(state, ..)| state).collect()
    }

    /// Whether a limit must stand before an effect. Spending the budget is no effect of its own, and what is not known
    /// is counted as not checked.
    pub fn stops(&self, effect: &Effect) -> bool {
        super::breaker::stops(effect)
            && !matches!(effect.kind, EffectKind::Write(_, state) if self.budgets.contains(&state))
    }

    /// Whether the facts say that the limit was passed, or that a privileged caller has switched it off.
    pub fn standing(&self, lint: &mut Lint<'_>, facts: &Facts) -> Standing {
        let best = facts.iter().map(|fact| self.told_by(lint, facts, fact, MAX_NESTING));
        best.max().unwrap_or(Standing::Missing)
    }

    fn told_by(&self, lint: &mut Lint<'_>, facts: &Facts, fact: Fact, nesting: u32) -> Standing {
        if lint.engine.terms.op(fact.term()) == Op::Good && fact.holds() {
            let call = lint.engine.terms.arg(fact.term(), 0);
            return self.told_by_call(lint, facts, call);
        }
        let Some(nesting) = nesting.checked_sub(1) else { return Standing::Missing };
        let sides = lint.engine.sides(fact).into_iter().flatten().filter_map(|(taken, side)| {
            let side = side?;
            let told = side.iter().filter(|&inner| inner != fact);
            let told = told.map(|inner| self.told_by(lint, &side, inner, nesting)).max();
            let told = told.unwrap_or(Standing::Missing);
            let is_off = told == Standing::Missing && is_switch(lint, taken, &self.budgets);
            (!is_off).then_some(told)
        });
        sides.min().unwrap_or(Standing::Missing)
    }

    fn told_by_call(&self, lint: &mut Lint<'_>, facts: &Facts, call: TermId) -> Standing {
        let parameters = lint.program.function(self.check).parameters.len();
        let arguments = lint.engine.terms.args(call).to_vec();
        let is_action = self.action.is_none_or(|action| arguments.first() == Some(&action));
        if lint.engine.terms.op(call) != Op::Call(self.check) || !is_action {
            return Standing::Missing;
        }
        let chosen = arguments[..parameters].iter().any(|&argument| {
            self.action != Some(argument)
                && lint.engine.terms.mask(argument).has(Mask::PARAMETER.or(Mask::ELEMENT))
                && is_key(lint, self.check, &arguments, argument, &self.budgets)
                && !lint.governance.is_identified(&mut lint.engine, facts, argument)
        });
        if chosen { Standing::Chosen } else { Standing::Passed }
    }
}

/// Whether an argument of the check decides which entry of its budgets is spent.
fn is_key(
    lint: &mut Lint<'_>,
    check: FunctionId,
    arguments: &[TermId],
    argument: TermId,
    budgets: &[StateId],
) -> bool {
    let summary = lint.engine.summary(check);
    let is_it = |part: TermId| match lint.engine.terms.op(part) {
        Op::Parameter(index) => arguments.get(index as usize) == Some(&argument),
        _ => false,
    };
    summary.effects.iter().any(|effect| match effect.kind {
        EffectKind::Write(builtin, state) => {
            builtin != Builtin::VarSet
                && budgets.contains(&state)
                && lint.engine.parts(effect.args.first().copied()).into_iter().any(is_it)
        }
        _ => false,
    })
}

/// Whether a write leaves what it found.
fn keeps_entry(lint: &Lint<'_>, effect: &Effect) -> bool {
    let EffectKind::Write(_, state) = effect.kind else { return false };
    let terms = &lint.engine.terms;
    let Some(&value) = effect.args.last() else { return false };
    match terms.op(value) {
        Op::Initial(read) => read == state,
        Op::Payload => {
            let of = terms.arg(value, 0);
            terms.op(of) == Op::Entry(state) && effect.args.first() == terms.args(of).first()
        }
        _ => false,
    }
}

/// Whether a fact compares what the state held before: of a map, under the key that is written.
fn compares(lint: &Lint<'_>, fact: Fact, state: StateId, key: Option<TermId>) -> bool {
    let engine = &lint.engine;
    let reads = |part: TermId| match key {
        Some(key) => engine.terms.op(part) == Op::Entry(state) && engine.terms.arg(part, 0) == key,
        None => engine.terms.op(part) == Op::Initial(state),
    };
    engine.parts([fact.term()]).into_iter().any(|part| {
        matches!(engine.terms.op(part), Op::Pure(Builtin::Less | Builtin::IsEq))
            && engine.parts([part]).into_iter().any(reads)
    })
}

/// Whether a way out that returns ok has written the state: what the write needs holds there, once all switches are on.
fn is_spent(lint: &mut Lint<'_>, call: TermId, exit: &Exit, needs: &Facts, state: StateId) -> bool {
    let passes = lint.engine.assume_good(exit.value, true);
    let Some(known) = passes.zip(exit.facts.as_ref()).and_then(|(passes, facts)| facts.and(&passes)) else {
        return true;
    };
    let Some(known) = lint.engine.instance_facts(call, &known) else { return true };
    let on: Vec<_> = needs.iter().filter(|&fact| is_switch(lint, fact, &[state])).collect();
    let known = Facts::from_vec(on).and_then(|on| known.and(&on));
    // Where a switch is off, the check asks for nothing.
    let Some(known) = known.and_then(|known| lint.engine.propagate(&known)) else { return true };
    needs.iter().all(|fact| known.contains(fact))
}

/// Whether privileged callers alone decide on a fact, whoever calls with whatever arguments.
fn is_switch(lint: &mut Lint<'_>, fact: Fact, budgets: &[StateId]) -> bool {
    let engine = &mut lint.engine;
    let mut open = vec![fact.term()];
    let mut seen = std::collections::BTreeSet::new();
    let mut is_read = false;
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match engine.terms.op(term) {
            Op::Call(_) => match engine.unfold(term) {
                Some(result) => open.push(result),
                None => return false,
            },
            Op::Initial(state) | Op::Since(state) => {
                is_read = true;
                if budgets.contains(&state) || !lint.governance.is_administered(state) {
                    return false;
                }
            }
            Op::Sender | Op::Caller | Op::Parameter(_) | Op::Opaque(..) | Op::External(_) | Op::Absurd => {
                return false;
            }
            _ => open.extend_from_slice(engine.terms.args(term)),
        }
    }
    is_read
}
