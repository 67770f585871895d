//! From texts to contracts, and from contracts to a project in its stable order.

use crate::project::dialect::Dialect;
use crate::project::load::Wanted;
use crate::project::{Contract, Project, QualifiedName};
use crate::source::{FileId, SourceFile};
use crate::syntax::{NodeId, Parse};

/// A contract that was read and has no place in a project yet.
pub struct Draft {
    name: QualifiedName,
    dialect: Dialect,
    linted: bool,
    /// The path as findings name it.
    path: String,
    syntax: Parse,
}

impl Draft {
    pub fn new(wanted: Wanted, path: String, syntax: Parse) -> Self {
        let dialect = wanted.dialect.unwrap_or_else(|| Dialect::guess(&syntax.tree));
        Self { name: wanted.name, dialect, linted: wanted.linted, path, syntax }
    }

    /// The contracts that the text mentions, calls and traits alike.
    pub fn callees(&self) -> impl Iterator<Item = QualifiedName> {
        let tree = &self.syntax.tree;
        let exprs = (0..tree.len() as u32).map(|id| tree.expr(NodeId(id)));
        exprs.filter_map(|expr| QualifiedName::of_literal(expr, self.name.issuer.as_deref()))
    }
}

/// Puts contracts in order, after `files`.
pub fn assemble(mut files: Vec<SourceFile>, mut drafts: Vec<Draft>) -> Project {
    drafts.sort_by(|a, b| (&a.path, &a.name).cmp(&(&b.path, &b.name)));
    let mut contracts: Vec<Contract> = Vec::with_capacity(drafts.len());
    let first = files.len();
    for draft in drafts {
        let is_last = files.len() > first && files.last().is_some_and(|file| file.path == draft.path);
        if !is_last {
            files.push(SourceFile::new(draft.path, draft.syntax.tree.text().clone()));
        }
        contracts.push(Contract {
            name: draft.name.name,
            issuer: draft.name.issuer,
            file: FileId(files.len() as u32 - 1),
            version: draft.dialect.version,
            epoch: draft.dialect.epoch,
            linted: draft.linted,
            syntax: draft.syntax,
        });
    }
    Project { files, contracts, ..Project::default() }
}
