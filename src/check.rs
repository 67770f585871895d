//! The pipeline: project and configuration in, report out. Everything that lints goes through here.

use std::num::NonZero;

use crate::analysis::Analysis;
use crate::baseline::Baseline;
use crate::config::{Config, Level, Lint};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts;
use crate::graph::{Program, Target};
use crate::project::{Contract, ContractId, Project};
use crate::report::{Kind, Report, State, Summary, Unchecked};
use crate::rules::{self, Digest, Outcome, Question, Rule};
use crate::source::{Location, Span};
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
    /// Whether it is counted what rules would say that are off and that nobody has decided on.
    pub counts_more: bool,
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
    check_asking(analysis, config, run, &[], watch).0
}

/// The same, and what contracts say to some questions: for whoever shows more than findings.
pub fn check_asking(
    analysis: &Analysis<'_>,
    config: &Config,
    run: &Run,
    questions: &[Question],
    watch: &mut Stopwatch,
) -> (Report, Digest) {
    let project = analysis.program.project;
    let mut diagnostics = project.problems.clone();
    diagnostics.extend(project.contracts.iter().flat_map(syntax_errors));

    let lint = config.lint.beside(&project.lints.levels);
    let is_on = |rule: &Rule| lint.level(rule) != Level::Off;
    let is_counted = |rule: &Rule| run.counts_more && lint.is_undecided(rule);
    let (mut outcome, digest) = rules::run(analysis, is_on, is_counted, questions, watch);
    if let Some((asked, of)) = analysis.types_if_asked().map(Types::asked) {
        watch.note(format!("the chain's analyser was asked about {asked} of {of} contracts"));
    }
    let summary = count(analysis);
    let unchecked = unchecked(analysis, &outcome);
    let is_more = |found: &Diagnostic| rules::find(found.rule).is_some_and(|rule| !is_on(rule));
    let more: Vec<_> = outcome.found.extract_if(.., |found| is_more(found)).collect();
    diagnostics.extend(outcome.found);

    let failed = diagnostics.iter().any(|found| found.rule == rules::internal_error::RULE.id);
    let mut allows = Allows::read(project);
    diagnostics.append(&mut allows.faults);
    let reported = project.reported_files();
    let is_wanted = |found: &Diagnostic| {
        let path = || project.own_path(found.at.file);
        reported[found.at.file.0 as usize] && project.lints.want(found.rule, path)
    };
    let levelled = |diagnostic| levelled(diagnostic, &lint);
    let mut allowed = |found: Diagnostic| (allows.state(project, &found, run.today), found);
    let found = diagnostics.into_iter().filter(&is_wanted).filter_map(levelled);
    let mut judged: Vec<_> = found.map(&mut allowed).collect();
    let more: Vec<_> = more.into_iter().filter(&is_wanted).map(allowed).collect();
    let unused = allows.unused(project, run.today, is_on);
    judged.extend(unused.into_iter().filter_map(levelled).map(|found| (State::New, found)));
    let mut report = Report::new(project, judged, summary, unchecked);
    let mut more = Report::new(project, more, Summary::default(), Vec::new());
    if let Some(baseline) = &run.baseline {
        baseline.compare(project, &mut more, |_| false);
        let stale = baseline.compare(project, &mut report, is_on);
        let stale = stale.and_then(levelled).map(|found| (State::New, found));
        report.add(project, stale.into_iter().collect());
    }
    more.hide();
    report.more = more.findings;
    watch.lap("report");
    (Report { incomplete: report.incomplete || failed, ..report }, digest)
}

/// What the chain's parser would not accept.
fn syntax_errors(contract: &Contract) -> impl Iterator<Item = Diagnostic> {
    contract.syntax.errors.iter().map(|error| {
        let at = Location { file: contract.file, span: error.span };
        Diagnostic::new("syntax-error", Severity::Error, at, &error.message).help(&error.help)
    })
}

/// The finding at the level that the configuration wants it; `None` if it does not want it.
fn levelled(diagnostic: Diagnostic, lint: &Lint) -> Option<Diagnostic> {
    match rules::find(diagnostic.rule).map_or(Level::On, |rule| lint.level(rule)) {
        Level::On => Some(diagnostic),
        Level::Off => None,
        Level::At(severity) => Some(Diagnostic { severity, ..diagnostic }),
    }
}

/// What was looked at.
fn count(analysis: &Analysis<'_>) -> Summary {
    let program = analysis.program;
    let reported = |id: &ContractId| program.contract(*id).reported;
    let functions: Vec<_> = program.functions().filter(|function| reported(&function.contract)).collect();
    Summary {
        contracts: program.project.contract_ids().filter(reported).count(),
        functions: functions.len(),
        entrypoints: functions.iter().filter(|&&function| program.is_entrypoint(function)).count(),
        ..Summary::default()
    }
}

/// What could not be seen, by name.
fn unchecked(analysis: &Analysis<'_>, outcome: &Outcome) -> Vec<Unchecked> {
    let program = analysis.program;
    let reported = |id: ContractId| program.contract(id).reported;
    let named = |id: ContractId| program.contract(id).qualified_name().to_string();
    let absent = program.project.absent.iter().map(|name| Unchecked {
        kind: Kind::Contract,
        contract: name.to_string(),
        function: None,
        at: None,
        reason: "its text could not be had; calls to it are not checked".to_string(),
    });
    let types = program.project.contract_ids().filter(|&id| reported(id)).filter_map(|id| {
        let reason = types_unavailable(analysis, id)?;
        let at = Location { file: program.contract(id).file, span: Span::default() };
        Some(Unchecked { kind: Kind::Types, contract: named(id), function: None, at: Some(at), reason })
    });
    let functions = outcome.unchecked.iter().filter(|(function, _)| reported(function.contract));
    let functions = functions.map(|(&function, why)| Unchecked {
        kind: Kind::Function,
        contract: named(function.contract),
        function: Some(program.name(function).to_string()),
        at: Some(program.location(function)),
        reason: match why {
            facts::Unchecked::Cycle => {
                "it takes part in a cycle of calls, which the chain rejects".to_string()
            }
            facts::Unchecked::TooLarge => {
                "it is larger than the bounds of the analysis; parting it into functions may help".to_string()
            }
        },
    });
    let calls = program.unresolved_calls.iter().filter(|call| reported(call.site.contract));
    let calls = calls.map(|call| Unchecked {
        kind: Kind::Call,
        contract: named(call.site.contract),
        function: call.caller.map(|function| program.name(function).to_string()),
        at: Some(program.head(call.site)),
        reason: match program.target(call.site) {
            Some(Target::Missing(name)) => {
                format!("`{name}` is not in the project; add it as a requirement or to the folder")
            }
            Some(Target::Absent(name)) => format!("the text of `{name}` could not be had"),
            Some(Target::Contract(contract)) => format!("`{}` has syntax errors", named(*contract)),
            _ => "the contract is passed as an argument, and none of the project implements the trait"
                .to_string(),
        },
    });
    absent.chain(types).chain(functions).chain(calls).collect()
}

/// Why a contract has no types though it may be fine, if any rule asked for types. What has syntax errors is not fine.
fn types_unavailable(analysis: &Analysis<'_>, contract: ContractId) -> Option<String> {
    match analysis.types_if_asked()?.outcome(contract)? {
        types::Outcome::Unavailable(Unavailable::Syntax) => None,
        types::Outcome::Unavailable(reason) => Some(reason.to_string()),
        types::Outcome::Checked(_) | types::Outcome::Rejected(_) => None,
    }
}
