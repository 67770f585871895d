//! What the rules about error codes share: which codes leave which entrypoints, and what constants are called.

use std::collections::BTreeMap;

use super::{Lint, bare_error_literal};
use crate::diagnostic::{Diagnostic, Label};
use crate::facts::{Origin, Thrown};
use crate::graph::FunctionId;
use crate::project::ContractId;
use crate::source::Location;

/// What contracts say of error codes.
#[derive(Clone, Default)]
pub(super) struct Answer {
    /// Every origin of a code, with the entrypoints that it can leave.
    pub leaving: BTreeMap<Origin, Vec<(FunctionId, Thrown)>>,
    /// Numbers that are thrown without a name.
    pub unnamed: Vec<Diagnostic>,
}

impl Answer {
    pub fn join(&mut self, other: Self) {
        for (origin, leaves) in other.leaving {
            self.leaving.entry(origin).or_default().extend(leaves);
        }
        self.unnamed.extend(other.unnamed);
    }
}

/// What a contract says.
pub(super) fn answer(lint: &mut Lint<'_>, contract: ContractId) -> Answer {
    let throws = &lint.analysis.throws;
    let mut leaving: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        lint.begin(entrypoint);
        let possible = lint.engine.codes(entrypoint).known;
        for thrown in throws.of(entrypoint).into_values().filter(|thrown| possible.contains(&thrown.code)) {
            leaving.entry(thrown.origin).or_default().push((entrypoint, thrown));
        }
    }
    let is_linted = lint.program.contract(contract).linted;
    let unnamed = if is_linted { bare_error_literal::of_contract(lint, contract) } else { Vec::new() };
    Answer { leaving, unnamed }
}

/// Whether a code is a number: what is text explains itself.
pub(super) fn is_number(code: &str) -> bool {
    let digits = code.trim_start_matches(['u', '-']);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name of a constant, and where it stands.
pub(super) fn constant<'a>(lint: &Lint<'a>, contract: ContractId, index: u32) -> (&'a str, Location) {
    let name = lint.program.model(contract).constants[index as usize].name;
    let tree = &lint.program.contract(contract).syntax.tree;
    (tree.name(name.symbol), lint.program.location_in(contract, name.span))
}

/// The calls that lead from an entrypoint to the place that throws, and that place.
pub(super) fn trace(lint: &Lint<'_>, thrown: &Thrown) -> Vec<Label> {
    let program = lint.program;
    let call = |&site| Label { at: program.head(site), message: "and by this call".to_string() };
    let at = program.location_in(thrown.at.contract, program.span(thrown.at));
    let here = Label { at, message: format!("`{}` is thrown here", thrown.code) };
    thrown.calls.iter().map(call).chain([here]).collect()
}

/// A constant's name as people compare them: `ERR_NOT_FOUND` is `err-not-found`.
pub(super) fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
