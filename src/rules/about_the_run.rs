//! The rules about the run itself: what stands in the way of linting.

use super::{Group, Rule};
use crate::diagnostic::Severity;

/// A rule of this group has no check: its findings come up while the project is read.
macro_rules! rules {
    ($($name:ident $id:literal $level:ident;)*) => {
        $(pub const $name: Rule = Rule {
            id: $id,
            group: Group::Run,
            level: Some(Severity::$level),
            doc: include_str!(concat!("../../rules/", $id, ".md")),
            checks: &[],
            yields_to: &[],
        };)*
    };
}

rules! {
    DUPLICATE_CONTRACT "duplicate-contract" Warning;
    INVALID_CONFIG "invalid-config" Error;
    INVALID_MANIFEST "invalid-manifest" Error;
    MISSING_REQUIREMENT "missing-requirement" Note;
    STALE_BASELINE "stale-baseline" Warning;
    SYMLINK_LOOP "symlink-loop" Note;
    SYNTAX_ERROR "syntax-error" Error;
    UNEXPLAINED_ALLOW "unexplained-allow" Error;
    UNKNOWN_RULE "unknown-rule" Error;
    UNREADABLE_FILE "unreadable-file" Error;
    UNUSED_ALLOW "unused-allow" Warning;
}
