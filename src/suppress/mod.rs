//! Findings that a contract allows, with a reason, and findings about that.

mod directive;

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use crate::diagnostic::{Diagnostic, Severity};
use crate::project::Project;
use crate::report::State;
use crate::rules::Rule;
use crate::rules::about_the_run::UNUSED_ALLOW;
use crate::source::FileId;
use directive::{Allow, Scope};

/// What the contracts that are reported on allow.
#[derive(Default)]
pub struct Allows {
    allows: BTreeMap<FileId, Vec<Allow>>,
    /// What is wrong with the comments themselves.
    pub faults: Vec<Diagnostic>,
}

impl Allows {
    /// Reads the comments of all contracts that are reported on.
    pub fn read(project: &Project) -> Self {
        let mut all = Self::default();
        for contract in project.contracts.iter().filter(|contract| contract.reported) {
            let (file, tree) = (contract.file, &contract.syntax.tree);
            let faults = &mut all.faults;
            // A file may hold several contracts of the project.
            let read = || directive::read(file, project.file(file), tree, faults);
            all.allows.entry(file).or_insert_with(read);
        }
        all
    }

    /// Whether a finding is allowed, and why. An allow that has ended allows nothing, and without a day to compare with
    /// none has ended.
    pub fn state(&mut self, project: &Project, found: &Diagnostic, today: Option<Date>) -> State {
        let line = project.file(found.at.file).line_of(found.at.span.start);
        let mut reason = None;
        for allow in self.allows.get_mut(&found.at.file).into_iter().flatten() {
            let covers = match allow.scope {
                Scope::File => true,
                Scope::Form(form) => (form.start..form.end).contains(&found.at.span.start),
                Scope::Line(own) => own == line,
            };
            let is_meant = allow.keys.is_empty()
                || found.key.split(' ').all(|key| allow.keys.iter().any(|known| known == key));
            if !covers || !is_meant || has_ended(allow, today) {
                continue;
            }
            for named in allow.rules.iter_mut().filter(|named| named.rule.id == found.rule) {
                named.is_used = true;
                reason.get_or_insert_with(|| allow.reason.clone());
            }
        }
        reason.map_or(State::New, |reason| State::Suppressed { reason })
    }

    /// The allows that allowed nothing although their rules were asked.
    pub fn unused(
        &self,
        project: &Project,
        today: Option<Date>,
        is_on: impl Fn(&Rule) -> bool,
    ) -> Vec<Diagnostic> {
        let broken: BTreeSet<FileId> = project
            .contracts
            .iter()
            .filter(|contract| !contract.syntax.errors.is_empty())
            .map(|contract| contract.file)
            .collect();
        let mut found = Vec::new();
        // What a file with syntax errors would show is not known.
        let whole = self.allows.iter().filter(|(file, _)| !broken.contains(file));
        for allow in whole.flat_map(|(_, allows)| allows).filter(|allow| allow.is_own) {
            for named in allow.rules.iter().filter(|named| !named.is_used && is_on(named.rule)) {
                let id = named.rule.id;
                let (message, help) = match allow.until {
                    Some(day) if has_ended(allow, today) => (
                        format!("the allow of `{id}` ended on {day}"),
                        "mend what it stood for, or say until when it is right",
                    ),
                    _ => (
                        format!("there is no finding of `{id}` to allow here"),
                        "remove it: what it stood for is mended, or stands elsewhere",
                    ),
                };
                found.push(
                    Diagnostic::new(UNUSED_ALLOW.id, Severity::Warning, named.at, message).help(help).key(id),
                );
            }
        }
        found
    }
}

fn has_ended(allow: &Allow, today: Option<Date>) -> bool {
    allow.until.zip(today).is_some_and(|(until, today)| until < today)
}
