//! Changes to a configuration that leave everything else of it as it is: a piece of the text, and what stands there then.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::source::Span;

type Edit = (Span, String);

/// Exempts an entrypoint from the entry of the policy that has a value at `at`. The reason is the user's to write.
pub fn exemption(text: &str, at: Span, entrypoint: &str) -> Option<Edit> {
    let root = DeTable::parse(text).ok()?;
    let (entry, whole) = holding(root.get_ref(), &root.span(), &at.range())?;
    let exemption = format!("{{ entrypoints = [\"{entrypoint}\"], reason = \"TODO: say why\" }}");
    match entry.get("exempt") {
        Some(exempt) => match exempt.get_ref().as_array()?.iter().last() {
            Some(last) if is_inline(text, &last.span(), '{') => {
                Some(insert(last.span().end, format!(", {exemption}")))
            }
            // Under headings of their own.
            Some(_) => None,
            None => Some(insert(exempt.span().start + 1, exemption)),
        },
        None if is_inline(text, &whole, '{') => {
            Some(insert(at.end as usize, format!(", exempt = [{exemption}]")))
        }
        None => {
            let indent = written_before(text, at.start as usize);
            let indent = &indent[..indent.len() - indent.trim_start().len()];
            Some(line_behind(text, at.end as usize, &format!("{indent}exempt = [{exemption}]")))
        }
    }
}

/// Sets the level of a rule.
pub fn level(text: &str, rule: &str, level: &str) -> Option<Edit> {
    let root = DeTable::parse(text).ok()?;
    let table = |of: &DeTable<'_>, key: &str| of.get(key).map(|it| it.span());
    let level = format!("\"{level}\"");
    let Some(lint) = root.get_ref().get("lint") else {
        let gap = if text.is_empty() { "" } else { eol(text) };
        let gap = if text.is_empty() || text.ends_with('\n') { gap.to_owned() } else { gap.repeat(2) };
        let eol = eol(text);
        return Some(insert(text.len(), format!("{gap}[lint]{eol}levels.{rule} = {level}{eol}")));
    };
    let lint_table = lint.get_ref().as_table()?;
    let Some(levels) = lint_table.get("levels") else {
        return entry_in(text, lint_table, &lint.span(), &format!("levels.{rule} = {level}"));
    };
    let levels_table = levels.get_ref().as_table()?;
    if let Some(span) = table(levels_table, rule) {
        return Some((Span::new(span.start as u32, span.end as u32), level));
    }
    entry_in(text, levels_table, &levels.span(), &format!("{rule} = {level}"))
}

/// Adds an entry to a table, written as the others are.
fn entry_in(text: &str, table: &DeTable<'_>, whole: &Range<usize>, entry: &str) -> Option<Edit> {
    if is_inline(text, whole, '{') {
        let comma = if table.is_empty() { " " } else { "," };
        return Some(insert(whole.start + 1, format!(" {entry}{comma}")));
    }
    match table.iter().max_by_key(|(_, value)| value.span().end) {
        Some((key, value)) => {
            let before = written_before(text, key.span().start);
            Some(line_behind(text, value.span().end, &format!("{before}{entry}")))
        }
        None if is_inline(text, whole, '[') => Some(line_behind(text, whole.end, entry)),
        None => None,
    }
}

/// The table that has a value at a place, and where the table stands.
fn holding<'t>(
    table: &'t DeTable<'t>,
    whole: &Range<usize>,
    at: &Range<usize>,
) -> Option<(&'t DeTable<'t>, Range<usize>)> {
    table.iter().find_map(|(_, value)| match value.get_ref() {
        _ if value.span() == *at => Some((table, whole.clone())),
        DeValue::Table(inner) => holding(inner, &value.span(), at),
        DeValue::Array(list) => list
            .iter()
            .find_map(|item| item.get_ref().as_table().and_then(|inner| holding(inner, &item.span(), at))),
        _ => None,
    })
}

/// What differs between two texts: a piece of the old one, and what the new one has in its place.
pub fn difference(old: &str, new: &str) -> Edit {
    let same = |(a, b): &(char, char)| a == b;
    let length = |(c, _): (char, char)| c.len_utf8();
    let start: usize = old.chars().zip(new.chars()).take_while(same).map(length).sum();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let behind = old_rest.chars().rev().zip(new_rest.chars().rev());
    let end: usize = behind.take_while(same).map(length).sum();
    let span = Span::new(start as u32, (old.len() - end) as u32);
    (span, new_rest[..new_rest.len() - end].to_owned())
}

fn insert(at: usize, text: String) -> Edit {
    (Span::new(at as u32, at as u32), text)
}

