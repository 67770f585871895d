//! Findings that were there before: a team gates what is new, and mends what is old when it gets to it.
//!
//! The file is JSON that a reviewer can read, a line for each finding by path, rule and fingerprint. Only the
//! fingerprint counts; the rest says what it stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Severity};
use crate::project::{Disk, Project, path};
use crate::report::{Finding, Report, State};
use crate::rules::about_the_run::{STALE_BASELINE, SYNTAX_ERROR};
use crate::rules::{self, Group, Rule};
use crate::source::{FileId, Location, SourceFile, Span};

/// The name of the file, beside `clarlint.toml`.
pub const FILE_NAME: &str = "clarlint-baseline.json";

/// How many entries that are gone are shown one by one, besides the first.
const MOST_SHOWN: usize = 9;

/// What stands before the entries, and how long each is.
const LINES_BEFORE: usize = 3;
const LINES_OF_ONE: usize = 7;

/// The findings of a baseline, and the file that has them.
#[derive(Clone, Debug)]
pub struct Baseline {
    file: FileId,
    entries: Vec<Entry>,
}

/// A finding as the baseline remembers it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    path: String,
    rule: String,
    fingerprint: String,
    function: Option<String>,
    message: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in {}", self.rule, self.path)?;
        self.function.as_ref().map_or(Ok(()), |function| write!(f, ", `{function}`"))
    }
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Reads a baseline, and adds its file to `files`. The error is a sentence's end.
    pub fn read(file: &Path, base: &Path, disk: &Disk, files: &mut Vec<SourceFile>) -> Result<Self, String> {
        let text = disk.read(file).map_err(|error| path::reason(&error))?;
        let text = String::from_utf8(text).map_err(|_| "it is not UTF-8".to_string())?;
        let document: Document =
            serde_json::from_str(&text).map_err(|error| format!("it is not a baseline: {error}"))?;
        if document.version != 1 {
            return Err(format!("its version {} is newer than this clarlint", document.version));
        }
        files.push(SourceFile::new(path::name(base, file), text.into()));
        Ok(Self { file: FileId(files.len() as u32 - 1), entries: document.findings })
    }

    /// Marks the findings that it has, and says which of its entries are gone.
    pub fn compare(
        &self,
        project: &Project,
        report: &mut Report,
        is_on: impl Fn(&Rule) -> bool,
    ) -> Option<Diagnostic> {
        let known: BTreeSet<_> = self.entries.iter().map(|entry| entry.fingerprint.as_str()).collect();
        let mut seen = BTreeSet::new();
        for finding in &mut report.findings {
            let fingerprint = finding.fingerprint.to_string();
            if known.contains(fingerprint.as_str()) {
                if finding.state == State::New {
                    finding.state = State::Baselined;
                }
                seen.insert(fingerprint);
            }
        }
        let looked_at = looked_at(project);
        let gone: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| !seen.contains(&entry.fingerprint))
            .filter(|entry| rules::find(&entry.rule).is_none_or(&is_on))
            .filter(|entry| looked_at.get(entry.path.as_str()) != Some(&false))
            .collect();
        self.stale(project, &gone)
    }

    fn stale(&self, project: &Project, gone: &[&Entry]) -> Option<Diagnostic> {
        let (first, others) = gone.split_first()?;
        let text = &project.file(self.file).text;
        let at = |entry: &Entry| {
            let start = text.find(&entry.fingerprint).unwrap_or_default();
            let end = (start + entry.fingerprint.len()).min(text.len());
            Location { file: self.file, span: Span::new(start as u32, end as u32) }
        };
        let message = match others.len() {
            0 => format!("a finding of the baseline is gone: {first}"),
            more => format!("{} findings of the baseline are gone: {first}, and {more} more", more + 1),
        };
        let help = "run `clarlint baseline --prune`: if they came back, the baseline would hide them";
        let found = Diagnostic::new(STALE_BASELINE.id, Severity::Warning, at(first), message).help(help);
        Some(
            others
                .iter()
                .take(MOST_SHOWN)
                .fold(found, |found, entry| found.label(at(entry), entry.to_string())),
        )
    }

    /// The entries for which there still is a finding.
    pub fn pruned(&self, report: &Report) -> Vec<Entry> {
        let still: BTreeSet<_> =
            report.findings.iter().map(|finding| finding.fingerprint.to_string()).collect();
        self.entries.iter().filter(|entry| still.contains(&entry.fingerprint)).cloned().collect()
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file that it was read from.
    pub fn file(&self) -> FileId {
        self.file
    }
}

