//! Where in a configuration a byte is, by the tokens before it: the text need not parse, and hardly ever does while
//! somebody writes it.

use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

use super::reader::{Part, Reader, Written, content, is_string};
use crate::source::Span;

/// What stands, or would stand, at a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub side: Side,
    /// The keys that lead to the table that a key is of, or to a value.
    pub path: Vec<String>,
    /// What is written there already.
    pub word: Span,
    /// The string that the word is part of.
    pub string: Option<Quoted>,
    /// The other keys of the same table that begin with the same keys.
    pub written: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A heading, with its brackets.
    Heading(Span),
    Key,
    /// A value, within so many lists.
    Value {
        lists: usize,
    },
}

/// The quotes around a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    pub mark: char,
    pub is_closed: bool,
}

/// The place of a byte; `None` within comments and behind what is finished.
pub fn place(text: &str, offset: u32) -> Option<Place> {
    let offset = offset as usize;
    let mut reader = Reader::new(text);
    let mut found: Option<(Reader<'_>, Option<Token>)> = None;
    for token in Source::new(text).lex() {
        let (kind, span) = (token.kind(), token.span());
        if found.is_none() {
            let is_word = match kind {
                TokenKind::Comment if span.start() < offset && offset <= span.end() => return None,
                TokenKind::Atom => span.start() <= offset && offset <= span.end(),
                _ if is_string(kind) => {
                    let content = content(text, token);
                    (content.start as usize..=content.end as usize).contains(&offset)
                }
                _ => false,
            };
            if is_word || span.start() >= offset || kind == TokenKind::Eof {
                found = Some((reader.clone(), is_word.then_some(token)));
            }
        }
        reader.take(token);
    }
    let (before, token) = found?;
    let side = match before.part {
        Part::Heading { start } => Side::Heading(Span::of(start..heading_end(text, offset))),
        Part::Key => Side::Key,
        // Behind a value there is room for none.
        Part::Value { is_there: true } => return None,
        Part::Value { .. } => Side::Value { lists: before.lists() },
    };
    let (word, string) = match token {
        Some(token) if is_string(token.kind()) => {
            let content = content(text, token);
            let is_closed = (content.end as usize) < token.span().end();
            let mark = text[token.span().start()..].chars().next()?;
            (part(text, content, offset), Some(Quoted { mark, is_closed }))
        }
        Some(token) => (Span::of(token.span().start()..token.span().end()), None),
        None => (Span::of(offset..offset), None),
    };
    let is_same = |key: &&Written| {
        key.table == before.table_at()
            && key.at != word.start as usize
            && key.path.len() == before.keys.len() + 1
            && key.path.starts_with(&before.keys)
    };
    let written = match side {
        Side::Key => {
            reader.written.iter().filter(is_same).filter_map(|key| key.path.last().cloned()).collect()
        }
        _ => Vec::new(),
    };
    Some(Place { side, path: before.path(), word, string, written })
}

/// The name around a byte of a string: conditions hold several.
fn part(text: &str, content: Span, offset: usize) -> Span {
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '\'');
    let before = &text[content.start as usize..offset];
    let behind = &text[offset..content.end as usize];
    let before = before.rsplit(ends).next().unwrap_or_default();
    let behind = behind.split(ends).next().unwrap_or_default();
    Span::of(offset - before.len()..offset + behind.len())
}

