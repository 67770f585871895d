//! Switches that stop entrypoints although no function tells of them.

use super::rows::View;
use super::{Guard, breakers};
use crate::config::{CircuitBreaker, Condition};
use crate::facts::{Fact, Facts, TermId};
use crate::graph::FunctionId;
use crate::rules::Lint;
use crate::rules::authorisation::Conditions;
use crate::rules::inferred_breaker::{self, Escaped};
use crate::rules::standing::{Purpose, standing};

/// The switches that stop somebody who needs no role, as conditions.
pub(super) fn standing_today(lint: &mut Lint<'_>, view: &View) -> Vec<Guard> {
    let all = standing(lint).into_iter().filter(|(standing, _)| standing.purpose == Purpose::Switch);
    let mut all: Vec<_> =
        all.map(|(standing, entrypoints)| Guard::holding(standing.condition, entrypoints)).collect();
    all.retain(|switch| switch.stops_anybody(lint, view) > 0 && is_held(lint, switch));
    all
}

/// Whether privileged callers can stop what goes on, and let it go on. That a contract of the project is known to another
/// is no switch: it is how they are tied together.
fn is_held(lint: &mut Lint<'_>, switch: &Guard) -> bool {
    let Some(condition) = asked(lint, switch) else { return false };
    let contracts: Vec<_> =
        lint.program.project.contract_ids().map(|contract| lint.engine.principal(contract)).collect();
    let needs = lint.engine.assume(condition, true).unwrap_or_default();
    let is_tie = |lint: &Lint<'_>, fact: Fact| {
        lint.engine.parts([fact.term()]).iter().any(|part| contracts.contains(part))
    };
    needs.iter().any(|fact| breakers::is_switch(lint, fact) && !is_tie(lint, fact))
}

/// A switch's condition at the first entrypoint that has it.
fn asked(lint: &mut Lint<'_>, switch: &Guard) -> Option<TermId> {
    let condition = Condition(switch.key("holds")?.to_string());
    let entrypoint = lint.program.function_named(switch.entrypoints.first()?)?;
    Conditions::new(lint).condition(lint, &condition, entrypoint).ok()
}

/// What `missing-circuit-breaker` reports without a policy.
pub(super) fn escaped(lint: &mut Lint<'_>) -> Vec<Escaped> {
    let contracts = lint.program.project.contract_ids();
    contracts.flat_map(|contract| inferred_breaker::escaped(lint, contract)).collect()
}

/// The breakers without those that a switch says of several contracts at once: each asks a function of its own contract.
pub(super) fn without_copies(lint: &mut Lint<'_>, breakers: Vec<Guard>, switches: &[Guard]) -> Vec<Guard> {
    let policy = lint.policy;
    let mut kept = Vec::new();
    for breaker in breakers {
        let entry = policy.circuit_breakers.iter().find(|entry| breaker.is(entry));
        let is_copy = entry.is_some_and(|entry| {
            let home = entry.check.value.contract.to_string();
            switches.iter().any(|switch| {
                let is_elsewhere = switch.entrypoints.iter().any(|path| contract_of(path) != home);
                let mut own = breaker.entrypoints.iter();
                is_elsewhere
                    && own.all(|path| contract_of(path) == home && switch.entrypoints.contains(path))
                    && makes_sure(lint, switch, entry, &breaker.entrypoints[0])
            })
        });
        if !is_copy {
            kept.push(breaker);
        }
    }
    kept
}

fn contract_of(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(contract, _)| contract)
}

/// Whether a breaker is passed wherever a switch stands on go.
fn makes_sure(lint: &mut Lint<'_>, switch: &Guard, entry: &CircuitBreaker, path: &str) -> bool {
    let condition = Condition(switch.key("holds").unwrap_or_default().to_string());
    let Some(entrypoint) = lint.program.function_named(path) else { return false };
    let Ok(condition) = Conditions::new(lint).condition(lint, &condition, entrypoint) else { return false };
    let known = lint.engine.assume(condition, true).unwrap_or_default();
    let needs = breakers::needed(lint, entry);
    !needs.is_empty() && needs.iter().all(|&need| known.contains(need))
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

/// Notes with the guard which an entrypoint escapes that it does.
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
