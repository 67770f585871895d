//! Where reports go: one to standard output, and any number of files beside it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::choices::Format;
use super::{Console, Stop};
use crate::config::table::closest;
use crate::project::{Project, path};
use crate::report::human::Looks;
use crate::report::{Report, github, gitlab, human, json, junit, sarif, short};

/// A report in a file, `FORMAT=FILE`.
#[derive(Clone, Debug)]
pub struct Output {
    pub format: Format,
    pub file: PathBuf,
}

impl Output {
    /// Reads an argument of `--output`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let formats = || Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<_> = formats().map(|format| format.get_name().to_owned()).collect();
        let (format, file) = text.split_once('=').ok_or("write FORMAT=FILE, such as sarif=clarlint.sarif")?;
        let format = Format::from_str(format, false).map_err(|_| {
            match closest(format, names.iter().map(String::as_str)) {
                Some(close) => format!("there is no format `{format}`; did you mean `{close}`?"),
                None => format!("there is no format `{format}`; write one of {}", names.join(", ")),
            }
        })?;
        match file {
            "" => Err("the name of the file is missing".into()),
            "-" => Err("standard output has the report of --format".into()),
            file => Ok(Self { format, file: file.into() }),
        }
    }
}

/// How reports for people look.
#[derive(Clone, Copy)]
pub struct Style {
    pub looks: Looks,
    /// Findings only, without the line that sums up.
    pub quiet: bool,
}

/// The report in a format.
pub fn render(format: Format, project: &Project, report: &Report, style: Style) -> String {
    let summed_up = |findings: String| match style.quiet {
        true => findings,
        false => findings + &human::summary(report) + "\n",
    };
    match format {
        Format::Human => summed_up(human::findings(project, report, style.looks)),
        Format::Short => summed_up(short::findings(project, report)),
        Format::Json => json::document(project, report),
        Format::Jsonl => json::lines(project, report),
        Format::Sarif => sarif::document(project, report),
        Format::Github => github::commands(project, report),
        Format::Gitlab => gitlab::document(project, report),
        Format::Junit => junit::document(project, report),
    }
}

/// The files that reports are written to.
pub struct Files<'a, F> {
    folder: &'a Path,
    outputs: Vec<(F, PathBuf)>,
}

impl<'a, F: Copy> Files<'a, F> {
    /// Looks at all files before any work is done: two reports in one file would leave one of them.
    pub fn new<'o>(outputs: impl IntoIterator<Item = (F, &'o Path)>, folder: &'a Path) -> Result<Self, Stop> {
        let mut files = Self { folder, outputs: Vec::new() };
        for (format, file) in outputs {
            let file = path::absolute(folder, file);
            let name = files.name(&file);
            if file.is_dir() {
                let help = format!("name a file in it: `{name}/clarlint.txt`");
                return Err(Stop::with_help(
                    format!("the report cannot go to `{name}`: it is a folder"),
                    help,
                ));
            }
            if !file.parent().is_some_and(Path::is_dir) {
                let above = files.name(file.parent().unwrap_or(folder));
                let message = format!("the report cannot go to `{name}`: there is no folder `{above}`");
                return Err(Stop::with_help(message, "make the folder first"));
            }
            if files.outputs.iter().any(|(_, other)| is_same(other, &file)) {
                let message = format!("two reports would go to `{name}`, and the second over the first");
                return Err(Stop::with_help(message, "give each --output a file of its own"));
            }
            files.outputs.push((format, file));
        }
        Ok(files)
    }

    /// Refuses to write over what was read.
    pub fn keep_sources(&self, base: &Path, project: &Project) -> Result<(), Stop> {
        let sources = || project.files.iter().map(|source| path::absolute(base, Path::new(&source.path)));
        match self.outputs.iter().find(|(_, file)| sources().any(|source| is_same(&source, file))) {
            Some((_, file)) => {
                let message = format!("the report would overwrite `{}`, which was read", self.name(file));
                Err(Stop::with_help(message, "give the report a file of its own"))
            }
            None => Ok(()),
        }
    }

    /// Writes every report and says which could not be written: one that fails takes none of the others with it. `others`
    /// says what has become of those.
    pub fn write(&self, report: impl Fn(F) -> String, others: &str, console: &mut Console<'_>) -> bool {
        let mut complete = true;
        for (format, file) in &self.outputs {
            if let Err(error) = fs::write(file, report(*format)) {
                complete = false;
                let (name, reason) = (self.name(file), path::reason(&error));
                // When standard error is gone as well, the exit code has to do.
                let _ = writeln!(
                    console.stderr,
                    "error: the report cannot be written to `{name}`: {reason}\n  \
                     help: {others}check the permissions of the folder and the file"
                );
            }
        }
        complete
    }

    fn name(&self, file: &Path) -> String {
        path::name(self.folder, file)
    }
}

/// Whether two paths are one file, through links as well.
fn is_same(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    a == b || real(a).is_some_and(|a| Some(a) == real(b))
}
