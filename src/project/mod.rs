//! Projects: which contracts there are, where their text stands, and how the chain would deploy them.

mod alias;
mod dialect;
mod disk;
mod draft;
mod epoch;
mod id;
mod lints;
mod load;
mod manifest;
mod missing;
pub mod path;
mod read;
mod requirement;
mod root;
mod search;
mod walk;

pub use alias::on_mainnet;
pub use dialect::Dialect;
pub use disk::Disk;
pub use epoch::Epoch;
pub use id::{QualifiedName, check_name, is_for_tests, is_principal};
pub use lints::Lints;
pub use load::Load;
pub use read::Parsed;
pub use requirement::folder as requirements;
pub use root::{Root, is_description};
pub use search::{MOST_FILES, Search, Target, TooManyFiles};
pub use walk::{is_contract, sources};

use std::path::Path;
use std::sync::Arc;

use crate::builtins::ClarityVersion;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceFile};
use crate::syntax::Parse;

/// The name of Clarinet's manifest.
pub const MANIFEST_NAME: &str = "Clarinet.toml";

/// Identifies a contract within one project, in the project's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractId(pub u32);

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Project {
    /// Configuration files and the manifest first, then contracts by path.
    pub files: Vec<SourceFile>,
    /// By path, then by name.
    pub contracts: Vec<Contract>,
    /// What was wrong with the project itself: a manifest that does not parse, a contract that is not there.
    pub problems: Vec<Diagnostic>,
    /// Paths that could not be read: the run ends with exit code 2.
    pub unreadable: Vec<String>,
    /// What the manifest asks of rules.
    pub lints: Lints,
    /// Contracts that the project has but whose text could not be had, in order. Calls to them are not checked;
    /// they are not contracts that nobody knows.
    pub absent: Vec<QualifiedName>,
    /// Files of contracts that lie beside those that the manifest lists, and that it does not list. They are not read.
    pub unlisted: Vec<String>,
    /// The folder that findings name paths from, as seen from the root of the repository that it lies in.
    pub folder: String,
    /// The project's own folder, as findings name it: `.`, unless the run began further up.
    pub own_folder: String,
    /// Whether the report is on a part of the project only.
    pub is_narrowed: bool,
}

/// One contract.
#[derive(Debug)]
pub struct Contract {
    pub name: String,
    /// The principal that deployed it; `None` for the contracts of the project's own deployer.
    pub issuer: Option<String>,
    pub file: FileId,
    pub version: ClarityVersion,
    pub epoch: Epoch,
    /// Whether somebody says so; otherwise the names in it do.
    pub stated: bool,
    /// Whether it is the project's own. Requirements are only read so that calls to them link.
    pub linted: bool,
    /// Whether findings in it are reported: it is linted, and no path that was given leaves it out.
    pub reported: bool,
    pub syntax: Arc<Parse>,
}

impl Contract {
    pub fn qualified_name(&self) -> QualifiedName {
        QualifiedName { issuer: self.issuer.clone(), name: self.name.clone() }
    }
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

    /// The path of a file from the root of the repository: services that show findings beside code know no other.
    pub fn repository_path(&self, id: FileId) -> String {
        let (mut folder, mut path) = (self.folder.as_str(), self.file(id).path.as_str());
        while let Some(rest) = path.strip_prefix("../").filter(|_| !folder.is_empty()) {
            path = rest;
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
        if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
    }

    /// The contract of that name; the first by path if several have it.
    pub fn find(&self, name: &QualifiedName) -> Option<ContractId> {
        self.contract_ids().find(|&id| {
            let contract = self.contract(id);
            (&contract.issuer, &contract.name) == (&name.issuer, &name.name)
        })
    }

    /// Takes over the files and contracts of another project, so that one report can name both. The number that its
    /// files have moved by is returned.
    pub fn append(&mut self, other: Project) -> u32 {
        let moved = self.files.len() as u32;
        self.files.extend(other.files);
        self.unlisted.extend(other.unlisted);
        self.contracts.extend(
            other
                .contracts
                .into_iter()
                .map(|contract| Contract { file: FileId(contract.file.0 + moved), ..contract }),
        );
        moved
    }

    /// The path of a file from the project's own folder, wherever the run began.
    pub fn own_path(&self, id: FileId) -> String {
        match self.own_folder.as_str() {
            "." => self.file(id).path.clone(),
            folder => path::name(Path::new(folder), Path::new(&self.file(id).path)),
        }
    }

    /// For each file whether findings in it are reported: those of reported contracts, what could not be read, and, if
    /// the whole project was asked for, files that are no contracts.
    pub fn reported_files(&self) -> Vec<bool> {
        let is_unreadable = |file: &SourceFile| self.unreadable.binary_search(&file.path).is_ok();
        let reported = self.files.iter().map(|file| !self.is_narrowed || is_unreadable(file));
        let mut reported: Vec<_> = reported.collect();
        for contract in &self.contracts {
            reported[contract.file.0 as usize] = false;
        }
        for contract in self.contracts.iter().filter(|contract| contract.reported) {
            reported[contract.file.0 as usize] = true;
        }
        reported
    }
}
