//! `missing-trait-impl`: a contract does not declare a trait that the policy wants it to implement.

use super::{Check, Group, Lint, Rule, undeclared_trait_impl};
use crate::config::{FunctionPath, RequiredTraits, Spanned};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{Program, TraitId};
use crate::model::TraitPath;
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "missing-trait-impl",
    group: Group::Types,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/missing-trait-impl.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let mut found = Vec::new();
    for entry in &lint.policy.traits.0 {
        let Some(contract) = program.contract_named(&entry.contract.value) else { continue };
        if !program.contract(contract).linted {
            continue;
        }
        found.extend(entry.traits.iter().filter_map(|of| missing(lint, contract, entry, of)));
    }
    found
}

/// The trait that a policy names; what it does not find is an entry that is not used.
pub(super) fn named(program: &Program<'_>, of: &FunctionPath) -> Option<TraitId> {
    let definer = program.contract_named(&of.contract.to_string())?;
    let name = of.function.clone();
    program.find_trait(definer, &TraitPath { issuer: None, contract: None, name, span: Default::default() })
}

fn missing(
    lint: &Lint<'_>,
    contract: ContractId,
    entry: &RequiredTraits,
    of: &Spanned<FunctionPath>,
) -> Option<Diagnostic> {
    let program = lint.program;
    let wanted = named(program, &of.value)?;
    let mut declared = program.model(contract).implements.iter();
    if declared.any(|path| program.find_trait(contract, path) == Some(wanted)) {
        return None;
    }
    let this = program.contract(contract);
    let first = this.syntax.tree.forms().next()?;
    let at = program.location_in(contract, first.call().map_or(first, |(head, _)| head).span());
    let message = format!("`{}` does not say that it implements `{}`", this.name, of.value.function);
    let asks = match &entry.reason {
        Some(reason) => format!("the policy asks for it: {reason}"),
        None => "the policy asks for it".to_string(),
    };
    // The chain would not take a contract that declares what it does not have.
    let gaps = lint.analysis.types().gaps(contract, wanted.contract, &of.value.function);
    let fits = gaps.is_some_and(|gaps| gaps.is_empty());
    let (help, fix) = match undeclared_trait_impl::obstacle(program, contract, wanted) {
        Some(obstacle) => (obstacle, None),
        None => {
            let path = undeclared_trait_impl::path(program, contract, wanted);
            let fix = fits.then(|| undeclared_trait_impl::declaring(program, contract, wanted)).flatten();
            (format!("write `(impl-trait {path})`"), fix)
        }
    };
    let diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).label(of.at, asks);
    Some(diagnostic.help(help).fix(fix).key(of.value.to_string()))
}
