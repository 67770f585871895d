//! Findings as diagnostics.

use gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Uri,
};

use super::published::ByFile;
use super::state::State;
use crate::diagnostic::{self, Severity};
use crate::report::{Finding, rule_url};

/// Under what name editors show findings.
pub const SOURCE: &str = "clarlint";

/// Rules that report what may go, and rules that report what the language has left behind.
const UNNECESSARY: [&str; 3] = ["stale-baseline", "unused-allow", "unused-policy-entry"];
const DEPRECATED: [&str; 1] = ["deprecated-builtin"];

/// The findings to look at, for every file that is reported on.
pub fn by_file(state: &State<'_>) -> ByFile {
    let reported = state.project().reported_files();
    let files = state.project().files.iter().zip(reported).filter(|(_, reported)| *reported);
    let mut all: ByFile = files.map(|(file, _)| (state.path_of(&file.path), Vec::new())).collect();
    for finding in state.report.new_findings() {
        let file = finding.diagnostic.at.file;
        all.entry(state.path(file)).or_default().push(diagnostic(state, finding));
    }
    all
}

pub fn diagnostic(state: &State<'_>, finding: &Finding) -> Diagnostic {
    let found = &finding.diagnostic;
    let others = found.labels.iter().chain(&found.trace).map(|label| DiagnosticRelatedInformation {
        location: state.location(label.at),
        message: label.message.clone(),
    });
    let others: Vec<_> = others.collect();
    let tags: Vec<_> = tag(found.rule).into_iter().collect();
    Diagnostic {
        range: state.range(found.at),
        severity: Some(severity(found.severity)),
        code: Some(found.rule.to_owned().into()),
        code_description: rule_url(found.rule).map(|url| CodeDescription { href: Uri(url) }),
        source: Some(SOURCE.to_owned()),
        message: message(found).into(),
        tags: (!tags.is_empty()).then_some(tags),
        related_information: (!others.is_empty()).then_some(others),
        data: None,
    }
}

/// What is wrong, and below it what to do.
fn message(found: &diagnostic::Diagnostic) -> String {
    match &found.help {
        Some(help) => format!("{}\nhelp: {help}", found.message),
        None => found.message.clone(),
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Note => DiagnosticSeverity::Information,
    }
}

fn tag(rule: &str) -> Option<DiagnosticTag> {
    if UNNECESSARY.contains(&rule) {
        Some(DiagnosticTag::Unnecessary)
    } else {
        DEPRECATED.contains(&rule).then_some(DiagnosticTag::Deprecated)
    }
}
