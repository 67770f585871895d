//! A line for each finding: `path:line:col: severity[rule]: message`, as editors and `grep` read it. Lines and columns
//! are counted from 1, columns in UTF-16 units.

use crate::project::Project;
use crate::report::text::one_line;
use crate::report::{Finding, Report, State};

/// The findings, a line each.
pub fn findings(project: &Project, report: &Report) -> String {
    report.findings.iter().map(|finding| line(project, finding)).collect()
}

fn line(project: &Project, Finding { diagnostic, state, .. }: &Finding) -> String {
    let file = project.file(diagnostic.at.file);
    let start = file.positions(diagnostic.at.span).0;
    let (path, message) = (one_line(&file.path), one_line(&diagnostic.message));
    let (line, column, severity) = (start.line + 1, start.character + 1, diagnostic.severity.as_str());
    let state = if *state == State::New { String::new() } else { format!(" ({})", state.as_str()) };
    format!("{path}:{line}:{column}: {severity}[{}]: {message}{state}\n", diagnostic.rule)
}
