//! Clarinet's names of lints, and the rules that look for the same.

use super::{Rule, find};
use crate::config::{NameKind, NameStyle};

/// A lint of Clarinet.
pub struct ClarinetLint {
    pub name: &'static str,
    /// The group that it belongs to there; all belong to `all`, but for what a pass reports.
    pub group: &'static str,
    /// The rules that look for the same.
    rules: &'static [&'static str],
    /// Which names it is about, and how it wants them to be written.
    pub naming: Option<(NameKind, NameStyle)>,
}

impl ClarinetLint {
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().filter_map(|id| find(id))
    }
}

/// The pass of Clarinet that is none of its lints.
pub const CLARINET_PASS: &str = "check_checker";

/// The lints of Clarinet 3.23 that there are rules for.
pub const CLARINET_LINTS: &[ClarinetLint] = &[
    lint("at_block", "safety", &["at-block-use"]),
    case("case_binding", NameKind::Binding, NameStyle::Kebab),
    case("case_const", NameKind::Constant, NameStyle::ScreamingSnake),
    case("case_data_var", NameKind::Variable, NameStyle::Kebab),
    case("case_fn", NameKind::Function, NameStyle::Kebab),
    case("case_map", NameKind::Map, NameStyle::Kebab),
    case("case_token", NameKind::Token, NameStyle::Kebab),
    case("case_trait", NameKind::Trait, NameStyle::Kebab),
    lint("error_const", "safety", &["error-constant"]),
    lint("flatten_variadic", "perf", &["nested-variadic"]),
    lint("noop", "safety", &["bool-comparison", "noop-expression"]),
    lint("panic", "safety", &["panicking-unwrap"]),
    lint("renamed_builtin", "safety", &["deprecated-builtin"]),
    lint("unchecked_data", CLARINET_PASS, &["unchecked-data"]),
    lint("unnecessary_as_max_len", "perf", &["unnecessary-as-max-len"]),
    lint("unnecessary_public", "perf", &["public-could-be-read-only"]),
    lint("unnecessary_tuple", "perf", &["unnecessary-tuple"]),
    lint("unused_binding", "unused", &["unused-binding", "unused-parameter"]),
    lint("unused_const", "unused", &["unused-constant"]),
    lint("unused_data_var", "unused", &["unused-data-var", "var-could-be-constant"]),
    lint("unused_map", "unused", &["unused-map"]),
    lint("unused_private_fn", "unused", &["unused-private-function"]),
    lint("unused_token", "unused", &["unused-token"]),
    lint("unused_trait", "unused", &["unused-trait"]),
];

const fn lint(name: &'static str, group: &'static str, rules: &'static [&'static str]) -> ClarinetLint {
    ClarinetLint { name, group, rules, naming: None }
}

const fn case(name: &'static str, kind: NameKind, style: NameStyle) -> ClarinetLint {
    ClarinetLint { name, group: "style", rules: &["naming-case"], naming: Some((kind, style)) }
}

/// The lint of that name, if there are rules for it.
pub fn clarinet_lint(name: &str) -> Option<&'static ClarinetLint> {
    CLARINET_LINTS.iter().find(|lint| lint.name == name)
}

/// What Clarinet calls a rule: it may tell more lints apart.
pub fn clarinet_names(rule: &str) -> impl Iterator<Item = &'static str> {
    CLARINET_LINTS.iter().filter(move |lint| lint.rules.contains(&rule)).map(|lint| lint.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_listed_once_and_have_rules() {
        assert!(CLARINET_LINTS.is_sorted_by_key(|lint| lint.name));
        for lint in CLARINET_LINTS {
            assert_eq!(lint.rules().count(), lint.rules.len(), "{}", lint.name);
        }
    }
}
