//! Names that stand for no contract, that are no business of who asks for them, or under which another contract is
//! registered than the policy says.

use super::Lint;
use super::names::{self, Name};
use super::registry::{Registered, Registry};
use super::resolution_mismatch::{RULE, policy_of};
use crate::config::table::closest;
use crate::diagnostic::{Diagnostic, Severity};

/// What is wrong with the names of a registry.
pub(super) fn of(lint: &Lint<'_>, registry: &Registry) -> Vec<Diagnostic> {
    let asked = names::asked(lint, registry.map);
    let asked = asked.iter().filter(|name| lint.program.contract(name.at.contract).linted);
    let of_name = |name: &Name| unknown(lint, registry, name).or_else(|| not_for_this_contract(lint, name));
    let registered = registry.registered.iter().filter_map(|entry| registered_wrongly(lint, entry));
    asked.filter_map(of_name).chain(registered).collect()
}

/// A name that nothing ever registers.
fn unknown(lint: &Lint<'_>, registry: &Registry, name: &Name) -> Option<Diagnostic> {
    let text = name.text.as_str();
    let of_policy =
        lint.policy.upgrade.as_ref().map(|upgrade| &upgrade.names).filter(|names| !names.is_empty());
    let (known, why): (Vec<_>, _) = match of_policy {
        Some(names) => {
            (names.iter().map(|(name, _)| name.value.as_str()).collect(), "the policy knows no such name")
        }
        None if registry.is_closed && !registry.registered.is_empty() => (
            registry.registered.iter().map(|entry| entry.name.as_str()).collect(),
            "nothing registers that name",
        ),
        None => return None,
    };
    if known.contains(&text) {
        return None;
    }
    let help = match closest(text, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "register it, or ask for a name that is registered".to_string(),
    };
    let message = format!("`{text}` stands for no contract: {why}");
    Some(about(lint, name, message).help(help))
}

/// A name that the policy gives to other contracts to use.
fn not_for_this_contract(lint: &Lint<'_>, name: &Name) -> Option<Diagnostic> {
    let upgrade = lint.policy.upgrade.as_ref()?;
    let contract = lint.named(name.at.contract);
    let entries: Vec<_> = upgrade.uses.iter().filter(|entry| entry.applies_to(&contract)).collect();
    let names: Vec<_> =
        entries.iter().flat_map(|entry| &entry.names).map(|name| name.value.as_str()).collect();
    let first = entries.first().filter(|_| !names.contains(&name.text.as_str()))?;
    let message = format!("`{contract}` asks for `{}`, which it has no use for", name.text);
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let asks = format!("the policy lists what it uses: {}", first.reason);
    Some(
        about(lint, name, message)
            .label(first.contracts.first()?.at, asks)
            .help(format!("ask for {}, or add the name to the entry", names.join(" or "))),
    )
}

fn about(lint: &Lint<'_>, name: &Name, message: String) -> Diagnostic {
    let program = lint.program;
    let at = program.location_in(name.at.contract, program.span(name.at));
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).key(name.text.as_str());
    diagnostic.function = Some(program.name(name.function).to_string());
    diagnostic
}

/// A contract is registered under a name that the policy gives to another.
fn registered_wrongly(lint: &Lint<'_>, entry: &Registered) -> Option<Diagnostic> {
    let patterns = lint.policy.upgrade.as_ref()?.contracts_of(&entry.name)?;
    let other = entry
        .contracts
        .iter()
        .map(|&contract| lint.named(contract))
        .find(|contract| !patterns.iter().any(|pattern| pattern.value.matches(contract)))?;
    let first = entry.calls.first().copied().unwrap_or(entry.site);
    let message = format!("`{other}` is registered as `{}`", entry.name);
    let meant: Vec<_> = patterns.iter().map(|pattern| format!("`{}`", pattern.value)).collect();
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, lint.program.head(first), message)
        .help(format!("register {}, or give the name to `{other}` in the policy", meant.join(" or ")))
        .key(entry.name.as_str());
    diagnostic.labels.extend(policy_of(lint, &entry.name));
    Some(diagnostic)
}
