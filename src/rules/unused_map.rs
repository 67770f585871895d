//! `unused-map`: a map that nothing reads, or that nothing is ever put into.

use super::usage::{Usage, Uses};
use super::{Check, Group, Rule};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::model::Definition;

pub const RULE: Rule = Rule {
    id: "unused-map",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unused-map.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, map) in (0..).zip(&usage.model.maps) {
        let Some(name) = usage.expected(map.name) else { continue };
        let uses = usage.of(Definition::Map(index));
        let (severity, message, help) = match uses {
            None if usage.is_mentioned(Definition::Map(index)) => (
                Severity::Warning,
                format!("the map `{name}` is only used by what nothing calls"),
                "remove both, or call what uses it where it was meant to be called",
            ),
            None => (Severity::Warning, format!("nothing uses the map `{name}`"), "remove it"),
            Some(Uses { writes: false, reads: true, .. }) => (
                Severity::Warning,
                format!("nothing is ever put into the map `{name}`: it is always empty"),
                "write it with `map-set` or `map-insert`, or remove it and what asks for it",
            ),
            Some(Uses { writes: false, .. }) => (
                Severity::Warning,
                format!("the map `{name}` is only deleted from: it is always empty"),
                "write it with `map-set` or `map-insert`, or remove it and what deletes from it",
            ),
            // The answer of `map-delete` tells whether there was an entry; and whoever asks a node for the contract's
            // state may read it.
            Some(Uses { reads: false, removes: false, .. }) => (
                Severity::Note,
                format!("the map `{name}` is written and never read"),
                "read it, remove it, or add a read-only function if it is meant for others",
            ),
            Some(_) => continue,
        };
        let fix = match uses {
            None => usage.removal(map.name, "map", Applicability::Unsafe),
            Some(_) => None,
        };
        found.push(usage.at_name(RULE.id, severity, map.name, message).help(help).fix(fix));
    }
    found
}
