//! From arguments to what is loaded.

use std::path::{Path, PathBuf};

use super::args::{ConfigArguments, LintArguments, RuleArguments};
use super::{Console, Stop};
use crate::baseline::{self, Baseline};
use crate::check::Run;
use crate::config::table::Fault;
use crate::config::{Config, Levels, Lint, RuleName, Setting};
use crate::project::{
    Disk, Load, MOST_FILES, Project, Search, Target, TooManyFiles, is_contract, is_description, path,
};
use crate::report::human::{self, Looks};
use crate::source::SourceFile;

/// What a run lints.
pub struct Loads {
    /// By folder; never empty. All name paths from the same folder.
    pub projects: Vec<Load>,
    /// Contracts that were come upon and that no manifest is near.
    pub loose: Vec<PathBuf>,
}

impl Loads {
    /// The folder that findings name paths from.
    pub fn base(&self) -> &Path {
        self.projects.first().map_or(Path::new(""), |load| &load.root.base)
    }
}

/// What the paths of the command line ask for.
pub fn paths(arguments: &LintArguments, console: &mut Console<'_>) -> Result<Loads, Stop> {
    let (stdin, given): (Vec<_>, Vec<_>) = arguments.paths.iter().partition(|path| path.as_os_str() == "-");
    let mut paths: Vec<_> = given.iter().map(|given| path::absolute(console.folder, given)).collect();
    // Who names the file that describes a project means the project.
    for path in paths.iter_mut().filter(|path| path.is_file() && is_description(path)) {
        path.pop();
    }
    let mut disk = Disk { jobs: arguments.jobs, progress: console.progress.clone(), ..Disk::default() };
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
    if let Some(other) = paths.iter().find(|path| path.is_file() && !is_contract(path)) {
        let message = format!("`{}` is not a contract", path::name(console.folder, other));
        return Err(Stop::with_help(message, "give .clar files, or folders that hold them"));
    }
    let Search { targets, loose } = match arguments.config.project.as_ref() {
        Some(project) => {
            let target = named(project, console)?;
            Search { targets: vec![Target { paths, ..target }], loose: Vec::new() }
        }
        None => Search::new(&paths, console.folder)?,
    };
    let load = |Target { root, paths }| {
        let mut disk = disk.clone();
        disk.overlay.retain(|path, _| paths.contains(path));
        Load { root, paths, disk }
    };
    Ok(Loads { projects: targets.into_iter().map(load).collect(), loose })
}

/// The project that a command is about which takes only one.
pub fn one(project: Option<&PathBuf>, console: &Console<'_>) -> Result<Load, Stop> {
    let target = match project {
        Some(project) => named(project, console)?,
        None => single(Search::new(&[], console.folder)?.targets, console)?,
    };
    Ok(Load {
        root: target.root,
        paths: Vec::new(),
        disk: Disk { progress: console.progress.clone(), ..Disk::default() },
    })
}

/// The project that `--project` names.
fn named(project: &Path, console: &Console<'_>) -> Result<Target, Stop> {
    let folder = path::absolute(console.folder, project);
    if !folder.is_dir() {
        let message = format!("there is no folder `{}`", path::name(console.folder, &folder));
        return Err(Stop::with_help(message, "`--project` takes the folder of a Clarinet.toml"));
    }
    let search = Search::new(std::slice::from_ref(&folder), console.folder)?;
    let mut target = single(search.targets, console)?;
    // As if the run had begun there.
    target.root.folder.get_or_insert(folder);
    target.root.base.clone_from(&target.root.home);
    target.paths.clear();
    Ok(target)
}

fn single(mut targets: Vec<Target>, console: &Console<'_>) -> Result<Target, Stop> {
    match (targets.pop(), targets.is_empty()) {
        (Some(target), true) => Ok(target),
        (last, _) => {
            let folders = targets.iter().chain(&last).map(|target| target.root.own_folder());
            let names: Vec<_> = folders.map(|folder| path::name(console.folder, folder)).collect();
            let listed: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("there are {} projects here: {}", names.len(), listed.join(", "));
            let first = names.first().map_or("DIR", String::as_str);
            Err(Stop::with_help(message, format!("say which one is meant: `--project {first}`")))
        }
    }
}

impl From<TooManyFiles> for Stop {
    fn from(TooManyFiles: TooManyFiles) -> Self {
        Stop::with_help(
            format!("there is no project here, and more than {MOST_FILES} files lie below"),
            "go to the folder of a project, or name one: `clarlint PATH`",
        )
    }
}

/// The whole project that is meant, and its configuration: what every command reads that does not lint.
pub fn project(arguments: &ConfigArguments, console: &Console<'_>) -> Result<(Project, Config), Stop> {
    whole(&one(arguments.project.as_ref(), console)?, arguments, console)
}

/// The same, and how it is linted: for commands that show findings beside other things.
pub fn linted(arguments: &ConfigArguments, console: &Console<'_>) -> Result<(Project, Config, Run), Stop> {
    let load = one(arguments.project.as_ref(), console)?;
    let mut files = Vec::new();
    let config = configuration(arguments, &load, console, &mut files)?;
    let baseline = known(None, arguments, &load, console, &mut files)?;
    let run = Run { today: console.today, baseline, ..Run::default() };
    Ok((Project::load(&load, &config, files), config, run))
}

/// The project and its configuration, where it was found already.
pub fn whole(
    load: &Load,
    arguments: &ConfigArguments,
    console: &Console<'_>,
) -> Result<(Project, Config), Stop> {
    let mut files = Vec::new();
    let config = configuration(arguments, load, console, &mut files)?;
    Ok((Project::load(load, &config, files), config))
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
            let looks = Looks { colors: console.stderr_colors, links: false };
            return Err(Stop::Rendered(human::snippets(files, &problems, looks)));
        }
        config = read;
    }
    Ok(config)
}

/// Where the baseline is, or would be.
pub fn baseline_file(given: Option<&PathBuf>, load: &Load, console: &Console<'_>) -> PathBuf {
    let given = given.map(|given| path::absolute(console.folder, given));
    given.unwrap_or_else(|| load.root.own_folder().join(baseline::FILE_NAME))
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

/// What a run is held against: the project's baseline if there is one. One that is named has to be there.
pub fn known(
    given: Option<&PathBuf>,
    arguments: &ConfigArguments,
    load: &Load,
    console: &Console<'_>,
    files: &mut Vec<SourceFile>,
) -> Result<Option<Baseline>, Stop> {
    let file = baseline_file(given, load, console);
    let is_meant = given.is_some() || file.exists() && !arguments.isolated;
    is_meant.then(|| baseline(&file, load, console, files)).transpose()
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
        of_manifest: Levels::default(),
    });
    Ok(())
}

fn all<T>(texts: &[String], parse: fn(&str) -> Result<T, Fault>) -> Result<Vec<T>, Stop> {
    let parsed = texts.iter().map(|text| parse(text));
    parsed.collect::<Result<_, _>>().map_err(|fault| Stop::with_help(fault.message, fault.help))
}
