//! `at-block-use`: `at-block`, which the chain has given up.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::ExprKind;
use crate::project::Epoch;

pub const RULE: Rule = Rule {
    id: "at-block-use",
    group: Group::Hygiene,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/at-block-use.md"),
    checks: &[Check::Usage(check)],
    yields_to: &["type-error"],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let is_deployed = usage.program.contract(usage.contract).epoch < Epoch::EPOCH_3_4;
    let message = match is_deployed {
        true => "since epoch 3.4 `at-block` fails whenever it is run, and with it every call that leads here",
        false => "from epoch 3.4 on the chain takes no contract with `at-block`",
    };
    let uses =
        usage.model.exprs().filter(|(_, it)| matches!(it.kind, ExprKind::Builtin(Builtin::AtBlock, _)));
    let found = uses.map(|(expr, _)| {
        let found = usage.at_head(RULE.id, Severity::Warning, expr, message);
        found.help("keep the value in a map under its height when it changes; what was never kept is known to archive nodes only")
    });
    found.collect()
}
