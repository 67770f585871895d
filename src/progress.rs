//! How far a run has come, for whoever looks on while it lasts. Nothing that is found out depends on it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The work of a run, as far as it is known.
#[derive(Debug, Default)]
pub struct Progress {
    work: Mutex<Work>,
    is_endless: AtomicBool,
}

/// What is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Work {
    /// What takes no time worth telling of.
    #[default]
    Other,
    /// How many files are read.
    Reading { done: usize },
    /// How many contracts are analysed, and of how many.
    Analysing { done: usize, of: usize },
    /// Files are changed. That is soon done, and must not be done by half.
    Writing,
}

impl Progress {
    pub fn begin(&self, work: Work) {
        *self.locked() = work;
    }

    /// One more file or contract is done.
    pub fn step(&self) {
        if let Work::Reading { done } | Work::Analysing { done, .. } = &mut *self.locked() {
            *done += 1;
        }
    }

    pub fn work(&self) -> Work {
        *self.locked()
    }

    /// Says that the program goes on until somebody ends it: it watches files, or answers an editor.
    pub fn set_endless(&self) {
        self.is_endless.store(true, Ordering::Relaxed);
    }

    pub fn is_endless(&self) -> bool {
        self.is_endless.load(Ordering::Relaxed)
    }

    fn locked(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other => f.write_str("working"),
            Self::Reading { done } => write!(f, "reading: {done} files"),
            Self::Analysing { done, of } => write!(f, "analysing: {done} of {of} contracts"),
            Self::Writing => f.write_str("changing files"),
        }
    }
}
