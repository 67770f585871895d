//! The reader.

use super::Tree;
use crate::source::Span;

/// What reading a file gives: always a tree, and what is wrong with the text.
#[derive(Debug, Default)]
pub struct Parse {
    pub tree: Tree,
    pub errors: Vec<SyntaxError>,
}

/// Something that the chain's parser does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub span: Span,
    /// What is wrong: one lower-case sentence.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Reads a file. Bytes that are not UTF-8 are replaced one by one in the tree's text, so that spans stay exact.
pub fn parse(bytes: Vec<u8>, nesting_limit: u32) -> Parse {
    let _ = (bytes, nesting_limit);
    Parse::default()
}
