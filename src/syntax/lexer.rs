//! Text to tokens. Literals are checked here; what is wrong with one is reported, and the token becomes `Invalid`.
//!
//! The rules are those of the chain's parser (`clarity/src/vm/ast/parser/v2/lexer` in stacks-core).

mod principals;
mod strings;

use memchr::{memchr, memchr2, memchr3, memrchr};

use super::bytes::{DIGIT, HEX, NAME, PLAIN_NAME, SPACE, is, is_separator};
use super::errors::{Errors, Problem};
use super::{Kind, literals};
use crate::source::Span;

/// The most bytes a name may have (`MAX_STRING_LEN` in clarity-vm).
const NAME_LENGTH: usize = 128;
/// The most bytes a value may have (`MAX_VALUE_SIZE`). The parser asks it of buffers and ASCII strings only.
const VALUE_LENGTH: usize = 1024 * 1024;

/// What a form starts with that stands at top level only.
const DEFINITIONS: [&[u8]; 3] = [b"define-", b"use-trait", b"impl-trait"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    End,
    /// The opening bracket of a list or a tuple.
    Open(Kind),
    Close(Kind),
    Colon,
    Comma,
    Comment,
    /// A node without children.
    Leaf(Kind),
}

/// Something that a file has often or not at all: where it is first, and how often.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) first: u32,
    pub(super) count: usize,
}

impl Tally {
    fn add(&mut self, at: usize) {
        if self.count == 0 {
            self.first = at as u32;
        }
        self.count += 1;
    }
}

