//! One report on several projects.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::project::Project;
use crate::report::{Report, Summary};
use crate::source::{FileId, Span};

/// Joins what was found in several projects. The project that comes back has the files and contracts of all.
pub fn join(checked: Vec<(Project, Report)>) -> (Project, Report) {
    if checked.len() == 1 {
        return checked.into_iter().next().unwrap_or_default();
    }
    let shared = Shared::of(&checked);
    let (mut all, mut joined) = (Project::default(), Report::default());
    for (project, mut report) in checked {
        all.folder.clone_from(&project.folder);
        let name: Arc<str> = project.own_folder.as_str().into();
        report.findings.retain(|finding| !shared.is_said_elsewhere(&project, &finding.diagnostic));
        let moved = all.append(project);
        for finding in report.findings.iter_mut().chain(&mut report.more) {
            finding.project = Some(name.clone());
            finding.diagnostic.places_mut().for_each(|at| at.file = FileId(at.file.0 + moved));
        }
        let places = report.unchecked.iter_mut().filter_map(|it| it.at.as_mut());
        places.for_each(|at| at.file = FileId(at.file.0 + moved));
        joined.unchecked.extend(report.unchecked);
        joined.findings.extend(report.findings);
        joined.more.extend(report.more);
        joined.summary += report.summary;
        joined.incomplete |= report.incomplete;
        joined.projects.push(name);
    }
    joined.sort(&all);
    joined.count();
    (all, joined)
}

/// A place in a configuration, and what is said of it.
type Said = (String, Span, &'static str, String);

/// What is said of a configuration that several projects have.
struct Shared {
    /// Which projects say it, by their folders, in order.
    said_by: BTreeMap<Said, Vec<String>>,
    /// How many projects have the configuration.
    users: BTreeMap<String, usize>,
}

impl Shared {
    fn of(checked: &[(Project, Report)]) -> Self {
        let (mut said_by, mut users): (BTreeMap<_, Vec<_>>, BTreeMap<_, _>) = Default::default();
        for (project, report) in checked {
            for path in configurations(project) {
                *users.entry(path.to_owned()).or_default() += 1;
            }
            for finding in &report.findings {
                let said_by = said_by.entry(said(project, &finding.diagnostic)).or_default();
                said_by.push(project.own_folder.clone());
            }
        }
        Self { said_by, users }
    }

    /// Whether the finding is none here: an entry that another project uses is used, and a fault that all projects
    /// find is one fault.
    fn is_said_elsewhere(&self, project: &Project, found: &Diagnostic) -> bool {
        let said = said(project, found);
        let users = self.users.get(&said.0).copied().unwrap_or_default();
        let said_by = self.said_by.get(&said).map_or(&[][..], Vec::as_slice);
        let is_used = found.rule == "unused-policy-entry" && said_by.len() < users;
        users > 1 && (is_used || said_by.first().is_some_and(|first| *first != project.own_folder))
    }
}

fn said(project: &Project, found: &Diagnostic) -> Said {
    (project.file(found.at.file).path.clone(), found.at.span, found.rule, found.message.clone())
}

/// The files that are no contracts: configurations and the policies that they extend.
fn configurations(project: &Project) -> BTreeSet<&str> {
    let contracts: BTreeSet<_> = project.contracts.iter().map(|contract| contract.file).collect();
    let files = (0..).map(FileId).zip(&project.files);
    files.filter(|(id, _)| !contracts.contains(id)).map(|(_, file)| file.path.as_str()).collect()
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        let Self {
            contracts,
            functions,
            entrypoints,
            errors,
            warnings,
            notes,
            suppressed,
            baselined,
            fixable,
            unresolved_calls,
            unchecked_functions,
            types_unavailable,
            absent_contracts,
        } = other;
        self.contracts += contracts;
        self.functions += functions;
        self.entrypoints += entrypoints;
        self.errors += errors;
        self.warnings += warnings;
        self.notes += notes;
        self.suppressed += suppressed;
        self.baselined += baselined;
        self.fixable += fixable;
        self.unresolved_calls += unresolved_calls;
        self.unchecked_functions += unchecked_functions;
        self.types_unavailable += types_unavailable;
        self.absent_contracts += absent_contracts;
    }
}
