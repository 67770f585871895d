//! The rules. A rule is a value; its document is its test.

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
pub const RULES: &[&Rule] = &[];
