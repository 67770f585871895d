//! What a run says: findings in a total order, each with a fingerprint, and a summary.

pub mod changes;
mod enclosing;
mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod html;
pub mod human;
mod join;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod short;
mod text;
mod unchecked;

pub use fingerprint::Fingerprint;
pub use join::join;
pub use unchecked::{Kind, Unchecked};

use std::cmp::Ordering;
use std::sync::Arc;

use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::project::Project;
use crate::report::enclosing::Enclosing;
use crate::rules;

/// The outcome of a run, ready to be rendered in any format.
#[derive(Debug, Default)]
pub struct Report {
    /// Most serious first, then by path, place, rule and message.
    pub findings: Vec<Finding>,
    /// What rules would say that nobody has decided on: it is only counted.
    pub more: Vec<Finding>,
    pub summary: Summary,
    /// What the summary counts as not checked: by kind, then by place.
    pub unchecked: Vec<Unchecked>,
    /// The folders of the projects, if there are several.
    pub projects: Vec<Arc<str>>,
    /// Something could not be done: a path not read, a rule that panicked. The run ends with exit code 2.
    pub incomplete: bool,
}

/// A diagnostic and its identity.
#[derive(Debug)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub fingerprint: Fingerprint,
    pub state: State,
    /// The folder of the project that it is about, if there are several.
    pub project: Option<Arc<str>>,
}

impl Finding {
    /// Whether `--fix` resolves it.
    fn is_fixable(&self) -> bool {
        self.diagnostic.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe)
    }
}

/// Whether a finding is one to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    New,
    /// The contract allows it and says why.
    Suppressed {
        reason: String,
    },
    /// It was there before: the baseline knows it.
    Baselined,
}

impl State {
    /// As reports for programs have it.
    pub fn as_str(&self) -> &'static str {
        match self {
            State::New => "new",
            State::Suppressed { .. } => "suppressed",
            State::Baselined => "baselined",
        }
    }
}

/// What was looked at, what was found, and what could not be checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Contracts whose findings are reported; likewise the next two.
    pub contracts: usize,
    pub functions: usize,
    /// Public functions.
    pub entrypoints: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    pub suppressed: usize,
    pub baselined: usize,
    /// Findings that `--fix` resolves.
    pub fixable: usize,
    /// Calls whose callee could not be seen.
    pub unresolved_calls: usize,
    /// Functions that take part in a cycle of calls, or are larger than the bounds of the analysis.
    pub unchecked_functions: usize,
    /// Contracts whose types could not be computed.
    pub types_unavailable: usize,
    /// Contracts that the project has but whose text could not be had.
    pub absent_contracts: usize,
}

impl Report {
    /// What was found, sorted and identified. `summary` has what was looked at.
    pub fn new(
        project: &Project,
        found: Vec<(State, Diagnostic)>,
        summary: Summary,
        mut unchecked: Vec<Unchecked>,
    ) -> Self {
        unchecked.sort_by(|a, b| {
            (a.kind, a.at, &a.contract, &a.function).cmp(&(b.kind, b.at, &b.contract, &b.function))
        });
        let of = |kind| unchecked.iter().filter(|it| it.kind == kind).count();
        let summary = Summary {
            absent_contracts: of(Kind::Contract),
            types_unavailable: of(Kind::Types),
            unchecked_functions: of(Kind::Function),
            unresolved_calls: of(Kind::Call),
            ..summary
        };
        let incomplete = !project.unreadable.is_empty();
        let mut report = Self { summary, unchecked, incomplete, ..Self::default() };
        report.add(project, found);
        report
    }

    /// Adds findings, and brings all into their order.
    pub fn add(&mut self, project: &Project, mut found: Vec<(State, Diagnostic)>) {
        let mut enclosing = Enclosing::default();
        for (_, diagnostic) in &mut found {
            if diagnostic.function.is_none() {
                diagnostic.function = enclosing.function(project, diagnostic.at);
            }
        }
        found.sort_by(|(_, a), (_, b)| order(project, a, b));
        found.dedup();
        let fingerprints = fingerprint::of_all(project, found.iter().map(|(_, diagnostic)| diagnostic));
        let findings = found.into_iter().zip(fingerprints);
        self.findings.extend(findings.map(|((state, diagnostic), fingerprint)| Finding {
            diagnostic,
            fingerprint,
            state,
            project: None,
        }));
        self.sort(project);
        self.count();
    }

    fn sort(&mut self, project: &Project) {
        self.findings.sort_by(|Finding { diagnostic: a, .. }, Finding { diagnostic: b, .. }| {
            b.severity.cmp(&a.severity).then_with(|| order(project, a, b))
        });
    }

    /// Counts the findings by what they are.
    fn count(&mut self) {
        let of = |state: fn(&State) -> bool, severity: Option<Severity>| {
            let findings = self.findings.iter().filter(|finding| state(&finding.state));
            findings.filter(|finding| severity.is_none_or(|it| finding.diagnostic.severity == it)).count()
        };
        let new = |severity| of(|state| *state == State::New, Some(severity));
        self.summary = Summary {
            errors: new(Severity::Error),
            warnings: new(Severity::Warning),
            notes: new(Severity::Note),
            suppressed: of(|state| matches!(state, State::Suppressed { .. }), None),
            baselined: of(|state| *state == State::Baselined, None),
            fixable: self.new_findings().filter(|finding| finding.is_fixable()).count(),
            ..self.summary
        };
    }

    /// Leaves out the findings that are not wanted, as if they had not been found.
    pub fn keep(&mut self, wanted: impl Fn(&Diagnostic) -> bool) {
        for findings in [&mut self.findings, &mut self.more] {
            findings.retain(|finding| wanted(&finding.diagnostic));
        }
        self.count();
    }

    /// Leaves out what nobody has to look at. It stays counted.
    pub fn hide(&mut self) {
        self.findings.retain(|finding| finding.state == State::New);
    }

    /// The findings to look at, for formats that know of no others.
    pub fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.state == State::New)
    }

    /// The most serious finding that is to be looked at.
    pub fn worst(&self) -> Option<Severity> {
        self.new_findings().map(|finding| finding.diagnostic.severity).max()
    }
}

/// The page on a rule, as this version has it.
pub fn rule_url(id: &str) -> Option<String> {
    let (repository, version) = (env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"));
    rules::find(id).map(|rule| format!("{repository}/blob/v{version}/rules/{}.md", rule.id))
}

/// By path, place, rule, message and key.
fn order(project: &Project, a: &Diagnostic, b: &Diagnostic) -> Ordering {
    let path = |diagnostic: &Diagnostic| project.file(diagnostic.at.file).path.as_str();
    let place = path(a).cmp(path(b)).then(a.at.span.cmp(&b.at.span));
    place.then(a.rule.cmp(b.rule)).then(a.message.cmp(&b.message)).then(a.key.cmp(&b.key))
}
