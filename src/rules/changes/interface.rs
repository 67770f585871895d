//! What others see of a project without looking at what its functions do.

use std::collections::BTreeSet;

use super::Call;
use crate::facts::Renamed;
use crate::graph::view::{Level, View};
use crate::graph::{FunctionId, Target, TraitId};
use crate::project::{ContractId, QualifiedName};
use crate::rules::{Lint, evidence, forbidden_dependency};
use crate::syntax::{Expr, Kind};

pub fn contracts(lint: &Lint<'_>, renamed: &Renamed) -> BTreeSet<String> {
    let contracts = lint.program.project.contracts.iter().filter(|contract| contract.linted);
    contracts.map(|contract| renamed.of(contract.qualified_name()).to_string()).collect()
}

/// The contracts that are called otherwise now: most of their functions are those of one that is gone. Contracts cannot
/// be changed once they are deployed, so that the next version of one has another name.
pub fn renamed(old: &Lint<'_>, new: &Lint<'_>) -> Renamed {
    let functions = |lint: &Lint<'_>, id: ContractId| -> BTreeSet<String> {
        lint.program.functions_of(id).map(|function| lint.program.name(function).to_string()).collect()
    };
    let alone = |lint: &Lint<'_>, other: &Lint<'_>| -> Vec<(QualifiedName, BTreeSet<String>)> {
        let linted = lint.program.project.contract_ids().filter(|&id| lint.program.contract(id).linted);
        let named = linted.map(|id| (lint.program.contract(id).qualified_name(), functions(lint, id)));
        named.filter(|(name, _)| other.program.project.find(name).is_none()).collect()
    };
    let mut come = alone(new, old);
    let mut renamed = Renamed::default();
    for (gone, was) in alone(old, new) {
        let likeness = |(name, is): &(QualifiedName, BTreeSet<String>)| {
            let shared = was.intersection(is).count();
            let is_like = name.issuer == gone.issuer && shared * 2 > was.len().max(is.len());
            is_like.then_some(shared)
        };
        let best = (0..come.len()).filter_map(|at| Some((likeness(&come[at])?, std::cmp::Reverse(at)))).max();
        if let Some((_, std::cmp::Reverse(at))) = best {
            renamed.0.insert(gone, come.remove(at).0);
        }
    }
    renamed
}

/// The contracts of the new project whose text is what it was, as are those of all that they call.
pub fn same(old: &Lint<'_>, new: &Lint<'_>) -> BTreeSet<ContractId> {
    let is_same = |id: ContractId| {
        let contract = new.program.contract(id);
        old.program.project.find(&contract.qualified_name()).is_some_and(|before| {
            let before = old.program.contract(before);
            (before.syntax.tree.text(), before.version, before.epoch)
                == (contract.syntax.tree.text(), contract.version, contract.epoch)
        })
    };
    let ids = || new.program.project.contract_ids();
    let own: BTreeSet<_> = ids().filter(|&id| is_same(id)).collect();
    let reached = |lint: &Lint<'_>, id: ContractId| -> BTreeSet<String> {
        lint.program.reached_from([id]).into_iter().map(|id| lint.named(id)).collect()
    };
    let calls_same = |&id: &ContractId| {
        let before = old.program.project.find(&new.program.contract(id).qualified_name());
        new.program.reached_from([id]).is_subset(&own)
            && before.is_some_and(|before| reached(old, before) == reached(new, id))
    };
    ids().filter(calls_same).collect()
}

