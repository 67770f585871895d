//! `clarlint baseline`: what was found before is not found again.

use std::fs;
use std::path::PathBuf;

use super::args::BaselineArguments;
use super::load;
use super::{Console, Exit, Stop};
use crate::baseline;
use crate::check::{Run, check_run};
use crate::project::{Project, path};

pub fn run(arguments: &BaselineArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let load = load::one(arguments.config.project.as_ref(), console)?;
    let mut files = Vec::new();
    let config = load::configuration(&arguments.config, &load, console, &mut files)?;
    let file = load::baseline_file(arguments.baseline.as_ref(), &load, console);
    let name = path::name(console.folder, &file);
    let old = match file.exists() {
        true => Some(load::baseline(&file, &load, console, &mut files)?),
        false => None,
    };
    let before = match (&old, arguments.mode.write) {
        (Some(_), true) => {
            let help = "`--prune` takes out what is gone, `--add` puts in what is new";
            return Err(Stop::with_help(format!("there is a baseline already: `{name}`"), help));
        }
        (None, false) => {
            let message = format!("there is no baseline `{name}`");
            return Err(Stop::with_help(message, "make one with `clarlint baseline --write`"));
        }
        (old, _) => old.as_ref().map_or(0, |old| old.entries().len()),
    };
    let run = Run { today: console.today, baseline: old.clone(), ..Run::default() };
    let project = Project::load(&load, &config, files);
    let report = check_run(&project, &config, &run);
    if report.incomplete {
        let help = "run `clarlint` to see what; a baseline has to know all there is";
        return Err(Stop::with_help("not everything could be read or checked", help));
    }
    let mut kept = match (&old, arguments.mode.prune) {
        (Some(old), true) => old.pruned(&report),
        (Some(old), false) => old.entries().to_vec(),
        (None, _) => Vec::new(),
    };
    let kept_count = kept.len();
    if !arguments.mode.prune {
        kept.extend(baseline::entries(&project, &report));
    }
    let (gone, added) = (before - kept_count, kept.len() - kept_count);
    write(&file, &name, baseline::document(kept))?;
    let said = match (old.is_some(), arguments.mode.prune) {
        (false, _) => format!("{} in `{name}`: from now on, only new ones are reported", findings(added)),
        (true, true) => format!("{} taken out of `{name}`, {kept_count} left", findings(gone)),
        (true, false) => format!("{} added to `{name}`", findings(added)),
    };
    writeln!(console.stdout, "{said}")?;
    Ok(Exit::Clean)
}

fn write(file: &PathBuf, name: &str, text: String) -> Result<(), Stop> {
    fs::write(file, text).map_err(|error| {
        let message = format!("the baseline cannot be written to `{name}`: {}", path::reason(&error));
        Stop::with_help(message, "check the permissions of the folder and the file")
    })
}

fn findings(count: usize) -> String {
    if count == 1 { "1 finding".to_string() } else { format!("{count} findings") }
}
