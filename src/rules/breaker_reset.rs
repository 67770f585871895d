//! Pauses that nobody can end: every function that sets a breaker back is stopped by that breaker itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lint, breaker, breaker_not_governed::RULE, inferred_breaker};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Fact, Op, Show, StateId, TermId, Terms};
use crate::graph::FunctionId;
use crate::project::ContractId;

/// A write of what a breaker holds.
struct Reset {
    entrypoint: FunctionId,
    effect: Effect,
}

/// What one contract says of breakers that nobody named.
#[derive(Clone, Default)]
pub(super) struct Answer {
    /// Flags that are tested before something else is done, and the value that lets it go on.
    tested: BTreeSet<(StateId, bool)>,
    /// Flags of the contract that can be set back only where they stand on go, by that value.
    stuck: BTreeMap<(StateId, bool), Diagnostic>,
}

impl Answer {
    pub fn join(&mut self, other: Self) {
        self.tested.extend(other.tested);
        self.stuck.extend(other.stuck);
    }
}

pub(super) fn answer(lint: &mut Lint<'_>) -> Answer {
    let mut tested = BTreeSet::new();
    for entrypoint in lint.entrypoints() {
        for effect in &lint.begin(entrypoint).effects {
            let own = |state| matches!(effect.kind, EffectKind::Write(_, written) if written == state);
            for fact in effect.facts.iter() {
                if let Op::Initial(state) = lint.engine.terms.op(fact.term())
                    && !own(state)
                    && inferred_breaker::is_breaker(lint, fact)
                {
                    tested.insert((state, fact.holds()));
                }
            }
        }
    }
    let mut stuck = BTreeMap::new();
    for (state, writes) in writes(lint) {
        // Where it is not known what is written, that may be what sets the flag back.
        let is_known = |write: &Reset| {
            value(&write.effect).is_none_or(|it| !matches!(lint.engine.terms.op(it), Op::Opaque(..)))
        };
        if !writes.iter().all(is_known) {
            continue;
        }
        let term = lint.engine.terms.leaf(Op::Initial(state));
        for holds in [true, false] {
            let (go, stop) = (Fact::new(term, holds), Terms::bool(!holds));
            let resets: Vec<_> = writes.iter().filter(|write| value(&write.effect) != Some(stop)).collect();
            if let Some(first) = resets.first()
                && resets.iter().all(|reset| reset.effect.facts.contains(go))
            {
                let check = Show { engine: &lint.engine, function: first.entrypoint }.fact(go);
                stuck.insert((state, holds), finding(lint, first, state, &check));
            }
        }
    }
    Answer { tested, stuck }
}

/// Breakers that nobody named and that cannot be set back.
pub(super) fn unreachable(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let policy = lint.policy;
    let mut named = BTreeSet::new();
    for entry in &policy.circuit_breakers {
        if let Some(check) = lint.program.function_named(&entry.check.value.to_string()) {
            named.extend(lint.engine.summary(check).inputs.iter().copied());
        }
    }
    let Answer { tested, stuck } = &lint.digest.settings.resets;
    let locks = &lint.digest.settings.depends.locks;
    // A flag that is asked for both ways is a state and no breaker.
    let breakers = tested.iter().filter(|&&(state, go)| {
        !named.contains(&state) && !tested.contains(&(state, !go)) && !locks.contains(&state)
    });
    breakers.filter_map(|breaker| stuck.get(breaker)).cloned().collect()
}

/// What the entrypoints of the contract write of its own state.
fn writes(lint: &mut Lint<'_>) -> BTreeMap<StateId, Vec<Reset>> {
    let mut writes: BTreeMap<StateId, Vec<Reset>> = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        for effect in &lint.begin(entrypoint).effects {
            if let EffectKind::Write(_, state) = effect.kind
                && state.owner() == Some(entrypoint.contract)
            {
                writes.entry(state).or_default().push(Reset { entrypoint, effect: effect.clone() });
            }
        }
    }
    writes
}

fn value(effect: &Effect) -> Option<TermId> {
    effect.args.last().copied()
}

/// Breakers of the policy that everything which writes what they read must pass.
pub(super) fn by_policy(lint: &mut Lint<'_>, _: ContractId) -> Vec<Diagnostic> {
    let policy = lint.policy;
    if policy.circuit_breakers.is_empty() {
        return Vec::new();
    }
    let writes = writes(lint);
    let mut found = BTreeMap::new();
    for entry in &policy.circuit_breakers {
        let Some(check) = lint.program.function_named(&entry.check.value.to_string()) else { continue };
        for &state in &lint.engine.summary(check).inputs {
            let Some(writes) = writes.get(&state) else { continue };
            if found.contains_key(&(check, state)) {
                continue;
            }
            if let Some(first) = writes.first()
                && writes.iter().all(|write| breaker::is_checked(lint, entry, check, &write.effect.facts))
            {
                let call = breaker::plain_call(lint, entry, check, first.entrypoint);
                found.insert((check, state), finding(lint, first, state, &call));
            }
        }
    }
    found.into_values().collect()
}

fn finding(lint: &Lint<'_>, reset: &Reset, state: StateId, check: &str) -> Diagnostic {
    let program = lint.program;
    let name = program.name(reset.entrypoint);
    let state = Show { engine: &lint.engine, function: reset.entrypoint }.state(state);
    let message = format!("`{name}` cannot end a pause: it needs that `{state}` stops nothing already");
    let mut diagnostic =
        Diagnostic::new(RULE.id, Severity::Error, program.location(reset.entrypoint), message)
            .label(program.head(reset.effect.site), format!("`{state}` is only set where `{check}` holds"))
            .help(format!("let a privileged caller of `{name}` pass without that check"))
            .key(format!("reset {state}"));
    diagnostic.function = Some(name.to_string());
    diagnostic
}
