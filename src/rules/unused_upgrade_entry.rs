//! What of `[policy.upgrade]` speaks of nothing.

use super::unused_policy_entry::RULE;
use super::{Lint, names, registry};
use crate::config::table::closest;
use crate::config::{Upgrade, Uses};
use crate::diagnostic::{Diagnostic, Severity};

/// Reports a registry that is not there, and names that nobody asks for.
pub(super) fn check(lint: &Lint<'_>, upgrade: &Upgrade) -> Vec<Diagnostic> {
    let Some(map) = registry::of_policy(lint, upgrade) else { return vec![no_registry(lint, upgrade)] };
    let asked = names::asked(lint, map);
    let mut found = Vec::new();
    for entry in &upgrade.uses {
        let asked = asked.iter().filter(|name| entry.applies_to(&lint.named(name.at.contract)));
        let asked: Vec<_> = asked.map(|name| name.text.as_str()).collect();
        found.extend(unused_names(upgrade, entry, &asked));
    }
    found
}

fn no_registry(lint: &Lint<'_>, upgrade: &Upgrade) -> Diagnostic {
    let program = lint.program;
    let path = upgrade.registry.value.to_string();
    let maps = program.project.contract_ids().flat_map(|contract| {
        let tree = &program.contract(contract).syntax.tree;
        let maps = program.model(contract).maps.iter();
        maps.map(move |map| format!("{}.{}", lint.named(contract), tree.name(map.name.symbol)))
    });
    let maps: Vec<_> = maps.collect();
    let help = match closest(&path, maps.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a map of the project, CONTRACT.MAP".to_string(),
    };
    let message = format!("the project has no map `{path}`: nothing is resolved through it");
    Diagnostic::new(RULE.id, Severity::Error, upgrade.registry.at, message).help(help).key(path)
}

fn unused_names(upgrade: &Upgrade, entry: &Uses, asked: &[&str]) -> Vec<Diagnostic> {
    let known: Vec<_> = upgrade.names.iter().map(|(name, _)| name.value.as_str()).collect();
    let unused = entry.names.iter().filter(|name| !asked.contains(&name.value.as_str()));
    unused
        .map(|name| {
            let text = name.value.as_str();
            let is_known = known.is_empty() || known.contains(&text);
            let (message, help) = match closest(text, known.iter().copied()).filter(|_| !is_known) {
                _ if is_known => (
                    format!("none of these contracts asks for `{text}`"),
                    "remove the name, or look for the check that was lost".to_string(),
                ),
                Some(near) => (format!("the policy has no name `{text}`"), format!("did you mean `{near}`?")),
                None => (
                    format!("the policy has no name `{text}`"),
                    "add it to `names`, or remove it here".to_string(),
                ),
            };
            Diagnostic::new(RULE.id, Severity::Error, name.at, message).help(help).key(text)
        })
        .collect()
}
