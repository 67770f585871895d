//! `missing-circuit-breaker`: an entrypoint that changes state on a path that commits without a circuit breaker's
//! check.

use super::{Check, Group, Lint, Rule, breaker, evidence, inferred_breaker};
use crate::config::CircuitBreaker;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, Show};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "missing-circuit-breaker",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/missing-circuit-breaker.md"),
    check: Check::Entrypoint(check),
};

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let policy = lint.policy;
    if policy.circuit_breakers.is_empty() {
        return inferred(lint, entrypoint).into_iter().collect();
    }
    let breakers = policy.circuit_breakers.iter();
    breakers.filter_map(|breaker| demanded(lint, breaker, entrypoint)).collect()
}

fn demanded(lint: &mut Lint<'_>, breaker: &CircuitBreaker, entrypoint: FunctionId) -> Option<Diagnostic> {
    if !breaker.applies_to(&lint.contract_name(entrypoint), lint.program.name(entrypoint)) {
        return None;
    }
    let check = lint.program.function_named(&breaker.check.value.to_string())?;
    let summary = lint.engine.summary(entrypoint);
    let uncovered = summary
        .effects
        .iter()
        .find(|effect| breaker::stops(effect) && !breaker::is_checked(lint, breaker, check, &effect.facts))?;
    let name = lint.program.name(entrypoint);
    let which = match &breaker.id {
        Some(id) => format!("the circuit breaker `{}`", id.value),
        None => format!("the circuit breaker of `{}`", breaker.check.value),
    };
    let message = format!("`{name}` changes state without a check of {which}");
    let asks = match &breaker.reason {
        Some(reason) => format!("the policy asks for it: {reason}"),
        None => "the policy asks for it".to_string(),
    };
    let help = match breaker::example(lint, breaker, check, entrypoint) {
        Some((peer, call)) => format!("begin with `{call}`, as `{peer}` does"),
        None => format!("begin with `{}`", breaker::plain_call(lint, breaker, check)),
    };
    Some(
        finding(lint, entrypoint, uncovered, message)
            .label(breaker.at(), asks)
            .help(help)
            .key(breaker.id.as_ref().map_or(breaker.check.value.to_string(), |id| id.value.clone())),
    )
}

fn finding(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, message: String) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(RULE.id, Severity::Error, lint.program.location(entrypoint), message)
            .label(lint.program.head(effect.site), evidence::effect(&lint.engine, entrypoint, effect));
    diagnostic.function = Some(lint.program.name(entrypoint).to_string());
    diagnostic.trace = evidence::trace(lint.program, effect);
    diagnostic
}

/// What is only inferred is a warning: an exit may be open on purpose.
fn inferred(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Option<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let escaped = inferred_breaker::escaped(lint, entrypoint, &summary)?;
    let program = lint.program;
    let name = program.name(entrypoint);
    let message = format!("`{name}` changes state without the circuit breaker that its peers check");
    let names: Vec<_> = escaped.peers.iter().map(|&peer| format!("`{}`", program.name(peer))).collect();
    let show = Show { engine: &lint.engine, function: entrypoint };
    let help = format!("make sure that `{}`, as {} do", show.fact(escaped.breaker), evidence::listed(&names));
    let diagnostic = finding(lint, entrypoint, escaped.effect, message).help(help).key("inferred");
    Some(Diagnostic { severity: Severity::Warning, ..diagnostic })
}
