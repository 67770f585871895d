//! What others see of a project without looking at what its functions do.

use std::collections::BTreeSet;

use super::Call;
use crate::graph::view::{Level, View};
use crate::graph::{FunctionId, Target, TraitId};
use crate::project::ContractId;
use crate::rules::{Lint, evidence, forbidden_dependency};
use crate::syntax::{Expr, Kind};

pub fn contracts(lint: &Lint<'_>) -> BTreeSet<String> {
    let contracts = lint.program.project.contracts.iter().filter(|contract| contract.linted);
    contracts.map(|contract| contract.qualified_name().to_string()).collect()
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
pub fn calls(lint: &Lint<'_>) -> BTreeSet<Call> {
    let View { nodes, edges } = View::new(lint.program, Level::Contract);
    let named = edges.iter().filter(|edge| !edge.dynamic).flat_map(|edge| {
        edge.functions.iter().map(|function| Call {
            from: nodes[edge.from].name.clone(),
            to: nodes[edge.to].name.clone(),
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
            from: lint.named(call.site.contract),
            to: called.map_or("<unknown>".to_string(), |called| trait_name(lint, called)),
            function: program.node(call.site).children().nth(2)?.text().to_string(),
            dynamic: true,
            as_contract: call.as_contract,
        })
    });
    named.chain(open).collect()
}

fn trait_name(lint: &Lint<'_>, of: TraitId) -> String {
    let name = lint.program.model(of.contract).traits[of.index as usize].name;
    let name = lint.program.contract(of.contract).syntax.tree.name(name.symbol);
    format!("<{}.{name}>", lint.named(of.contract))
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
