//! Everything that is tested in Rust, as one program: it is linked once, and its tests share the cores.
//!
//! `cargo test rules::` runs those of one module. What a module holds against what stands in its own first lines.

mod adoption;
mod baseline;
mod clarinet;
mod cli;
mod config;
mod diff;
mod differential;
mod docs;
mod engine;
mod environment;
mod facts;
mod fixes;
mod formats;
mod fuzzed;
mod generate;
mod html;
mod inference;
mod init;
mod laws;
mod lsp;
mod mutants;
mod names;
mod npm;
mod oracle;
mod output;
mod project;
mod reader;
mod rewrites;
mod rules;
mod sandbox;
mod spread;
mod types;
mod watch;
