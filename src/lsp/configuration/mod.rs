//! What can be written in `clarlint.toml` and in the policies that it extends, what keys there mean, and what names there
//! stand for.

mod completion;
pub mod edits;
mod meaning;
mod place;
mod reader;

pub use completion::{TRIGGERS, completion};
pub use meaning::{key, named, role};

use std::sync::LazyLock;

use serde_json::Value;

use super::state::State;
use crate::config::{Config, Shape};
use crate::source::FileId;
use place::Place;

static PROJECT: LazyLock<Value> = LazyLock::new(Config::shape_of_project);
static POLICY: LazyLock<Value> = LazyLock::new(Config::shape_of_policy);

/// What stands at a byte, and what the file looks like; `None` of files that are no configurations.
fn place(state: &State<'_>, file: FileId, offset: u32) -> Option<(Place, Shape<'static>)> {
    let shape = match file.0 as usize {
        0 if state.configurations > 0 => &*PROJECT,
        policy if policy < state.configurations => &*POLICY,
        _ => return None,
    };
    Some((place::place(&state.project().file(file).text, offset)?, Shape(shape)))
}
