//! The report for people: a snippet per finding, then one line that sums up.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::termcolor::Buffer;
use codespan_reporting::term::{self, DisplayStyle, WriteStyle};

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::project::Project;
use crate::report::text::harmless;
use crate::report::{Finding, Kind, Report, State, Unchecked, rule_url};
use crate::rules;
use crate::source::{FileId, Location, SourceFile};

/// How findings look on a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looks {
    pub colors: bool,
    /// Whether the names of rules lead to their pages: OSC 8, which not every terminal understands.
    pub links: bool,
}

/// The findings, each followed by an empty line.
pub fn findings(project: &Project, report: &Report, looks: Looks) -> String {
    let shown: Vec<_> = report.findings.iter().map(shown).collect();
    snippets(&project.files, shown.iter().map(Cow::as_ref), looks)
}

/// The finding, and why it is none to look at.
fn shown(finding: &Finding) -> Cow<'_, Diagnostic> {
    let why = match &finding.state {
        State::New => return Cow::Borrowed(&finding.diagnostic),
        State::Suppressed { reason } => format!("suppressed: {reason}"),
        State::Baselined => "in the baseline".to_string(),
    };
    let message = format!("{} ({why})", finding.diagnostic.message);
    Cow::Owned(Diagnostic { message, ..finding.diagnostic.clone() })
}

/// Renders diagnostics over `files`: those of a report, or those of a configuration that cannot be used.
pub fn snippets<'d>(
    files: &[SourceFile],
    diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
    looks: Looks,
) -> String {
    let sources = Sources::new(files);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let mut buffer = if looks.colors { Buffer::ansi() } else { Buffer::no_color() };
        sources.write(diagnostic, &mut buffer);
        let text = String::from_utf8_lossy(buffer.as_slice());
        out += &if looks.links { linked(&text, diagnostic.rule) } else { text.into_owned() };
    }
    out
}

/// Makes the rule's name in the first line lead to its page.
fn linked(text: &str, rule: &str) -> String {
    match rule_url(rule) {
        Some(url) => {
            text.replacen(&format!("[{rule}]"), &format!("[\x1b]8;;{url}\x1b\\{rule}\x1b]8;;\x1b\\]"), 1)
        }
        None => text.to_owned(),
    }
}

/// `1 error in 14 contracts, 137 entrypoints; not checked: 3 calls of unknown contracts`.
pub fn summary(report: &Report) -> String {
    let summary = &report.summary;
    let found = counts(&[
        (summary.errors, "error", "errors"),
        (summary.warnings, "warning", "warnings"),
        (summary.notes, "note", "notes"),
    ]);
    let linted = counts(&[
        (report.projects.len(), "project", "projects"),
        (summary.contracts, "contract", "contracts"),
        (summary.entrypoints, "entrypoint", "entrypoints"),
    ]);
    let mut line = match found.as_str() {
        "" if linted.is_empty() => "nothing was linted".to_string(),
        "" => format!("{linted}: no findings"),
        found if linted.is_empty() => format!("{found} in no contracts"),
        found => format!("{found} in {linted}"),
    };
    let not_checked = counts(&[
        (summary.unresolved_calls, "call of an unknown contract", "calls of unknown contracts"),
        (summary.types_unavailable, "contract without types", "contracts without types"),
        (
            summary.unchecked_functions,
            "function that is cyclic or too large",
            "functions that are cyclic or too large",
        ),
        (summary.absent_contracts, "contract that could not be read", "contracts that could not be read"),
    ]);
    if !not_checked.is_empty() {
        line += &format!("; not checked: {not_checked}");
    }
    let hidden = counts(&[
        (summary.suppressed, "suppressed", "suppressed"),
        (summary.baselined, "hidden by the baseline", "hidden by the baseline"),
    ]);
    if !hidden.is_empty() {
        line += &format!("; {hidden}");
    }
    if summary.fixable > 0 {
        line += &format!("; {} fixable with --fix", summary.fixable);
    }
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in report.more.iter().filter_map(|finding| rules::find(finding.diagnostic.rule)) {
        *more.entry(rule.group.as_str()).or_default() += 1;
    }
    let more: Vec<_> = more.into_iter().map(|(group, number)| format!("{number} more in {group}")).collect();
    if !more.is_empty() {
        line += &format!("; with --select all {}", more.join(", "));
    }
    line
}