/// Calls of contracts by others. What is called through a trait is told by the trait: who implements it may change
/// whoever calls.
pub fn calls(lint: &Lint<'_>, renamed: &Renamed) -> BTreeSet<Call> {
    let told = |name: &str| {
        let known = renamed.0.iter().find(|(old, _)| old.to_string() == name);
        known.map_or(name.to_string(), |(_, new)| new.to_string())
    };
    let View { nodes, edges } = View::new(lint.program, Level::Contract);
    let named = edges.iter().filter(|edge| !edge.dynamic).flat_map(|edge| {
        edge.functions.iter().map(|function| Call {
            from: told(&nodes[edge.from].name),
            to: told(&nodes[edge.to].name),
            function: function.clone(),
            dynamic: false,
            as_contract: edge.as_contract,
        })
    });
    let program = lint.program;
    let open = program.trait_calls.iter().chain(&program.unresolved_calls);
    let open = open.filter(|call| program.contract(call.site.contract).linted).filter_map(|call| {
        let Target::Dynamic(called) = program.target(call.site)? else { return None };
        Some(Call {
            from: told(&lint.named(call.site.contract)),
            to: called.map_or("<unknown>".to_string(), |called| trait_name(lint, renamed, called)),
            function: program.node(call.site).children().nth(2)?.text().to_string(),
            dynamic: true,
            as_contract: call.as_contract,
        })
    });
    named.chain(open).collect()
}

fn trait_name(lint: &Lint<'_>, renamed: &Renamed, of: TraitId) -> String {
    let name = lint.program.model(of.contract).traits[of.index as usize].name;
    let name = lint.program.contract(of.contract).syntax.tree.name(name.symbol);
    format!("<{}.{name}>", renamed.of(lint.program.contract(of.contract).qualified_name()))
}

pub fn against_layers(lint: &mut Lint<'_>) -> BTreeSet<String> {
    forbidden_dependency::check(lint).into_iter().map(|found| found.message).collect()
}

/// What is not known of a project.
pub fn unchecked(lint: &mut Lint<'_>) -> BTreeSet<String> {
    let project = lint.program.project;
    let broken = project.contracts.iter().filter(|contract| !contract.syntax.errors.is_empty());
    let broken = broken.map(|contract| format!("`{}` has syntax errors", contract.qualified_name()));
    let names: Vec<_> = project.absent.iter().map(|name| format!("`{name}`")).collect();
    let absent =
        (!names.is_empty()).then(|| format!("the text of {} could not be had", evidence::listed(&names)));
    let mut unchecked: BTreeSet<_> = broken.chain(absent).collect();
    for entrypoint in lint.entrypoints() {
        if lint.begin(entrypoint).unchecked.is_some() {
            unchecked.insert(format!(
                "`{}` is too large, or takes part in a cycle of calls",
                lint.path(entrypoint)
            ));
        }
    }
    unchecked
}

/// The types of a function's parameters, in parentheses.
pub fn signature(lint: &Lint<'_>, function: FunctionId) -> String {
    format!("({})", types(lint, function).join(" "))
}

/// The types of a function's parameters. A trait is told by where it is defined, and not by what the contract calls it.
pub fn types(lint: &Lint<'_>, function: FunctionId) -> Vec<String> {
    let tree = &lint.program.contract(function.contract).syntax.tree;
    let parameters = lint.program.function(function).parameters.iter();
    let declared = parameters.map(|parameter| parameter.declared_type.map(|declared| tree.expr(declared)));
    declared.map(|declared| declared.map_or("?".to_string(), |of| type_of(lint, function, of))).collect()
}

fn type_of(lint: &Lint<'_>, function: FunctionId, declared: Expr<'_>) -> String {
    let text = declared.one_line();
    if declared.kind() != Kind::TraitReference {
        return text;
    }
    let (model, tree) =
        (lint.program.model(function.contract), &lint.program.contract(function.contract).syntax.tree);
    let alias = text.trim_matches(['<', '>']);
    let path = model.trait_aliases.iter().find(|it| tree.name(it.name.symbol) == alias).map(|it| &it.path);
    match path {
        Some(path) => match (&path.issuer, &path.contract) {
            (Some(issuer), Some(contract)) => format!("<{issuer}.{contract}.{}>", path.name),
            (None, Some(contract)) => format!("<{contract}.{}>", path.name),
            (_, None) => format!("<{}>", path.name),
        },
        None => text,
    }
}

/// The names of a function's parameters.
pub fn parameters(lint: &Lint<'_>, function: FunctionId) -> Vec<String> {
    let tree = &lint.program.contract(function.contract).syntax.tree;
    let parameters = lint.program.function(function).parameters.iter();
    parameters.map(|parameter| tree.name(parameter.name.symbol).to_string()).collect()
}
