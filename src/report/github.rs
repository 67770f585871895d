//! Commands that GitHub's runner turns into annotations beside the code. What comes between `::` is properties, whose
//! values must hold neither `,` nor `:`; line ends are escaped everywhere.

use crate::diagnostic::Severity;
use crate::project::Project;
use crate::report::text::harmless;
use crate::report::{Finding, Report};

/// A command for each finding.
pub fn commands(project: &Project, report: &Report) -> String {
    report.new_findings().map(|finding| command(project, finding)).collect()
}

fn command(project: &Project, Finding { diagnostic, .. }: &Finding) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (start, end) = project.file(diagnostic.at.file).positions(diagnostic.at.span);
    let path = property(&project.repository_path(diagnostic.at.file));
    let (line, column) = (start.line + 1, start.character + 1);
    let (end_line, end_column) = (end.line + 1, end.character + 1);
    let title = property(&format!("clarlint ({})", diagnostic.rule));
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let message = data(&format!("{}{help}", diagnostic.message));
    format!(
        "::{command} file={path},line={line},col={column},endLine={end_line},endColumn={end_column},\
         title={title}::{message}\n"
    )
}

fn data(text: &str) -> String {
    harmless(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
