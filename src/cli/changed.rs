//! `--changed`: the files that differ from a revision, as git knows them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Stop;

/// The absolute paths of the files below `folder`'s repository that differ from `revision` in the working tree, and
/// of those that git does not know yet.
pub fn files(folder: &Path, revision: &str) -> Result<BTreeSet<PathBuf>, Stop> {
    let root = git(folder, &["rev-parse", "--show-toplevel"])?;
    let root = Path::new(root.trim_end_matches(['\r', '\n'])).to_owned();
    // `--end-of-options`: a revision that begins with a dash is none.
    let differing =
        git(&root, &["diff", "--name-only", "--no-renames", "-z", "--end-of-options", revision, "--"])?;
    let unknown = git(&root, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let names = differing.split('\0').chain(unknown.split('\0')).filter(|name| !name.is_empty());
    Ok(names.map(|name| root.join(name)).collect())
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, Stop> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().map_err(|error| {
        Stop::with_help(
            format!("git cannot be run: {error}"),
            "--changed asks git; leave it out to report all",
        )
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
        let help = "name a commit, a branch or a tag of this repository: `--changed main`";
        return Err(Stop::with_help(format!("git does not know what changed: {said}"), help));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
