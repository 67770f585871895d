//! `clarlint check`: load, check, print.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::args::{Arguments, LintArguments};
use super::changed;
use super::choices::Format;
use super::fix::{self, Changes};
use super::load::{self, Loads};
use super::output::{Files, Style, render};
use super::progress;
use super::watch;
use super::{Console, Exit, Stop};
use crate::analysis::Analysis;
use crate::check::{Run, check_with};
use crate::config::Config;
use crate::config::table::closest;
use crate::diagnostic::Diagnostic;
use crate::graph::Program;
use crate::project::{Load, Project, path};
use crate::report::human::{self, Looks};
use crate::report::{Report, join};
use crate::stopwatch::Stopwatch;

pub fn run(arguments: LintArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    if arguments.watch { watch::run(&arguments, console) } else { once(&arguments, console) }
}

/// Lints and prints.
pub fn once(arguments: &LintArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut watch = Stopwatch::default();
    let outputs = arguments.output.iter().map(|output| (output.format, output.file.as_path()));
    let outputs = Files::new(outputs, console.folder)?;
    let loads = load::paths(arguments, console)?;
    if arguments.baseline.is_some() && loads.projects.len() > 1 {
        let help = "say which project it belongs to: `--project DIR`";
        return Err(Stop::with_help("several projects cannot share a baseline", help));
    }
    let base = loads.base().to_owned();
    let changed = arguments.changed.as_ref().map(|revision| changed::files(&base, revision));
    let changed = changed.transpose()?;
    let shown = progress::Shown::new(console);
    let mut checked = Vec::new();
    let mut changes = Changes::default();
    for load in &loads.projects {
        let mut lint = |load: &Load| {
            let (project, config, run) = read(arguments, load, console)?;
            outputs.keep_sources(&base, &project)?;
            watch.lap("read and parse");
            let program = Program::link(&project);
            watch.lap("link");
            let analysis = Analysis::new(&program, &config.policy, run.jobs)
                .asking(run.ask)
                .with_progress(&load.disk.progress);
            let report = check_with(&analysis, &config, &run, &mut watch);
            Ok((project, report))
        };
        checked.push(match arguments.fixes.up_to() {
            None => lint(load)?,
            Some(up_to) => {
                let (before, after) = fix::rounds(load, up_to, &mut changes, lint)?;
                after.filter(|_| arguments.fixes.fix).unwrap_or(before)
            }
        });
    }
    drop(shown);
    let changed_all = arguments.fixes.diff || fix::write(&changes, &base, console);
    // A project around a folder that was named may have nothing in it.
    let has_something =
        |report: &Report| report.summary.contracts > 0 || !report.findings.is_empty() || report.incomplete;
    if checked.iter().any(|(_, report)| has_something(report)) {
        checked.retain(|(_, report)| has_something(report));
    }
    let (project, mut report) = join(checked);
    if let Some(changed) = &changed {
        // As git names paths: without links.
        let base = fs::canonicalize(&base).unwrap_or_else(|_| base.clone());
        report.keep(|found| touches(found, changed, &base, &project));
    }
    if !arguments.show_suppressed {
        report.hide();
    }
    let plain = Style { looks: Looks::default(), quiet: arguments.quiet };
    let others = "everything else was printed; ";
    let written = outputs.write(|format| render(format, &project, &report, plain), others, console);
    // Files first: whoever reads standard output may have seen enough at any time.
    let printed = match arguments.fixes.diff {
        true => fix::print(&changes, &base, console),
        false => print(arguments, &loads, &project, &report, console),
    };
    watch.lap("print");
    // Whoever closed standard error does not want to know.
    if let Some(summary) = fix::summary(&changes).filter(|_| arguments.fixes.fix && !arguments.quiet) {
        let _ = console.stderr.write_all(summary.as_bytes());
    }
    if arguments.statistics {
        let _ = console.stderr.write_all(statistics(&report).as_bytes());
    }
    if arguments.timings {
        let _ = write!(console.stderr, "{watch}");
    }
    if !written || !changed_all {
        return Ok(Exit::Failed);
    }
    printed?;
    Ok(exit(arguments, &report))
}

