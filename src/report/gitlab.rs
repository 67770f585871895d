//! GitLab's code quality report: a list of findings, empty when there are none.

use serde::Serialize;

use crate::diagnostic::Severity;
use crate::project::Project;
use crate::report::json::pretty;
use crate::report::{Finding, Report};

/// The whole document.
pub fn document(project: &Project, report: &Report) -> String {
    pretty(&report.new_findings().map(|finding| Issue::new(project, finding)).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: String,
    severity: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

impl<'a> Issue<'a> {
    fn new(project: &Project, finding: &'a Finding) -> Self {
        let Finding { diagnostic, fingerprint, project: folder, .. } = finding;
        let start = project.file(diagnostic.at.file).positions(diagnostic.at.span).0;
        Self {
            description: &diagnostic.message,
            check_name: diagnostic.rule,
            // GitLab takes two findings with one fingerprint for one, and two projects may have the same.
            fingerprint: match folder {
                Some(folder) => format!("{folder}:{fingerprint}"),
                None => fingerprint.to_string(),
            },
            severity: match diagnostic.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Note => "info",
            },
            location: Location {
                path: project.repository_path(diagnostic.at.file),
                lines: Lines { begin: start.line + 1 },
            },
        }
    }
}
