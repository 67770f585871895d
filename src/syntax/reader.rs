//! Tokens to nodes, with an explicit stack. After a missing bracket, reading goes on at the next definition.

mod recovery;

use self::recovery::Margin;
use super::errors::{Errors, Place, Problem, SyntaxError};
use super::lexer::{Lexer, Token};
use super::names::Names;
use super::tree::Node;
use super::{Kind, Symbol, Tree};
use crate::source::Span;

/// Spans are 32 bits wide.
const MAX_LENGTH: usize = u32::MAX as usize;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What reading a file gives: always a tree, and what is wrong with the text.
#[derive(Debug, Default)]
pub struct Parse {
    pub tree: Tree,
    pub errors: Vec<SyntaxError>,
}

/// Reads a file. Bytes that are not UTF-8 are replaced one by one in the tree's text, so that spans stay exact.
pub fn parse(bytes: Vec<u8>, nesting_limit: u32) -> Parse {
    if bytes.len() > MAX_LENGTH {
        let mut errors = Errors::default();
        errors.add(Span::default(), Problem::TooLarge);
        return Parse { tree: Tree::default(), errors: errors.finish() };
    }
    let reader = read(&bytes, nesting_limit);
    let Lexer { mut errors, carriage_returns, nuls, .. } = reader.lexer;
    let (mut nodes, mut names) = (reader.nodes, reader.names.spans);
    // Trees stay as long as their project.
    nodes.shrink_to_fit();
    names.shrink_to_fit();
    if carriage_returns.count > 0 {
        errors
            .add(byte_at(carriage_returns.first), Problem::CarriageReturn { count: carriage_returns.count });
    }
    if nuls.count > 0 {
        errors.add(byte_at(nuls.first), Problem::Nul { count: nuls.count });
    }
    let text = to_text(bytes, &mut errors);
    Parse { tree: Tree { text: text.into(), nodes, names }, errors: errors.finish() }
}

fn byte_at(at: u32) -> Span {
    Span::new(at, at + 1)
}

/// The bytes as text of the same length. Reports, each once, what is not ASCII and what is not even UTF-8.
fn to_text(bytes: Vec<u8>, errors: &mut Errors) -> String {
    if bytes.is_ascii() {
        // What is ASCII is UTF-8, so nothing is replaced.
        return String::from_utf8(bytes).unwrap_or_default();
    }
    let mut text = String::with_capacity(bytes.len());
    let (mut invalid, mut first_invalid) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if invalid == 0 {
            first_invalid = text.len() as u32;
        }
        invalid += chunk.invalid().len();
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    if invalid > 0 {
        errors.add(byte_at(first_invalid), Problem::InvalidUtf8 { count: invalid });
    }
    let mut after_mark = 0;
    if bytes.starts_with(BYTE_ORDER_MARK) {
        after_mark = BYTE_ORDER_MARK.len();
        errors.add(Span::new(0, after_mark as u32), Problem::ByteOrderMark);
    }
    let mut foreign = text[after_mark..].char_indices().filter(|(_, character)| !character.is_ascii());
    if let Some((at, character)) = foreign.next() {
        let start = (after_mark + at) as u32;
        let span = Span::new(start, start + character.len_utf8() as u32);
        errors.add(span, Problem::NonAscii { count: 1 + foreign.count() });
    }
    text
}

/// Reads strictly as the chain does; only if brackets do not match, reads again and recovers at definitions.
fn read(bytes: &[u8], nesting_limit: u32) -> Reader<'_> {
    let mut reader = Reader::new(bytes, nesting_limit, false);
    reader.read();
    if reader.unbalanced {
        // The first tree may be as large as memory allows: it goes before the second is made.
        drop(reader);
        reader = Reader::new(bytes, nesting_limit, true);
        reader.read();
    }
    reader
}

/// What a form that is still open expects next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Element,
    Key,
    Colon,
    Value,
    Comma,
}