/// Where a heading ends that a byte is in: behind its brackets, or with what is written of it.
fn heading_end(text: &str, offset: usize) -> usize {
    let rest = &text[offset..];
    let line = &rest[..rest.find(['\n', '\r', '#']).unwrap_or(rest.len())];
    let end = match line.find(']') {
        Some(at) => line.len() - line[at..].trim_start_matches(']').len(),
        None => line.trim_end().len(),
    };
    offset + end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What there is at a `|`: the side, the path, and the word.
    fn at(text: &str) -> String {
        let offset = text.find('|').expect("there is a place");
        let text = text.replace('|', "");
        let Some(place) = place(&text, offset as u32) else { return "nothing".to_owned() };
        let side = match place.side {
            Side::Heading(_) => "heading",
            Side::Key => "key",
            Side::Value { .. } => "value",
        };
        let word = &text[place.word.range()];
        format!("{side} {} `{word}` {}", place.path.join("."), place.written.join(" ")).trim_end().to_owned()
    }

    #[test]
    fn keys_are_those_of_their_section() {
        assert_eq!(at("|"), "key  ``");
        assert_eq!(at("[lint]\nsel|ect"), "key lint `select`");
        assert_eq!(at("[lint]\nlevels.|"), "key lint.levels ``");
        assert_eq!(at("[lint]\r\nlevels.a = \"off\"\r\nlevels.b| = 1\r\n"), "key lint.levels `b` a");
        assert_eq!(at("[[policy.x]]\na = 1\n[[policy.x]]\nb = 1\n|\nc = 1"), "key policy.x `` b c");
        assert_eq!(at("[policy]\nx = [{ a = 1, |b = 2 }]"), "key policy.x `b` a");
        assert_eq!(at("[a.\"b c\"]\n'd'.e|"), "key a.b c.d `e`");
        assert_eq!(at("é = 1 # é\n[é]\nx|"), "key é `x`");
    }

    #[test]
    fn values_are_those_of_their_keys() {
        assert_eq!(at("[lint]\nlevels.a = \"of|f\""), "value lint.levels.a `off`");
        assert_eq!(at("a = |"), "value a ``");
        assert_eq!(at("a = tr|ue"), "value a `true`");
        assert_eq!(at("a = [\"x\", |]"), "value a ``");
        assert_eq!(at("a = [\n  \"x\",\n  \"y|\n]"), "value a `y`");
        assert_eq!(at("a = [{ b = [[\"c|\"]] }]"), "value a.b `c`");
        assert_eq!(at("a = { b = 1, c = '|' }"), "value a.c ``");
        assert_eq!(at("a = '''\n(and x |y)\n'''"), "value a `y`");
        assert_eq!(at("a = \"(or é-x|)\""), "value a `é-x`");
    }

    #[test]
    fn lists_are_counted() {
        for (text, lists) in [
            ("a = ", 0),
            ("a = [", 1),
            ("a = [[1], [", 2),
            ("a = [{ b = ", 0),
            ("a = [{ b = [[1]], c = [", 1),
        ] {
            let place = place(text, text.len() as u32).expect("it is for a value");
            assert_eq!(place.side, Side::Value { lists }, "{text}");
        }
    }

    #[test]
    fn headings_are_no_keys() {
        assert_eq!(at("a = 1\n[lint.lev|els]"), "heading lint `levels`");
        assert_eq!(at("[[|"), "heading  ``");
        assert_eq!(at("[a]\nb = 1\n[policy.|\nc = 1"), "heading policy ``");
        let place = place("a = 1\n[[b.c]] # d", 9).expect("it is in a heading");
        assert_eq!(place.side, Side::Heading(Span::new(6, 13)));
    }

    #[test]
    fn what_is_finished_is_no_place() {
        for text in ["# a|", "a = 1 # |", "a = \"x\"|", "a = \"x\" |", "a = [1]|", "a = { b = 1 }|"] {
            assert_eq!(at(text), "nothing", "{text}");
        }
        assert_eq!(at("a = \"#|\""), "value a `#`");
    }

    #[test]
    fn what_is_not_closed_ends_where_something_begins() {
        assert_eq!(at("a = [\"x\",\n[lint]\nb|"), "key lint `b`");
        assert_eq!(at("a = [\n[\"x\"],\n[\"|"), "value a ``");
        assert_eq!(at("[s]\na = [\"x\nb = |"), "value s.b ``");
        assert_eq!(at("a = [{ b = \"x\n[s]\n|"), "key s ``");
        assert_eq!(at("[s]\na = \"x\n|"), "key s `` a");
        assert_eq!(at("[s\na|"), "key s `a`");
        assert_eq!(at("[s]\nhalf\na|"), "key s `a`");
        assert_eq!(at("a = [{ b = [\"x\" }, { |"), "key a ``");
    }

    #[test]
    fn what_nobody_reads_is_bounded() {
        for text in ["a = [{ b = ", "a = {"] {
            assert_eq!(at(&format!("{}|", text.repeat(4_000))), "nothing");
        }
    }

    #[test]
    fn any_text_has_places() {
        let pieces =
            ["[", "]", "[[", "=", "\"", "'", "'''", "{", "}", ",", ".", "\n", "\r", "#", "é", "a", " "];
        let mut random = fastrand::Rng::with_seed(0x706c_6163);
        let mut places = 0;
        for _ in 0..4_000 {
            let text: String =
                (0..random.usize(0..24)).map(|_| pieces[random.usize(0..pieces.len())]).collect();
            for offset in (0..=text.len()).filter(|&offset| text.is_char_boundary(offset)) {
                if let Some(place) = place(&text, offset as u32) {
                    places += 1;
                    let (start, end) = (place.word.start as usize, place.word.end as usize);
                    assert!(
                        start <= offset && offset <= end && text.get(start..end).is_some(),
                        "{text:?} {offset}"
                    );
                }
            }
        }
        // Most bytes are where something can be written.
        assert!(places > 20_000, "{places}");
    }
}
