//! `clarlint check`: load, check, print.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::args::{Arguments, LintArguments};
use super::changed;
use super::load;
use super::output::{Files, Style, render};
use super::statistics;
use super::{Console, Exit, Stop};
use crate::analysis::Analysis;
use crate::check::{Run, check_with};
use crate::config::table::closest;
use crate::diagnostic::Diagnostic;
use crate::graph::Program;
use crate::project::{Load, Project, path};
use crate::report::Report;
use crate::rules::Question;
use crate::stopwatch::Stopwatch;

pub fn run(arguments: LintArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut watch = Stopwatch::default();
    let folder = console.folder;
    let outputs = Files::new(&arguments.output, folder)?;
    let load = load::paths(&arguments, console)?;
    let mut files = Vec::new();
    let mut config = load::configuration(&arguments.config, &load, console, &mut files)?;
    load::rules(&arguments.rules, &mut config)?;
    let (today, jobs, ask) = (console.today, arguments.jobs, arguments.verdict.ask());
    let mut run = Run { today, jobs, ask, baseline: None };
    let baseline = load::baseline_file(arguments.baseline.as_ref(), &load, console);
    // One that is named has to be there.
    if arguments.baseline.is_some() || baseline.exists() && !arguments.config.isolated {
        run.baseline = Some(load::baseline(&baseline, &load, console, &mut files)?);
    }
    let changed = arguments.changed.as_ref().map(|revision| changed::files(&load.root.base, revision));
    let changed = changed.transpose()?;
    let project = Project::load(&load, &config, files);
    outputs.keep_sources(&load.root.base, &project)?;
    watch.lap("read and parse");
    let program = Program::link(&project);
    watch.lap("link");
    let analysis = Analysis::new(&program, &config.policy, run.jobs).asking(run.ask);
    let questions = if arguments.statistics { Question::ALL } else { &[] };
    let (mut report, digest) = check_with(&analysis, &config, &run, questions, &mut watch);
    if let Some(changed) = &changed {
        // As git names paths: without links.
        let base = fs::canonicalize(&load.root.base).unwrap_or_else(|_| load.root.base.clone());
        report.keep(|found| touches(found, changed, &base, &project));
    }
    if !arguments.show_suppressed {
        report.hide();
    }
    let plain = Style { colors: false, quiet: arguments.quiet };
    let written = outputs.write(|format| render(format, &project, &report, plain), console);
    // Files first: whoever reads standard output may have seen enough at any time.
    let printed = print(&arguments, &load, &project, &report, console);
    watch.lap("print");
    // Whoever closed standard error does not want to know.
    if arguments.statistics {
        let _ = console.stderr.write_all(statistics::text(&analysis, digest, &report).as_bytes());
    }
    if arguments.timings {
        let _ = write!(console.stderr, "{watch}");
    }
    if !written {
        return Ok(Exit::Failed);
    }
    printed?;
    Ok(exit(&arguments, &report))
}

/// Whether a finding names a place in one of the files.
fn touches(found: &Diagnostic, files: &BTreeSet<PathBuf>, base: &Path, project: &Project) -> bool {
    let others = found.labels.iter().chain(&found.trace).map(|label| label.at.file);
    let mut places = std::iter::once(found.at.file).chain(others);
    places.any(|file| files.contains(&path::absolute(base, Path::new(&project.file(file).path))))
}

fn print(
    arguments: &LintArguments,
    load: &Load,
    project: &Project,
    report: &Report,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let style = Style { colors: console.stdout_colors, quiet: arguments.quiet };
    console.stdout.write_all(render(arguments.format, project, report, style).as_bytes())?;
    if report.summary.contracts == 0 && !arguments.quiet {
        writeln!(console.stderr, "note: {}", nothing_found(load, project))?;
    }
    Ok(())
}

/// Why there was nothing to lint.
fn nothing_found(load: &Load, project: &Project) -> String {
    let missing = load.paths.iter().find(|path| !path.exists());
    if let Some(missing) = missing.and_then(|path| path.file_name()?.to_str())
        && let Some(command) =
            closest(missing, Arguments::command().get_subcommands().map(|it| it.get_name()))
    {
        return format!("`{missing}` was taken for a path; the command `{command}` goes before all flags");
    }
    match &load.root.manifest {
        _ if !project.contracts.is_empty() => {
            "no contract below the given paths is linted; look at `[files]`".into()
        }
        Some(_) => "Clarinet.toml lists no contracts that could be read".into(),
        None => "no .clar file found; give a folder that holds contracts".into(),
    }
}

fn exit(arguments: &LintArguments, report: &Report) -> Exit {
    if report.incomplete {
        return Exit::Failed;
    }
    let fails = report.worst().is_some_and(|worst| worst >= arguments.fail_on.severity());
    if fails && !arguments.exit_zero { Exit::Findings } else { Exit::Clean }
}
