//! `--fix` and `--diff`: making the changes that findings propose, until there is nothing left to change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use similar::TextDiff;

use super::{Console, Stop};
use crate::diagnostic::Applicability;
use crate::fix::fixed;
use crate::progress::Work;
use crate::project::{Load, Project, path};
use crate::report::Report;

/// What is changed uncovers more: a name that only went with what is gone. That ends somewhere.
const MAX_ROUNDS: usize = 100;

/// A project, and what is found in it.
pub type Linted = (Project, Report);

/// The files that are changed, by their paths.
pub type Changes = BTreeMap<PathBuf, Change>;

/// The text of a file.
pub struct Change {
    before: Arc<str>,
    after: String,
}

/// Changes texts, and only in memory, as long as there is something to change: what is found before, and afterwards if
/// anything is changed.
pub fn rounds(
    load: &Load,
    up_to: Applicability,
    changes: &mut Changes,
    mut lint: impl FnMut(&Load) -> Result<Linted, Stop>,
) -> Result<(Linted, Option<Linted>), Stop> {
    let mut load = load.clone();
    let before = lint(&load)?;
    let mut after: Option<Linted> = None;
    for _ in 0..MAX_ROUNDS {
        let (project, report) = after.as_ref().unwrap_or(&before);
        let texts = fixed(project, report, up_to);
        if texts.is_empty() {
            break;
        }
        for (file, text) in texts {
            let source = project.file(file);
            let path = path::absolute(&load.root.base, Path::new(&source.path));
            load.disk.overlay.insert(path.clone(), text.clone().into_bytes());
            let change = changes.entry(path);
            let change =
                change.or_insert_with(|| Change { before: source.text.clone(), after: String::new() });
            change.after = text;
        }
        after = Some(lint(&load)?);
    }
    Ok((before, after))
}

/// Writes what is changed, and says which file could not be written.
pub fn write(changes: &Changes, base: &Path, console: &mut Console<'_>) -> bool {
    let mut complete = true;
    console.progress.begin(Work::Writing);
    for (file, change) in changes {
        if let Err(error) = fs::write(file, &change.after) {
            complete = false;
            let (name, reason) = (path::name(base, file), path::reason(&error));
            // When standard error is gone as well, the exit code has to do.
            let _ = writeln!(console.stderr, "error: `{name}` cannot be changed: {reason}");
        }
    }
    console.progress.begin(Work::Other);
    complete
}

/// How many files are changed, if any are.
pub fn summary(changes: &Changes) -> Option<String> {
    match changes.len() {
        0 => None,
        1 => Some("note: 1 file was changed\n".to_owned()),
        many => Some(format!("note: {many} files were changed\n")),
    }
}

/// Prints the changes as `git apply` takes them, and says of which files it takes none.
pub fn print(changes: &Changes, base: &Path, console: &mut Console<'_>) -> Result<(), Stop> {
    let mut patch = String::new();
    for (file, Change { before, after }) in changes {
        let name = path::name(base, file);
        // Git takes no path that leads out of the folder, and reads others as if they were quoted.
        if name.starts_with("../") || name.contains(['\t', '\n', '"', '\\']) {
            writeln!(
                console.stderr,
                "note: `{name}` is not in the patch, which cannot name it; `--fix` changes it"
            )?;
            continue;
        }
        let diff = TextDiff::from_lines(&**before, after.as_str());
        patch += &diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string();
    }
    Ok(console.stdout.write_all(patch.as_bytes())?)
}
