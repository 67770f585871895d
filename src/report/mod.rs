//! What a run says: findings in a total order, each with a fingerprint, and a summary.

mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod human;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod short;
mod text;

pub use fingerprint::Fingerprint;

use crate::diagnostic::{Diagnostic, Severity};
use crate::project::Project;

/// The outcome of a run, ready to be rendered in any format.
#[derive(Debug, Default)]
pub struct Report {
    /// By path, start, end, rule, message.
    pub findings: Vec<Finding>,
    pub summary: Summary,
    /// Something could not be done: a path not read, a rule that panicked. The run ends with exit code 2.
    pub incomplete: bool,
}

/// A diagnostic and its identity.
#[derive(Debug)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub fingerprint: Fingerprint,
}

/// What was looked at, what was found, and what could not be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Sorts and identifies `diagnostics`. `summary` has everything but the counts of findings.
    pub fn new(project: &Project, mut diagnostics: Vec<Diagnostic>, mut summary: Summary) -> Self {
        let path = |diagnostic: &Diagnostic| project.file(diagnostic.at.file).path.as_str();
        diagnostics.sort_by(|a, b| {
            let place = path(a).cmp(path(b)).then(a.at.span.cmp(&b.at.span));
            place.then(a.rule.cmp(b.rule)).then(a.message.cmp(&b.message)).then(a.key.cmp(&b.key))
        });
        diagnostics.dedup();
        for diagnostic in &diagnostics {
            match diagnostic.severity {
                Severity::Error => summary.errors += 1,
                Severity::Warning => summary.warnings += 1,
                Severity::Note => summary.notes += 1,
            }
        }
        let fingerprints = fingerprint::of_all(project, &diagnostics);
        let findings = diagnostics.into_iter().zip(fingerprints);
        let findings =
            findings.map(|(diagnostic, fingerprint)| Finding { diagnostic, fingerprint }).collect();
        Self { findings, summary, incomplete: !project.unreadable.is_empty() }
    }

    /// The most serious finding there is.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.diagnostic.severity).max()
    }
}
