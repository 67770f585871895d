//! What literals mean.

use std::borrow::Cow;

use super::{Expr, Kind};

/// The value of `-12` or `12`; `None` if it does not fit into 128 bits.
pub(super) fn int(token: &[u8]) -> Option<i128> {
    std::str::from_utf8(token).ok()?.parse().ok()
}

/// The value of `u12`.
pub(super) fn uint(token: &[u8]) -> Option<u128> {
    let digits = token.strip_prefix(b"u")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The character of `\u{1f600}`, from the digits between the braces.
pub(super) fn code_point(digits: &[u8]) -> Option<char> {
    let digits = std::str::from_utf8(digits).ok()?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

impl<'t> Expr<'t> {
    pub fn int(self) -> Option<i128> {
        if self.kind() == Kind::Int { int(self.text().as_bytes()) } else { None }
    }

    pub fn uint(self) -> Option<u128> {
        if self.kind() == Kind::Uint { uint(self.text().as_bytes()) } else { None }
    }

    /// The content of a string, with escapes decoded. What is no escape (a syntax error) stands for itself.
    pub fn string(self) -> Option<Cow<'t, str>> {
        let content = match self.kind() {
            Kind::Ascii => self.text().strip_prefix('"')?,
            Kind::Utf8 => self.text().strip_prefix("u\"")?,
            _ => return None,
        };
        Some(unescape(content.strip_suffix('"')?))
    }

    /// The contract that a contract literal names: who issued it, if that is said, and its name.
    pub fn contract_literal(self) -> Option<(Option<&'t str>, &'t str)> {
        if self.kind() != Kind::Contract {
            return None;
        }
        let (issuer, name) = self.text().split_once('.')?;
        Some((issuer.strip_prefix('\''), name))
    }

    /// Issuer, contract and trait of a trait identifier.
    pub fn trait_identifier(self) -> Option<(Option<&'t str>, &'t str, &'t str)> {
        if self.kind() != Kind::TraitIdentifier {
            return None;
        }
        let (contract, trait_name) = self.text().rsplit_once('.')?;
        let (issuer, name) = contract.split_once('.')?;
        Some((issuer.strip_prefix('\''), name, trait_name))
    }
}

fn unescape(content: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', content.as_bytes()) else { return Cow::Borrowed(content) };
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    let mut escape = Some(first);
    while let Some(at) = escape {
        text.push_str(&rest[..at]);
        let (character, length) = decode_escape(&rest[at..]);
        text.push(character);
        rest = &rest[at + length..];
        escape = memchr::memchr(b'\\', rest.as_bytes());
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character that the escape at the start of `text` stands for, and how many bytes it takes.
fn decode_escape(text: &str) -> (char, usize) {
    match text.as_bytes() {
        [_, b'n', ..] => ('\n', 2),
        [_, b't', ..] => ('\t', 2),
        [_, b'r', ..] => ('\r', 2),
        [_, b'0', ..] => ('\0', 2),
        [_, byte @ (b'\\' | b'"'), ..] => (char::from(*byte), 2),
        [_, b'u', b'{', code @ ..] => {
            let digits = code.iter().position(|&byte| byte == b'}').map(|end| &code[..end]);
            match digits.and_then(|digits| Some((code_point(digits)?, digits.len()))) {
                Some((character, digits)) => (character, digits + r"\u{}".len()),
                None => ('\\', 1),
            }
        }
        _ => ('\\', 1),
    }
}
