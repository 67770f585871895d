//! The report for programs, version 1. Every key is always present; readers ignore keys that they do not know.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostic::Label;
use crate::project::Project;
use crate::report::{Finding, Report, Summary};
use crate::rules;
use crate::source::{self, FileId, Location};

/// The whole document, with a line end.
pub fn document(project: &Project, report: &Report) -> String {
    let contracts = contracts(project);
    let diagnostic = |finding| Diagnostic::new(project, &contracts, finding);
    let document = Document {
        version: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        diagnostics: report.findings.iter().map(diagnostic).collect(),
        summary: Counts::new(&report.summary),
    };
    pretty(&document)
}

/// A line for each finding, then one for the summary.
pub fn lines(project: &Project, report: &Report) -> String {
    let contracts = contracts(project);
    let findings = report.findings.iter();
    let findings = findings.map(|finding| Line::Diagnostic(Diagnostic::new(project, &contracts, finding)));
    let summary = Line::Summary(Counts::new(&report.summary));
    let line = |line| serde_json::to_string(&line).unwrap_or_default() + "\n";
    findings.chain([summary]).map(line).collect()
}

/// `value` as people can read it, with a line end.
pub(super) fn pretty(value: &impl Serialize) -> String {
    // Reports are strings and numbers under fixed keys: nothing that JSON cannot hold.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// The contract that a file holds; the first if it is deployed several times.
pub(super) fn contracts(project: &Project) -> BTreeMap<FileId, String> {
    let names = project.contracts.iter().rev();
    names.map(|contract| (contract.file, contract.qualified_name().to_string())).collect()
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    diagnostics: Vec<Diagnostic<'a>>,
    summary: Counts,
}

/// What a line of `--format jsonl` is.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Diagnostic(Diagnostic<'a>),
    Summary(Counts),
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    rule: &'a str,
    group: &'a str,
    severity: &'a str,
    message: &'a str,
    path: &'a str,
    contract: Option<&'a str>,
    function: Option<&'a str>,
    range: Range,
    bytes: [usize; 2],
    labels: Vec<Place<'a>>,
    trace: Vec<Place<'a>>,
    help: Option<&'a str>,
    url: Option<&'a str>,
    fix: Option<Fix>,
    fingerprint: String,
    state: &'a str,
}

impl<'a> Diagnostic<'a> {
    fn new(project: &'a Project, contracts: &'a BTreeMap<FileId, String>, finding: &'a Finding) -> Self {
        let Finding { diagnostic, fingerprint } = finding;
        let places = |labels: &'a [Label]| labels.iter().map(|label| Place::new(project, label)).collect();
        let file = project.file(diagnostic.at.file);
        let bytes = file.range(diagnostic.at.span);
        Self {
            rule: diagnostic.rule,
            group: rules::find(diagnostic.rule).map_or(rules::Group::Run, |rule| rule.group).as_str(),
            severity: diagnostic.severity.as_str(),
            message: &diagnostic.message,
            path: &file.path,
            contract: contracts.get(&diagnostic.at.file).map(String::as_str),
            function: diagnostic.function.as_deref(),
            range: Range::new(project, diagnostic.at),
            bytes: [bytes.start, bytes.end],
            labels: places(&diagnostic.labels),
            trace: places(&diagnostic.trace),
            help: diagnostic.help.as_deref(),
            url: None,
            fix: None,
            fingerprint: fingerprint.to_string(),
            state: "new",
        }
    }
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    range: Range,
    message: &'a str,
}

impl<'a> Place<'a> {
    fn new(project: &'a Project, label: &'a Label) -> Self {
        let path = &project.file(label.at.file).path;
        Self { path, range: Range::new(project, label.at), message: &label.message }
    }
}

/// A range as the Language Server Protocol has it.
#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

impl Range {
    fn new(project: &Project, at: Location) -> Self {
        let (start, end) = project.file(at.file).positions(at.span);
        let position = |at: source::Position| Position { line: at.line, character: at.character };
        Self { start: position(start), end: position(end) }
    }
}

#[derive(Serialize)]
struct Position {
    line: u32,
    character: u32,
}

/// A change that would resolve the finding. No rule has one yet, so that `fix` is always null.
#[derive(Serialize)]
enum Fix {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    contracts: usize,
    functions: usize,
    entrypoints: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
    baselined: usize,
    fixable: usize,
    unresolved_calls: usize,
    types_unavailable: usize,
    unchecked_functions: usize,
    absent_contracts: usize,
}

impl Counts {
    fn new(summary: &Summary) -> Self {
        Self {
            contracts: summary.contracts,
            functions: summary.functions,
            entrypoints: summary.entrypoints,
            errors: summary.errors,
            warnings: summary.warnings,
            notes: summary.notes,
            suppressed: summary.suppressed,
            baselined: summary.baselined,
            fixable: summary.fixable,
            unresolved_calls: summary.unresolved_calls,
            types_unavailable: summary.types_unavailable,
            unchecked_functions: summary.unchecked_functions,
            absent_contracts: summary.absent_contracts,
        }
    }
}
