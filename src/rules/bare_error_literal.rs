//! `bare-error-literal`: a number is thrown where an error has a name, or should have one.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::error_codes::{constant, is_number, normal};
use super::{Check, Group, Lint, Question, Rule};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::facts::{Op, Origin, TermId};
use crate::project::ContractId;
use crate::source::{Location, Span};

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
    if named == origins.len() {
        return Vec::new();
    }
    let constants = error_constants(lint, contract);
    let responses = responses(lint, contract);
    let mut found = Vec::new();
    for (origin, code) in &origins {
        let Origin::Literal(site) = *origin else { continue };
        let code_term = lint.engine.terms.literal(code);
        let own_names = constants.get(&code_term).map_or(&[][..], Vec::as_slice);
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
        let fix = if let [name] = own_names[..] { naming(lint, at, &responses, name) } else { None };
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

/// The contract's constants for errors, by their codes.
fn error_constants<'p>(
    lint: &mut Lint<'p>,
    contract: ContractId,
) -> FxHashMap<TermId, Vec<(&'p str, Means)>> {
    let mut found: FxHashMap<_, Vec<_>> = FxHashMap::default();
    for index in 0..lint.program.model(contract).constants.len() as u32 {
        let value = lint.engine.constant(contract, index);
        let (name, _) = constant(lint, contract, index);
        // A number may mean anything, unless it is called an error.
        let is_called_error = || normal(name).split('-').any(|word| ["err", "error"].contains(&word));
        match lint.engine.terms.op(value) {
            Op::Err => found.entry(lint.engine.terms.arg(value, 0)).or_default().push((name, Means::Err)),
            _ if is_called_error() => found.entry(value).or_default().push((name, Means::Code)),
            _ => {}
        }
    }
    found
}

/// Every `(err ..)` of a contract, by what is in it.
fn responses(lint: &Lint<'_>, contract: ContractId) -> FxHashMap<Span, Span> {
    let exprs = lint.program.contract(contract).syntax.tree.exprs();
    let responses = exprs.filter_map(|expr| {
        let (head, mut rest) = expr.call()?;
        let inside = rest.next().filter(|_| head.name() == Some("err"))?;
        Some((inside.span(), expr.span()))
    });
    responses.collect()
}

/// Writes a name for a number, where it can stand there.
fn naming(
    lint: &Lint<'_>,
    at: Location,
    responses: &FxHashMap<Span, Span>,
    (name, means): (&str, Means),
) -> Option<Fix> {
    let at = match means {
        Means::Code => at,
        Means::Err => {
            let span = *responses.get(&at.span)?;
            let source = lint.program.project.file(at.file);
            (!source.slice(span).contains(';')).then_some(Location { span, ..at })?
        }
    };
    let edits = vec![Edit { at, text: name.to_owned() }];
    Some(Fix { title: format!("write `{name}`"), applicability: Applicability::Safe, edits })
}
