//! What can be written in `clarlint.toml` and in the policies that it extends, what keys there mean, and what names there
//! stand for.

mod completion;
pub mod edits;
mod meaning;
mod place;
mod reader;

pub use completion::{TRIGGERS, completion};
pub use meaning::{key, named, role};

use serde_json::Value;

use super::state::State;
use crate::config::Config;
use crate::source::FileId;

/// What a configuration looks like; `None` of files that are none.
fn shape(state: &State<'_>, file: FileId) -> Option<Value> {
    let is_configuration = (file.0 as usize) < state.configurations;
    is_configuration.then(|| Config::shape(file.0 > 0))
}