/// What was not checked, a line each.
pub fn unchecked(project: &Project, report: &Report) -> String {
    let line = |it: &Unchecked| {
        let place = match it.at {
            Some(at) => {
                let file = project.file(at.file);
                format!("{}:{}: ", file.path, file.line_of(at.span.start) + 1)
            }
            None => String::new(),
        };
        let what = match (it.kind, &it.function) {
            (Kind::Contract, _) => format!("contract `{}`", it.contract),
            (Kind::Types, _) => format!("types of `{}`", it.contract),
            (Kind::Function, Some(function)) => format!("function `{}.{function}`", it.contract),
            (Kind::Call, Some(function)) => format!("call in `{}.{function}`", it.contract),
            (Kind::Function | Kind::Call, None) => format!("call in `{}`", it.contract),
        };
        format!("not checked: {place}{what}: {}\n", it.reason)
    };
    let unlisted = project.unlisted.iter();
    let unlisted = unlisted.map(|path| format!("not checked: {path}: no Clarinet.toml lists it\n"));
    report.unchecked.iter().map(line).chain(unlisted).collect()
}

/// The counts that are not zero.
fn counts(counts: &[(usize, &str, &str)]) -> String {
    let counts = counts.iter().filter(|(number, ..)| *number > 0);
    let counts =
        counts.map(|&(number, one, many)| format!("{number} {}", if number == 1 { one } else { many }));
    counts.collect::<Vec<_>>().join(", ")
}

/// Lines longer than this are not counted: they were not written for people.
const LONGEST_LINE: usize = 1_000;

/// The files of a project as codespan sees them.
pub(super) struct Sources<'f> {
    files: &'f [SourceFile],
    /// The texts without characters that would act on a terminal.
    harmless: Vec<OnceCell<Cow<'f, str>>>,
}

impl<'f> Sources<'f> {
    pub(super) fn new(files: &'f [SourceFile]) -> Self {
        Self { files, harmless: files.iter().map(|_| OnceCell::new()).collect() }
    }

    /// Writes a diagnostic, in the styles that the writer has.
    pub(super) fn write(&self, diagnostic: &Diagnostic, writer: &mut impl WriteStyle) {
        let rendered = self.codespan(diagnostic);
        let config = term::Config { display_style: self.style(&rendered), ..term::Config::default() };
        // Writing to memory does not fail, and every span was made to fit its file.
        let written = term::emit_to_write_style(writer, &config, self, &rendered);
        debug_assert!(written.is_ok(), "{written:?}");
    }

    fn codespan(&self, diagnostic: &Diagnostic) -> codespan::Diagnostic<FileId> {
        let severity = match diagnostic.severity {
            Severity::Error => codespan::Severity::Error,
            Severity::Warning => codespan::Severity::Warning,
            Severity::Note => codespan::Severity::Note,
        };
        let primary = self.label(codespan::LabelStyle::Primary, diagnostic.at, "");
        let secondary = diagnostic
            .labels
            .iter()
            .filter_map(|label| self.label(codespan::LabelStyle::Secondary, label.at, &label.message));
        codespan::Diagnostic {
            severity,
            code: Some(diagnostic.rule.to_owned()),
            message: harmless(&diagnostic.message).into_owned(),
            labels: primary.into_iter().chain(secondary).collect(),
            notes: self.notes(diagnostic),
        }
    }

