//! The pipeline: project and configuration in, report out. Everything that lints goes through here.

use crate::builtins::{Define, Word};
use crate::config::{Config, Level};
use crate::diagnostic::{Diagnostic, Severity};
use crate::project::{Contract, Project};
use crate::report::{Report, Summary};
use crate::rules;
use crate::source::Location;

/// Lints `project`.
pub fn check(project: &Project, config: &Config) -> Report {
    let mut diagnostics = project.problems.clone();
    diagnostics.extend(project.contracts.iter().flat_map(syntax_errors));

    let diagnostics = diagnostics.into_iter().filter(|diagnostic| project.reports(diagnostic.at.file));
    let diagnostics = diagnostics.filter_map(|diagnostic| levelled(diagnostic, config));
    Report::new(project, diagnostics.collect(), count(project))
}

/// What the chain's parser would not accept.
fn syntax_errors(contract: &Contract) -> impl Iterator<Item = Diagnostic> {
    contract.syntax.errors.iter().map(|error| {
        let at = Location { file: contract.file, span: error.span };
        Diagnostic::new("syntax-error", Severity::Error, at, &error.message).help(&error.help)
    })
}

/// The finding at the level that the configuration wants it; `None` if it does not want it.
fn levelled(diagnostic: Diagnostic, config: &Config) -> Option<Diagnostic> {
    let level = rules::find(diagnostic.rule).and_then(|rule| config.lint.levels.get(rule));
    match level {
        None => Some(diagnostic),
        Some(Level::Off) => None,
        Some(Level::At(severity)) => Some(Diagnostic { severity, ..diagnostic }),
    }
}

/// What was looked at.
fn count(project: &Project) -> Summary {
    let mut summary = Summary { absent_contracts: project.absent.len(), ..Summary::default() };
    for contract in project.contracts.iter().filter(|contract| contract.linted) {
        summary.contracts += 1;
        let heads = contract.syntax.tree.forms().filter_map(|form| form.call());
        for (head, _) in heads {
            match head.symbol().and_then(|symbol| symbol.word()) {
                Some(Word::Define(Define::Public)) => {
                    summary.functions += 1;
                    summary.entrypoints += 1;
                }
                Some(Word::Define(Define::Private | Define::ReadOnly)) => summary.functions += 1,
                _ => {}
            }
        }
    }
    summary
}
