//! Texts with their expectations written in comments.
//!
//! ```clarity
//! (define-public (deposit (amount uint))
//! ;;              ^^^^^^^ error[missing-circuit-breaker]: `deposit` changes state without ...
//! ;; help: begin with ...
//!   (ok (var-set total amount)))
//! ;;     ^^^^^^^ label: `total` changes here
//! ```
//!
//! Carets stand for the exact span on the last line above that is no annotation. A span that carets cannot draw,
//! because it is empty or begins under the comment's own marker, is written as columns: `;; 0..1 error[..]: ..`.
//! A span of several lines is marked on its first.

use std::fmt;
use std::ops::Range;

use clarlint::diagnostic::Severity;

/// A line and what is said of it.
#[derive(Clone, Debug)]
pub struct Line {
    pub text: String,
    /// From zero, in the text as it stands.
    pub number: usize,
    pub marks: Vec<Mark>,
}

/// One annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// From zero, in characters, end exclusive.
    pub columns: Range<usize>,
    pub says: Says,
    /// The line `help: ..` below it.
    pub help: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    Finding {
        severity: Severity,
        rule: String,
        message: String,
    },
    /// Should be reported and is not yet.
    TodoError {
        rule: String,
        note: String,
    },
    /// Is reported and should not be.
    TodoOk {
        rule: String,
        message: String,
    },
    Label(String),
}

impl Says {
    /// The rule that a finding, wanted or unwanted, is of.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Says::Finding { rule, .. } | Says::TodoError { rule, .. } | Says::TodoOk { rule, .. } => {
                Some(rule)
            }
            Says::Label(_) => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if let Some(message) = text.strip_prefix("label:") {
            return Some(Says::Label(message.trim().to_owned()));
        }
        let (kind, rest) = text.split_once('[')?;
        let (rule, rest) = rest.split_once(']')?;
        let message = rest.strip_prefix(':').unwrap_or(rest).trim().to_owned();
        let rule = rule.to_owned();
        let severities = [Severity::Error, Severity::Warning, Severity::Note];
        match kind {
            "todo-error" => Some(Says::TodoError { rule, note: message }),
            "todo-ok" => Some(Says::TodoOk { rule, message }),
            _ => {
                let severity = severities.into_iter().find(|severity| severity.as_str() == kind)?;
                Some(Says::Finding { severity, rule, message })
            }
        }
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Says::Finding { severity, rule, message } => {
                write!(f, "{}[{rule}]: {message}", severity.as_str())
            }
            Says::TodoError { rule, note } if note.is_empty() => write!(f, "todo-error[{rule}]"),
            Says::TodoError { rule, note } => write!(f, "todo-error[{rule}]: {note}"),
            Says::TodoOk { rule, message } => write!(f, "todo-ok[{rule}]: {message}"),
            Says::Label(message) => write!(f, "label: {message}"),
        }
    }
}

/// What begins a comment in a file of that name.
fn marker(path: &str) -> &'static str {
    if path.ends_with(".toml") { "#" } else { ";;" }
}

/// The lines of a text with their marks, and what is wrong with the marks: line number and sentence.
pub fn read(path: &str, text: &str) -> (Vec<Line>, Vec<(usize, String)>) {
    let marker = marker(path);
    let mut lines: Vec<Line> = Vec::new();
    let mut faults = Vec::new();
    let mut below_mark = false;
    for (number, text) in text.lines().enumerate() {
        let comment = text.trim_start().strip_prefix(marker);
        let help = comment.and_then(|comment| comment.trim_start().strip_prefix("help:"));
        let mark = comment.and_then(|comment| mark(text, comment));
        let above = lines.last_mut();
        match (mark, help, above) {
            (Some(Ok(mark)), _, Some(above)) => {
                above.marks.push(mark);
                below_mark = true;
            }
            (Some(Ok(_)), _, None) => faults.push((number, "there is no line above this mark".to_owned())),
            (Some(Err(fault)), ..) => faults.push((number, fault)),
            (None, Some(help), Some(above)) if below_mark => {
                if let Some(mark) = above.marks.last_mut() {
                    mark.help = Some(help.trim().to_owned());
                }
            }
            _ => {
                lines.push(Line { text: text.to_owned(), number, marks: Vec::new() });
                below_mark = false;
            }
        }
    }
    (lines, faults)
}

/// The mark that a comment is, if it is one; `line` is the whole line.
fn mark(line: &str, comment: &str) -> Option<Result<Mark, String>> {
    let body = comment.trim_start();
    let made = |columns, says| Mark { columns, says, help: None };
    if body.starts_with('^') {
        let says = body.trim_start_matches('^');
        let before = line.len() - body.len();
        let start = line[..before].chars().count();
        let columns = start..start + body.len() - says.len();
        let says = Says::parse(says.trim());
        return Some(says.map(|says| made(columns, says)).ok_or_else(|| {
            "carets stand before `error[rule]: ..`, `warning[..]`, `note[..]`, `todo-error[..]`, `todo-ok[..]` \
             or `label: ..`"
                .to_owned()
        }));
    }
    let (columns, says) = body.split_once(' ')?;
    let (start, end) = columns.split_once("..")?;
    let columns = start.parse().ok()?..end.parse().ok()?;
    Some(Ok(made(columns, Says::parse(says.trim())?)))
}

/// The text that [`read`] would read so.
pub fn write(path: &str, lines: &[Line]) -> String {
    let marker = marker(path);
    let mut text = String::new();
    for line in lines {
        text += &line.text;
        text.push('\n');
        for Mark { columns, says, help } in &line.marks {
            if columns.start >= marker.len() && !columns.is_empty() {
                let (space, carets) = (columns.start - marker.len(), columns.len());
                text += &format!("{marker}{:space$}{:^<carets$} {says}\n", "", "");
            } else {
                text += &format!("{marker} {}..{} {says}\n", columns.start, columns.end);
            }
            text.extend(help.iter().map(|help| format!("{marker} help: {help}\n")));
        }
    }
    text
}