/// A list or a tuple that is still open.
struct Frame {
    node: u32,
    expect: Expect,
    margin: Margin,
}

impl Frame {
    fn kind(&self) -> Kind {
        if self.expect == Expect::Element { Kind::List } else { Kind::Tuple }
    }

    fn closer(&self) -> char {
        if self.expect == Expect::Element { ')' } else { '}' }
    }

    /// Whether a tuple has a key whose value has not come.
    fn lacks_value(&self) -> bool {
        matches!(self.expect, Expect::Colon | Expect::Value)
    }
}

struct Reader<'s> {
    lexer: Lexer<'s>,
    names: Names,
    nodes: Vec<Node>,
    stack: Vec<Frame>,
    /// How many frames of the stack are tuples.
    open_tuples: usize,
    /// Whether the token before was the end of a node: then the next element of a list needs a space before it.
    after_node: bool,
    nesting_limit: usize,
    recover: bool,
    unbalanced: bool,
    /// The opening bracket of the first form, since the last definition, whose text goes on without its indentation.
    suspect: Option<u32>,
}

impl<'s> Reader<'s> {
    fn new(bytes: &'s [u8], nesting_limit: u32, recover: bool) -> Self {
        let start = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Self {
            lexer: Lexer::new(bytes, start),
            names: Names::new(),
            nodes: Vec::with_capacity(bytes.len() / 8 + 8),
            stack: Vec::with_capacity(32),
            open_tuples: 0,
            after_node: false,
            nesting_limit: nesting_limit as usize,
            recover,
            unbalanced: false,
            suspect: None,
        }
    }

    fn read(&mut self) {
        loop {
            match self.lexer.next() {
                Token::Leaf(kind) => {
                    self.before_child();
                    self.leaf(kind);
                    self.after_node = true;
                }
                Token::Open(kind) => self.open(kind),
                Token::Close(kind) => self.close(kind),
                Token::Comment => {
                    self.push(Kind::Comment, self.lexer.span(), Symbol(0));
                    self.after_node = false;
                }
                Token::Colon => self.colon(),
                Token::Comma => self.comma(),
                Token::End => break,
            }
        }
        self.close_unfinished(Place::EndOfFile);
    }

