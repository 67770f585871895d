//! `missing-authorisation`: an entrypoint keeps an effect although a condition that the policy names need not hold.

use super::authorisation::{Conditions, Demand, written_out};
use super::{Check, Group, Lint, Rule, evidence};
use crate::config::Authorisation;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::Effect;
use crate::graph::FunctionId;
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "missing-authorisation",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/missing-authorisation.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, _: ContractId) -> Vec<Diagnostic> {
    let mut conditions = Conditions::new(lint);
    let mut found = Vec::new();
    for entry in &lint.policy.authorisation {
        for entrypoint in lint.entrypoints() {
            let Some(asked) = lint.asks(&entry.entrypoints, entrypoint) else { continue };
            let summary = lint.begin(entrypoint);
            // A condition that means nothing here is a finding about the policy.
            let Ok(demand) = conditions.demand(lint, entry, entrypoint) else { continue };
            if let Some(effect) = conditions.escaped(lint, entry, demand, &summary.effects) {
                let diagnostic = missing(lint, &mut conditions, entry, demand, entrypoint, effect);
                let reason = entry.entrypoints.reason.as_ref();
                found.push(evidence::asked(diagnostic, asked, entry.at(), reason));
            }
        }
    }
    found
}

fn missing(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    entry: &Authorisation,
    demand: Demand,
    entrypoint: FunctionId,
    effect: &Effect,
) -> Diagnostic {
    let name = lint.program.name(entrypoint);
    let does = match &entry.calls {
        Some(called) => format!("calls `{}`", called.value),
        None => "changes state".to_string(),
    };
    let role = lint.policy.roles.iter().rfind(|(role, _)| role.value == entry.holds.value.0);
    let what = match role {
        Some((role, _)) => format!("the role `{}`", role.value),
        None => format!("`{}`", entry.holds.value),
    };
    let has = &mut |lint: &mut Lint<'_>, peer: FunctionId, facts: &_| {
        conditions
            .demand(lint, entry, peer)
            .is_ok_and(|demand| conditions.hold(lint, facts, demand.condition) == Some(true))
    };
    let example = evidence::example(lint, entrypoint, super::breaker::stops, has);
    let help = match &example {
        Some(example) => format!("write {}", example.words(lint.program)),
        None => {
            let condition = written_out(lint, &entry.holds.value, lint.policy.roles.len());
            format!("add `(asserts! {condition} (err ..))` to every path that returns ok")
        }
    };
    let lacking = evidence::lacking(lint, entrypoint, effect, |lint, facts| {
        conditions.hold(lint, facts, demand.condition) == Some(true)
    });
    let message = format!("`{name}` {does} without a check of {what}");
    let mut diagnostic = evidence::finding(lint, &RULE, entrypoint, effect, message)
        .help(help)
        .guard(example.map(|example| example.location(lint.program)))
        .key(entry.holds.value.to_string());
    diagnostic.labels.extend(lacking);
    diagnostic
}
