//! `resolution-mismatch`: a contract is verified as another than the one that is meant.

use super::registry::{Registry, compared, looked_up};
use super::{Check, Group, Lint, Rule, dynamic_call, evidence, verified_instead, wrong_names};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::facts::{Effect, EffectKind, Show, Summary};
use crate::graph::{FunctionId, Program, Site, TraitId};
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "resolution-mismatch",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/resolution-mismatch.md"),
    check: Check::Program(check),
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let registries = Registry::all(lint);
    let mut found = dynamic_call::once_each(lint, |lint, entrypoint, summary, call| {
        wrong_role(lint, &registries, entrypoint, summary, call)
            .or_else(|| verified_instead::report(lint, entrypoint, summary, call))
    });
    found.extend(registries.iter().flat_map(|registry| wrong_names::of(lint, registry)));
    found
}

/// A called contract is verified under a name whose contracts do not have what is called.
fn wrong_role(
    lint: &mut Lint<'_>,
    registries: &[Registry],
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
) -> Option<Diagnostic> {
    let (EffectKind::Dynamic { of: Some(of), .. }, Some(&called)) = (&call.kind, call.args.first()) else {
        return None;
    };
    let program = lint.program;
    let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
    for fact in call.facts.iter() {
        let Some((_, entry)) = compared(&mut lint.engine, fact, |_, term| term == principal) else {
            continue;
        };
        let Some((map, name)) = looked_up(&mut lint.engine, entry) else { continue };
        let Some(registry) = registries.iter().find(|registry| registry.map == map) else { continue };
        let contracts = registry.contracts_of(lint, &name).unwrap_or_default();
        let lacks: Vec<_> = contracts.iter().filter_map(|&contract| lacks(program, contract, *of)).collect();
        let Some(&method) = lacks.first().filter(|_| lacks.len() == contracts.len()) else { continue };
        let meant = meant(lint, registry, *of);
        // A registry that nobody described may hold newer contracts than those that it began with.
        if meant.is_none() && lint.policy.upgrade.is_none() {
            continue;
        }
        let contract = Show { engine: &lint.engine, function: entrypoint }.term(called);
        let checked = summary.origins.get(&fact);
        let contract_of = program.contract_of(entrypoint);
        let at = checked.map_or(call.site, |&expr| Site { contract: contract_of, expr });
        let message = format!("`{contract}` is verified as `{name}`, which has no `{method}`");
        let help = match meant {
            Some(meant) => format!("verify it as `{meant}`, which has"),
            None => format!("verify it under the name of a contract that has `{method}`"),
        };
        let own = program.name(entrypoint);
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(at), message)
            .label(program.head(call.site), format!("`{contract}` is called here"))
            .help(help)
            .key(name.as_str());
        diagnostic.labels.extend(policy_of(lint, &name));
        diagnostic.function = Some(own.to_string());
        diagnostic.trace = evidence::trace(program, call);
        return Some(diagnostic);
    }
    None
}

/// The method of a trait that a contract does not have.
fn lacks<'p>(program: &Program<'p>, contract: ContractId, of: TraitId) -> Option<&'p str> {
    let tree = &program.contract(of.contract).syntax.tree;
    let methods = &program.model(of.contract).traits[of.index as usize].methods;
    // A contract that says to implement the trait is the right one; what it lacks is another fault.
    if program.implementors(of).any(|known| known == contract) {
        return None;
    }
    methods.iter().find_map(|method| {
        let name = tree.name(method.name.symbol);
        let has = program
            .callable(contract, name)
            .is_some_and(|function| program.function(function).parameters.len() == method.parameters.len());
        (!has).then_some(name)
    })
}

/// The one name whose contracts have all that a trait asks for.
fn meant(lint: &Lint<'_>, registry: &Registry, of: TraitId) -> Option<String> {
    let of_policy = lint.policy.upgrade.iter().flat_map(|upgrade| &upgrade.names);
    let mut names: Vec<_> = of_policy.map(|(name, _)| name.value.as_str()).collect();
    names.extend(registry.registered.iter().map(|entry| entry.name.as_str()));
    names.sort_unstable();
    names.dedup();
    names.retain(|name| {
        let contracts = registry.contracts_of(lint, name).unwrap_or_default();
        contracts.iter().any(|&contract| lacks(lint.program, contract, of).is_none())
    });
    match names[..] {
        [name] => Some(name.to_string()),
        _ => None,
    }
}

/// The line of the policy that says what a name stands for.
pub(super) fn policy_of(lint: &Lint<'_>, name: &str) -> Option<Label> {
    let upgrade = lint.policy.upgrade.as_ref()?;
    let (at, _) = upgrade.names.iter().find(|(known, _)| known.value == name)?;
    let message = evidence::policy("says what it stands for", upgrade.reason.as_ref());
    Some(Label { at: at.at, message })
}
