//! What protects which entrypoint: the rows of `clarlint guards`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rate_limit::{Limiter, Standing};
use super::{Lint, breaker};
use crate::facts::{Effect, EffectKind, Facts, Mask, Op, Show};
use crate::graph::FunctionId;

/// An entrypoint and its guards. What protects only some of its effects is told with `(in part)`.
#[derive(Debug, Serialize)]
pub struct Row {
    pub entrypoint: String,
    pub effects: Vec<String>,
    pub breakers: Vec<String>,
    pub limiters: Vec<String>,
    pub authorisation: Vec<String>,
    /// The contracts of the caller's choice that are called and identified.
    pub identity: Vec<String>,
    pub errors: Vec<String>,
}

impl Row {
    /// The cells after the entrypoint, with their headings.
    pub fn cells(&self) -> [(&'static str, &[String]); 6] {
        [
            ("effects", &self.effects),
            ("breakers", &self.breakers),
            ("limiters", &self.limiters),
            ("authorisation", &self.authorisation),
            ("identity", &self.identity),
            ("errors", &self.errors),
        ]
    }
}

/// A row for every entrypoint that does something.
pub fn rows(lint: &mut Lint<'_>) -> Vec<Row> {
    let entrypoints: Vec<_> = lint.entrypoints();
    entrypoints.into_iter().filter_map(|entrypoint| row(lint, entrypoint)).collect()
}

/// The row of a function; `None` of one that does nothing.
pub fn row(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Option<Row> {
    let summary = lint.engine.summary(entrypoint);
    let effects = &summary.effects;
    if effects.is_empty() {
        return None;
    }
    let codes = lint.engine.codes(entrypoint);
    let more = codes.more.then(|| "and others".to_string());
    Some(Row {
        entrypoint: lint.program.path(entrypoint),
        effects: distinct(effects.iter().map(|effect| what(lint, entrypoint, effect))),
        breakers: breakers(lint, effects),
        limiters: limiters(lint, effects),
        authorisation: authorisation(lint, entrypoint, effects),
        identity: identity(lint, entrypoint, effects),
        errors: codes.known.into_iter().chain(more).collect(),
    })
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// The state that changes, or the contract that is called.
fn what(lint: &Lint<'_>, function: FunctionId, effect: &Effect) -> String {
    let show = Show { engine: &lint.engine, function };
    let text = |id| lint.engine.terms.text(id);
    match &effect.kind {
        EffectKind::Write(_, state) | EffectKind::Token(_, state) => show.state(*state),
        EffectKind::Stx(_) => "STX".to_string(),
        EffectKind::Dynamic { method, .. } => {
            let target = effect.args.first().map(|&target| show.term(target)).unwrap_or_default();
            format!("{target}.{}", text(*method))
        }
        EffectKind::External(path) => text(*path).to_string(),
        EffectKind::Unchecked => "what is not checked".to_string(),
    }
}

/// A guard's name, if it protects any of so many effects.
fn told(name: String, protected: usize, all: usize) -> Option<String> {
    match protected {
        0 => None,
        _ if protected == all => Some(name),
        _ => Some(format!("{name} (in part)")),
    }
}

fn breakers(lint: &mut Lint<'_>, effects: &[Effect]) -> Vec<String> {
    let stopped: Vec<_> = effects.iter().filter(|effect| breaker::stops(effect)).collect();
    let policy = lint.policy;
    let mut found = Vec::new();
    for entry in &policy.circuit_breakers {
        let Some(check) = lint.program.function_named(&entry.check.value.to_string()) else { continue };
        let passed = stopped.iter().filter(|it| breaker::is_checked(lint, entry, check, &it.facts)).count();
        let name = entry.id.as_ref().map_or_else(|| entry.check.value.to_string(), |id| id.value.clone());
        found.extend(told(name, passed, stopped.len()));
    }
    distinct(found.into_iter())
}

fn limiters(lint: &mut Lint<'_>, effects: &[Effect]) -> Vec<String> {
    let policy = lint.policy;
    let mut found = Vec::new();
    for limit in &policy.rate_limits {
        let Some(check) = lint.program.function_named(&limit.check.value.to_string()) else { continue };
        let limiter = Limiter::new(lint, limit, check);
        let stopped: Vec<_> = effects.iter().filter(|effect| limiter.stops(effect)).collect();
        let passed = |it: &&&Effect| limiter.standing(lint, &it.facts) == Standing::Passed;
        let passed = stopped.iter().filter(passed).count();
        let name = limit.action.as_ref().map_or_else(|| limit.check.value.to_string(), |it| it.value.clone());
        found.extend(told(name, passed, stopped.len()));
    }
    distinct(found.into_iter())
}

/// The roles that are asked for. Of all that one expression taught, the shortest way to say it.
pub fn authorisation(lint: &mut Lint<'_>, entrypoint: FunctionId, effects: &[Effect]) -> Vec<String> {
    let summary = lint.engine.summary(entrypoint);
    let mut roles = BTreeMap::new();
    for effect in effects {
        for fact in effect.facts.iter() {
            let Some(alone) = Facts::from_vec(vec![fact]) else { continue };
            // What a callee made sure of by itself is told by the call that leads to it.
            let origin = summary.origins.get(&fact).copied();
            let origin = origin.or(effect.calls.first().map(|call| call.expr));
            if lint.governance.has_role(&mut lint.engine, &alone) {
                let text = Show { engine: &lint.engine, function: entrypoint }.fact(fact);
                roles.entry(origin).or_insert_with(Vec::new).push((text.len(), text, fact));
            }
        }
    }
    let shortest = roles.into_values().filter_map(|all| all.into_iter().min());
    let count = |fact| effects.iter().filter(|effect| effect.facts.contains(fact)).count();
    distinct(shortest.filter_map(|(_, text, fact)| told(text, count(fact), effects.len())))
}

/// The contracts that the caller chose and that are called, and whether the path knows what they are.
fn identity(lint: &mut Lint<'_>, entrypoint: FunctionId, effects: &[Effect]) -> Vec<String> {
    let mut found = Vec::new();
    for effect in effects {
        let (EffectKind::Dynamic { .. }, Some(&target)) = (&effect.kind, effect.args.first()) else {
            continue;
        };
        let is_literal = matches!(lint.engine.terms.op(target), Op::Literal(_));
        if is_literal || !lint.engine.terms.mask(target).has(Mask::PARAMETER) {
            continue;
        }
        let known = lint.governance.is_identified(&mut lint.engine, &effect.facts, target);
        let name = Show { engine: &lint.engine, function: entrypoint }.term(target);
        found.push(if known { name } else { format!("{name} (not checked)") });
    }
    distinct(found.into_iter())
}
