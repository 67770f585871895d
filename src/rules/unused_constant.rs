//! `unused-constant`: a constant that nothing refers to.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::model::Definition;

pub const RULE: Rule = Rule {
    id: "unused-constant",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unused-constant.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let constants = (0..).zip(&usage.model.constants);
    let unused = constants.filter(|&(index, _)| usage.of(Definition::Constant(index)).is_none());
    let found = unused.filter_map(|(index, constant)| {
        let name = usage.expected(constant.name)?;
        let message = match usage.is_mentioned(Definition::Constant(index)) {
            true => format!("the constant `{name}` is only used by what nothing uses"),
            false => format!("nothing uses the constant `{name}`"),
        };
        let found = usage.at_name(RULE.id, Severity::Warning, constant.name, message);
        // Nodes serve constants: somebody may ask for it.
        let fix = usage.removal(constant.name, "constant", Applicability::Unsafe);
        Some(found.help("remove it, or use it where it was meant").fix(fix))
    });
    found.collect()
}
