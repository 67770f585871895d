//! `clarlint lsp`: the language server, on the streams of the run.

use super::{Console, Exit, Stop};
use crate::lsp::{self, Ended};

/// The protocol asks for 1 where a client goes without a word.
pub fn run(console: &mut Console<'_>) -> Result<Exit, Stop> {
    console.progress.set_endless();
    match lsp::serve(console.stdin, console.stdout, console.today) {
        Ended::Orderly => Ok(Exit::Clean),
        Ended::Abruptly => Ok(Exit::Findings),
    }
}
