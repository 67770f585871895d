//! `undeclared-trait-impl`: a contract has all that a trait demands and does not say so.

use super::{Check, Group, Lint, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{Program, TraitId};
use crate::project::ContractId;
use crate::types::Types;

pub const RULE: Rule = Rule {
    id: "undeclared-trait-impl",
    group: Group::Types,
    level: Some(Severity::Note),
    doc: include_str!("../../rules/undeclared-trait-impl.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

/// Fewer methods than this are had by accident.
const FEWEST_METHODS: usize = 2;

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let (program, types) = (lint.program, lint.analysis.types());
    let contracts: Vec<_> =
        program.project.contract_ids().filter(|&id| program.contract(id).linted).collect();
    let traits: Vec<_> = contracts
        .iter()
        .flat_map(|&contract| {
            let count = program.model(contract).traits.len() as u32;
            (0..count).map(move |index| TraitId { contract, index })
        })
        .collect();
    let mut found = Vec::new();
    for &contract in &contracts {
        let fits = traits.iter().filter(|&&of| of.contract != contract && fits(program, types, contract, of));
        // The trait that demands most says most; one is enough to be told.
        let most = fits.max_by_key(|of| (methods(program, **of).len(), std::cmp::Reverse(**of)));
        found.extend(most.and_then(|&of| report(program, contract, of)));
    }
    found
}

/// Whether the contract has all methods of a trait, and declares none that demands as much.
fn fits(program: &Program<'_>, types: &Types, contract: ContractId, of: TraitId) -> bool {
    let wanted = methods(program, of);
    let declared = program.model(contract).implements.iter();
    let mut declared = declared.map(|path| program.find_trait(contract, path));
    let is_declared = declared.any(|declared| match declared {
        // What cannot be seen may be the same trait.
        None => true,
        Some(declared) => {
            let has = methods(program, declared);
            wanted.iter().all(|method| has.contains(method))
        }
    });
    wanted.len() >= FEWEST_METHODS
        && !is_declared
        && wanted.iter().all(|method| program.callable(contract, method).is_some())
        && types.gaps(contract, of.contract, name(program, of)).is_some_and(|gaps| gaps.is_empty())
}

fn methods<'p>(program: &Program<'p>, of: TraitId) -> Vec<&'p str> {
    let tree = &program.contract(of.contract).syntax.tree;
    let methods = &program.model(of.contract).traits[of.index as usize].methods;
    methods.iter().map(|method| tree.name(method.name.symbol)).collect()
}

fn name<'p>(program: &Program<'p>, of: TraitId) -> &'p str {
    let name = program.model(of.contract).traits[of.index as usize].name.symbol;
    program.contract(of.contract).syntax.tree.name(name)
}

fn report(program: &Program<'_>, contract: ContractId, of: TraitId) -> Option<Diagnostic> {
    let this = program.contract(contract);
    let first = this.syntax.tree.forms().next()?;
    let at = program.location_in(contract, first.call().map_or(first, |(head, _)| head).span());
    let name = name(program, of);
    let message = format!("`{}` has all that `{name}` demands and does not say so", this.name);
    let definer = program.contract(of.contract);
    let path = match &definer.issuer {
        Some(issuer) if definer.issuer != this.issuer => format!("'{issuer}.{}.{name}", definer.name),
        _ => format!(".{}.{name}", definer.name),
    };
    let defined = program.model(of.contract).traits[of.index as usize].name.span;
    let help = format!("write `(impl-trait {path})`: the chain then holds the contract to it");
    let diagnostic = Diagnostic::new(RULE.id, Severity::Note, at, message).help(help).key(path);
    Some(diagnostic.label(program.location_in(of.contract, defined), "defined here"))
}
