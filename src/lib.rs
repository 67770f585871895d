//! clarlint: a static analyzer and architecture linter for Clarity smart contracts.

pub mod analysis;
pub mod baseline;
pub mod builtins;
pub mod check;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod facts;
pub mod fix;
pub mod graph;
mod lsp;
pub mod model;
pub mod progress;
pub mod project;
pub mod report;
pub mod rules;
pub mod source;
pub mod stopwatch;
pub mod suppress;
pub mod syntax;
pub mod types;
