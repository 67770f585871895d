//! Positions in source text: byte spans, and lines and columns as people and editors count them.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A range of bytes, end exclusive. Files are below 4 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end);
        Self { start, end }
    }

    pub fn of(range: Range<usize>) -> Self {
        Self::new(range.start as u32, range.end as u32)
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// How a text ends its lines.
pub fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// What stands before a byte in its line.
pub fn before_in_line(text: &str, at: usize) -> &str {
    &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at]
}

/// The white space that the line of a byte begins with.
pub fn indentation(text: &str, at: usize) -> &str {
    let line = &text[at - before_in_line(text, at).len()..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Identifies a file within one project, in the project's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A span in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    pub file: FileId,
    pub span: Span,
}

/// A position as the Language Server Protocol counts: zero-based line, zero-based UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub character: u32,
}

/// A file of the project: its path as findings name it (relative, forward slashes) and its text.
#[derive(Debug)]
pub struct SourceFile {
    pub path: String,
    pub text: Arc<str>,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    pub fn new(path: String, text: Arc<str>) -> Self {
        Self { path, text, line_starts: OnceLock::new() }
    }

    /// Byte offsets of the starts of all lines. Lines end at LF.
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let after_newlines = memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at as u32 + 1);
            std::iter::once(0).chain(after_newlines).collect()
        })
    }

    /// The zero-based line that holds byte `offset`.
    pub fn line_of(&self, offset: u32) -> u32 {
        self.line_starts().partition_point(|&start| start <= offset) as u32 - 1
    }

    /// The position of byte `offset`; clamped to the text's end and to the start of its character.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.boundary(offset);
        let line = self.line_of(offset as u32);
        let before = &self.text[self.line_starts()[line as usize] as usize..offset];
        Position { line, character: before.chars().map(|c| c.len_utf16() as u32).sum() }
    }

    /// The bytes of `span`, clamped to the text and to whole characters.
    pub fn range(&self, span: Span) -> Range<usize> {
        let start = self.boundary(span.start);
        start..self.boundary(span.end).max(start)
    }

    /// Where `span` starts and where it ends.
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let range = self.range(span);
        (self.position(range.start as u32), self.position(range.end as u32))
    }

    /// The text of `span`.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[self.range(span)]
    }

    /// The nearest start of a character at or before `offset`.
    fn boundary(&self, offset: u32) -> usize {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf16_units() {
        let file = SourceFile::new("a.clar".into(), "é𝄞x\r\ny".into());
        let x = file.text.find('x').unwrap() as u32;
        assert_eq!(file.position(x), Position { line: 0, character: 3 });
        assert_eq!(file.position(file.text.len() as u32), Position { line: 1, character: 1 });
        assert_eq!(file.position(u32::MAX), Position { line: 1, character: 1 });
        assert_eq!(file.position(3), Position { line: 0, character: 1 });
    }

    #[test]
    fn odd_spans_are_clamped() {
        let file = SourceFile::new("a.clar".into(), "é𝄞x".into());
        assert_eq!(file.slice(Span { start: 1, end: 3 }), "é");
        assert_eq!(file.slice(Span { start: 6, end: 99 }), "x");
        assert_eq!(file.slice(Span { start: 9, end: 2 }), "");
    }
}
