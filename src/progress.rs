//! How far a run has come, for whoever looks on while it lasts. Nothing that is found out depends on it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The work of a run, as far as it is known.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Work>);

/// What is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub stage: Stage,
    /// How many files or contracts are done.
    pub done: usize,
    /// Of how many, once that is known.
    pub of: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// What takes no time worth telling of.
    #[default]
    Other,
    Reading,
    Analysing,
    /// Somebody else has to do something first: a program that watches files, or answers an editor.
    Waiting,
}

impl Progress {
    /// Begins a stage.
    pub fn begin(&self, stage: Stage, of: Option<usize>) {
        *self.locked() = Work { stage, done: 0, of };
    }

    /// One more file or contract is done.
    pub fn step(&self) {
        self.locked().done += 1;
    }

    pub fn work(&self) -> Work {
        *self.locked()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Work> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stage, done, of } = self;
        match (stage, of) {
            (Stage::Reading, _) => write!(f, "reading: {done} files"),
            (Stage::Analysing, Some(of)) => write!(f, "analysing: {done} of {of} contracts"),
            (Stage::Analysing, None) => write!(f, "analysing: {done} contracts"),
            (Stage::Other, _) => f.write_str("working"),
            (Stage::Waiting, _) => f.write_str("waiting"),
        }
    }
}
