//! `clarlint check`: load, check, print.

use clap::CommandFactory;

use super::args::{Arguments, Format, LintArguments};
use super::load;
use super::{Console, Exit, Stop};
use crate::check::check;
use crate::config::table::closest;
use crate::project::{Load, Project};
use crate::report::{Report, human, json};

pub fn run(arguments: LintArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let load = load::paths(&arguments, console)?;
    let mut files = Vec::new();
    let mut config = load::configuration(&arguments.config, &load, console, &mut files)?;
    load::rules(&arguments.rules, &mut config)?;
    let project = Project::load(&load, &config, files);
    let report = check(&project, &config);
    print(&arguments, &load, &project, &report, console)?;
    Ok(exit(&arguments, &report))
}

fn print(
    arguments: &LintArguments,
    load: &Load,
    project: &Project,
    report: &Report,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    match arguments.format {
        Format::Json => console.stdout.write_all(json::document(project, report).as_bytes())?,
        Format::Human => {
            console.stdout.write_all(human::findings(project, report, console.stdout_colors).as_bytes())?;
            if !arguments.quiet {
                writeln!(console.stdout, "{}", human::summary(&report.summary))?;
            }
        }
    }
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
