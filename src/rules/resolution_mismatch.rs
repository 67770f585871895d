//! `resolution-mismatch`: a contract is verified as another than the one that is meant.

use super::registry::{Lookup, Registry, compared, looked_up};
use super::{Check, Group, Lint, Question, Rule, dynamic_call, evidence, verified_instead, wrong_names};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::facts::{EffectKind, Show, StateId};
use crate::graph::{FunctionId, Program, Site, TraitId};
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "resolution-mismatch",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/resolution-mismatch.md"),
    checks: &[Check::Entrypoint(other_verified), Check::Project(&[Question::Registries], of_registries)],
    yields_to: &[],
};

/// A contract that is called after it was verified under a name.
#[derive(Clone)]
pub(super) struct Verified {
    map: StateId,
    name: String,
    of: TraitId,
    /// The contract, as the entrypoint calls it.
    contract: String,
    entrypoint: FunctionId,
    /// Where it is verified, and where it is called.
    at: Site,
    call: Site,
    trace: Vec<Label>,
}

/// The contracts that an entrypoint calls after it has verified them under a name.
pub(super) fn verified(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Verified> {
    let summary = lint.engine.summary(entrypoint);
    let mut all = Vec::new();
    for call in &summary.effects {
        let (EffectKind::Dynamic { of: Some(of), .. }, Some(&called)) = (&call.kind, call.args.first())
        else {
            continue;
        };
        let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
        for fact in call.facts.iter() {
            let Some((_, entry)) = compared(&lint.engine, fact, |_, term| term == principal) else {
                continue;
            };
            let Some(Lookup { map, name, .. }) = looked_up(&mut lint.engine, entry) else { continue };
            let checked = summary.origins.get(&fact);
            all.push(Verified {
                map,
                name,
                of: *of,
                contract: Show { engine: &lint.engine, function: entrypoint }.term(called),
                entrypoint,
                at: checked.map_or(call.site, |&expr| Site { contract: entrypoint.contract, expr }),
                call: call.site,
                trace: evidence::trace(lint.program, call),
            });
        }
    }
    all
}

fn other_verified(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    dynamic_call::each(lint, entrypoint, verified_instead::report)
}

fn of_registries(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let registries = Registry::all(lint);
    let verified = lint.digest.registries.wrong_roles.iter();
    let mut found: Vec<_> = verified.filter_map(|verified| wrong_role(lint, &registries, verified)).collect();
    found.extend(registries.iter().flat_map(|registry| wrong_names::of(lint, registry)));
    found
}

/// A called contract is verified under a name whose contracts do not have what is called.
fn wrong_role(lint: &Lint<'_>, registries: &[Registry], verified: &Verified) -> Option<Diagnostic> {
    let program = lint.program;
    let Verified { name, contract, of, .. } = verified;
    let registry = registries.iter().find(|registry| registry.map == verified.map)?;
    let contracts = registry.contracts_of(lint, name).unwrap_or_default();
    let lacks: Vec<_> = contracts.iter().filter_map(|&contract| lacks(program, contract, *of)).collect();
    let &method = lacks.first().filter(|_| lacks.len() == contracts.len())?;
    let meant = meant(lint, registry, *of);
    // A registry that nobody described may hold newer contracts than those that it began with.
    if meant.is_none() && lint.policy.upgrade.is_none() {
        return None;
    }
    let message = format!("`{contract}` is verified as `{name}`, which has no `{method}`");
    let help = match meant {
        Some(meant) => format!("verify it as `{meant}`, which has"),
        None => format!("verify it under the name of a contract that has `{method}`"),
    };
    let call = program.head(verified.call);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(verified.at), message)
        .label(call, format!("`{contract}` is called here"))
        .help(help)
        .key(name.as_str())
        .cause(call, program.location(verified.entrypoint));
    diagnostic.labels.extend(policy_of(lint, name));
    diagnostic.function = Some(program.name(verified.entrypoint).to_string());
    diagnostic.trace = verified.trace.clone();
    Some(diagnostic)
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
