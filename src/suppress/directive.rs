//! Allowing in the contract: `;; clarlint-allow(RULE, ..): REASON`, `;; clarlint-allow-file(RULE, ..): REASON`, and
//! Clarinet's `;; #[allow(lint)]` and `;; #[filter(argument)]`.

use time::Date;
use time::format_description::well_known::Iso8601;

use crate::config::table::closest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::about_the_run::{UNEXPLAINED_ALLOW, UNKNOWN_RULE};
use crate::rules::{self, Group, RULES, Rule, clarinet_lint, clarinet_names, stacy_detector};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::{Expr, Kind, NodeId, Tree};

/// One comment that allows findings.
pub(super) struct Allow {
    pub scope: Scope,
    /// Each rule, where it is named, and whether a finding was allowed by it.
    pub rules: Vec<Named>,
    pub reason: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// The keys of the findings that it is about; all if there are none.
    pub keys: Vec<String>,
    /// Whether it is clarlint's own form. What Clarinet's form is for besides is not known.
    pub is_own: bool,
}

pub(super) struct Named {
    pub rule: &'static Rule,
    pub at: Location,
    pub is_used: bool,
}

/// Which findings a comment speaks of, by their primary spans.
pub(super) enum Scope {
    File,
    /// The form that follows a comment on a line of its own.
    Form(Span),
    /// The line that a comment ends; from zero.
    Line(u32),
}

const HELP: &str = "write `;; clarlint-allow(RULE): REASON`";

/// How linters of other languages say it.
const VERBS: [&str; 12] = [
    "allow",
    "allows",
    "allow-file",
    "disable",
    "expect",
    "ignore",
    "noqa",
    "nolint",
    "off",
    "silence",
    "skip",
    "suppress",
];

fn mentions_clarlint(text: &str) -> bool {
    text.as_bytes().windows(b"clarlint".len()).any(|word| word.eq_ignore_ascii_case(b"clarlint"))
}

/// Whether a comment was meant to allow something: it begins with the linter's name and a word that linters know. What
/// stands between and around them may be anything but a letter; `clarlint-` alone is no English either.
fn is_meant_to_allow(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let Some(rest) = text.strip_prefix("clarlint") else { return false };
    let word = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(word.len());
    let verb = word[..end].split("-next").next().unwrap_or_default();
    rest.starts_with('-') || VERBS.contains(&verb) && rest.len() > word.len()
}