/// Adds a line behind the one that a byte is in.
fn line_behind(text: &str, at: usize, line: &str) -> Edit {
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let end = end - usize::from(text[..end].ends_with('\r') && end < text.len());
    insert(end, format!("{}{line}", eol(text)))
}

/// What stands before a byte in its line.
fn written_before(text: &str, at: usize) -> &str {
    &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at]
}

/// How the text ends its lines.
fn eol(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn is_inline(text: &str, whole: &Range<usize>, bracket: char) -> bool {
    text[whole.start..].starts_with(bracket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(text: &str, edit: Option<Edit>) -> String {
        let Some((span, new)) = edit else { return "nothing".to_owned() };
        [&text[..span.start as usize], &new, &text[span.end as usize..]].concat()
    }

    #[test]
    fn levels_are_set_as_others_are() {
        for (text, then) in [
            ("", "[lint]\nlevels.a = \"off\"\n"),
            ("x = 1", "x = 1\n\n[lint]\nlevels.a = \"off\"\n"),
            ("[x]\r\ny = 1\r\n", "[x]\r\ny = 1\r\n\r\n[lint]\r\nlevels.a = \"off\"\r\n"),
            ("[lint]\nlevels.a = \"note\" # é\n", "[lint]\nlevels.a = \"off\" # é\n"),
            (
                "[lint]\nlevels.b = 'note' # é\n[x]\n",
                "[lint]\nlevels.b = 'note' # é\nlevels.a = \"off\"\n[x]\n",
            ),
            ("[lint.levels]\nb = 'note'\r\n[x]", "[lint.levels]\nb = 'note'\r\na = \"off\"\r\n[x]"),
            ("[lint]\nlevels = { b = 'note' }", "[lint]\nlevels = { a = \"off\", b = 'note' }"),
            ("[lint]\nlevels = {}", "[lint]\nlevels = { a = \"off\" }"),
            ("[lint]\nignore = [\n'b'\n]\n", "[lint]\nignore = [\n'b'\n]\nlevels.a = \"off\"\n"),
            ("lint.ignore = []\n[x]", "lint.ignore = []\nlint.levels.a = \"off\"\n[x]"),
            ("lint = { ignore = [] }", "lint = { levels.a = \"off\", ignore = [] }"),
            ("[lint]\n[x]\n", "[lint]\nlevels.a = \"off\"\n[x]\n"),
            ("[lint.levels]\n", "[lint.levels]\na = \"off\"\n"),
            ("[lint", "nothing"),
        ] {
            let written = applied(text, level(text, "a", "off"));
            assert_eq!(written, then, "{text}");
            assert!(written == "nothing" || DeTable::parse(&written).is_ok(), "{written}");
        }
    }

    #[test]
    fn exemptions_are_added_where_they_belong() {
        let one = "{ entrypoints = [\"v.f\"], reason = \"TODO: say why\" }";
        for (text, then) in [
            ("[[p]]\nc = 'é' # why\nd = 1", "[[p]]\nc = 'é' # why\nexempt = [ONE]\nd = 1"),
            ("[[p]]\nc = 'x'\n[[p]]\n  c = 'é'\n", "[[p]]\nc = 'x'\n[[p]]\n  c = 'é'\n  exempt = [ONE]\n"),
            ("[[p]]\r\nc = 'é'\r\n", "[[p]]\r\nc = 'é'\r\nexempt = [ONE]\r\n"),
            ("p = [{ c = 'é' }]", "p = [{ c = 'é', exempt = [ONE] }]"),
            ("[[p]]\nc = 'é'\nexempt = []", "[[p]]\nc = 'é'\nexempt = [ONE]"),
            (
                "[[p]]\nexempt = [\n  { x = 1 },\n]\nc = 'é'",
                "[[p]]\nexempt = [\n  { x = 1 }, ONE,\n]\nc = 'é'",
            ),
            ("[[p]]\nc = 'é'\n[[p.exempt]]\nx = 1", "nothing"),
        ] {
            let start = text.find("'é'").expect("it is there") as u32;
            let written = applied(text, exemption(text, Span::new(start, start + 4), "v.f"));
            assert_eq!(written, then.replace("ONE", one), "{text}");
            assert!(written == "nothing" || DeTable::parse(&written).is_ok(), "{written}");
        }
    }

    #[test]
    fn differences_are_made_of_characters() {
        for (old, new, span, text) in [
            ("a", "a", (1, 1), ""),
            ("aa", "aaa", (2, 2), "a"),
            ("aé", "aè", (1, 3), "è"),
            ("", "é", (0, 0), "é"),
            ("abc", "ac", (1, 2), ""),
        ] {
            assert_eq!(difference(old, new), (Span::new(span.0, span.1), text.to_owned()), "{old} {new}");
        }
    }
}
