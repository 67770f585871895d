//! Clarinet's names of lints, and the rules that look for the same.

use super::{Rule, find};

/// A lint of Clarinet.
pub struct ClarinetLint {
    pub name: &'static str,
    /// The group that it belongs to there; all belong to `all`, but for what a pass reports.
    pub group: &'static str,
    /// The rules that look for the same.
    rules: &'static [&'static str],
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
    ClarinetLint { name: "at_block", group: "safety", rules: &["at-block-use"] },
    ClarinetLint { name: "case_binding", group: "style", rules: &["naming-case"] },
    ClarinetLint { name: "case_const", group: "style", rules: &["naming-case"] },
    ClarinetLint { name: "case_data_var", group: "style", rules: &["naming-case"] },
    ClarinetLint { name: "case_fn", group: "style", rules: &["naming-case"] },
    ClarinetLint { name: "case_map", group: "style", rules: &["naming-case"] },
    ClarinetLint { name: "case_token", group: "style", rules: &["naming-case"] },
    ClarinetLint { name: "case_trait", group: "style", rules: &["naming-case"] },
    ClarinetLint { name: "error_const", group: "safety", rules: &["error-constant"] },
    ClarinetLint { name: "flatten_variadic", group: "perf", rules: &["nested-variadic"] },
    ClarinetLint { name: "noop", group: "safety", rules: &["noop-expression"] },
    ClarinetLint { name: "panic", group: "safety", rules: &["panicking-unwrap"] },
    ClarinetLint { name: "renamed_builtin", group: "safety", rules: &["deprecated-builtin"] },
    ClarinetLint { name: "unchecked_data", group: CLARINET_PASS, rules: &["unchecked-data"] },
    ClarinetLint { name: "unnecessary_as_max_len", group: "perf", rules: &["unnecessary-as-max-len"] },
    ClarinetLint { name: "unnecessary_public", group: "perf", rules: &["public-could-be-read-only"] },
    ClarinetLint { name: "unnecessary_tuple", group: "perf", rules: &["unnecessary-tuple"] },
    ClarinetLint { name: "unused_binding", group: "unused", rules: &["unused-binding", "unused-parameter"] },
    ClarinetLint { name: "unused_const", group: "unused", rules: &["unused-constant"] },
    ClarinetLint {
        name: "unused_data_var",
        group: "unused",
        rules: &["unused-data-var", "var-could-be-constant"],
    },
    ClarinetLint { name: "unused_map", group: "unused", rules: &["unused-map"] },
    ClarinetLint { name: "unused_private_fn", group: "unused", rules: &["unused-private-function"] },
    ClarinetLint { name: "unused_token", group: "unused", rules: &["unused-token"] },
    ClarinetLint { name: "unused_trait", group: "unused", rules: &["unused-trait"] },
];

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
