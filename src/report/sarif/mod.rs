//! SARIF 2.1.0 as code scanning of GitHub takes it: it refuses a whole report for one result without a place, for
//! paths that are not relative and for more than it has room for.

mod line_hash;
mod model;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::diagnostic::{self, Diagnostic, Label, Severity};
use crate::project::Project;
use crate::report::json::{contracts, pretty};
use crate::report::{Finding, Report, State};
use crate::rules::{self, Rule};
use crate::source::{self, FileId};
use model::*;

/// How many results GitHub takes in one run.
const MOST_RESULTS: usize = 25_000;
/// How many places of one result it takes.
const MOST_LOCATIONS: usize = 1_000;

/// What a path of a URI keeps as it is: no colon, which would make what is before it a scheme.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The whole document.
pub fn document(project: &Project, report: &Report) -> String {
    let findings = most_serious(&report.findings);
    let left_out = report.findings.len() - findings.len();
    let rules: BTreeSet<_> = findings.iter().map(|finding| finding.diagnostic.rule).collect();
    let rules: Vec<_> = rules.into_iter().filter_map(rules::find).collect();
    let mut results = Results::new(project, &rules);
    let results = findings.into_iter().filter_map(|finding| results.of(finding)).collect();
    let notification = (left_out > 0).then(|| Notification {
        level: "warning",
        message: Text {
            text: format!("{left_out} less serious findings are left out: GitHub takes no more"),
        },
    });
    pretty(&Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.iter().map(|rule| descriptor(rule)).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: !report.incomplete,
                tool_execution_notifications: notification.into_iter().collect(),
            }],
            column_kind: "utf16CodeUnits",
            results,
        }],
    })
}

/// As many findings as fit, in their order.
fn most_serious(findings: &[Finding]) -> Vec<&Finding> {
    let mut kept: Vec<_> = findings.iter().enumerate().collect();
    if kept.len() > MOST_RESULTS {
        kept.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.diagnostic.severity));
        kept.truncate(MOST_RESULTS);
        kept.sort_by_key(|&(at, _)| at);
    }
    kept.into_iter().map(|(_, finding)| finding).collect()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let severity = rule.level.unwrap_or(Severity::Warning);
    let (problem_severity, security_severity) = match severity {
        Severity::Error => ("error", "8.0"),
        Severity::Warning => ("warning", "5.0"),
        Severity::Note => ("recommendation", "2.0"),
    };
    let is_security = rule.group.is_security();
    let tags = [rule.group.as_str(), "clarity"].into_iter().chain(is_security.then_some("security"));
    ReportingDescriptor {
        id: rule.id,
        short_description: Text { text: rule.summary() },
        full_description: Text { text: rule.why() },
        help: Help {
            text: format!("`clarlint explain {}` says why, with examples of what to write instead.", rule.id),
            markdown: rule.doc,
        },
        default_configuration: Configuration { level: severity.as_str() },
        properties: RuleProperties {
            tags: tags.collect(),
            precision: if rule.level.is_some() { "high" } else { "medium" },
            problem_severity,
            security_severity: is_security.then_some(security_severity),
        },
    }
}

/// What the results of one run share.
struct Results<'a> {
    project: &'a Project,
    rules: &'a [&'a Rule],
    contracts: BTreeMap<FileId, String>,
    line_hashes: HashMap<FileId, Vec<String>>,
}

