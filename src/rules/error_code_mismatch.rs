//! `error-code-mismatch`: one name with two codes, or one code with two meanings.

use std::collections::{BTreeMap, BTreeSet};

use super::error_codes::{constant, is_number, normal};
use super::{Check, Group, Lint, Question, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::Origin;
use crate::graph::FunctionId;
use crate::model::ExprKind;
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "error-code-mismatch",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/error-code-mismatch.md"),
    checks: &[Check::Project(&[Question::Codes], check)],
    yields_to: &[],
};

/// A constant that is thrown.
struct Named {
    contract: ContractId,
    index: u32,
    code: String,
    /// The entrypoints that it can leave.
    leaves: BTreeSet<FunctionId>,
}

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let leaving = &lint.digest.codes.leaving;
    let thrown: Vec<_> = leaving
        .iter()
        .filter_map(|(&origin, leaves)| match origin {
            Origin::Constant(contract, index) if lint.program.contract(contract).linted => {
                let code = leaves.first()?.1.code.clone();
                (is_number(&code) && !is_alias(lint, contract, index)).then_some(Named {
                    contract,
                    index,
                    code,
                    leaves: leaves.iter().map(|&(entrypoint, _)| entrypoint).collect(),
                })
            }
            _ => None,
        })
        .collect();
    let mut found: Vec<_> = thrown.iter().filter_map(|named| against_standard(lint, named)).collect();
    found.extend(two_meanings(lint, &thrown));
    found
}

/// Whether the constant is another name for an error on purpose: it is defined by the other.
fn is_alias(lint: &Lint<'_>, contract: ContractId, index: u32) -> bool {
    let model = lint.program.model(contract);
    let value = model.constants[index as usize].value;
    matches!(model.expr(value).kind, ExprKind::Constant(_))
}

fn against_standard(lint: &Lint<'_>, named: &Named) -> Option<Diagnostic> {
    let standard = lint.policy.errors.as_ref()?;
    let (name, at) = constant(lint, named.contract, named.index);
    let own = normal(name);
    let code = &named.code;
    if let Some((known, wanted)) = standard.codes.iter().find(|(known, _)| normal(&known.value) == own) {
        let message = format!("`{name}` is `{code}` here and `{}` in the protocol's standard", wanted.0);
        let help = format!("write `{}`, or give the error another name", wanted.0);
        let says = format!("the standard has `{}` for `{}`", wanted.0, known.value);
        return (wanted.0 != *code)
            .then(|| Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).label(known.at, says))
            .map(|found| found.key(name));
    }
    let (known, _) = standard.codes.iter().find(|(_, known)| known.0 == *code)?;
    let message = format!("`{name}` is `{code}`, which means `{}` in the protocol's standard", known.value);
    let help = format!("call it `{}`, add the name to the standard, or use another code", known.value);
    let says = format!("the standard has `{code}` for `{}`", known.value);
    Some(Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).label(known.at, says).key(name))
}

/// Within one contract, a caller cannot tell two errors with one code apart. What the standard names is judged by it.
fn two_meanings(lint: &Lint<'_>, thrown: &[Named]) -> Vec<Diagnostic> {
    let is_standard = |code: &str| {
        lint.policy.errors.as_ref().is_some_and(|standard| standard.names_of(code).next().is_some())
    };
    let mut first: BTreeMap<(ContractId, &str), &Named> = BTreeMap::new();
    let mut found = Vec::new();
    for named in thrown.iter().filter(|named| !is_standard(&named.code)) {
        let known = *first.entry((named.contract, &named.code)).or_insert(named);
        let ((name, at), (other, before)) =
            (constant(lint, named.contract, named.index), constant(lint, known.contract, known.index));
        if normal(name) == normal(other) {
            continue;
        }
        let code = &named.code;
        // Who calls a function knows which errors it has.
        let (severity, so) = match named.leaves.is_disjoint(&known.leaves) {
            false => (Severity::Error, "who gets it cannot tell which is meant"),
            true => (Severity::Note, "no function fails with both, but people look codes up by the contract"),
        };
        let message = format!("`{name}` and `{other}` are both `{code}`: {so}");
        found.push(
            Diagnostic::new(RULE.id, severity, at, message)
                .label(before, format!("`{other}` has the code, too"))
                .help(format!("give one of them another code, or write `{other}` for both"))
                .key(name),
        );
    }
    found
}
