//! `error-constant`: error constants of two kinds, or two of them for one code.

use std::collections::BTreeMap;

use super::error_codes::normal;
use super::habit::habits;
use super::{Check, Group, Lint, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{Program, Site};
use crate::model::{ExprKind, Name};
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "error-constant",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/error-constant.md"),
    checks: &[Check::Program(check)],
    yields_to: &["error-code-mismatch"],
};

/// A constant that is called an error.
struct ErrorConstant<'a> {
    contract: ContractId,
    name: Name,
    text: &'a str,
    code: String,
    /// Whether it is the response: `(err u1)` and not `u1`.
    is_response: bool,
}

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let linted = program.project.contract_ids().filter(|&id| program.contract(id).linted);
    let constants: Vec<_> = linted.flat_map(|contract| constants(program, contract)).collect();
    let mut found = of_the_other_kind(program, &constants);
    let standard = lint.policy.errors.as_ref();
    // A code of the standard may have several names.
    let is_free = |code: &str| standard.is_none_or(|standard| standard.names_of(code).next().is_none());
    let mut first: BTreeMap<(ContractId, &str), &ErrorConstant<'_>> = BTreeMap::new();
    for constant in constants.iter().filter(|constant| is_free(&constant.code)) {
        let known = *first.entry((constant.contract, &constant.code)).or_insert(constant);
        if !std::ptr::eq(known, constant) {
            found.push(second_name(program, constant, known));
        }
    }
    found
}

/// The constants of a contract that are called an error and are one, as a code or as a response.
fn constants<'a>(program: &Program<'a>, contract: ContractId) -> Vec<ErrorConstant<'a>> {
    let (model, tree) = (program.model(contract), &program.contract(contract).syntax.tree);
    let constants = model.constants.iter().filter_map(|constant| {
        let (name, text) = (constant.name, tree.name(constant.name.symbol));
        let is_error = ["err-", "error-"].iter().any(|prefix| normal(text).starts_with(prefix));
        let (value, is_response) = match model.expr(constant.value).kind {
            ExprKind::Literal => (constant.value, false),
            ExprKind::Builtin(Builtin::Err, parts) => (*model.list(parts).first()?, true),
            _ => return None,
        };
        let node = program.node(Site { contract, expr: value });
        let is_code = node.uint().is_some() || node.int().is_some();
        (is_error && is_code).then(|| ErrorConstant {
            contract,
            name,
            text,
            code: node.one_line(),
            is_response,
        })
    });
    constants.collect()
}

/// The constants that are not of the kind which Clarinet wants, if it is asked, or which their author is used to.
fn of_the_other_kind(program: &Program<'_>, constants: &[ErrorConstant<'_>]) -> Vec<Diagnostic> {
    let usual = |all: &[&ErrorConstant<'_>]| {
        let responses = all.iter().filter(|constant| constant.is_response).count();
        (2 * responses != all.len()).then_some(2 * responses > all.len())
    };
    let wanted: Vec<_> = match program.project.lints.asks_for("error_const") {
        Some(_) => constants.iter().map(|constant| (constant, true, None)).collect(),
        None => {
            let habits = habits(program, constants, |constant| constant.contract, usual);
            habits.into_iter().map(|(constant, wants, whose)| (constant, wants, Some(whose))).collect()
        }
    };
    let mut found = Vec::new();
    for (constant, wants_response, whose) in wanted {
        let ErrorConstant { contract, name, text, code, is_response } = constant;
        if *is_response == wants_response {
            continue;
        }
        let by = match whose {
            Some(whose) => format!("most error constants {} are", whose.place()),
            None => "Clarinet wants".to_owned(),
        };
        let (message, help) = match wants_response {
            true => (
                format!("`{text}` is the code alone, and {by} responses"),
                format!("write `(err {code})`, and throw `{text}` itself"),
            ),
            false => (
                format!("`{text}` is a response, and {by} codes alone"),
                format!("write `{code}`, and throw `(err {text})`"),
            ),
        };
        let at = program.location_in(*contract, name.span);
        found.push(Diagnostic::new(RULE.id, Severity::Note, at, message).help(help).key(*text));
    }
    found
}

fn second_name(program: &Program<'_>, constant: &ErrorConstant<'_>, known: &ErrorConstant<'_>) -> Diagnostic {
    let (text, other, code) = (constant.text, known.text, &constant.code);
    let message = format!("`{text}` and `{other}` are both `{code}`: who gets it cannot tell which is meant");
    let at = |of: &ErrorConstant<'_>| program.location_in(of.contract, of.name.span);
    Diagnostic::new(RULE.id, Severity::Note, at(constant), message)
        .label(at(known), format!("`{other}` has the code, too"))
        .help(format!("give one of them another code, or write `{other}` for both"))
        .key(text)
}
