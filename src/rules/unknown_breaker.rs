//! `unknown-breaker`: a breaker, limit or parameter is asked for by an id that nothing registers, or a breaker is
//! registered that nothing asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::registered::{self, Name, Register, plain};
use super::{Check, Group, Lint, Question, Rule};
use crate::config::table::closest;
use crate::config::{FunctionPath, Spanned};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Show, StateId};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "unknown-breaker",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/unknown-breaker.md"),
    checks: &[Check::Project(&[Question::Names], check)],
    yields_to: &[],
};

/// An id that the policy names, as the map has it that the check looks it up in.
struct Named<'p> {
    name: Name,
    id: &'p Spanned<String>,
    check: FunctionId,
    is_breaker: bool,
}

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let registers = registered::registers(lint);
    if registers.is_empty() {
        return Vec::new();
    }
    let named = named(lint);
    let mut found = Vec::new();
    for (map, register) in &registers {
        let named = named.get(map).map(Vec::as_slice).unwrap_or_default();
        found.extend(unregistered(lint, *map, register, named));
        if named.iter().any(|named| named.is_breaker) && !lint.digest.names.computed.contains(map) {
            found.extend(unused(lint, register));
        }
    }
    found
}

/// The ids of the policy, by the maps that its checks look them up in.
fn named<'p>(lint: &mut Lint<'p>) -> BTreeMap<StateId, Vec<Named<'p>>> {
    let policy = lint.policy;
    let breakers = policy.circuit_breakers.iter().map(|it| (&it.check, it.id.as_ref(), true));
    let limits = policy.rate_limits.iter().map(|it| (&it.check, it.action.as_ref(), false));
    let mut named: BTreeMap<StateId, Vec<Named<'p>>> = BTreeMap::new();
    for (path, id, is_breaker) in breakers.chain(limits) {
        let path: &Spanned<FunctionPath> = path;
        let (Some(check), Some(id)) = (lint.program.function_named(&path.value.to_string()), id) else {
            continue;
        };
        let mut arguments = vec![lint.engine.terms.literal(&format!("\"{}\"", id.value))];
        let parameters = lint.program.function(check).parameters.len();
        arguments.resize_with(parameters.max(1), || lint.engine.terms.opaque());
        let call = lint.engine.call_at_entry(check, &arguments);
        for (map, name) in registered::looked_up(&mut lint.engine, vec![call]) {
            if plain(&name).ends_with(&id.value) {
                named.entry(map).or_default().push(Named { name, id, check, is_breaker });
            }
        }
    }
    named
}

/// What is looked up or demanded and is not there.
fn unregistered(lint: &Lint<'_>, map: StateId, register: &Register, named: &[Named<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let demanded: BTreeSet<&Name> = named.iter().map(|named| &named.name).collect();
    let missing = register.unknown(&demanded, &BTreeSet::new());
    for Named { name, id, check, .. } in named.iter().filter(|named| missing.contains(&&named.name)) {
        let state = Show { engine: &lint.engine, function: *check }.state(map);
        let message = format!("the policy demands `{}`, which nothing registers in `{state}`", plain(name));
        let diagnostic = Diagnostic::new(RULE.id, Severity::Error, id.at, message).key(name.clone());
        found.push(helped(lint, diagnostic, name, register, register.names.keys()));
    }
    let demanded = demanded.into_iter().cloned().collect();
    let asked: BTreeSet<&Name> = register.lookups.iter().map(|(name, ..)| name).collect();
    let missing = register.unknown(&asked, &demanded);
    for (name, function, site) in register.lookups.iter().filter(|(name, ..)| missing.contains(&name)) {
        let program = lint.program;
        if !program.contract(site.contract).linted {
            continue;
        }
        let state = Show { engine: &lint.engine, function: *function }.state(map);
        let by = program.name(*function);
        let message = format!("`{by}` looks up `{}` in `{state}`, where nothing registers it", plain(name));
        let mut diagnostic =
            Diagnostic::new(RULE.id, Severity::Error, program.head(*site), message).key(name.clone());
        diagnostic.function = Some(by.to_string());
        found.push(helped(lint, diagnostic, name, register, register.names.keys().chain(&demanded)));
    }
    found
}

/// What was meant, or how to register it.
fn helped<'n>(
    lint: &Lint<'_>,
    diagnostic: Diagnostic,
    name: &str,
    register: &Register,
    known: impl Iterator<Item = &'n Name>,
) -> Diagnostic {
    let near = closest(plain(name), known.map(|name| plain(name)));
    let at = |(name, site): (&Name, &Option<_>)| {
        let is_example = near.is_none_or(|near| near == plain(name));
        site.filter(|_| is_example).map(|site| (plain(name).to_string(), lint.program.head(site)))
    };
    let example = register.names.iter().find_map(at);
    let help = match (near, &example) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some((example, _))) => format!("register `{}` where `{example}` is registered", plain(name)),
        (None, None) => format!("register `{}` when the contract is deployed", plain(name)),
    };
    let diagnostic = diagnostic.help(help);
    match example {
        Some((example, at)) => diagnostic.label(at, format!("`{example}` is registered here")),
        None => diagnostic,
    }
}

fn unused(lint: &mut Lint<'_>, register: &Register) -> Vec<Diagnostic> {
    let program = lint.program;
    let mut found = Vec::new();
    for (name, site) in &register.names {
        let Some(site) = site.filter(|site| program.contract(site.contract).linted) else { continue };
        if register.lookups.iter().any(|(asked, ..)| asked == name) {
            continue;
        }
        let at = registered::written(&mut lint.engine, site, name).unwrap_or(site);
        let message = format!("the circuit breaker `{}` is registered, and nothing checks it", plain(name));
        found.push(
            Diagnostic::new(RULE.id, Severity::Warning, program.head(at), message)
                .help("check it in the entrypoints that it is meant to stop, or do not register it")
                .key(name.clone()),
        );
    }
    found
}
