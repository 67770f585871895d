//! The report for programs, version 1. Every key is always present; readers ignore keys that they do not know.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostic::{self, Applicability, Label, Severity};
use crate::project::Project;
use crate::report::{Finding, Report, Summary, Unchecked, rule_url};
use crate::rules;
use crate::source::{self, FileId, Location};

/// The JSON schema of the document.
pub const SCHEMA: &str = include_str!("../../schemas/output.json");

/// The whole document, with a line end.
pub fn document(project: &Project, report: &Report) -> String {
    let contracts = contracts(project);
    let diagnostic = |finding| Diagnostic::new(project, &contracts, finding);
    let document = Document {
        version: 1,
        tool: Tool::default(),
        diagnostics: report.findings.iter().map(diagnostic).collect(),
        summary: Counts::new(&report.summary),
        unchecked: report.unchecked.iter().map(|it| NotChecked::new(project, it)).collect(),
    };
    pretty(&document)
}

/// A line for each finding, then one for the summary.
pub fn lines(project: &Project, report: &Report) -> String {
    let contracts = contracts(project);
    let findings = report.findings.iter();
    let findings =
        findings.map(|finding| Line::Diagnostic(Box::new(Diagnostic::new(project, &contracts, finding))));
    let summary = Line::Summary(Counts::new(&report.summary));
    let line = |line| serde_json::to_string(&line).unwrap_or_default() + "\n";
    findings.chain([summary]).map(line).collect()
}

/// `value` as people can read it, with a line end.
pub fn pretty(value: &impl Serialize) -> String {
    // Reports are strings and numbers under fixed keys: nothing that JSON cannot hold.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// The contract that a file holds; the first if it is deployed several times.
pub(super) fn contracts(project: &Project) -> BTreeMap<FileId, String> {
    let names = project.contracts.iter().rev();
    names.map(|contract| (contract.file, contract.qualified_name().to_string())).collect()
}

/// A report of clarlint. Readers ignore keys that they do not know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'a> {
    version: u32,
    tool: Tool,
    diagnostics: Vec<Diagnostic<'a>>,
    summary: Counts,
    /// What the summary counts as not checked.
    unchecked: Vec<NotChecked<'a>>,
}

/// What a line of `--format jsonl` is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Diagnostic(Box<Diagnostic<'a>>),
    Summary(Counts),
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Diagnostic<'a> {
    /// The rule's id; `clarlint explain` tells more.
    rule: &'a str,
    group: &'a str,
    severity: Severity,
    /// One lower-case sentence, code in backticks, true on its own in a list.
    message: &'a str,
    /// The folder of the project that it is about, if the report is on several.
    project: Option<&'a str>,
    /// Relative, with forward slashes.
    path: &'a str,
    /// The contract that the file holds.
    contract: Option<&'a str>,
    /// The function that the finding is about.
    function: Option<&'a str>,
    range: Range,
    /// The same place in bytes of the file, end exclusive.
    bytes: [usize; 2],
    /// Other places that belong to the finding: the effect, the definition, the policy line.
    labels: Vec<Place<'a>>,
    /// The way from the entrypoint to the place that is wrong, call by call.
    trace: Vec<Place<'a>>,
    /// What to write instead.
    help: Option<&'a str>,
    /// The page on the rule.
    url: Option<String>,
    fix: Option<Fix<'a>>,
    /// Stays the same while code around the finding moves: 16 hexadecimal digits.
    fingerprint: String,
    /// `new`; with `--show-suppressed` also `suppressed` or `baselined`.
    state: &'a str,
}

impl<'a> Diagnostic<'a> {
    fn new(project: &'a Project, contracts: &'a BTreeMap<FileId, String>, finding: &'a Finding) -> Self {
        let Finding { diagnostic, fingerprint, state, project: folder } = finding;
        let places = |labels: &'a [Label]| labels.iter().map(|label| Place::new(project, label)).collect();
        let file = project.file(diagnostic.at.file);
        let bytes = file.range(diagnostic.at.span);
        Self {
            rule: diagnostic.rule,
            group: rules::find(diagnostic.rule).map_or(rules::Group::Run, |rule| rule.group).as_str(),
            severity: diagnostic.severity,
            message: &diagnostic.message,
            project: folder.as_deref(),
            path: &file.path,
            contract: contracts.get(&diagnostic.at.file).map(String::as_str),
            function: diagnostic.function.as_deref(),
            range: Range::new(project, diagnostic.at),
            bytes: [bytes.start, bytes.end],
            labels: places(&diagnostic.labels),
            trace: places(&diagnostic.trace),
            help: diagnostic.help.as_deref(),
            url: rule_url(diagnostic.rule),
            fix: diagnostic.fix.as_ref().map(|fix| Fix::new(project, fix)),
            fingerprint: fingerprint.to_string(),
            state: state.as_str(),
        }
    }
}

/// Something that was not checked. It is not clean.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NotChecked<'a> {
    /// `contract`, `types`, `function` or `call`.
    kind: &'a str,
    contract: &'a str,
    function: Option<&'a str>,
    /// Null, as is the range, of a contract whose text could not be had.
    path: Option<&'a str>,
    range: Option<Range>,
    reason: &'a str,
}

impl<'a> NotChecked<'a> {
    fn new(project: &'a Project, unchecked: &'a Unchecked) -> Self {
        Self {
            kind: unchecked.kind.as_str(),
            contract: &unchecked.contract,
            function: unchecked.function.as_deref(),
            path: unchecked.at.map(|at| project.file(at.file).path.as_str()),
            range: unchecked.at.map(|at| Range::new(project, at)),
            reason: &unchecked.reason,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// A range as the Language Server Protocol has it: lines and UTF-16 units from 0, the end exclusive.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Position {
    line: u32,
    character: u32,
}

/// A change that resolves the finding. Its edits do not overlap, and are made together or not at all.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Fix<'a> {
    /// What it does, as an order.
    title: &'a str,
    /// `safe` if the contract does the same afterwards, `unsafe` if somebody may have relied on what goes.
    applicability: Applicability,
    edits: Vec<Edit<'a>>,
}

/// A piece of a text, and what stands there instead.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Edit<'a> {
    path: &'a str,
    range: Range,
    new_text: &'a str,
}

impl<'a> Fix<'a> {
    fn new(project: &'a Project, fix: &'a diagnostic::Fix) -> Self {
        let edit = |edit: &'a diagnostic::Edit| Edit {
            path: &project.file(edit.at.file).path,
            range: Range::new(project, edit.at),
            new_text: &edit.text,
        };
        let edits = fix.edits.iter().map(edit).collect();
        Self { title: &fix.title, applicability: fix.applicability, edits }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// Holds a schema that is written down against that of what is printed, or writes it down anew: so the program need not
/// carry what derives it.
#[cfg(test)]
pub(super) fn keep_schema<T: schemars::JsonSchema>(name: &str, kept: &str) {
    // As it is written: every key is there, null ones included.
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = pretty(&settings.into_generator().into_root_schema_for::<T>());
    if std::env::var_os("CLARLINT_BLESS").is_some() {
        let path = format!("{}/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, &schema).expect("the schema can be written");
    } else {
        assert_eq!(schema, kept, "`CLARLINT_BLESS=1 cargo test --lib` writes schemas/{name}.json");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_that_of_the_report() {
        keep_schema::<Document<'_>>("output", SCHEMA);
    }
}
