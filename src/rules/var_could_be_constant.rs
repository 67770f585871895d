//! `var-could-be-constant`: a data variable that keeps its first value.

use super::usage::{Usage, Uses};
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Definition;

pub const RULE: Rule = Rule {
    id: "var-could-be-constant",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/var-could-be-constant.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let variables = (0..).zip(&usage.model.variables);
    let found = variables.filter_map(|(index, variable)| {
        let name = usage.expected(variable.name)?;
        let Uses { reads: true, writes: false, .. } = usage.of(Definition::Variable(index))? else {
            return None;
        };
        let message = format!("the data variable `{name}` is never set: it keeps its first value");
        let found = usage.at_name(RULE.id, Severity::Note, variable.name, message);
        Some(found.help("make it a constant, which costs less to read, or add what sets it"))
    });
    found.collect()
}