    fn push(&mut self, kind: Kind, span: Span, symbol: Symbol) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { span, next, symbol, kind });
    }

    fn leaf(&mut self, kind: Kind) {
        let span = self.lexer.span();
        let symbol = match kind {
            Kind::Atom => self.names.intern(self.lexer.bytes, span),
            Kind::TraitReference => {
                self.names.intern(self.lexer.bytes, Span::new(span.start + 1, span.end - 1))
            }
            _ => Symbol(0),
        };
        self.push(kind, span, symbol);
    }

    /// A node starts here: checks that one may, and notes what comes after it.
    fn before_child(&mut self) {
        if self.recover {
            self.check_indentation();
        }
        let Some(frame) = self.stack.last_mut() else { return };
        let problem = match frame.expect {
            Expect::Element if self.after_node && !self.lexer.spaced() => Problem::MissingSpace,
            Expect::Element => return,
            Expect::Key => return frame.expect = Expect::Colon,
            Expect::Value => return frame.expect = Expect::Comma,
            Expect::Colon => {
                frame.expect = Expect::Comma;
                Problem::MissingColon
            }
            Expect::Comma => {
                frame.expect = Expect::Colon;
                Problem::MissingComma
            }
        };
        self.lexer.errors.add(self.lexer.span(), problem);
    }

    fn open(&mut self, kind: Kind) {
        if self.recover && !self.stack.is_empty() && self.lexer.definition_at(self.lexer.start) {
            self.close_unfinished(Place::Definition);
        }
        self.before_child();
        self.after_node = false;
        let node = self.nodes.len() as u32;
        self.push(kind, self.lexer.span(), Symbol(0));
        if self.too_deep(kind) {
            let limit = self.nesting_limit as u32;
            self.lexer.errors.add(self.lexer.span(), Problem::TooDeep { limit });
            self.unbalanced |= !self.lexer.skip_form(self.recover);
            self.after_node = true;
            let skipped = &mut self.nodes[node as usize];
            skipped.kind = Kind::Invalid;
            skipped.span.end = self.lexer.at as u32;
            return;
        }
        let expect = if kind == Kind::List { Expect::Element } else { Expect::Key };
        self.open_tuples += usize::from(kind == Kind::Tuple);
        let margin = self.margin();
        self.stack.push(Frame { node, expect, margin });
    }

    /// The chain counts twice: forms, and forms with tuples as two, because they become lists of lists; the second
    /// count may go two further (`VaryStackDepthChecker` and the parser of clarity-vm).
    fn too_deep(&self, kind: Kind) -> bool {
        let depth = self.stack.len() + 1;
        let tuples = self.open_tuples + usize::from(kind == Kind::Tuple);
        depth > self.nesting_limit || depth + tuples > self.nesting_limit.saturating_add(2)
    }

    fn close(&mut self, kind: Kind) {
        let closer = if kind == Kind::List { ')' } else { '}' };
        let open_of_kind = match kind {
            Kind::Tuple => self.open_tuples,
            _ => self.stack.len() - self.open_tuples,
        };
        if open_of_kind == 0 {
            return self.stray_closer(closer);
        }
        let innermost = self.stack.len();
        let matching = self.stack.iter().rposition(|frame| frame.kind() == kind).unwrap_or(0);
        if matching + 1 < innermost {
            self.close_frames(matching + 1, self.lexer.previous_end, Place::Closer(closer));
        }
        if self.stack[matching].lacks_value() {
            self.lexer.errors.add(self.lexer.span(), Problem::MissingValue);
        }
        let margin = self.stack[matching].margin;
        self.finish_innermost(self.lexer.at);
        if self.recover {
            self.relax_margin(margin);
        }
        if self.stack.is_empty() {
            self.suspect = None;
        }
        self.after_node = true;
    }

    fn stray_closer(&mut self, closer: char) {
        self.unbalanced = true;
        let span = self.lexer.span();
        let mut count = 1;
        while self.lexer.skip_byte(closer as u8) {
            count += 1;
        }
        self.lexer.errors.add(span, Problem::StrayCloser { closer, count });
        self.after_node = false;
    }

    fn finish_innermost(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else { return };
        self.open_tuples -= usize::from(frame.kind() == Kind::Tuple);
        if frame.lacks_value() {
            self.push_missing_value(end.min(self.lexer.start));
        }
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[frame.node as usize];
        node.span.end = end as u32;
        node.next = next;
    }

    /// Puts an empty node where the value of a key is missing, so that keys and values still come in turn.
    fn push_missing_value(&mut self, at: usize) {
        self.push(Kind::Invalid, Span::new(at as u32, at as u32), Symbol(0));
    }

    fn colon(&mut self) {
        self.after_node = false;
        match self.stack.last_mut() {
            Some(frame) if frame.expect == Expect::Colon => frame.expect = Expect::Value,
            frame => {
                let in_tuple = frame.is_some_and(|frame| frame.kind() == Kind::Tuple);
                self.lexer.errors.add(self.lexer.span(), Problem::Punctuation { mark: ':', in_tuple });
            }
        }
    }

    fn comma(&mut self) {
        self.after_node = false;
        match self.stack.last_mut() {
            Some(frame) if frame.expect == Expect::Comma => frame.expect = Expect::Key,
            Some(frame) if frame.lacks_value() => {
                frame.expect = Expect::Key;
                self.push_missing_value(self.lexer.start);
                self.lexer.errors.add(self.lexer.span(), Problem::MissingValue);
            }
            frame => {
                let in_tuple = frame.is_some_and(|frame| frame.kind() == Kind::Tuple);
                self.lexer.errors.add(self.lexer.span(), Problem::Punctuation { mark: ',', in_tuple });
            }
        }
    }
}
