//! The pipeline: project and configuration in, report out. Everything that lints goes through here.

use std::num::NonZero;

use crate::analysis::Analysis;
use crate::baseline::Baseline;
use crate::config::{Config, Level};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Program;
use crate::project::{Contract, ContractId, Project};
use crate::report::{Report, State, Summary};
use crate::rules::{self, Outcome, Rule};
use crate::source::Location;
use crate::stopwatch::Stopwatch;
use crate::suppress::Allows;
use crate::types::{self, Ask, Types, Unavailable};

/// What a run is given besides the project and what it asks of the linter.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The day by which allows end. Whoever runs the linter knows what day it is; without it none ends.
    pub today: Option<time::Date>,
    /// The findings that were there before.
    pub baseline: Option<Baseline>,
    /// On how many threads; as many as there are processors if nobody says so.
    pub jobs: Option<NonZero<usize>>,
    /// When the chain's analyser is asked. It changes nothing but how long a run takes.
    pub ask: Ask,
}

/// Lints `project`.
pub fn check(project: &Project, config: &Config) -> Report {
    check_run(project, config, &Run::default())
}

/// Lints `project` as `run` says.
pub fn check_run(project: &Project, config: &Config, run: &Run) -> Report {
    let program = Program::link(project);
    let analysis = Analysis::new(&program, &config.policy, run.jobs).asking(run.ask);
    check_with(&analysis, config, run, &mut Stopwatch::default())
}

/// Lints what an analysis is about, while somebody looks at the watch.
pub fn check_with(analysis: &Analysis<'_>, config: &Config, run: &Run, watch: &mut Stopwatch) -> Report {
    let project = analysis.program.project;
    let mut diagnostics = project.problems.clone();
    diagnostics.extend(project.contracts.iter().flat_map(syntax_errors));

    let is_on = |rule: &Rule| config.lint.level(rule) != Some(Level::Off);
    let outcome = rules::run(analysis, is_on, watch);
    if let Some((asked, of)) = analysis.types_if_asked().map(Types::asked) {
        watch.note(format!("the chain's analyser was asked about {asked} of {of} contracts"));
    }
    let summary = count(analysis, &outcome);
    diagnostics.extend(outcome.found);

    let failed = diagnostics.iter().any(|found| found.rule == rules::internal_error::RULE.id);
    let mut allows = Allows::read(project);
    diagnostics.append(&mut allows.faults);
    let reported = project.reported_files();
    diagnostics.retain(|found| reported[found.at.file.0 as usize]);
    let levelled = |diagnostic| levelled(diagnostic, config);
    let found = diagnostics.into_iter().filter_map(levelled);
    let mut judged: Vec<_> = found.map(|found| (allows.state(project, &found, run.today), found)).collect();
    let unused = allows.unused(project, run.today, is_on);
    judged.extend(unused.into_iter().filter_map(levelled).map(|found| (State::New, found)));
    let mut report = Report::new(project, judged, summary);
    if let Some(baseline) = &run.baseline {
        let stale = baseline.compare(project, &mut report, is_on);
        let stale = stale.and_then(levelled).map(|found| (State::New, found));
        report.add(project, stale.into_iter().collect());
    }
    watch.lap("report");
    Report { incomplete: report.incomplete || failed, ..report }
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
    let level = rules::find(diagnostic.rule).and_then(|rule| config.lint.level(rule));
    match level {
        None => Some(diagnostic),
        Some(Level::Off) => None,
        Some(Level::At(severity)) => Some(Diagnostic { severity, ..diagnostic }),
    }
}

/// What was looked at, and what could not be seen.
fn count(analysis: &Analysis<'_>, outcome: &Outcome) -> Summary {
    let program = analysis.program;
    let reported = |id: &ContractId| program.contract(*id).reported;
    let functions: Vec<_> = program.functions().filter(|function| reported(&function.contract)).collect();
    let unresolved = program.unresolved_calls.iter();
    Summary {
        contracts: program.project.contract_ids().filter(reported).count(),
        functions: functions.len(),
        entrypoints: functions.iter().filter(|&&function| program.is_entrypoint(function)).count(),
        unresolved_calls: unresolved.filter(|call| reported(&call.site.contract)).count(),
        unchecked_functions: outcome.unchecked.keys().filter(|it| reported(&it.contract)).count(),
        types_unavailable: types_unavailable(analysis),
        absent_contracts: program.project.absent.len(),
        ..Summary::default()
    }
}

/// How many contracts that are reported on have no types though they may be fine, if any rule asked for types. What has
/// syntax errors is not fine.
fn types_unavailable(analysis: &Analysis<'_>) -> usize {
    let Some(types) = analysis.types_if_asked() else { return 0 };
    let project = analysis.program.project;
    let reported = project.contract_ids().filter(|&id| project.contract(id).reported);
    let unavailable = reported.filter(|&id| match types.outcome(id) {
        Some(types::Outcome::Unavailable(reason)) => *reason != Unavailable::Syntax,
        Some(types::Outcome::Checked(_) | types::Outcome::Rejected(_)) | None => false,
    });
    unavailable.count()
}
