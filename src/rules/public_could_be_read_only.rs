//! `public-could-be-read-only`: a public function that changes nothing.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Access;

pub const RULE: Rule = Rule {
    id: "public-could-be-read-only",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/public-could-be-read-only.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, function) in (0..).zip(&usage.model.functions) {
        // Events reach nobody from a read-only function.
        if function.access != Access::Public || usage.acts(index) || usage.has_foreign_signature(index) {
            continue;
        }
        let name = usage.tree.name(function.name.symbol);
        let message = format!("the public function `{name}` changes nothing");
        let diagnostic = usage.at_name(RULE.id, Severity::Note, function.name, message);
        found.push(diagnostic.help(
            "write `define-read-only`, so that it can be asked without a transaction; or, if something was to be kept, \
             the `map-set` or `var-set` that is missing",
        ));
    }
    found
}
