//! The files of a revision that a project is read from, in a folder of their own.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::Stop;
use super::git::{self, Refusal};
use crate::project::{is_contract, is_description, path, requirements};

/// A copy of what a revision holds. It is gone when this is dropped.
pub struct Revision {
    folder: TempDir,
    /// The root of the working tree that the revision is one of.
    root: PathBuf,
}

/// A file of a revision: its name from the root, and the object that holds its text.
struct Entry {
    name: PathBuf,
    object: String,
}

impl Revision {
    /// Reads what a revision of the repository around `folder` holds.
    pub fn read(folder: &Path, revision: &str) -> Result<Self, Stop> {
        let refused = |refusal: Refusal, help: &str| {
            let wanted = format!("the revision `{revision}` cannot be read");
            refusal.stop(&wanted, "`clarlint diff` reads revisions with git: install it", help)
        };
        let root = git::root(folder).map_err(|refusal| {
            refused(refusal, "run it inside a repository of git, in the folder of the project")
        })?;
        let commit = commit(&root, revision).map_err(|refusal| match refusal {
            Refusal::Said(_) => unknown(revision),
            absent => refused(absent, ""),
        })?;
        let damaged = |refusal| {
            let help = "`git fsck` says what is missing; `git fetch` may bring it, of a shallow clone with `--unshallow`";
            refused(refusal, help)
        };
        let entries = entries(&root, &commit).map_err(damaged)?;
        let texts = texts(&root, &entries).map_err(damaged)?;
        let folder = copy(&entries, &texts).map_err(|error| {
            let reason = path::reason(&error);
            Stop::with_help(
                format!("the revision `{revision}` cannot be written to a temporary folder: {reason}"),
                "make room, or name another folder with the variable TMPDIR",
            )
        })?;
        Ok(Self { folder, root })
    }

    /// The place of a folder of the working tree. One that the revision does not have is empty.
    pub fn place(&self, folder: &Path) -> Result<PathBuf, Stop> {
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (real, root) = (real(folder), real(&self.root));
        let Ok(within) = real.strip_prefix(&root) else {
            let message = format!("`{}` is not in the repository", path::name(&self.root, folder));
            return Err(Stop::with_help(message, "name a folder of the repository with `--project`"));
        };
        let place = self.folder.path().join(within);
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// Takes over the texts of requirements that lie beside the working tree: git mostly does not know them.
    pub fn borrow_requirements(&self, manifest: &Path) {
        let Some(there) = requirements(manifest) else { return };
        let Ok(within) = there.strip_prefix(self.folder.path()) else { return };
        let Ok(kept) = fs::read_dir(self.root.join(within)) else { return };
        // What cannot be copied is missing, as it would be if nobody had fetched it.
        if fs::create_dir_all(&there).is_ok() {
            for file in kept.flatten().map(|entry| entry.path()).filter(|path| is_read(path)) {
                let copy = file.file_name().map(|name| there.join(name)).filter(|copy| !copy.exists());
                let _ = copy.map(|copy| fs::copy(&file, copy));
            }
        }
    }
}

fn unknown(revision: &str) -> Stop {
    Stop::with_help(
        format!("the repository has no revision `{revision}`"),
        "name a commit, a branch or a tag of it, such as `main`; `git fetch` brings those that others have",
    )
}

/// The commit that a revision names.
fn commit(root: &Path, revision: &str) -> Result<String, Refusal> {
    let named = format!("{revision}^{{commit}}");
    // `--end-of-options`: a revision that begins with a dash is none.
    let commit = git::ask(root, &["rev-parse", "--verify", "--end-of-options", &named])?;
    Ok(git::text(commit).trim_end().to_string())
}

/// Where two branches part.
pub fn parting(folder: &Path, revision: &str, other: &str) -> Result<String, Stop> {
    let base = commit(folder, revision).and_then(|revision| {
        let other = commit(folder, other)?;
        git::ask(folder, &["merge-base", &revision, &other])
    });
    let base = base.map_err(|refusal| {
        refusal.stop(
            &format!("git does not know where `{revision}` and `{other}` part"),
            "`clarlint diff` reads revisions with git: install it",
            "fetch the history of both, of a shallow clone with `git fetch --unshallow`, or leave out --merge-base",
        )
    })?;
    Ok(git::text(base).trim_end().to_string())
}

/// The files that may matter.
fn entries(root: &Path, commit: &str) -> Result<Vec<Entry>, Refusal> {
    let listed = git::text(git::ask(root, &["ls-tree", "-r", "-z", "--full-tree", commit])?);
    let entry = |line: &str| {
        let (kind, name) = line.split_once('\t')?;
        let (mode, object) = (kind.get(..6)?, kind.rsplit(' ').next()?);
        let name = PathBuf::from(name);
        // Links and other repositories hold no text; and nothing is written outside of the folder.
        let is_plain =
            mode.starts_with("100") && name.components().all(|it| matches!(it, Component::Normal(_)));
        (is_plain && is_read(&name)).then(|| Entry { name, object: object.to_string() })
    };
    Ok(listed.split('\0').filter_map(entry).collect())
}

/// Whether loading a project may read a file of that name.
fn is_read(path: &Path) -> bool {
    let is_other = |path: &Path| {
        path.extension().is_some_and(|it| ["toml", "json", "yaml", "yml"].iter().any(|other| it == *other))
    };
    is_contract(path) || is_description(path) || is_other(path) || path.ends_with(".gitignore")
}

/// The texts of files, in their order.
fn texts(root: &Path, entries: &[Entry]) -> Result<Vec<Vec<u8>>, Refusal> {
    let wanted: String = entries.iter().map(|entry| format!("{}\n", entry.object)).collect();
    let answer = git::ask_about(root, &["cat-file", "--batch"], wanted.as_bytes())?;
    let mut rest = &answer[..];
    let mut texts = Vec::with_capacity(entries.len());
    for entry in entries {
        let text = object(&mut rest).ok_or_else(|| {
            Refusal::Said(format!("the object {} of `{}` is missing", entry.object, entry.name.display()))
        })?;
        texts.push(text);
    }
    Ok(texts)
}

/// The next object of a batch: a line with its name, kind and size, its text, and a line end.
fn object(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = memchr::memchr(b'\n', rest)?;
    let (head, after) = rest.split_at(end);
    let size: usize = std::str::from_utf8(head).ok()?.split(' ').nth(2)?.parse().ok()?;
    let text = after.get(1..=size)?.to_vec();
    *rest = after.get(size + 2..)?;
    Some(text)
}

fn copy(entries: &[Entry], texts: &[Vec<u8>]) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("clarlint-").tempdir()?;
    // As in the working tree, this is where the repository ends.
    fs::create_dir(folder.path().join(".git"))?;
    for (entry, text) in entries.iter().zip(texts) {
        let path = folder.path().join(&entry.name);
        fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        fs::write(path, text)?;
    }
    Ok(folder)
}
