//! `todo-comment`: a comment says that something is still to be done.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;

pub const RULE: Rule = Rule {
    id: "todo-comment",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/todo-comment.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

const WORDS: [&str; 2] = ["TODO", "FIXME"];

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let found = usage.tree.comments().filter_map(|comment| {
        let (text, start) = (comment.text(), comment.span().start);
        let (at, word) = WORDS.into_iter().filter_map(|word| Some((stands_at(text, word)?, word))).min()?;
        let start = start + at as u32;
        let span = Span::new(start, start + word.len() as u32);
        let said = text[at + word.len()..].trim_start_matches([':', ' ']).trim_end();
        let before = text[..at].trim_start_matches([';', ' ']).trim_end();
        let rest: Vec<_> = [before, said].into_iter().filter(|part| !part.is_empty()).collect();
        let message = match rest[..] {
            [] => "a note of work that is not done".to_string(),
            _ => format!("a note of work that is not done: {}", rest.join(" ")),
        };
        let found = Diagnostic::new(RULE.id, Severity::Note, usage.location(span), message);
        Some(found.help("do it, or note it where work is planned: what is deployed stays as it is").key(said))
    });
    found.collect()
}

/// Where a word stands by itself.
fn stands_at(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word)
        .map(|(at, _)| at)
        .find(|&at| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}
