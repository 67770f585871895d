//! The checks that a policy names, and where they are passed today.

use super::addressed;
use crate::facts::Effect;
use crate::rules::rate_limit::{Limiter, Standing};
use crate::rules::unused_policy_entry::always_passed;
use crate::rules::{Lint, breaker};

/// A check, how it is told from others, and the entrypoints that pass it before all they do.
#[derive(Clone, Debug)]
pub struct Checked {
    pub check: String,
    /// The other keys of the entry.
    pub keys: Vec<(&'static str, String)>,
    pub entrypoints: Vec<String>,
}

/// The checks of each section of the policy that some entrypoint passes.
pub fn checked(lint: &mut Lint<'_>) -> [(&'static str, Vec<Checked>); 2] {
    [("circuit-breaker", breakers(lint)), ("rate-limit", limits(lint))]
}

fn breakers(lint: &mut Lint<'_>) -> Vec<Checked> {
    let policy = lint.policy;
    let mut all = Vec::new();
    for entry in &policy.circuit_breakers {
        let Some(check) = lint.program.function_named(&entry.check.value.to_string()) else { continue };
        if always_passed(lint, entry).is_some() {
            continue;
        }
        let mut keys: Vec<_> = entry.id.iter().map(|id| ("id", id.value.clone())).collect();
        if let Some(passes) = entry.passes.unusual() {
            keys.push(("passes", passes.to_string()));
        }
        let entrypoints = passing(lint, breaker::stops, &mut |lint, effect| {
            breaker::is_checked(lint, entry, check, &effect.facts)
        });
        add(&mut all, Checked { check: entry.check.value.to_string(), keys, entrypoints });
    }
    all
}

fn limits(lint: &mut Lint<'_>) -> Vec<Checked> {
    let policy = lint.policy;
    let mut all = Vec::new();
    for entry in &policy.rate_limits {
        let Some(check) = lint.program.function_named(&entry.check.value.to_string()) else { continue };
        let keys = entry.action.iter().map(|action| ("action", action.value.clone())).collect();
        let limiter = Limiter::new(lint, entry, check);
        let entrypoints = passing(lint, |effect| limiter.stops(effect), &mut |lint, effect| {
            limiter.standing(lint, &effect.facts) == Standing::Passed
        });
        add(&mut all, Checked { check: entry.check.value.to_string(), keys, entrypoints });
    }
    all
}

/// A check that is passed somewhere, once.
fn add(all: &mut Vec<Checked>, one: Checked) {
    let is_known = all.iter().any(|other| other.check == one.check && other.keys == one.keys);
    if !one.entrypoints.is_empty() && !is_known {
        all.push(one);
    }
}

/// The entrypoints that do something, and pass a check before each thing that is asked about.
fn passing(
    lint: &mut Lint<'_>,
    stops: impl Fn(&Effect) -> bool,
    passes: &mut dyn FnMut(&mut Lint<'_>, &Effect) -> bool,
) -> Vec<String> {
    let mut passing = Vec::new();
    for (entrypoint, path) in addressed(lint) {
        let summary = lint.engine.summary(entrypoint);
        let mut stopped = summary.effects.iter().filter(|effect| stops(effect)).peekable();
        if stopped.peek().is_some() && stopped.all(|effect| passes(lint, effect)) {
            passing.push(path);
        }
    }
    passing
}