pub(super) struct Lexer<'s> {
    /// The file as it is, with bytes that are not UTF-8: those and other bytes that are not ASCII are reported once
    /// for the whole file, so no token complains about them.
    pub(super) bytes: &'s [u8],
    pub(super) at: usize,
    /// Where the current token starts.
    pub(super) start: usize,
    /// Where the token before it ended.
    pub(super) previous_end: usize,
    pub(super) errors: Errors,
    pub(super) carriage_returns: Tally,
    pub(super) nuls: Tally,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(bytes: &'s [u8], at: usize) -> Self {
        let (errors, nuls, carriage_returns) = Default::default();
        Self { bytes, at, start: at, previous_end: at, errors, carriage_returns, nuls }
    }

    pub(super) fn span(&self) -> Span {
        self.span_from(self.start)
    }

    pub(super) fn span_from(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }

    pub(super) fn next(&mut self) -> Token {
        self.previous_end = self.at;
        self.skip_space();
        self.start = self.at;
        let Some(byte) = self.peek() else { return Token::End };
        self.at += 1;
        match byte {
            b'(' => Token::Open(Kind::List),
            b')' => Token::Close(Kind::List),
            b'{' => Token::Open(Kind::Tuple),
            b'}' => Token::Close(Kind::Tuple),
            b':' => Token::Colon,
            b',' => Token::Comma,
            b';' => self.comment(),
            b'u' => match self.peek() {
                Some(b'0'..=b'9') => self.uint(),
                Some(b'"') => {
                    self.at += 1;
                    self.string(Kind::Utf8)
                }
                _ => self.name(),
            },
            b'a'..=b'z' | b'A'..=b'Z' => self.name(),
            b'0' if self.peek() == Some(b'x') => self.buffer(),
            b'0'..=b'9' => self.int(),
            b'-' if self.peek().is_some_and(|byte| is(byte, DIGIT)) => self.int(),
            b'<' if self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) => self.trait_reference(),
            b'<' | b'>' => {
                if self.peek() == Some(b'=') {
                    self.at += 1;
                }
                self.operator()
            }
            b'+' | b'-' | b'*' | b'/' => self.operator(),
            b'"' => self.string(Kind::Ascii),
            b'\'' => self.principal(),
            b'.' => self.contract(true),
            _ => {
                self.at -= 1;
                self.unexpected(Problem::UnknownCharacter)
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if !is(byte, SPACE) {
                match byte {
                    b'\r' => self.carriage_returns.add(self.at),
                    b'\0' => self.nuls.add(self.at),
                    _ => return,
                }
            }
            self.at += 1;
        }
    }

    /// Whether there is white space before the current token.
    pub(super) fn spaced(&self) -> bool {
        self.previous_end != self.start
    }

    /// Goes beyond the next byte after white space, if it is this one.
    pub(super) fn skip_byte(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip(&mut self, class: u8) {
        while self.peek().is_some_and(|byte| is(byte, class)) {
            self.at += 1;
        }
    }

    fn comment(&mut self) -> Token {
        if self.peek() == Some(b';') {
            self.at += 1;
        } else {
            self.errors.add(self.span(), Problem::SingleSemicolon);
        }
        loop {
            let rest = &self.bytes[self.at..];
            self.at += memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            // The comment ends before a line break in either style; elsewhere a carriage return is part of it.
            match &self.bytes[self.at..] {
                [b'\r', b'\n', ..] | [b'\r'] | [b'\n', ..] | [] => return Token::Comment,
                _ => self.carriage_returns.add(self.at),
            }
            self.at += 1;
        }
    }

    fn name(&mut self) -> Token {
        self.skip(NAME);
        if !is_separator(self.peek()) {
            return self.unexpected(Problem::NameCharacter);
        }
        self.name_of_length(self.at - self.start, Kind::Atom)
    }

    fn name_of_length(&mut self, length: usize, kind: Kind) -> Token {
        if length > NAME_LENGTH {
            return self.invalid(Problem::NameTooLong { length, limit: NAME_LENGTH });
        }
        Token::Leaf(kind)
    }

    fn operator(&mut self) -> Token {
        if !is_separator(self.peek()) {
            return self.unexpected(Problem::OperatorCharacter);
        }
        Token::Leaf(Kind::Atom)
    }

    fn trait_reference(&mut self) -> Token {
        self.skip(PLAIN_NAME);
        match self.peek() {
            Some(b'>') => {
                self.at += 1;
                self.name_of_length(self.at - self.start - 2, Kind::TraitReference)
            }
            byte if is_separator(byte) => self.invalid(Problem::AliasUnclosed),
            _ => self.unexpected(Problem::AliasCharacter),
        }
    }

    fn int(&mut self) -> Token {
        self.skip(DIGIT);
        if !is_separator(self.peek()) {
            return self.unexpected(Problem::IntCharacter);
        }
        if literals::int(self.token()).is_none() {
            return self.invalid(Problem::IntRange);
        }
        Token::Leaf(Kind::Int)
    }

    fn uint(&mut self) -> Token {
        self.skip(DIGIT);
        if !is_separator(self.peek()) {
            return self.unexpected(Problem::UintCharacter);
        }
        if literals::uint(self.token()).is_none() {
            return self.invalid(Problem::UintRange);
        }
        Token::Leaf(Kind::Uint)
    }

    fn buffer(&mut self) -> Token {
        self.at += 1;
        self.skip(HEX);
        if !is_separator(self.peek()) {
            return self.unexpected(Problem::BufferCharacter);
        }
        let digits = self.at - self.start - 2;
        if !digits.is_multiple_of(2) {
            return self.invalid(Problem::BufferHalfByte);
        }
        if digits / 2 > VALUE_LENGTH {
            return self.invalid(Problem::BufferTooLong { length: digits / 2 });
        }
        Token::Leaf(Kind::Buffer)
    }

    /// The byte here does not belong into the token, which goes on to the next separator.
    fn unexpected(&mut self, problem: fn(u8) -> Problem) -> Token {
        let at = self.at;
        let offender = self.bytes[at];
        self.at += 1;
        let span = self.span_from(at);
        match offender {
            b'\0' => self.nuls.add(at),
            0x80.. => {}
            _ => self.errors.add(span, problem(offender)),
        }
        self.skip_member();
        Token::Leaf(Kind::Invalid)
    }

    fn invalid(&mut self, problem: Problem) -> Token {
        self.errors.add(self.span(), problem);
        Token::Leaf(Kind::Invalid)
    }

    /// Goes to the end of a token that is already known to be wrong, dots included.
    fn skip_member(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'\0' {
                self.nuls.add(self.at);
            } else if byte != b'.' && is_separator(Some(byte)) {
                return;
            }
            self.at += 1;
        }
    }

    fn token(&self) -> &'s [u8] {
        &self.bytes[self.start..self.at]
    }

    /// Goes on after the form whose opening bracket was just read, without looking at what it holds. If it does not
    /// end, the answer is false; with `recover`, it ends before a definition at the start of a line.
    pub(super) fn skip_form(&mut self, recover: bool) -> bool {
        let mut depth = 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'(' if recover && self.definition_at(self.at) => return false,
                b'(' | b'{' => depth += 1,
                b')' | b'}' => depth -= 1,
                b'"' => self.skip_string(),
                b';' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr(b'\n', rest).unwrap_or(rest.len()) - 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return true;
            }
        }
        false
    }

    /// Goes to the last byte of a string.
    fn skip_string(&mut self) {
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            match memchr3(b'"', b'\\', b'\n', rest) {
                Some(found) if rest[found] == b'\\' => self.at = (self.at + found + 2).min(self.bytes.len()),
                Some(found) => return self.at += found,
                None => return self.at = self.bytes.len() - 1,
            }
        }
    }

    /// Whether a definition starts at this opening parenthesis, which is the first of its line.
    pub(super) fn definition_at(&self, at: usize) -> bool {
        let starts_line = at.checked_sub(1).is_none_or(|before| self.bytes[before] == b'\n');
        let after = &self.bytes[at + 1..];
        starts_line && DEFINITIONS.iter().any(|word| after.starts_with(word))
    }

    /// How far the current token is indented, if it is the first of its line. Tabs count as one.
    pub(super) fn indentation(&self) -> Option<u32> {
        let space = &self.bytes[self.previous_end..self.start];
        match memrchr(b'\n', space) {
            Some(line_break) => Some((space.len() - line_break - 1) as u32),
            None => (self.previous_end == 0).then_some(space.len() as u32),
        }
    }
}
