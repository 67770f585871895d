//! `undeclared-trait-impl`: a contract has all that a trait demands and does not say so.

use super::{Check, Group, Lint, Rule, edits};
use crate::builtins::Define;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::graph::{Program, TraitId};
use crate::project::ContractId;
use crate::source::{Span, line_end};
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
        && obstacle(program, contract, of).is_none()
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
    let path = path(program, contract, of);
    let defined = program.model(of.contract).traits[of.index as usize].name.span;
    let help = format!("write `(impl-trait {path})`: the chain then holds the contract to it");
    let fix = declaring(program, contract, of);
    let diagnostic = Diagnostic::new(RULE.id, Severity::Note, at, message).help(help).key(path).fix(fix);
    Some(diagnostic.label(program.location_in(of.contract, defined), "defined here"))
}

/// A trait as a contract names it.
pub(super) fn path(program: &Program<'_>, contract: ContractId, of: TraitId) -> String {
    let (this, definer) = (program.contract(contract), program.contract(of.contract));
    let issuer = definer.issuer.as_ref().filter(|_| definer.issuer != this.issuer);
    let issuer = issuer.map_or(String::new(), |issuer| format!("'{issuer}"));
    format!("{issuer}.{}.{}", definer.name, name(program, of))
}

/// Why a contract cannot declare a trait of another one, if it cannot.
pub(super) fn obstacle(program: &Program<'_>, contract: ContractId, of: TraitId) -> Option<String> {
    let (this, definer) = (program.contract(contract), program.contract(of.contract));
    if program.is_needed_by(contract, of.contract) {
        let name = &definer.name;
        return Some(format!(
            "`{name}` cannot be deployed before `{}`: move the trait to a contract of its own",
            this.name
        ));
    }
    (definer.epoch > this.epoch).then(|| {
        format!(
            "`{}` is deployed in a later epoch than `{}`: let both have the same",
            definer.name, this.name
        )
    })
}

/// Declares a trait before all else that a contract says, where there is no [`obstacle`]. Where other contracts may call
/// for the trait's, it is not plain which of two goes first once both declare traits.
pub(super) fn declaring(program: &Program<'_>, contract: ContractId, of: TraitId) -> Option<Fix> {
    let has_only_traits = program.model(of.contract).functions.is_empty();
    if !has_only_traits {
        return None;
    }
    let source = program.project.file(program.contract(contract).file);
    let first = program.contract(contract).syntax.tree.forms().next()?;
    let start = edits::above_comment(source, first.span());
    let about_traits = matches!(first.define(), Some((Define::ImplTrait | Define::UseTrait, _)));
    let end = line_end(&source.text);
    let gap = if about_traits { "" } else { end };
    let at = program.location_in(contract, Span::new(start, start));
    let text = format!("(impl-trait {}){end}{gap}", path(program, contract, of));
    let title = "declare the trait".to_owned();
    Some(Fix { title, applicability: Applicability::Unsafe, edits: vec![Edit { at, text }] })
}
