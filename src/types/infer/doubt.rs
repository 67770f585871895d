//! What inference could not tell, or found to be wrong.

use crate::project::QualifiedName;
use crate::syntax::NodeId;

/// Something that keeps a contract from being accepted out of hand. Whether the chain takes it is the chain's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Where; the number of a node of the text.
    pub node: NodeId,
    pub kind: DoubtKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoubtKind {
    /// A form is not well made, or something stands where it may not.
    Form,
    /// Too few or too many arguments.
    Count,
    /// Nothing has the name, or not at this place or in this version.
    Name,
    /// The name has a meaning already.
    Taken,
    /// Two definitions of one name.
    Twice,
    /// Definitions use each other.
    Circular,
    /// A type that does not fit.
    Mismatch,
    /// A type that nothing decides.
    Undecided,
    /// A type, a literal or a list of parameters that is too large.
    TooLarge,
    /// A read-only function writes, or what is read of another block does.
    Writes,
    /// A response that nobody looks at.
    Response,
    /// A contract has to be known and is not.
    Missing(QualifiedName),
    /// A contract does not have the function or the trait, or nobody knows its types.
    Callee,
}

impl Doubt {
    /// Whether the chain surely rejects the contract.
    pub fn is_sure(&self) -> bool {
        self.kind == DoubtKind::Taken
    }
}

impl DoubtKind {
    /// A word for it, for statistics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Count => "count",
            Self::Name => "name",
            Self::Taken => "taken",
            Self::Twice => "twice",
            Self::Circular => "circular",
            Self::Mismatch => "mismatch",
            Self::Undecided => "undecided",
            Self::TooLarge => "too large",
            Self::Writes => "writes",
            Self::Response => "response",
            Self::Missing(_) => "missing",
            Self::Callee => "callee",
        }
    }
}
