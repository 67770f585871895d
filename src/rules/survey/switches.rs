//! Switches that stop entrypoints although no function tells of them, and entrypoints that escape a switch.

use super::{Guard, breakers};
use crate::config::Condition;
use crate::facts::Facts;
use crate::graph::FunctionId;
use crate::rules::Lint;
use crate::rules::authorisation::Conditions;
use crate::rules::inferred_breaker::{self, Escaped};
use crate::rules::standing::{Purpose, standing};

/// The switches that entrypoints test today, as conditions.
pub(super) fn standing_today(lint: &mut Lint<'_>) -> Vec<Guard> {
    let all = standing(lint).into_iter().filter(|(standing, _)| standing.purpose == Purpose::Switch);
    all.map(|(standing, entrypoints)| Guard::holding(standing.condition, entrypoints)).collect()
}

/// What `missing-circuit-breaker` reports without a policy.
pub(super) fn escaped(lint: &mut Lint<'_>) -> Vec<Escaped> {
    let contracts = lint.program.project.contract_ids();
    contracts.flat_map(|contract| inferred_breaker::escaped(lint, contract)).collect()
}

/// The switches without those that a breaker asks for at the same entrypoint.
pub(super) fn unnamed(lint: &mut Lint<'_>, mut switches: Vec<Guard>, breakers: &[Guard]) -> Vec<Guard> {
    for switch in &mut switches {
        let Some(condition) = switch.key("holds").map(str::to_string) else { continue };
        switch.entrypoints.retain(|path| {
            let policy = lint.policy;
            let passed = |guard: &&Guard| guard.entrypoints.contains(path);
            let passed: Vec<_> = breakers.iter().filter(passed).collect();
            let mut entries =
                policy.circuit_breakers.iter().filter(|it| passed.iter().any(|guard| guard.is(it)));
            let known =
                entries.try_fold(Facts::default(), |known, entry| known.and(&breakers::passed(lint, entry)));
            let entrypoint = lint.program.function_named(path);
            !entrypoint
                .zip(known)
                .is_some_and(|(entrypoint, known)| follows(lint, &condition, entrypoint, &known))
        });
    }
    switches.retain(|switch| !switch.entrypoints.is_empty());
    switches
}

/// Adds an entrypoint to the entry that asks for the switch which it escapes.
pub(super) fn charge(lint: &mut Lint<'_>, escaped: &Escaped, breakers: &mut [Guard], switches: &mut [Guard]) {
    let policy = lint.policy;
    let Some(&peer) = escaped.peers.first() else { return };
    let (missing, peer_path) = (lint.path(escaped.entrypoint), lint.path(peer));
    for entry in &policy.circuit_breakers {
        let guard =
            breakers.iter_mut().find(|guard| guard.is(entry) && guard.entrypoints.contains(&peer_path));
        if let Some(guard) = guard
            && breakers::passed(lint, entry).contains(escaped.breaker)
        {
            guard.missing.push(missing);
            return;
        }
    }
    let known = Facts::from_vec(vec![escaped.breaker]).unwrap_or_default();
    let switch = switches.iter_mut().find(|switch| {
        let condition = switch.key("holds").unwrap_or_default().to_string();
        switch.entrypoints.contains(&peer_path) && follows(lint, &condition, peer, &known)
    });
    if let Some(switch) = switch {
        switch.missing.push(missing);
    }
}

/// Whether a condition holds at an entrypoint where that is known.
fn follows(lint: &mut Lint<'_>, condition: &str, entrypoint: FunctionId, known: &Facts) -> bool {
    let mut conditions = Conditions::new(lint);
    let condition = Condition(condition.to_string());
    let condition = conditions.condition(lint, &condition, entrypoint);
    condition.is_ok_and(|condition| conditions.hold(lint, known, condition) == Some(true))
}
