//! What others see of a project without looking at what its functions do.

use std::collections::BTreeSet;

use super::Call;
use crate::graph::FunctionId;
use crate::graph::view::{Level, View};
use crate::rules::{Lint, forbidden_dependency};
use crate::syntax::{Expr, Kind};

pub fn contracts(lint: &Lint<'_>) -> BTreeSet<String> {
    let contracts = lint.program.project.contracts.iter().filter(|contract| contract.linted);
    contracts.map(|contract| contract.qualified_name().to_string()).collect()
}

pub fn calls(lint: &Lint<'_>) -> BTreeSet<Call> {
    let View { nodes, edges } = View::new(lint.program, Level::Contract);
    let calls = edges.iter().flat_map(|edge| {
        edge.functions.iter().map(|function| Call {
            from: nodes[edge.from].name.clone(),
            to: nodes[edge.to].name.clone(),
            function: function.clone(),
            dynamic: edge.dynamic,
            as_contract: edge.as_contract,
        })
    });
    calls.collect()
}

pub fn against_layers(lint: &mut Lint<'_>) -> BTreeSet<String> {
    forbidden_dependency::check(lint).into_iter().map(|found| found.message).collect()
}

/// What is not known of a project.
pub fn unchecked(lint: &mut Lint<'_>) -> BTreeSet<String> {
    let project = lint.program.project;
    let broken = project.contracts.iter().filter(|contract| !contract.syntax.errors.is_empty());
    let broken = broken.map(|contract| format!("`{}` has syntax errors", contract.qualified_name()));
    let absent = project.absent.iter().map(|name| format!("the text of `{name}` could not be had"));
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
