//! The rules. A rule is a value; its document is its test.

mod run;

use crate::diagnostic::Severity;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Architecture,
    AsContract,
    Run,
}

impl Group {
    pub fn as_str(self) -> &'static str {
        match self {
            Group::Architecture => "architecture",
            Group::AsContract => "as-contract",
            Group::Run => "run",
        }
    }
}

/// One rule of the linter.
pub struct Rule {
    /// Names the fault; reads well after "allow".
    pub id: &'static str,
    pub group: Group,
    /// The default severity; `None` for rules that are off unless asked for.
    pub level: Option<Severity>,
    /// Its manual page, explanation and tests at once.
    pub doc: &'static str,
}

/// Every rule, by id.
pub const RULES: &[&Rule] = &[
    &run::DUPLICATE_CONTRACT,
    &run::INVALID_CONFIG,
    &run::INVALID_MANIFEST,
    &run::MISSING_REQUIREMENT,
    &run::SYMLINK_LOOP,
    &run::SYNTAX_ERROR,
    &run::UNREADABLE_FILE,
];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
