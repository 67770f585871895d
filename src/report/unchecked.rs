//! What was not checked, by name and reason: it is never clean, and somebody may want to know what would help.

use crate::source::Location;

/// What could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A contract that the project has, whose text could not be had.
    Contract,
    /// The types of a contract, and whether the chain takes it.
    Types,
    /// A function that was not analysed to the end.
    Function,
    /// A call whose callee is not known.
    Call,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Contract => "contract",
            Kind::Types => "types",
            Kind::Function => "function",
            Kind::Call => "call",
        }
    }
}

/// One thing that was not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    pub kind: Kind,
    pub contract: String,
    pub function: Option<String>,
    /// `None` of a contract without a text.
    pub at: Option<Location>,
    /// Why, and what would help, in one lower-case sentence.
    pub reason: String,
}
