//! `bare-error-literal`: a number is thrown where an error has a name, or should have one.

use std::collections::BTreeSet;

use super::error_codes::{constant, is_number, normal};
use super::{Check, Group, Lint, Question, Rule};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::facts::{Op, Origin};
use crate::project::ContractId;
use crate::source::Location;
use crate::syntax::Expr;

pub const RULE: Rule = Rule {
    id: "bare-error-literal",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/bare-error-literal.md"),
    checks: &[Check::Project(&[Question::Codes], check)],
    yields_to: &[],
};

/// A contract that throws so many named errors means to name them all.
const NAMES: usize = 3;

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    lint.digest.codes.unnamed.clone()
}

/// The numbers without a name that a contract throws.
pub(super) fn of_contract(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let throws = &lint.analysis.throws;
    let functions = lint.program.functions_of(contract);
    let own = |origin: &Origin| match *origin {
        Origin::Constant(home, _) => home == contract,
        Origin::Literal(site) => site.contract == contract,
    };
    let thrown: Vec<_> = functions.flat_map(|function| throws.own(function)).collect();
    let origins: BTreeSet<_> = thrown
        .into_iter()
        .filter(|thrown| own(&thrown.origin) && is_number(&thrown.code))
        .map(|thrown| (thrown.origin, thrown.code.as_str()))
        .collect();
    let named = origins.iter().filter(|(origin, _)| matches!(origin, Origin::Constant(..))).count();
    let mut found = Vec::new();
    for (origin, code) in &origins {
        let Origin::Literal(site) = *origin else { continue };
        let own_names = names_of(lint, contract, code);
        let own_name = own_names.first();
        let standard = lint.policy.errors.as_ref();
        if own_name.is_none() && standard.is_none() && named < NAMES {
            continue;
        }
        let help = match (own_name, standard.and_then(|standard| standard.names_of(code).next())) {
            (Some((name, Means::Err)), _) => format!("write `{name}`"),
            (Some((name, Means::Code)), _) => format!("write `(err {name})`"),
            (None, Some(name)) => format!("write `{name}`, as the protocol's standard calls it"),
            (None, None) => "define a constant that says what went wrong".to_string(),
        };
        let message = format!("`{code}` is thrown without a name");
        let at = lint.program.location_in(contract, lint.program.span(site));
        // Of several names only the author knows which one is meant.
        let fix = if let [name] = own_names[..] { naming(lint, contract, at, name) } else { None };
        let diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message);
        let mut diagnostic = diagnostic.help(help).key(*code).fix(fix);
        diagnostic.function = lint
            .program
            .functions_of(contract)
            .find(|&function| {
                lint.program.function(function).span.range().contains(&(at.span.start as usize))
            })
            .map(|function| lint.program.name(function).to_string());
        found.push(diagnostic);
    }
    found
}

/// What a constant is thrown as.
#[derive(Clone, Copy)]
enum Means {
    /// As it is.
    Err,
    /// Within `(err ..)`.
    Code,
}

/// The contract's constants for a code.
fn names_of<'p>(lint: &mut Lint<'p>, contract: ContractId, code: &str) -> Vec<(&'p str, Means)> {
    let count = lint.program.model(contract).constants.len() as u32;
    let code = lint.engine.terms.literal(code);
    let name = |index| {
        let value = lint.engine.constant(contract, index);
        let (name, _) = constant(lint, contract, index);
        let is_err = lint.engine.terms.op(value) == Op::Err && lint.engine.terms.arg(value, 0) == code;
        // A number may mean anything, unless it is called an error.
        let is_called_error = || normal(name).split('-').any(|word| ["err", "error"].contains(&word));
        let is_code = value == code && is_called_error();
        match (is_err, is_code) {
            (true, _) => Some((name, Means::Err)),
            (_, true) => Some((name, Means::Code)),
            _ => None,
        }
    };
    (0..count).filter_map(name).collect()
}

/// Writes a name for a number, where it can stand there.
fn naming(lint: &Lint<'_>, contract: ContractId, at: Location, (name, means): (&str, Means)) -> Option<Fix> {
    let tree = &lint.program.contract(contract).syntax.tree;
    let at = match means {
        Means::Code => at,
        Means::Err => {
            let is_around = |call: &Expr<'_>| {
                let Some((head, mut rest)) = call.call() else { return false };
                head.name() == Some("err") && rest.next().is_some_and(|it| it.span() == at.span)
            };
            let span = tree.exprs().find(is_around)?.span();
            let source = lint.program.project.file(at.file);
            (!source.slice(span).contains(';')).then_some(Location { span, ..at })?
        }
    };
    let edits = vec![Edit { at, text: name.to_owned() }];
    Some(Fix { title: format!("write `{name}`"), applicability: Applicability::Safe, edits })
}
