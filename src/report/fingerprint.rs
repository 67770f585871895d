//! The identity of a finding: it stays the same while code around it moves or is reformatted.
//!
//! A fingerprint is the 64-bit FNV-1a hash (offset basis `cbf29ce484222325`, prime `100000001b3`) of these texts in
//! UTF-8, each followed by a byte 0: the rule's id; the path, from the project's own folder; the function's name, or nothing; each token of the
//! primary span; the key. Then the ordinal among findings for which all this is equal, as four bytes, lowest first.
//!
//! Tokens are what is left between white space, comments and commas; brackets are tokens of their own, a string is
//! one token.

use std::collections::HashMap;
use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::project::Project;

/// Displayed as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The fingerprints of `diagnostics`, which are in their final order.
pub fn of_all<'d>(
    project: &Project,
    diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
) -> Vec<Fingerprint> {
    let mut seen: HashMap<Fnv, u32> = HashMap::new();
    let fingerprint = |diagnostic: &Diagnostic| {
        let content = content(project, diagnostic);
        let ordinal = seen.entry(content).or_default();
        let hash = content.bytes(&ordinal.to_le_bytes());
        *ordinal += 1;
        Fingerprint(hash.0)
    };
    diagnostics.into_iter().map(fingerprint).collect()
}

fn content(project: &Project, diagnostic: &Diagnostic) -> Fnv {
    let file = project.file(diagnostic.at.file);
    let hash = Fnv::new().text(diagnostic.rule).text(&project.own_path(diagnostic.at.file));
    let hash = hash.text(diagnostic.function.as_deref().unwrap_or_default());
    let hash = tokens(file.slice(diagnostic.at.span)).fold(hash, Fnv::text);
    hash.text(&diagnostic.key)
}

/// The state of the hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(self.0, step))
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes()).bytes(&[0])
    }
}

/// The tokens of a piece of source text.
fn tokens(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        loop {
            text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if !text.starts_with(";;") {
                break;
            }
            text = text.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let first = text.chars().next()?;
        let length = match first {
            '(' | ')' | '{' | '}' => 1,
            '"' => string_length(text),
            _ => {
                let ends = |c: char| c.is_whitespace() || "(){},\";".contains(c);
                let rest = &text[first.len_utf8()..];
                first.len_utf8() + rest.find(ends).unwrap_or(rest.len())
            }
        };
        let (token, rest) = text.split_at(length);
        text = rest;
        Some(token)
    })
}

/// The length of the string that `text` starts with, its quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let closes = |&(_, c): &(usize, char)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    };
    text.char_indices().skip(1).find(closes).map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::source::{FileId, Location, Span};

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(Fnv::new().bytes(b"").0, 0xcbf2_9ce4_8422_2325);
        assert_eq!(Fnv::new().bytes(b"a").0, 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Fnv::new().bytes(b"foobar").0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn tokens_leave_out_space_and_comments() {
        let tokens: Vec<_> = tokens("(f ;; why\n  {a: \"x ;; \\\" y\", b: 'SP.c})").collect();
        assert_eq!(tokens, ["(", "f", "{", "a:", "\"x ;; \\\" y\"", "b:", "'SP.c", "}", ")"]);
        assert_eq!(super::tokens("\"open").collect::<Vec<_>>(), ["\"open"]);
        assert_eq!(super::tokens("é;x").collect::<Vec<_>>(), ["é", ";x"]);
    }

    fn fingerprints(text: &str, needle: &str) -> Vec<String> {
        let project = Project::from_texts([("vault.clar", text)]);
        let at = |(start, found): (usize, &str)| Location {
            file: FileId(0),
            span: Span::new(start as u32, (start + found.len()) as u32),
        };
        let found = text.match_indices(needle).map(at);
        let diagnostics: Vec<_> =
            found.map(|at| Diagnostic::new("a-rule", Severity::Error, at, "wrong")).collect();
        of_all(&project, &diagnostics).iter().map(Fingerprint::to_string).collect()
    }

    #[test]
    fn findings_keep_their_identity_when_code_moves() {
        let before = fingerprints("(f u1)", "(f u1)");
        assert_eq!(fingerprints("\n;; moved\n(f u1)", "(f u1)"), before);
        assert_eq!(fingerprints("(f ;; why\n u1)", "(f ;; why\n u1)"), before);
        assert_ne!(fingerprints("(f u2)", "(f u2)"), before);
        assert_eq!(before, ["4b73b8b3e0654782"]);
    }

    #[test]
    fn equal_findings_differ_by_their_ordinal() {
        let twice = fingerprints("(f u1) (f u1)", "(f u1)");
        assert_eq!(twice[0], fingerprints("(f u1)", "(f u1)")[0]);
        assert_ne!(twice[0], twice[1]);
    }
}
