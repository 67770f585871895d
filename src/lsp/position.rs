//! Positions as the protocol counts them: lines and, within them, UTF-16 or UTF-8 code units.

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use memchr::memchr2_iter;

use crate::source::Span;

/// What columns count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    #[default]
    Utf16,
}

impl Encoding {
    /// What client and server agree on: bytes where the client takes them, for they cost nothing.
    pub fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Self {
        let takes_bytes = offered.is_some_and(|offered| offered.contains(&PositionEncodingKind::UTF8));
        if takes_bytes { Self::Utf8 } else { Self::Utf16 }
    }

    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> u32 {
        let width = match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        };
        width as u32
    }
}

/// A text and where its lines begin. Unlike findings, the protocol lets lines end with a lone CR, too.
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<u32>,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr2_iter(b'\n', b'\r', bytes);
        let ends = ends.filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain(ends.map(|at| at as u32 + 1)).collect();
        Self { text, starts, encoding }
    }

    /// The position of a byte; clamped to the text's end and to the start of its character.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start as usize <= offset) - 1;
        let before = &self.text[self.starts[line] as usize..offset];
        Position { line: line as u32, character: before.chars().map(|c| self.encoding.width(c)).sum() }
    }

    pub fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end.max(span.start)) }
    }

    /// The byte at a position. What lies behind a line is its end, what lies behind the text the text's end, and what
    /// lies within a character its start.
    pub fn offset(&self, at: Position) -> u32 {
        let Some(&start) = self.starts.get(at.line as usize) else { return self.text.len() as u32 };
        let end = self.starts.get(at.line as usize + 1).map_or(self.text.len(), |&next| next as usize);
        let line = self.text[start as usize..end].trim_end_matches(['\r', '\n']);
        let mut units = 0;
        for (offset, c) in line.char_indices() {
            units += self.encoding.width(c);
            if units > at.character {
                return start + offset as u32;
            }
        }
        start + line.len() as u32
    }

    /// The bytes of a range, in order.
    pub fn span(&self, range: Range) -> Span {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        Span::new(start, end.max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "é𝄞x\r\ny\rz\n";

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn units_are_what_was_agreed_on() {
        let x = TEXT.find('x').unwrap() as u32;
        assert_eq!(Lines::new(TEXT, Encoding::Utf16).position(x), at(0, 3));
        assert_eq!(Lines::new(TEXT, Encoding::Utf8).position(x), at(0, 6));
        let utf8 = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::negotiate(Some(&utf8)), Encoding::Utf8);
        assert_eq!(Encoding::negotiate(Some(&utf8[..1])), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(None), Encoding::Utf16);
    }

    #[test]
    fn lines_end_as_the_protocol_says() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        let place = |c| lines.position(TEXT.find(c).unwrap() as u32);
        assert_eq!((place('y'), place('z')), (at(1, 0), at(2, 0)));
        assert_eq!(lines.position(TEXT.len() as u32), at(3, 0));
    }

    #[test]
    fn offsets_are_positions_again() {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(TEXT, encoding);
            for (offset, _) in TEXT.char_indices().filter(|&(_, c)| c != '\n') {
                assert_eq!(lines.offset(lines.position(offset as u32)), offset as u32, "{encoding:?}");
            }
        }
    }

    #[test]
    fn odd_positions_are_clamped() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        assert_eq!(lines.offset(at(0, 2)), "é".len() as u32);
        assert_eq!(lines.offset(at(0, 99)), TEXT.find('\r').unwrap() as u32);
        assert_eq!(lines.offset(at(99, 0)), TEXT.len() as u32);
        assert_eq!(lines.position(3), at(0, 1));
        assert_eq!(lines.position(u32::MAX), at(3, 0));
        assert_eq!(lines.span(Range { start: at(1, 1), end: at(0, 0) }), Span::new(10, 10));
    }
}
