//! Searching folders for contracts.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// What a walk came upon.
pub enum Found {
    Contract(PathBuf),
    /// A link that leads back to a folder it lies in.
    Loop {
        link: PathBuf,
        target: PathBuf,
    },
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
}

/// All `.clar` files below `folder`, by name, without hidden folders and `node_modules`. Links are followed.
pub fn contracts(folder: &Path, keep: &dyn Fn(&Path) -> bool) -> Vec<Found> {
    let wanted = |entry: &DirEntry| entry.depth() == 0 || !skipped(entry);
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
    let mut found = Vec::new();
    for entry in walk.into_iter().filter_entry(wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_contract(entry.path()) && keep(entry.path()) => {
                found.push(Found::Contract(entry.into_path()));
            }
            Ok(_) => {}
            Err(error) => found.extend(failure(error)),
        }
    }
    found
}

/// Whether the file is called like a contract.
pub fn is_contract(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "clar")
}

fn skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.') || name == "node_modules"
}

fn failure(error: walkdir::Error) -> Option<Found> {
    let path = error.path()?.to_owned();
    if let Some(target) = error.loop_ancestor() {
        return Some(Found::Loop { target: target.to_owned(), link: path });
    }
    let error = error.into_io_error()?;
    // A link to nowhere is only of interest where a contract should be.
    let dangling = error.kind() == std::io::ErrorKind::NotFound && !is_contract(&path);
    (!dangling).then_some(Found::Unreadable { path, error })
}
