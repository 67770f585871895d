//! `clarlint lsp`: a language server. What it says of a project is what `check` says of the same texts.
//!
//! One thread reads, keeps the texts of open buffers and answers what needs no analysis; every project has one that
//! analyses it and answers from what it found; one writes. Work that is still waiting when newer texts come is done on
//! those, and only on those.

mod actions;
mod answer;
mod buffers;
mod client;
mod configuration;
mod diagnostics;
mod features;
mod guard;
mod hierarchy;
mod hints;
mod hover;
mod lens;
mod names;
mod navigation;
mod position;
mod progress;
mod published;
mod pull;
mod question;
mod server;
mod session;
mod state;
mod symbols;
mod uri;
mod workspace;

pub use server::{Ended, serve};
