//! Projects: which contracts there are, where their text stands, and how the chain would deploy them.

use crate::builtins::ClarityVersion;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceFile};
use crate::syntax::Parse;

/// Identifies a contract within one project, in the project's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractId(pub u32);

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Project {
    /// Contracts, and configuration files that findings point into.
    pub files: Vec<SourceFile>,
    pub contracts: Vec<Contract>,
    /// What was wrong with the project itself: a manifest that does not parse, a contract that is not there.
    pub problems: Vec<Diagnostic>,
    /// Paths that could not be read: the run ends with exit code 2.
    pub unreadable: Vec<String>,
}

/// One contract.
#[derive(Debug)]
pub struct Contract {
    pub name: String,
    /// The principal that deployed it; `None` for the contracts of the project's own deployer.
    pub issuer: Option<String>,
    pub file: FileId,
    pub version: ClarityVersion,
    /// Whether findings in it are reported. Requirements are only read so that calls to them link.
    pub linted: bool,
    pub syntax: Parse,
}

impl Project {
    pub fn contract(&self, id: ContractId) -> &Contract {
        &self.contracts[id.0 as usize]
    }

    pub fn contract_ids(&self) -> impl Iterator<Item = ContractId> + use<> {
        (0..self.contracts.len() as u32).map(ContractId)
    }

    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }
}
