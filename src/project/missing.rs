//! What is said of contracts that the project names and whose text could not be had.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::project::load::Wanted;
use crate::project::{MANIFEST_NAME, manifest, path};
use crate::source::{Location, SourceFile};

/// How many names a sentence bears.
const MOST_NAMED: usize = 3;

/// A contract that could not be read.
pub struct Missing {
    pub wanted: Wanted,
    /// Where the project names it.
    pub asked_by: Location,
    pub error: io::Error,
}

impl Missing {
    fn is_requirement(&self) -> bool {
        !self.wanted.linted && self.wanted.name.issuer.is_some()
    }

    /// Whether the file is there and cannot be read: then the work is not done.
    pub fn is_unreadable(&self) -> bool {
        !self.is_requirement() && self.error.kind() != io::ErrorKind::NotFound
    }

    /// The topmost folder that the file would lie in and that is not there.
    fn missing_folder(&self) -> Option<&Path> {
        let above = self.wanted.path.ancestors().skip(1);
        above.take_while(|folder| !folder.exists()).last()
    }
}

/// One finding for all requirements, one for each folder that is not there, one for all files that are not there, and one
/// for each other contract, each where the first of them is named.
pub fn problems(missing: &[Missing], files: &[SourceFile], base: &Path) -> Vec<Diagnostic> {
    let (requirements, contracts): (Vec<_>, Vec<_>) = missing.iter().partition(|it| it.is_requirement());
    let mut groups: BTreeMap<PathBuf, Vec<&Missing>> = BTreeMap::new();
    for contract in contracts {
        let cause = contract.missing_folder().unwrap_or(&contract.wanted.path).to_owned();
        groups.entry(cause).or_default().push(contract);
    }
    let mut alone: Vec<&Missing> = Vec::new();
    let mut found: Vec<_> = requirement(&requirements).into_iter().collect();
    for (cause, group) in &groups {
        match group.len() {
            2.. if *cause != group[0].wanted.path => found.push(no_folder(cause, group, files, base)),
            _ => alone.extend(group.iter().copied()),
        }
    }
    alone.sort_by_key(|missing| missing.asked_by);
    let (gone, unreadable): (Vec<_>, Vec<_>) =
        alone.into_iter().partition(|missing| missing.error.kind() == io::ErrorKind::NotFound);
    match &gone[..] {
        [_, _, ..] => found.push(no_files(&gone, files, base)),
        one => found.extend(one.iter().map(|missing| self::unreadable(missing, files, base))),
    }
    found.extend(unreadable.into_iter().map(|missing| self::unreadable(missing, files, base)));
    found
}

fn requirement(missing: &[&Missing]) -> Option<Diagnostic> {
    let at = missing.first()?.asked_by;
    let names: Vec<_> = missing.iter().map(|it| format!("`{}`", it.wanted.name)).collect();
    let (message, help) = match &names[..] {
        [one] => (
            format!("the source of {one} is not in Clarinet's cache"),
            "run `clarinet check` once, which fetches it; until then calls to it are not checked",
        ),
        names => (
            format!(
                "the sources of {} requirements are not in Clarinet's cache: {}",
                names.len(),
                listed(names)
            ),
            "run `clarinet check` once, which fetches them; until then calls to them are not checked",
        ),
    };
    Some(Diagnostic::new("missing-requirement", Severity::Note, at, message).help(help))
}

fn listed(names: &[String]) -> String {
    match names.len().checked_sub(MOST_NAMED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST_NAMED].join(", ")),
    }
}

fn unreadable(missing: &Missing, files: &[SourceFile], base: &Path) -> Diagnostic {
    let name = path::name(base, &missing.wanted.path);
    let message = format!("`{name}` cannot be read: {}", path::reason(&missing.error));
    let help = "correct the path, or remove the contract; calls to it are not checked";
    Diagnostic::new(rule(missing, files), Severity::Error, missing.asked_by, message).help(help)
}

fn no_files(group: &[&Missing], files: &[SourceFile], base: &Path) -> Diagnostic {
    let names = group.iter().map(|missing| format!("`{}`", path::name(base, &missing.wanted.path)));
    let names: Vec<_> = names.collect();
    let message = format!("{} contracts cannot be read: there are no files {}", names.len(), listed(&names));
    let help = "correct the paths, or remove the contracts; calls to them are not checked";
    Diagnostic::new(rule(group[0], files), Severity::Error, group[0].asked_by, message).help(help)
}

fn no_folder(cause: &Path, group: &[&Missing], files: &[SourceFile], base: &Path) -> Diagnostic {
    let (count, name) = (group.len(), path::name(base, cause));
    let message = format!("{count} contracts cannot be read: there is no folder `{name}`");
    let help = "correct the paths, or bring what belongs there, such as a submodule; calls to these contracts are not checked";
    Diagnostic::new(rule(group[0], files), Severity::Error, group[0].asked_by, message).help(help)
}

/// The rule of a problem that stands in the manifest or in the configuration.
fn rule(missing: &Missing, files: &[SourceFile]) -> &'static str {
    let file = &files[missing.asked_by.file.0 as usize].path;
    if file.ends_with(MANIFEST_NAME) { manifest::RULE } else { config::RULE }
}
