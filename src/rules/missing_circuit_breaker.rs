//! `missing-circuit-breaker`: an entrypoint that changes state on a path that commits without a circuit breaker's
//! check.

use super::authorisation::Conditions;
use super::inferred_breaker::{self, Escaped};
use super::{Check, Group, Lint, Rule, breaker, evidence};
use crate::config::CircuitBreaker;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Show};
use crate::graph::FunctionId;
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "missing-circuit-breaker",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/missing-circuit-breaker.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let policy = lint.policy;
    let mut found = Vec::new();
    if !policy.circuit_breakers.is_empty() {
        for entrypoint in lint.entrypoints() {
            lint.begin(entrypoint);
            let breakers = policy.circuit_breakers.iter();
            found.extend(breakers.filter_map(|breaker| demanded(lint, breaker, entrypoint)));
        }
    }
    found.extend(inferred(lint, contract));
    found
}

fn demanded(lint: &mut Lint<'_>, breaker: &CircuitBreaker, entrypoint: FunctionId) -> Option<Diagnostic> {
    let asked = lint.asks(&breaker.entrypoints, entrypoint)?;
    let check = lint.program.function_named(&breaker.check.value.to_string())?;
    let summary = lint.engine.summary(entrypoint);
    let uncovered = summary.effects.iter().find(|effect| {
        breaker::stops(effect)
            && lint.concerns(&breaker.entrypoints, effect)
            && !breaker::is_checked(lint, breaker, check, &effect.facts)
    })?;
    let name = lint.program.name(entrypoint);
    let which = match &breaker.id {
        Some(id) => format!("the circuit breaker `{}`", id.value),
        None => format!("the circuit breaker of `{}`", breaker.check.value),
    };
    let message = format!("`{name}` changes state without a check of {which}");
    let is_opposed = breaker::is_opposed(lint, breaker, check, &uncovered.facts);
    let example = breaker::example(lint, breaker, check, entrypoint).filter(|_| !is_opposed);
    let help = match &example {
        Some(example) => format!("begin with {}", example.words(lint.program)),
        None if is_opposed => {
            "it goes on only while the breaker stops the others: exempt it with a reason if it is a way \
                               out, or take out the `not`"
                .to_string()
        }
        None => format!("begin with `{}`", breaker::plain_call(lint, breaker, check, entrypoint)),
    };
    let lacking = evidence::lacking(lint, entrypoint, uncovered, |lint, facts| {
        breaker::is_checked(lint, breaker, check, facts)
    });
    let mut diagnostic = evidence::finding(lint, &RULE, entrypoint, uncovered, message)
        .help(help)
        .guard(example.map(|example| example.location(lint.program)))
        .key(breaker.id.as_ref().map_or(breaker.check.value.to_string(), |id| id.value.clone()));
    diagnostic.labels.extend(lacking);
    Some(evidence::asked(diagnostic, asked, breaker.at(), breaker.entrypoints.reason.as_ref()))
}

/// What is only inferred is a warning: an exit may be open on purpose. What the policy speaks of is its own to judge.
fn inferred(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let (program, policy) = (lint.program, lint.policy);
    let is_named = |lint: &Lint<'_>, entrypoint| {
        policy.circuit_breakers.iter().any(|entry| lint.names(&entry.entrypoints, entrypoint))
    };
    let mut conditions = Conditions::new(lint);
    let mut escaped = inferred_breaker::escaped(lint, contract);
    escaped.retain(|it| !is_named(lint, it.entrypoint) && !is_asked(lint, &mut conditions, it));
    escaped
        .into_iter()
        .map(|Escaped { entrypoint, effect, breaker, peers }| {
            let name = program.name(entrypoint);
            let message = format!("`{name}` changes state without the circuit breaker that its peers check");
            let names: Vec<_> = peers.iter().map(|&peer| format!("`{}`", program.name(peer))).collect();
            let show = Show { engine: &lint.engine, function: entrypoint };
            let does = if names.len() == 1 { "does" } else { "do" };
            let help =
                format!("make sure that `{}`, as {} {does}", show.fact(breaker), evidence::listed(&names));
            let diagnostic = evidence::finding(lint, &RULE, entrypoint, &effect, message);
            let (at, by) = (program.head(effect.site), program.location(entrypoint));
            let diagnostic = diagnostic.help(help).key("inferred").cause(at, by);
            Diagnostic { severity: Severity::Warning, ..diagnostic }
        })
        .collect()
}

/// Whether the policy speaks of that breaker as a condition of the entrypoint.
fn is_asked(lint: &mut Lint<'_>, conditions: &mut Conditions, escaped: &Escaped) -> bool {
    let policy = lint.policy;
    let Some(known) = Facts::from_vec(vec![escaped.breaker]) else { return false };
    policy.authorisation.iter().any(|entry| {
        lint.names(&entry.entrypoints, escaped.entrypoint)
            && conditions
                .condition(lint, &entry.holds.value, escaped.entrypoint)
                .is_ok_and(|condition| conditions.hold(lint, &known, condition) == Some(true))
    })
}
