//! `unregistered-contract`: the registry is filled when the protocol is deployed, and one of its contracts is not in it.

use super::registry::{Registered, Registry};
use super::resolution_mismatch::policy_of;
use super::{Check, Group, Lint, Question, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::StateId;

pub const RULE: Rule = Rule {
    id: "unregistered-contract",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/unregistered-contract.md"),
    checks: &[Check::Project(&[Question::Registries], check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let policy = lint.policy;
    let Some(upgrade) = &policy.upgrade else { return Vec::new() };
    let registries = Registry::all(lint);
    let Some(registry) = registries.first() else { return Vec::new() };
    // Where nothing is registered, it is done by transactions that nobody has written down.
    let Some(last) = registry.registered.last() else { return Vec::new() };
    let is_missing = |name: &&str| !registry.registered.iter().any(|entry| entry.name == **name);
    let names = upgrade.names.iter().map(|(name, _)| name.value.as_str()).filter(is_missing);
    names.filter_map(|name| report(lint, registry, name, last)).collect()
}

fn report(lint: &Lint<'_>, registry: &Registry, name: &str, last: &Registered) -> Option<Diagnostic> {
    let program = lint.program;
    let contract = lint.named(*registry.contracts_of(lint, name)?.first()?);
    let StateId::Map(home, index) = registry.map else { return None };
    let map = program.model(home).maps[index as usize].name;
    let written = program.contract(home).syntax.tree.name(map.symbol);
    let others = last.calls.first().copied().unwrap_or(last.site);
    let message = format!("`{contract}` is never registered as `{name}` in `{written}`");
    let mut diagnostic =
        Diagnostic::new(RULE.id, Severity::Warning, program.location_in(home, map.span), message)
            .label(program.head(others), format!("`{}` is registered here", last.name))
            .help(format!("register `.{contract}` where the others are, or take the name out of the policy"))
            .key(name);
    diagnostic.labels.extend(policy_of(lint, name));
    Some(diagnostic)
}
