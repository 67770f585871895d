//! What judging types leaves to the next run of the same process: an editor's project is judged at every key, and most
//! of its contracts are what they were.
//!
//! The types of a contract rest on its text, its dialect, and the interfaces that it asked for. So they are kept as
//! long as all these stay; and where an edit leaves an interface as it was, those who asked for it stay, too.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::Judged;
use super::infer::Interface;
use crate::builtins::ClarityVersion;
use crate::project::{Contract, Epoch, QualifiedName};
use crate::syntax::Parse;

/// What the last run has found out about contracts that the chain takes.
#[derive(Default)]
pub struct Memo(Mutex<Last>);

pub(super) type Last = FxHashMap<QualifiedName, Kept>;

/// A contract that was accepted.
#[derive(Clone)]
pub(super) struct Kept {
    pub standing: Standing,
    /// The contracts that it asked for.
    pub asked: Vec<(QualifiedName, InProject)>,
    pub judged: Judged,
    pub interface: Arc<Interface>,
}

/// What a project has under a name: `None` if nothing, `Some(None)` if it has no interface.
pub(super) type InProject = Option<Option<Arc<Interface>>>;

/// Whether two are the same, not only equal: an interface that stays as it was is kept.
pub(super) fn is_same(one: &InProject, other: &InProject) -> bool {
    match (one, other) {
        (Some(Some(one)), Some(Some(other))) => Arc::ptr_eq(one, other),
        (one, other) => one.as_ref().map(Option::is_some) == other.as_ref().map(Option::is_some),
    }
}

/// What a contract is judged by, besides what it asks for.
#[derive(Clone)]
pub(super) struct Standing {
    syntax: Arc<Parse>,
    version: ClarityVersion,
    epoch: Epoch,
    /// Whether somebody stated the version.
    stated: bool,
}

impl Standing {
    pub fn of(contract: &Contract) -> Self {
        let Contract { syntax, version, epoch, stated, .. } = contract;
        Self { syntax: syntax.clone(), version: *version, epoch: *epoch, stated: *stated }
    }

    pub fn is_of(&self, contract: &Contract) -> bool {
        let Self { syntax, version, epoch, stated } = self;
        // Texts that are the same are read once.
        Arc::ptr_eq(syntax, &contract.syntax)
            && (*version, *epoch, *stated) == (contract.version, contract.epoch, contract.stated)
    }
}

impl Memo {
    pub(super) fn recall(&self) -> Last {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn keep(&self, last: Last) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }
}
