//! The part of `unused-policy-entry` that is about conditions: roles that nobody asks for, and conditions that mean
//! nothing or everything where they are asked.

use std::collections::BTreeSet;

use super::authorisation::{Conditions, Demand};
use super::{Lint, unused_policy_entry::RULE};
use crate::config::{Authorisation, Callers};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::Facts;
use crate::graph::FunctionId;
use crate::project::ContractId;
use crate::syntax::{Expr, Tree};

/// Conditions that mean nothing, or everything, at an entrypoint. The same is said of others, once.
pub(super) fn check(lint: &mut Lint<'_>, _: ContractId) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut conditions = Conditions::new(lint);
    for entry in &lint.policy.authorisation {
        for entrypoint in lint.entrypoints() {
            if lint.asks(&entry.entrypoints, entrypoint).is_none() {
                continue;
            }
            let summary = lint.begin(entrypoint);
            let concerned = |effect| lint.concerns(&entry.entrypoints, effect);
            if entry.entrypoints.callers == Callers::Anybody && !summary.effects.iter().any(concerned) {
                continue;
            }
            let finding = match conditions.demand(lint, entry, entrypoint) {
                Ok(demand) => idle(lint, &mut conditions, entry, demand, entrypoint),
                Err((at, fault)) => Some(
                    Diagnostic::new(RULE.id, Severity::Error, at, fault.message)
                        .label(lint.program.location(entrypoint), "asked here")
                        .help(fault.help)
                        .key(entry.holds.value.to_string()),
                ),
            };
            found.extend(finding);
        }
    }
    found
}

/// A condition that always holds, or that is about a contract which is never called.
fn idle(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    entry: &Authorisation,
    demand: Demand,
    entrypoint: FunctionId,
) -> Option<Diagnostic> {
    let path = lint.program.path(entrypoint);
    let summary = lint.engine.summary(entrypoint);
    let (at, message, help) = if conditions.hold(lint, &Facts::default(), demand.condition) == Some(true) {
        let message =
            format!("`{}` always holds in `{path}`: everybody passes this entry", entry.holds.value);
        (entry.at(), message, "ask for something that a stranger does not fulfil")
    } else {
        let called = entry.calls.as_ref()?;
        if summary.unchecked.is_some() || summary.effects.iter().any(|effect| demand.stops(effect)) {
            return None;
        }
        let message = format!("`{path}` never calls `{}`, nor hands it to another contract", called.value);
        (called.at, message, "name the trait parameter that is called, or remove the entry")
    };
    Some(
        Diagnostic::new(RULE.id, Severity::Error, at, message)
            .label(lint.program.location(entrypoint), "asked here")
            .help(help)
            .key(entry.holds.value.to_string()),
    )
}

/// Roles that no entry names, nor any role that is named.
pub(super) fn unused_roles(lint: &Lint<'_>) -> Vec<Diagnostic> {
    let policy = lint.policy;
    let mut used = BTreeSet::new();
    let asked = policy.authorisation.iter().map(|entry| &entry.holds);
    // Roles use those before them.
    for condition in asked.chain(policy.roles.iter().rev().map(|(_, condition)| condition)) {
        let tree = condition.value.tree();
        let own = policy.roles.iter().find(|(_, role)| role.at == condition.at);
        if own.is_none_or(|(name, _)| used.contains(&name.value)) {
            used.extend(names(&tree));
        }
    }
    let unused = policy.roles.iter().filter(|(name, _)| !used.contains(&name.value));
    unused
        .map(|(name, _)| {
            let message = format!("no entry asks for the role `{}`", name.value);
            Diagnostic::new(RULE.id, Severity::Error, name.at, message)
                .help("name it in the `holds` of a `[[policy.authorisation]]`, or remove it")
                .key(name.value.clone())
        })
        .collect()
}

/// Every name in a condition.
fn names(tree: &Tree) -> BTreeSet<String> {
    let mut open: Vec<Expr<'_>> = tree.forms().collect();
    let mut names = BTreeSet::new();
    while let Some(node) = open.pop() {
        names.extend(node.name().map(str::to_owned));
        open.extend(node.children());
    }
    names
}
