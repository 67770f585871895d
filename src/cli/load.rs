//! From arguments to what is loaded.

use std::path::{Path, PathBuf};

use super::args::{ConfigArguments, LintArguments, RuleArguments};
use super::{Console, Stop};
use crate::baseline::{self, Baseline};
use crate::config::table::Fault;
use crate::config::{Config, Levels, Lint, RuleName, Setting};
use crate::project::{Disk, Load, Project, Root, is_contract, path};
use crate::report::human;
use crate::source::SourceFile;

/// What the paths of the command line ask for.
pub fn paths(arguments: &LintArguments, console: &mut Console<'_>) -> Result<Load, Stop> {
    let (stdin, given): (Vec<_>, Vec<_>) = arguments.paths.iter().partition(|path| path.as_os_str() == "-");
    let mut paths: Vec<_> = given.iter().map(|given| path::absolute(console.folder, given)).collect();
    let mut disk = Disk { jobs: arguments.jobs, ..Disk::default() };
    match (&arguments.stdin_filename, stdin.is_empty()) {
        (Some(name), false) => {
            let mut text = Vec::new();
            console.stdin.read_to_end(&mut text).map_err(|error| {
                Stop::new(format!("standard input cannot be read: {}", path::reason(&error)))
            })?;
            let name = path::absolute(console.folder, name);
            paths.push(name.clone());
            disk.overlay.insert(name, text);
        }
        (None, false) => {
            let help = "add --stdin-filename PATH: it says which contract of the project the text is";
            return Err(Stop::with_help("`-` needs the name of a file", help));
        }
        (Some(_), true) => {
            let help = "add `-` to the paths to read the text from standard input";
            return Err(Stop::with_help("--stdin-filename needs `-`", help));
        }
        (None, true) => {}
    }
    let root = root(&paths, console.folder)?;
    // Who names the file that describes the project means the project.
    paths.retain(|path| ![&root.manifest, &root.config].contains(&&Some(path.clone())));
    match paths.iter().find(|path| path.is_file() && !is_contract(path)) {
        Some(other) => {
            let message = format!("`{}` is not a contract", path::name(console.folder, other));
            Err(Stop::with_help(message, "give .clar files, or folders that hold them"))
        }
        None => Ok(Load { root, paths, disk }),
    }
}

fn root(paths: &[PathBuf], folder: &Path) -> Result<Root, Stop> {
    Root::around_all(paths, folder).map_err(|other| {
        let (first, other) = (path::name(folder, &paths[0]), path::name(folder, other));
        let help = "run clarlint once for each project";
        Stop::with_help(format!("`{first}` and `{other}` belong to different projects"), help)
    })
}

/// The whole project around the current folder, and its configuration: what every command reads that does not lint.
pub fn project(arguments: &ConfigArguments, console: &Console<'_>) -> Result<(Project, Config), Stop> {
    let load = Load::around(console.folder);
    let mut files = Vec::new();
    let config = configuration(arguments, &load, console, &mut files)?;
    Ok((Project::load(&load, &config, files), config))
}

/// The configuration that is found or given. One with mistakes is not used: all of them are printed.
pub fn configuration(
    arguments: &ConfigArguments,
    load: &Load,
    console: &Console<'_>,
    files: &mut Vec<SourceFile>,
) -> Result<Config, Stop> {
    let given = arguments.config.as_ref().map(|given| path::absolute(console.folder, given));
    let found = load.root.config.clone().filter(|_| !arguments.isolated);
    let mut config = Config::default();
    if let Some(file) = given.or(found) {
        let (read, problems) = Config::read(&file, &load.root.base, &load.disk, files);
        if !problems.is_empty() {
            let mut problems = problems;
            problems.sort_by_key(|problem| problem.at);
            return Err(Stop::Rendered(human::snippets(files, &problems, console.stderr_colors)));
        }
        config = read;
    }
    Ok(config)
}

/// Where the baseline is, or would be.
pub fn baseline_file(given: Option<&PathBuf>, load: &Load, console: &Console<'_>) -> PathBuf {
    let given = given.map(|given| path::absolute(console.folder, given));
    given.unwrap_or_else(|| load.root.base.join(baseline::FILE_NAME))
}

/// The baseline in a file.
pub fn baseline(
    file: &Path,
    load: &Load,
    console: &Console<'_>,
    files: &mut Vec<SourceFile>,
) -> Result<Baseline, Stop> {
    Baseline::read(file, &load.root.base, &load.disk, files).map_err(|reason| {
        let message = format!("the baseline `{}` cannot be used: {reason}", path::name(console.folder, file));
        Stop::with_help(
            message,
            "`clarlint baseline --write` makes one; it is not meant to be written by hand",
        )
    })
}

/// Puts what the command line says of rules above the configuration.
pub fn rules(given: &RuleArguments, config: &mut Config) -> Result<(), Stop> {
    let select = all(&given.select, RuleName::parse)?;
    let mut levels = Levels::default();
    all(&given.level, Setting::parse)?.into_iter().for_each(|level| levels.push(level));
    config.lint.extend(Lint {
        levels,
        select: (!select.is_empty()).then_some(select),
        ignore: all(&given.ignore, RuleName::parse)?,
    });
    Ok(())
}

fn all<T>(texts: &[String], parse: fn(&str) -> Result<T, Fault>) -> Result<Vec<T>, Stop> {
    let parsed = texts.iter().map(|text| parse(text));
    parsed.collect::<Result<_, _>>().map_err(|fault| Stop::with_help(fault.message, fault.help))
}