/// A project, what it is linted by, and how.
fn read(
    arguments: &LintArguments,
    load: &Load,
    console: &Console<'_>,
) -> Result<(Project, Config, Run), Stop> {
    let mut files = Vec::new();
    let mut config = load::configuration(&arguments.config, load, console, &mut files)?;
    load::rules(&arguments.rules, &mut config)?;
    let (today, jobs, ask) = (console.today, arguments.jobs, arguments.verdict.ask());
    let baseline = load::known(arguments.baseline.as_ref(), &arguments.config, load, console, &mut files)?;
    let run = Run { today, jobs, ask, baseline, counts_more: sums_up(arguments) };
    Ok((Project::load(load, &config, files), config, run))
}

/// Whether the line is printed that sums up.
fn sums_up(arguments: &LintArguments) -> bool {
    let others = arguments.output.iter().map(|output| output.format);
    let is_summed_up = |format| matches!(format, Format::Human | Format::Short);
    !arguments.quiet && others.chain([arguments.format]).any(is_summed_up)
}

/// Whether a finding names a place in one of the files.
fn touches(found: &Diagnostic, files: &BTreeSet<PathBuf>, base: &Path, project: &Project) -> bool {
    let others = found.labels.iter().chain(&found.trace).map(|label| label.at.file);
    let mut places = std::iter::once(found.at.file).chain(others);
    places.any(|file| files.contains(&path::absolute(base, Path::new(&project.file(file).path))))
}

fn print(
    arguments: &LintArguments,
    loads: &Loads,
    project: &Project,
    report: &Report,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let looks = Looks { colors: console.stdout_colors, links: console.stdout_links };
    let style = Style { looks, quiet: arguments.quiet };
    console.stdout.write_all(render(arguments.format, project, report, style).as_bytes())?;
    if arguments.show_unchecked && matches!(arguments.format, Format::Human | Format::Short) {
        console.stdout.write_all(human::unchecked(project, report).as_bytes())?;
    }
    if arguments.quiet {
        return Ok(());
    }
    if let (0, Some(load)) = (report.summary.contracts, loads.projects.first()) {
        writeln!(console.stderr, "note: {}", nothing_found(load, project))?;
    }
    let known: BTreeSet<_> = project.files.iter().map(|file| file.path.as_str()).collect();
    let loose = loads.loose.iter().map(|path| path::name(loads.base(), path));
    let loose: Vec<_> = loose.filter(|path| !known.contains(path.as_str())).collect();
    match &loose[..] {
        [] => {}
        [one] => writeln!(
            console.stderr,
            "note: `{one}` was not linted: no Clarinet.toml lists it; name it to lint it"
        )?,
        [first, ..] => writeln!(
            console.stderr,
            "note: {} contracts, such as `{first}`, were not linted: no Clarinet.toml lists them; name their folder to lint them",
            loose.len()
        )?,
    }
    let unlisted = project.unlisted.iter().filter(|path| !loose.contains(path)).count();
    tell_unlisted(arguments, project, unlisted, console)
}

/// Says that there are files of contracts which nobody looks at, to who looks at all of a project.
fn tell_unlisted(
    arguments: &LintArguments,
    project: &Project,
    count: usize,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let (files, them) = match count {
        0 => return Ok(()),
        _ if project.is_narrowed => return Ok(()),
        1 => ("1 .clar file beside the contracts is".to_string(), "it"),
        many => (format!("{many} .clar files beside the contracts are"), "them"),
    };
    let how =
        if arguments.show_unchecked { String::new() } else { format!("; --show-unchecked names {them}") };
    writeln!(console.stderr, "note: {files} in no Clarinet.toml{how}")?;
    Ok(())
}

/// How much each rule has found, most first.
fn statistics(report: &Report) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.diagnostic.rule).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts.iter().map(|(rule, count)| format!("{count:6}  {rule}\n")).collect()
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