/// What the comments of a file allow, and what is wrong with them.
pub(super) fn read(
    file: FileId,
    source: &SourceFile,
    tree: &Tree,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Allow> {
    // Hardly any contract has one.
    if !source.text.contains("#[allow(")
        && !source.text.contains("#[filter(")
        && !mentions_clarlint(&source.text)
    {
        return Vec::new();
    }
    tree.comments().filter_map(|comment| Reader { file, source, comment, faults }.read()).collect()
}

struct Reader<'a, 'f> {
    file: FileId,
    source: &'a SourceFile,
    comment: Expr<'a>,
    faults: &'f mut Vec<Diagnostic>,
}

impl<'a> Reader<'a, '_> {
    fn read(mut self) -> Option<Allow> {
        let text = self.comment.text().trim_start_matches(';').trim();
        if let Some(rest) = text.strip_prefix("#[allow(") {
            return self.of_other_tools(rest.split_once(')')?.0);
        }
        if let Some(rest) = text.strip_prefix("#[filter(") {
            return self.filter(rest.split_once(')')?.0);
        }
        let named = text.strip_prefix("clarlint-").and_then(|directive| directive.split_once('('));
        let Some((name @ ("allow" | "allow-file"), rest)) = named else {
            if is_meant_to_allow(text) {
                let message = "malformed suppression: expected `;; clarlint-allow(RULE): REASON`";
                self.fault(&UNEXPLAINED_ALLOW, text, message, HELP);
            }
            return None;
        };
        let Some((listed, rest)) = rest.split_once(')') else {
            self.fault(&UNEXPLAINED_ALLOW, text, "the list of rules has no end", HELP);
            return None;
        };
        let (until, reason) = self.reason(text, rest.trim());
        let rules: Vec<_> = split(listed).filter_map(|name| self.rule(name)).collect();
        if listed.trim().is_empty() {
            self.fault(&UNEXPLAINED_ALLOW, text, "no rule is named, and there is no way to allow all", HELP);
        }
        let scope = if name == "allow-file" { Scope::File } else { self.scope() };
        Some(Allow { scope, rules, reason, until, keys: Vec::new(), is_own: true })
    }

    /// `#[allow(..)]`, which Clarinet and Stacy read: without a reason, and so only for rules that have a name in Clarinet.
    fn of_other_tools(self, listed: &'a str) -> Option<Allow> {
        let named = |name: &'a str| {
            let of_clarinet = clarinet_lint(name).into_iter().flat_map(|lint| lint.rules());
            let of_stacy = stacy_detector(name).filter(|rule| clarinet_names(rule.id).next().is_some());
            of_clarinet.chain(of_stacy).map(move |rule| (name, rule))
        };
        let named = split(listed).flat_map(named);
        let rules: Vec<_> =
            named.map(|(name, rule)| Named { rule, at: self.at(name), is_used: false }).collect();
        let (scope, reason) = (self.scope(), "allowed for Clarinet or Stacy".to_string());
        let keys = Vec::new();
        (!rules.is_empty()).then_some(Allow { scope, rules, reason, until: None, keys, is_own: false })
    }

    /// From there on in the function, these arguments need no question; with `*` none does.
    fn filter(self, listed: &'a str) -> Option<Allow> {
        let rule = rules::find("unchecked-data")?;
        let rules = vec![Named { rule, at: self.at(listed), is_used: false }];
        let keys = if listed.trim() == "*" { Vec::new() } else { split(listed).map(str::to_owned).collect() };
        let start = self.comment.span().start;
        let form = self.comment.tree().forms().map(Expr::span).find(|form| form.end > start)?;
        let scope = Scope::Form(Span::new(start, form.end));
        let reason = "filtered for Clarinet".to_string();
        Some(Allow { scope, rules, reason, until: None, keys, is_own: false })
    }

    /// What stands behind the rules: `until DATE` before or behind the reason, and the reason behind a colon.
    fn reason(&mut self, text: &'a str, rest: &'a str) -> (Option<Date>, String) {
        let (before, reason) = match rest.split_once(':') {
            Some((before, reason)) => (before.trim(), reason.trim()),
            None => (rest, ""),
        };
        let (reason, behind) = match reason.rsplit_once("until ") {
            Some((reason, day)) if date(day).is_some() => (reason.trim(), Some(day)),
            _ => (reason, None),
        };
        if reason.is_empty() {
            let help = "say behind a colon why it is right here: `;; clarlint-allow(RULE): REASON`";
            self.fault(&UNEXPLAINED_ALLOW, text, "nothing says why this is allowed", help);
        }
        let day = behind.or(before.strip_prefix("until ").map(str::trim));
        let until = day.and_then(date);
        if until.is_none() && !before.is_empty() {
            let help = "write `until 2027-01-31`, and the reason behind a colon";
            self.fault(&UNEXPLAINED_ALLOW, before, &format!("`{before}` is not the end of an allow"), help);
        }
        (until, reason.to_string())
    }

    fn rule(&mut self, name: &'a str) -> Option<Named> {
        let found = rules::find(name);
        if let Some(rule) = found.filter(|rule| rule.group != Group::Run) {
            return Some(Named { rule, at: self.at(name), is_used: false });
        }
        let (message, help) = match (found, closest(name, RULES.iter().map(|rule| rule.id))) {
            (Some(_), _) => (
                format!("`{name}` cannot be allowed: it is about the run itself"),
                "mend what it reports, or set its level in clarlint.toml".to_string(),
            ),
            (None, Some(close)) => (format!("there is no rule `{name}`"), format!("did you mean `{close}`?")),
            (None, None) => {
                (format!("there is no rule `{name}`"), "`clarlint rules` lists all rules".to_string())
            }
        };
        self.fault(&UNKNOWN_RULE, name, &message, &help);
        None
    }

    fn fault(&mut self, rule: &Rule, part: &'a str, message: &str, help: &str) {
        let at = self.at(part);
        self.faults.push(Diagnostic::new(rule.id, Severity::Error, at, message).help(help).key(part));
    }

    /// Where a part of the comment stands.
    fn at(&self, part: &str) -> Location {
        let comment = self.comment.text();
        let offset = (part.as_ptr() as usize).saturating_sub(comment.as_ptr() as usize).min(comment.len());
        let start = self.comment.span().start + offset as u32;
        Location { file: self.file, span: Span::new(start, start + part.len() as u32) }
    }

    fn scope(&self) -> Scope {
        let start = self.comment.span().start;
        let line = self.source.line_of(start);
        let line_start = self.source.line_starts()[line as usize];
        let before = self.source.slice(Span::new(line_start, start));
        if !before.trim().is_empty() {
            return Scope::Line(line);
        }
        let tree = self.comment.tree();
        let behind = (self.comment.id().0 + 1..tree.len() as u32).map(|id| tree.expr(NodeId(id)));
        let form = behind.into_iter().find(|node| node.kind() != Kind::Comment);
        Scope::Form(form.map_or(Span::new(start, start), Expr::span))
    }
}

fn split(listed: &str) -> impl Iterator<Item = &str> {
    listed.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// A day as ISO 8601 has it: `2027-01-31`.
fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    (text.len() == "2027-01-31".len()).then(|| Date::parse(text, &Iso8601::DATE).ok()).flatten()
}
