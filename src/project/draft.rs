//! From texts to contracts, and from contracts to a project in its stable order.

use std::sync::Arc;

use crate::project::dialect::Dialect;
use crate::project::load::Wanted;
use crate::project::{Contract, Project, QualifiedName};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::{Parse, SyntaxError};

/// The most bytes that the chain takes for a transaction, and so for a contract (`MAX_TRANSACTION_LEN` in stacks-core).
const MAX_CONTRACT: usize = 2 * 1024 * 1024;

/// A contract that was read and has no place in a project yet.
pub struct Draft {
    name: QualifiedName,
    dialect: Dialect,
    stated: bool,
    linted: bool,
    reported: bool,
    /// The path as findings name it.
    path: String,
    syntax: Arc<Parse>,
}

impl Draft {
    /// What no chain would take is not analysed: its text alone stays, to show what is wrong with it.
    pub fn new(wanted: Wanted, path: String, mut syntax: Arc<Parse>, reported: bool) -> Self {
        let length = syntax.tree.text().len();
        if length > MAX_CONTRACT {
            let mut errors = syntax.errors.clone();
            errors.push(SyntaxError {
                span: Span::default(),
                message: format!(
                    "the contract has {length} bytes, and the chain takes {MAX_CONTRACT} at most"
                ),
                help: "part it into several contracts; nothing in it was checked".into(),
            });
            syntax = Arc::new(Parse { tree: syntax.tree.without_nodes(), errors });
        }
        let stated = wanted.dialect.is_some();
        let dialect = wanted.dialect.unwrap_or_else(|| Dialect::guess(&syntax.tree));
        Self { name: wanted.name, dialect, stated, linted: wanted.linted, reported, path, syntax }
    }

    /// The contracts that the text mentions, calls and traits alike.
    pub fn callees(&self) -> impl Iterator<Item = QualifiedName> {
        let exprs = self.syntax.tree.exprs();
        exprs.filter_map(|expr| QualifiedName::of_literal(expr, self.name.issuer.as_deref()))
    }
}

/// Puts contracts in order, and their files after those that `project` has.
pub fn assemble(project: Project, mut drafts: Vec<Draft>) -> Project {
    let mut files = project.files;
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
            stated: draft.stated,
            linted: draft.linted,
            reported: draft.reported,
            syntax: draft.syntax,
        });
    }
    Project { files, contracts, ..project }
}
