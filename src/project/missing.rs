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

/// One finding for all requirements, one for each folder that is not there, and one for each other contract, each where
/// the first of them is named.
pub fn problems(missing: &[Missing], files: &[SourceFile], base: &Path) -> Vec<Diagnostic> {
    let (requirements, contracts): (Vec<_>, Vec<_>) = missing.iter().partition(|it| it.is_requirement());
    let mut groups: BTreeMap<PathBuf, Vec<&Missing>> = BTreeMap::new();
    for contract in contracts {
        let cause = contract.missing_folder().unwrap_or(&contract.wanted.path).to_owned();
        groups.entry(cause).or_default().push(contract);
    }
    let contracts = groups.iter().map(|(cause, group)| match group.len() {
        2.. if *cause != group[0].wanted.path => no_folder(cause, group, files, base),
        _ => unreadable(group[0], files, base),
    });
    requirement(&requirements).into_iter().chain(contracts).collect()
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