impl<'a> Results<'a> {
    fn new(project: &'a Project, rules: &'a [&'a Rule]) -> Self {
        Self { project, rules, contracts: contracts(project), line_hashes: HashMap::new() }
    }

    /// `None` for a rule that does not exist.
    fn of(&mut self, finding: &Finding) -> Option<ResultObject> {
        let Finding { diagnostic, fingerprint, state, .. } = finding;
        let rule_index = self.rules.iter().position(|rule| rule.id == diagnostic.rule)?;
        let line_hash = self.line_hash(diagnostic.at).map(|hash| ("primaryLocationLineHash", hash));
        let own = ("clarlint/v1", fingerprint.to_string());
        let labels = diagnostic.labels.iter().take(MOST_LOCATIONS).enumerate();
        Some(ResultObject {
            rule_id: diagnostic.rule,
            rule_index,
            level: diagnostic.severity.as_str(),
            message: Text { text: message(diagnostic) },
            locations: [Location {
                logical_locations: self.logical(diagnostic).into_iter().collect(),
                ..self.location(diagnostic.at)
            }],
            related_locations: labels
                .map(|(id, label)| Location { id: Some(id), ..self.explained(label) })
                .collect(),
            code_flows: self.code_flow(diagnostic).into_iter().collect(),
            fixes: diagnostic.fix.iter().map(|fix| self.fix(fix)).collect(),
            suppressions: suppression(state).into_iter().collect(),
            partial_fingerprints: line_hash.into_iter().chain([own]).collect(),
        })
    }

    fn line_hash(&mut self, at: source::Location) -> Option<String> {
        let file = self.project.file(at.file);
        let hashes = self.line_hashes.entry(at.file).or_insert_with(|| line_hash::line_hashes(&file.text));
        hashes.get(file.positions(at.span).0.line as usize).cloned()
    }

    /// The way from the entrypoint down, call by call.
    fn code_flow(&self, diagnostic: &Diagnostic) -> Option<CodeFlow> {
        let start = Label { at: diagnostic.at, message: diagnostic.message.clone() };
        let steps = std::iter::once(&start).chain(&diagnostic.trace).take(MOST_LOCATIONS).enumerate();
        let step =
            |(nesting_level, label)| ThreadFlowLocation { location: self.explained(label), nesting_level };
        let thread_flows = [ThreadFlow { locations: steps.map(step).collect() }];
        (!diagnostic.trace.is_empty()).then_some(CodeFlow { thread_flows })
    }

    fn logical(&self, diagnostic: &Diagnostic) -> Option<LogicalLocation> {
        let contract = self.contracts.get(&diagnostic.at.file)?;
        let function = diagnostic.function.as_ref()?;
        Some(LogicalLocation { fully_qualified_name: format!("{contract}.{function}"), kind: "function" })
    }

    /// The edits of one file make one change.
    fn fix(&self, fix: &diagnostic::Fix) -> Fix {
        let mut by_file: BTreeMap<FileId, Vec<Replacement>> = BTreeMap::new();
        for edit in &fix.edits {
            by_file.entry(edit.at.file).or_default().push(Replacement {
                deleted_region: self.region(edit.at),
                inserted_content: Text { text: edit.text.clone() },
            });
        }
        let change =
            |(file, replacements)| ArtifactChange { artifact_location: self.artifact(file), replacements };
        Fix {
            description: Text { text: fix.title.clone() },
            artifact_changes: by_file.into_iter().map(change).collect(),
        }
    }

    fn explained(&self, label: &Label) -> Location {
        Location { message: Some(Text { text: label.message.clone() }), ..self.location(label.at) }
    }

    fn location(&self, at: source::Location) -> Location {
        let (artifact_location, region) = (self.artifact(at.file), self.region(at));
        Location {
            id: None,
            physical_location: PhysicalLocation { artifact_location, region },
            logical_locations: Vec::new(),
            message: None,
        }
    }

    fn artifact(&self, file: FileId) -> ArtifactLocation {
        let path = self.project.repository_path(file);
        ArtifactLocation { uri: utf8_percent_encode(&path, KEPT).to_string() }
    }

    fn region(&self, at: source::Location) -> Region {
        let (start, end) = self.project.file(at.file).positions(at.span);
        Region {
            start_line: start.line + 1,
            start_column: start.character + 1,
            end_line: end.line + 1,
            end_column: end.character + 1,
        }
    }
}

/// How it is kept from being looked at.
fn suppression(state: &State) -> Option<Suppression> {
    match state {
        State::New => None,
        State::Suppressed { reason } => {
            Some(Suppression { kind: "inSource", justification: Some(reason.clone()) })
        }
        State::Baselined => Some(Suppression { kind: "external", justification: None }),
    }
}

/// The message with links to the places that explain it, since GitHub shows only those it links to, and the help.
fn message(diagnostic: &Diagnostic) -> String {
    let bracketless = |text: &str| text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    let labels = diagnostic.labels.iter().take(MOST_LOCATIONS).enumerate();
    let links = labels.map(|(id, label)| format!("\n[{}]({id})", bracketless(&label.message)));
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}"));
    std::iter::once(format!("{}.", diagnostic.message)).chain(links).chain(help).collect()
}
