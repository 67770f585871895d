//! What is being written of a TOML text: the heading, the key, and the lists and tables that are open.

use toml_parser::lexer::{Token, TokenKind};

use crate::source::Span;

/// How deep lists and inline tables nest. `toml` allows as much.
const DEEPEST: usize = 80;

/// A key with a value.
#[derive(Clone)]
pub struct Written {
    /// Where its table begins.
    pub table: usize,
    pub path: Vec<String>,
    /// Where its last part stands.
    pub at: usize,
}

/// What is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Heading { start: usize },
    Key,
    Value { is_there: bool },
}

/// A list or an inline table that is not closed yet.
#[derive(Clone)]
struct Open {
    is_list: bool,
    /// Where it begins.
    at: usize,
    /// The keys to return to when it closes.
    outer: Vec<String>,
}

#[derive(Clone)]
pub struct Reader<'t> {
    text: &'t str,
    /// The heading that what follows belongs to, and where it stands.
    heading: (usize, Vec<String>),
    open: Vec<Open>,
    /// The parts of the key that have a dot or a value behind them, and the one that has not.
    pub keys: Vec<String>,
    last: Option<(usize, String)>,
    pub part: Part,
    pub written: Vec<Written>,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            heading: (0, Vec::new()),
            open: Vec::new(),
            keys: Vec::new(),
            last: None,
            part: Part::Key,
            written: Vec::new(),
        }
    }

    /// The inline table that is being written.
    fn inline(&self) -> Option<&Open> {
        self.open.iter().rfind(|open| !open.is_list)
    }

    /// How many lists are open for the value that is being written.
    pub fn lists(&self) -> usize {
        self.open.iter().rev().take_while(|open| open.is_list).count()
    }

    pub fn table_at(&self) -> usize {
        self.inline().map_or(self.heading.0, |open| open.at)
    }

    pub fn path(&self) -> Vec<String> {
        if matches!(self.part, Part::Heading { .. }) {
            return self.keys.clone();
        }
        // Lists have the keys of what they are in.
        let tables = self.open.iter().filter(|open| !open.is_list).map(|open| &open.outer);
        let keys = std::iter::once(&self.heading.1).chain(tables).chain([&self.keys]);
        keys.flatten().cloned().collect()
    }

    pub fn take(&mut self, token: Token) {
        let at = token.span().start();
        let is_free = self.open.is_empty() && self.keys.is_empty() && self.last.is_none();
        match (token.kind(), self.part) {
            (TokenKind::Newline, _) => self.newline(token.span().end()),
            (TokenKind::Whitespace | TokenKind::Comment | TokenKind::Eof, _) => {}
            (TokenKind::LeftSquareBracket, Part::Key) if is_free => self.part = Part::Heading { start: at },
            (TokenKind::RightSquareBracket, Part::Heading { .. }) => self.end_heading(),
            (TokenKind::Dot, Part::Key | Part::Heading { .. }) => {
                self.keys.extend(self.last.take().map(|(_, key)| key));
            }
            (TokenKind::Equals, Part::Key) => {
                if let Some((at, key)) = self.last.take() {
                    self.keys.push(key);
                    self.written.push(Written { table: self.table_at(), path: self.keys.clone(), at });
                }
                self.part = Part::Value { is_there: false };
            }
            (TokenKind::LeftSquareBracket, Part::Value { .. }) => {
                self.open(true, at, self.keys.clone(), Part::Value { is_there: false });
            }
            (TokenKind::LeftCurlyBracket, Part::Value { .. }) => self.open(false, at, Vec::new(), Part::Key),
            (TokenKind::RightSquareBracket, _) => self.close(true),
            (TokenKind::RightCurlyBracket, _) => self.close(false),
            (TokenKind::Comma, _) => match self.open.last().map(|open| open.is_list) {
                Some(true) => self.part = Part::Value { is_there: false },
                Some(false) => self.begin(),
                None => {}
            },
            (TokenKind::Atom, Part::Key | Part::Heading { .. }) => {
                let span = token.span();
                self.last = Some((at, self.text[span.start()..span.end()].to_owned()));
            }
            (kind, Part::Key | Part::Heading { .. }) if is_string(kind) => {
                let content = content(self.text, token);
                self.last = Some((content.start as usize, self.text[content.range()].to_owned()));
            }
            (_, Part::Value { .. }) => self.part = Part::Value { is_there: true },
            _ => {}
        }
    }

    /// Nobody reads what is nested deeper than the bound.
    fn open(&mut self, is_list: bool, at: usize, keys: Vec<String>, part: Part) {
        if self.open.len() < DEEPEST {
            let outer = std::mem::replace(&mut self.keys, keys);
            self.open.push(Open { is_list, at, outer });
            self.part = part;
        }
    }

    /// Closes the innermost that is of the kind, and what was forgotten within.
    fn close(&mut self, is_list: bool) {
        let Some(index) = self.open.iter().rposition(|open| open.is_list == is_list) else { return };
        self.keys = self.open.split_off(index).swap_remove(0).outer;
        self.last = None;
        self.part = Part::Value { is_there: true };
    }

    /// Expects a key.
    fn begin(&mut self) {
        self.keys.clear();
        self.last = None;
        self.part = Part::Key;
    }

    fn end_heading(&mut self) {
        if let Part::Heading { start } = self.part {
            self.keys.extend(self.last.take().map(|(_, key)| key));
            self.heading = (start, std::mem::take(&mut self.keys));
            self.begin();
        }
    }

    /// What is open goes on in the next line, unless that can only be because nobody has closed it yet.
    pub fn newline(&mut self, behind: usize) {
        self.end_heading();
        let line = self.text[behind..].lines().next().unwrap_or_default().trim_start();
        if self.open.last().is_some_and(|open| is_heading(line) || open.is_list && is_assignment(line)) {
            self.open.clear();
        }
        if self.open.last().is_none_or(|open| !open.is_list) {
            self.begin();
        }
    }
}

/// Lists hold no bare words.
fn is_heading(line: &str) -> bool {
    let name = line.trim_start_matches('[');
    name.len() < line.len() && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_assignment(line: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let behind = line.trim_start_matches(is_part);
    behind.len() < line.len() && behind.trim_start().starts_with('=')
}

pub fn is_string(kind: TokenKind) -> bool {
    use TokenKind::{BasicString, LiteralString, MlBasicString, MlLiteralString};
    matches!(kind, BasicString | LiteralString | MlBasicString | MlLiteralString)
}

/// What stands between the quotes. The last ones may be missing.
pub fn content(text: &str, token: Token) -> Span {
    let (start, end) = (token.span().start(), token.span().end());
    let quotes = match token.kind() {
        TokenKind::MlBasicString | TokenKind::MlLiteralString => 3,
        _ => 1,
    };
    let mark = &text[start..start + quotes];
    let is_closed = end >= start + 2 * quotes && text[..end].ends_with(mark);
    let end = if is_closed { end - quotes } else { end };
    let start = start + quotes;
    Span::of(start..text[..end].trim_end_matches(['\r', '\n']).len().max(start))
}
