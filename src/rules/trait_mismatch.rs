//! `trait-mismatch`: a contract says that it implements a trait, and does not.

use super::evidence::listed;
use super::{Check, Group, Lint, Rule};
use crate::config::table::closest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Program;
use crate::model::{Access, TraitPath};
use crate::project::ContractId;
use crate::types::{Conformance, Gap, Implementation};

pub const RULE: Rule = Rule {
    id: "trait-mismatch",
    group: Group::Types,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/trait-mismatch.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let (program, types) = (lint.program, lint.analysis.types());
    let mut found = Vec::new();
    for id in program.project.contract_ids().filter(|&id| program.contract(id).linted) {
        for implementation in types.checked(id).map_or(&[][..], |checked| &checked.implements) {
            found.extend(match &implementation.conformance {
                Conformance::Lacks(gaps) if !gaps.is_empty() => lacks(program, id, implementation, gaps),
                Conformance::NoTrait => no_trait(program, id, implementation),
                Conformance::Lacks(_) | Conformance::Unavailable => None,
            });
        }
    }
    found
}

/// Every method that is missing or differs, with both signatures where they stand.
fn lacks(
    program: &Program<'_>,
    id: ContractId,
    implementation: &Implementation,
    gaps: &[Gap],
) -> Option<Diagnostic> {
    let contract = program.contract(id);
    let definer = definer(program, id, implementation)?;
    let methods: Vec<_> = gaps.iter().map(|gap| format!("`{}`", gap.method)).collect();
    let (methods, of) = (listed(&methods), &implementation.name);
    let message = match gaps.iter().all(|gap| gap.found.is_none()) {
        true => format!("`{}` lacks {methods}, which `{of}` demands", contract.name),
        false => format!("`{}` does not have {methods} as `{of}` demands", contract.name),
    };
    let node = contract.syntax.tree.expr(implementation.node);
    let at = program.location_in(id, node.span());
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).key(&*implementation.name);
    for gap in gaps {
        if let Some(at) = method(program, definer, &implementation.name, &gap.method) {
            diagnostic = diagnostic.label(at, format!("expected: `{}`", gap.expected));
        }
        let own = program.functions_of(id).find(|&function| program.name(function) == gap.method);
        let Some(own) = own else { continue };
        let message = match &gap.found {
            Some(found) => format!("found: `{found}`"),
            None if program.function(own).access == Access::Private => "this one is private".to_string(),
            None => continue,
        };
        diagnostic = diagnostic.label(program.location(own), message);
    }
    Some(diagnostic.help(help(&gaps[0])))
}

fn help(gap: &Gap) -> String {
    let parameters: String = gap
        .expected
        .parameters
        .iter()
        .enumerate()
        .map(|(index, of)| format!(" (parameter-{} {of})", index + 1))
        .collect();
    let whole = format!("(define-public ({}{parameters}) ..)", gap.method);
    format!("write `{whole}` with a result that fits `{}`", gap.expected.result)
}

/// The contract that should define the trait has none of that name.
fn no_trait(program: &Program<'_>, id: ContractId, implementation: &Implementation) -> Option<Diagnostic> {
    let contract = program.contract(id);
    let definer = definer(program, id, implementation)?;
    let owner = program.contract(definer);
    let message = format!("`{}` defines no trait `{}`", owner.name, implementation.name);
    let names = program.model(definer).traits.iter().map(|t| owner.syntax.tree.name(t.name.symbol));
    let help = match closest(&implementation.name, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a trait that the contract defines".to_string(),
    };
    let at = program.location_in(id, contract.syntax.tree.expr(implementation.node).span());
    Some(Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(&*implementation.name))
}

fn definer(program: &Program<'_>, id: ContractId, implementation: &Implementation) -> Option<ContractId> {
    program.find_contract(id, implementation.contract.issuer.as_deref(), &implementation.contract.name)
}

/// Where a trait demands a method.
fn method(
    program: &Program<'_>,
    definer: ContractId,
    of: &str,
    method: &str,
) -> Option<crate::source::Location> {
    let path = TraitPath { issuer: None, contract: None, name: of.to_string(), span: Default::default() };
    let index = program.find_trait(definer, &path)?.index as usize;
    let tree = &program.contract(definer).syntax.tree;
    let methods = &program.model(definer).traits[index].methods;
    let method = methods.iter().find(|defined| tree.name(defined.name.symbol) == method)?;
    Some(program.location_in(definer, method.name.span))
}
