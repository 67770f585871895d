//! The pipeline: project and configuration in, report out. Everything that lints goes through here.

use crate::config::{Config, Level};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Program;
use crate::project::{Contract, ContractId, Project};
use crate::report::{Report, State, Summary};
use crate::rules::{self, Lint, Rule};
use crate::source::Location;
use crate::stopwatch::Stopwatch;
use crate::suppress::Allows;

/// Lints `project`.
pub fn check(project: &Project, config: &Config) -> Report {
    check_timed(project, config, &mut Stopwatch::default())
}

/// The same, while somebody looks at the watch.
pub fn check_timed(project: &Project, config: &Config, watch: &mut Stopwatch) -> Report {
    let mut diagnostics = project.problems.clone();
    diagnostics.extend(project.contracts.iter().flat_map(syntax_errors));

    let program = Program::link(project);
    watch.lap("link");
    let mut lint = Lint::new(&program, &config.policy);
    lint.ask = config.ask;
    watch.lap("facts");
    let is_on = |rule: &Rule| config.lint.level(rule) != Some(Level::Off);
    diagnostics.extend(lint.run(is_on, watch));
    if let Some((asked, of)) = lint.asked() {
        watch.note(format!("the chain's analyser was asked about {asked} of {of} contracts"));
    }

    let failed = diagnostics.iter().any(|found| found.rule == rules::internal_error::RULE.id);
    let mut allows = Allows::read(project);
    diagnostics.append(&mut allows.faults);
    let reported = project.reported_files();
    diagnostics.retain(|found| reported[found.at.file.0 as usize]);
    let levelled = |diagnostic| levelled(diagnostic, config);
    let found = diagnostics.into_iter().filter_map(levelled);
    let mut judged: Vec<_> =
        found.map(|found| (allows.state(project, &found, config.today), found)).collect();
    let unused = allows.unused(project, config.today, is_on);
    judged.extend(unused.into_iter().filter_map(levelled).map(|found| (State::New, found)));
    let mut report = Report::new(project, judged, count(&lint));
    if let Some(baseline) = &config.baseline {
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
fn count(lint: &Lint<'_>) -> Summary {
    let program = lint.program;
    let reported = |id: &ContractId| program.contract(*id).reported;
    let functions: Vec<_> =
        program.functions().filter(|&function| reported(&program.contract_of(function))).collect();
    Summary {
        contracts: program.project.contract_ids().filter(reported).count(),
        functions: functions.len(),
        entrypoints: functions.iter().filter(|&&function| program.is_entrypoint(function)).count(),
        unresolved_calls: program
            .unresolved_calls
            .iter()
            .filter(|call| reported(&call.site.contract))
            .count(),
        unchecked_functions: functions
            .iter()
            .filter(|&&function| lint.engine.summary(function).unchecked.is_some())
            .count(),
        types_unavailable: lint.types_unavailable(),
        absent_contracts: program.project.absent.len(),
        ..Summary::default()
    }
}
