//! Text that is safe to show wherever a report ends up.

use std::borrow::Cow;

/// `text` without characters that a terminal obeys, that change the order of others or that cannot be seen: a contract
/// must not be able to write over the finding about it. What stands in for them has as many bytes, so that spans stay
/// true.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| {
        let reorders =
            matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        reorders || c.is_control() && !matches!(c, '\n' | '\t')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut chars = text.chars().peekable();
    let mut shown = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let ends_line = c == '\r' && chars.peek() == Some(&'\n');
        shown.push(match c.len_utf8() {
            _ if ends_line || !harmful(c) => c,
            1 => '?',
            2 => '\u{bf}',
            _ => char::REPLACEMENT_CHARACTER,
        });
    }
    Cow::Owned(shown)
}

/// The same on one line, for formats that keep a finding on one.
pub fn one_line(text: &str) -> String {
    harmless(text).replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_that_it_obeys() {
        let text = "a\u{1b}[2Jb\r\nc\rd\u{85}e\u{202e}f\t";
        let shown = harmless(text);
        assert_eq!(shown, "a?[2Jb\r\nc?d\u{bf}e\u{fffd}f\t");
        assert_eq!(shown.len(), text.len());
        assert_eq!(one_line("a\r\nb"), "a  b");
    }
}
