//! Changes to a configuration that leave everything else of it as it is: a piece of the text, and what stands there then.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::source::{Span, before_in_line, indentation, line_end};

type Edit = (Span, String);

/// Exempts an entrypoint from the entry of the policy that has a value at `at`. The reason is the user's to write.
pub fn exemption(text: &str, at: Span, entrypoint: &str) -> Option<Edit> {
    let root = DeTable::parse(text).ok()?;
    let (entry, whole) = holding(root.get_ref(), &root.span(), &at.range())?;
    let exemption = format!("{{ entrypoints = [\"{entrypoint}\"], reason = \"TODO: say why\" }}");
    match entry.get("exempt") {
        Some(exempt) => item_in(text, exempt, &exemption),
        None if begins_with(text, &whole, '{') => {
            Some(insert(at.end as usize, format!(", exempt = [{exemption}]")))
        }
        None => {
            let indent = indentation(text, at.start as usize);
            Some(line_behind(text, at.end as usize, &format!("{indent}exempt = [{exemption}]")))
        }
    }
}

/// Ignores a rule: whatever else the file says of it counts less.
pub fn ignore(text: &str, rule: &str) -> Option<Edit> {
    let root = DeTable::parse(text).ok()?;
    let entry = format!("ignore = [\"{rule}\"]");
    let end = line_end(text);
    let section = |gap: &str| Some(insert(text.len(), format!("{gap}[lint]{end}{entry}{end}")));
    let new = || match text {
        "" => section(""),
        _ if text.ends_with('\n') => section(end),
        _ => section(&end.repeat(2)),
    };
    let Some(lint) = root.get_ref().get("lint") else { return new() };
    let (whole, table) = (lint.span(), lint.get_ref().as_table()?);
    let before = before_in_line(text, whole.start);
    match table.get("ignore") {
        Some(ignore) => item_in(text, ignore, &format!("\"{rule}\"")),
        None if begins_with(text, &whole, '{') => {
            let comma = if table.is_empty() { " " } else { "," };
            Some(insert(whole.start + 1, format!(" {entry}{comma}")))
        }
        None if begins_with(text, &whole, '[') => Some(line_behind(text, whole.end, &entry)),
        // Only tables within it have headings.
        None if before.contains('[') => new(),
        None => Some(insert(whole.start - before.len(), format!("{before}lint.{entry}{end}"))),
    }
}

/// Adds to a list; `None` where each of its items has a heading of its own.
fn item_in(text: &str, list: &Spanned<DeValue<'_>>, item: &str) -> Option<Edit> {
    match list.get_ref().as_array()?.iter().last() {
        Some(last) if begins_with(text, &last.span(), '[') => None,
        Some(last) => Some(insert(last.span().end, format!(", {item}"))),
        None => Some(insert(list.span().start + 1, item.to_owned())),
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

fn insert(at: usize, text: String) -> Edit {
    (Span::of(at..at), text)
}

/// Adds a line behind the one that a byte is in.
fn line_behind(text: &str, at: usize, line: &str) -> Edit {
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let end = end - usize::from(text[..end].ends_with('\r') && end < text.len());
    insert(end, format!("{}{line}", line_end(text)))
}

fn begins_with(text: &str, whole: &Range<usize>, bracket: char) -> bool {
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
    fn rules_are_ignored() {
        let one = "ignore = [\"a\"]";
        for (text, then) in [
            ("", "[lint]\nONE\n"),
            ("x = 1", "x = 1\n\n[lint]\nONE\n"),
            ("[x]\r\ny = 1\r\n", "[x]\r\ny = 1\r\n\r\n[lint]\r\nONE\r\n"),
            ("[lint]  # é\nselect = ['a']\n", "[lint]  # é\nONE\nselect = ['a']\n"),
            ("[lint]\n[x]\n", "[lint]\nONE\n[x]\n"),
            ("[lint.levels]\nb = 'note'\r\n", "[lint.levels]\nb = 'note'\r\n\r\n[lint]\r\nONE\r\n"),
            ("[lint.levels]\nb = 'note'\n[lint]\n", "[lint.levels]\nb = 'note'\n[lint]\nONE\n"),
            ("lint.select = [\n'é']\n[x]", "lint.ONE\nlint.select = [\n'é']\n[x]"),
            ("y = 1\n  lint.levels.b = 'off'", "y = 1\n  lint.ONE\n  lint.levels.b = 'off'"),
            ("lint = { select = [] }", "lint = { ONE, select = [] }"),
            ("lint = {}", "lint = { ONE }"),
            ("[lint]\nignore = []", "[lint]\nONE"),
            ("[lint]\nignore = [\n  'é', # why\n]\n", "[lint]\nignore = [\n  'é', \"a\", # why\n]\n"),
            ("lint.ignore = ['b']", "lint.ignore = ['b', \"a\"]"),
            ("[lint", "nothing"),
        ] {
            let written = applied(text, ignore(text, "a"));
            assert_eq!(written, then.replace("ONE", one), "{text}");
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
}
