//! `--changed`: the files that differ from a revision, as git knows them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Stop;
use super::git::{self, Refusal};

/// The absolute paths of the files below `folder`'s repository that differ from `revision` in the working tree, and
/// of those that git does not know yet.
pub fn files(folder: &Path, revision: &str) -> Result<BTreeSet<PathBuf>, Stop> {
    asked(folder, revision).map_err(|refusal| {
        refusal.stop(
            "git does not know what changed",
            "--changed asks git; leave it out to report all",
            "name a commit, a branch or a tag of this repository: `--changed main`",
        )
    })
}

fn asked(folder: &Path, revision: &str) -> Result<BTreeSet<PathBuf>, Refusal> {
    let root = git::root(folder)?;
    // `--end-of-options`: a revision that begins with a dash is none.
    let differing =
        git::ask(&root, &["diff", "--name-only", "--no-renames", "-z", "--end-of-options", revision, "--"])?;
    let unknown = git::ask(&root, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let (differing, unknown) = (git::text(differing), git::text(unknown));
    let names = differing.split('\0').chain(unknown.split('\0')).filter(|name| !name.is_empty());
    Ok(names.map(|name| root.join(name)).collect())
}