    /// `None` for files of which nothing but the path is known.
    fn label(
        &self,
        style: codespan::LabelStyle,
        at: Location,
        message: &str,
    ) -> Option<codespan::Label<FileId>> {
        let file = self.file(at.file).filter(|file| !file.text.is_empty())?;
        Some(codespan::Label::new(style, at.file, file.range(at.span)).with_message(harmless(message)))
    }

    fn notes(&self, diagnostic: &Diagnostic) -> Vec<String> {
        let mut notes = Vec::new();
        if !diagnostic.trace.is_empty() {
            let steps = diagnostic.trace.iter().map(|step| self.step(step));
            notes.push(format!("reached through\n{}", steps.collect::<Vec<_>>().join("\n")));
        }
        notes.extend(diagnostic.help.iter().map(|help| format!("help: {}", harmless(help))));
        notes
    }

    fn step(&self, step: &Label) -> String {
        let message = harmless(&step.message);
        match self.file(step.at.file) {
            Some(file) => {
                let line = file.line_of(step.at.span.start.min(file.text.len() as u32)) + 1;
                format!("  {}:{line}: {message}", file.path)
            }
            None => format!("  {message}"),
        }
    }

    /// The snippet, or only its place where the lines are too long to show.
    fn style(&self, diagnostic: &codespan::Diagnostic<FileId>) -> DisplayStyle {
        let long = |label: &codespan::Label<FileId>| {
            let lines = [label.range.start, label.range.end].map(|byte| {
                let line = self.line_index(label.file_id, byte).ok()?;
                self.line_range(label.file_id, line).ok()
            });
            lines.into_iter().flatten().any(|line| line.len() > LONGEST_LINE)
        };
        if diagnostic.labels.iter().any(long) { DisplayStyle::Medium } else { DisplayStyle::Rich }
    }

    fn file(&self, id: FileId) -> Option<&'f SourceFile> {
        self.files.get(id.0 as usize)
    }
}

impl<'a> Files<'a> for Sources<'_> {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(&self.file(id).ok_or(Error::FileMissing)?.path)
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        let file = self.file(id).ok_or(Error::FileMissing)?;
        Ok(self.harmless[id.0 as usize].get_or_init(|| harmless(&file.text)))
    }

    fn line_index(&'a self, id: FileId, byte_index: usize) -> Result<usize, Error> {
        let file = self.file(id).ok_or(Error::FileMissing)?;
        Ok(file.line_of(byte_index.min(file.text.len()) as u32) as usize)
    }

    fn line_range(&'a self, id: FileId, line_index: usize) -> Result<Range<usize>, Error> {
        let file = self.file(id).ok_or(Error::FileMissing)?;
        let starts = file.line_starts();
        let max = starts.len() - 1;
        let start = *starts.get(line_index).ok_or(Error::LineTooLarge { given: line_index, max })?;
        let end = starts.get(line_index + 1).map_or(file.text.len(), |&end| end as usize);
        Ok(start as usize..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Summary;

    fn summary_of(summary: Summary, projects: &[&str]) -> String {
        let projects = projects.iter().map(|&project| project.into()).collect();
        super::summary(&Report { summary, projects, ..Report::default() })
    }

    #[test]
    fn the_summary_says_what_was_not_checked() {
        let summary = |summary: &Summary| summary_of(*summary, &[]);
        let clean = Summary { contracts: 14, entrypoints: 137, ..Summary::default() };
        assert_eq!(summary(&clean), "14 contracts, 137 entrypoints: no findings");
        let found = Summary { errors: 1, unresolved_calls: 3, suppressed: 2, ..clean };
        assert_eq!(
            summary(&found),
            "1 error in 14 contracts, 137 entrypoints; not checked: 3 calls of unknown contracts; \
             2 suppressed"
        );
        assert_eq!(summary(&Summary::default()), "nothing was linted");
        assert_eq!(
            summary_of(clean, &["one", "two"]),
            "2 projects, 14 contracts, 137 entrypoints: no findings"
        );
    }
}
