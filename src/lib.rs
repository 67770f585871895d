//! clarlint: a static analyzer and architecture linter for Clarity smart contracts.

pub mod builtins;
pub mod diagnostic;
pub mod facts;
pub mod graph;
pub mod model;
pub mod project;
pub mod rules;
pub mod source;
pub mod syntax;
