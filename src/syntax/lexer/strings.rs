//! String literals and their escapes.

use memchr::memchr3;

use super::{Lexer, Token, VALUE_LENGTH};
use crate::syntax::bytes::{HEX, TEXT};
use crate::syntax::errors::Problem;
use crate::syntax::{Kind, literals};

impl Lexer<'_> {
    /// Reads a string after its opening quote. One that ends keeps its kind, even when something in it is wrong.
    pub(super) fn string(&mut self, kind: Kind) -> Token {
        let content = self.at;
        let mut escaped = 0;
        loop {
            if kind == Kind::Ascii {
                self.skip(TEXT);
            } else {
                let rest = &self.bytes[self.at..];
                self.at += memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len());
            }
            match self.peek() {
                None | Some(b'\n') => return self.unclosed_string(content),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped += 1;
                    self.escape(kind);
                }
                Some(byte) => {
                    self.at += 1;
                    if byte.is_ascii() {
                        self.errors.add(self.span_from(self.at - 1), Problem::StringCharacter { byte });
                    }
                }
            }
        }
        let length = self.at - content - escaped;
        self.at += 1;
        if kind == Kind::Ascii && length > VALUE_LENGTH {
            return self.invalid(Problem::StringTooLong { length });
        }
        Token::Leaf(kind)
    }

    /// A string cannot go beyond its line. Closing brackets at the line's end were rather meant to close forms.
    fn unclosed_string(&mut self, content: usize) -> Token {
        let line = &self.bytes[content..self.at];
        let beyond = |byte: &u8| !matches!(byte, b')' | b'}' | b' ' | b'\t' | b'\r');
        self.at = content + line.iter().rposition(beyond).map_or(0, |last| last + 1);
        self.invalid(Problem::StringUnclosed)
    }

    /// Reads a backslash and what belongs to it.
    fn escape(&mut self, kind: Kind) {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'\\' | b'"' | b'n' | b't' | b'r') => self.at += 1,
            Some(b'0') => {
                self.at += 1;
                if kind == Kind::Ascii {
                    self.errors.add(self.span_from(start), Problem::StringCharacter { byte: 0 });
                }
            }
            Some(b'u') if kind == Kind::Utf8 => {
                self.at += 1;
                let open = self.peek() == Some(b'{');
                self.at += usize::from(open);
                let digits = self.at;
                self.skip(HEX);
                let character = literals::code_point(&self.bytes[digits..self.at]);
                let closed = open && self.peek() == Some(b'}');
                self.at += usize::from(closed);
                if !closed || character.is_none() {
                    self.errors.add(self.span_from(start), Problem::UnicodeEscape);
                }
            }
            // The string is not closed, and that is reported.
            None | Some(b'\n') => {}
            Some(byte) => {
                self.at += usize::from(byte.is_ascii());
                self.errors.add(self.span_from(start), Problem::StringEscape { kind, byte });
            }
        }
    }
}