/// The findings to be looked at, as far as a baseline takes them.
pub fn entries(project: &Project, report: &Report) -> Vec<Entry> {
    report.new_findings().filter_map(|finding| entry(project, finding)).collect()
}

/// A finding as a baseline takes it; `None` if it is about the run, which depends on the machine and on the baseline
/// itself.
pub fn entry(project: &Project, finding: &Finding) -> Option<Entry> {
    let Finding { diagnostic, fingerprint, .. } = finding;
    let rule = rules::find(diagnostic.rule);
    let is_about_code = rule.is_none_or(|rule| rule.group != Group::Run || rule.id == SYNTAX_ERROR.id);
    is_about_code.then(|| Entry {
        path: project.file(diagnostic.at.file).path.clone(),
        rule: diagnostic.rule.to_string(),
        fingerprint: fingerprint.to_string(),
        function: diagnostic.function.clone(),
        message: diagnostic.message.clone(),
    })
}

/// The file's text.
pub fn document(mut findings: Vec<Entry>) -> String {
    findings.sort();
    findings.dedup();
    // Strings under fixed keys: nothing that JSON cannot hold.
    serde_json::to_string_pretty(&Document { version: 1, findings }).unwrap_or_default() + "\n"
}

/// Another entry in the text that [`document`] makes of some: where, and what. `None` where there are none yet.
pub fn addition(text: &SourceFile, entries: &[Entry], entry: &Entry) -> Option<(Span, String)> {
    let last = entries.len().checked_sub(1)?;
    let place = entries.partition_point(|other| other < entry);
    let json = serde_json::to_string_pretty(entry).unwrap_or_default();
    let json = json.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
    let line = |place: usize| text.line_starts()[LINES_BEFORE + place * LINES_OF_ONE];
    let (at, new) = match place > last {
        // Behind the last, which has no comma.
        true => (line(place) - 1, format!(",\n{json}")),
        false => (line(place), format!("{json},\n")),
    };
    Some((Span::new(at, at), new))
}

/// For each file whether its findings were looked for. Files that are not in the project are gone for good.
fn looked_at(project: &Project) -> BTreeMap<&str, bool> {
    let reported = project.reported_files();
    let mut looked_at: BTreeMap<_, _> = project
        .files
        .iter()
        .zip(reported)
        .map(|(file, is_reported)| (file.path.as_str(), is_reported))
        .collect();
    // What a file with syntax errors would show is not known.
    for contract in project.contracts.iter().filter(|contract| !contract.syntax.errors.is_empty()) {
        looked_at.insert(&project.file(contract.file).path, false);
    }
    looked_at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Entry {
        let text = |of: &str| format!("{of} {name}\n\"");
        let function = Some(text("function")).filter(|_| name != "c");
        Entry {
            path: text("path"),
            rule: text("rule"),
            fingerprint: text("id"),
            function,
            message: text("é"),
        }
    }

    #[test]
    fn additions_make_what_is_written_as_a_whole() {
        for name in ["a", "c", "e", "f", "g"] {
            let old = vec![entry("b"), entry("d"), entry("f0")];
            let text = SourceFile::new("baseline".into(), document(old.clone()).into());
            let (at, new) = addition(&text, &old, &entry(name)).expect("there are some");
            let written = [&text.text[..at.start as usize], &new, &text.text[at.end as usize..]].concat();
            assert_eq!(written, document([old, vec![entry(name)]].concat()));
        }
        assert_eq!(
            addition(&SourceFile::new("empty".into(), document(vec![]).into()), &[], &entry("a")),
            None
        );
    }
}
