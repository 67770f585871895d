//! Pauses that nobody can end: every function that sets a breaker back is stopped by that breaker itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lint, breaker, breaker_not_governed::RULE, inferred_breaker};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Fact, Op, Show, StateId, TermId, Terms};
use crate::graph::FunctionId;

/// A write of what a breaker holds.
struct Reset {
    entrypoint: FunctionId,
    effect: Effect,
}

pub(super) fn unreachable(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let mut writes: BTreeMap<StateId, Vec<Reset>> = BTreeMap::new();
    let mut tested: BTreeMap<StateId, BTreeSet<Fact>> = BTreeMap::new();
    for entrypoint in lint.program.entrypoints() {
        for effect in &lint.engine.summary(entrypoint).effects {
            if let EffectKind::Write(_, state) = effect.kind {
                writes.entry(state).or_default().push(Reset { entrypoint, effect: effect.clone() });
            }
        }
    }
    let named: BTreeSet<_> =
        lint.policy.circuit_breakers.iter().map(|it| it.check.value.to_string()).collect();
    let mut found = Vec::new();
    for path in named {
        found.extend(by_policy(lint, &path, &writes));
    }
    if !lint.policy.circuit_breakers.is_empty() {
        return found;
    }
    for entrypoint in lint.program.entrypoints() {
        for effect in &lint.engine.summary(entrypoint).effects {
            let own = |state| matches!(effect.kind, EffectKind::Write(_, written) if written == state);
            for fact in effect.facts.iter() {
                if let Op::Initial(state) = lint.engine.terms.op(fact.term())
                    && !own(state)
                    && inferred_breaker::is_breaker(lint, fact)
                {
                    tested.entry(state).or_default().insert(fact);
                }
            }
        }
    }
    for (state, facts) in tested {
        let Some(writes) = writes.get(&state) else { continue };
        // A flag that is asked for both ways is a state and no breaker.
        let (1, Some(&go)) = (facts.len(), facts.first()) else { continue };
        let stop = Terms::bool(!go.holds());
        let resets: Vec<_> = writes.iter().filter(|write| value(&write.effect) != Some(stop)).collect();
        if let Some(first) = resets.first()
            && resets.iter().all(|reset| reset.effect.facts.contains(go))
        {
            let check = Show { engine: &lint.engine, function: first.entrypoint }.fact(go);
            found.push(finding(lint, first, state, &check));
        }
    }
    found
}

fn value(effect: &Effect) -> Option<TermId> {
    effect.args.last().copied()
}

/// Whether everything that writes what a check of the policy reads must pass that check.
fn by_policy(lint: &mut Lint<'_>, path: &str, writes: &BTreeMap<StateId, Vec<Reset>>) -> Vec<Diagnostic> {
    let policy = lint.policy;
    let Some(check) = lint.program.function_named(path) else { return Vec::new() };
    let mut found = Vec::new();
    for state in lint.engine.summary(check).inputs.clone() {
        let Some(writes) = writes.get(&state) else { continue };
        let entries = policy.circuit_breakers.iter().filter(|entry| entry.check.value.to_string() == path);
        for entry in entries {
            if writes.iter().all(|write| breaker::is_checked(lint, entry, check, &write.effect.facts)) {
                found.extend(writes.first().map(|first| {
                    let call = breaker::plain_call(lint, entry, check, first.entrypoint);
                    finding(lint, first, state, &call)
                }));
                break;
            }
        }
    }
    found
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
