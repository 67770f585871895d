//! Searching folders: for contracts, and for the manifests of projects.

use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::Gitignore;
use walkdir::{DirEntry, WalkDir};

use crate::project::MANIFEST_NAME;
use crate::project::root::repository;

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

/// All `.clar` files below `folder`, by name. Links are followed.
pub fn contracts(folder: &Path, keep: &dyn Fn(&Path) -> bool) -> Vec<Found> {
    let mut ignored = Ignored::above(folder);
    let mut found = Vec::new();
    for entry in walk(folder).filter_entry(|entry| ignored.keeps(entry)) {
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

/// What a search for manifests came upon.
#[derive(Debug, Default)]
pub struct Below {
    /// The folders that hold a manifest, by name. What lies in them is their business.
    pub projects: Vec<PathBuf>,
    /// Contracts that lie in none of them, by name.
    pub loose: Vec<PathBuf>,
}

/// The projects below `folder`. `None` if there are more than `most` files.
pub fn projects(folder: &Path, most: usize) -> Option<Below> {
    let mut ignored = Ignored::above(folder);
    let mut below = Below::default();
    let mut entries = walk(folder).filter_entry(|entry| ignored.keeps(entry));
    let mut seen = 0;
    while let Some(entry) = entries.next() {
        // What cannot be read is reported where contracts are searched for.
        let Ok(entry) = entry else { continue };
        seen += usize::from(entry.file_type().is_file());
        if seen > most {
            return None;
        }
        if entry.file_type().is_dir() && entry.path().join(MANIFEST_NAME).is_file() {
            entries.skip_current_dir();
            below.projects.push(entry.into_path());
        } else if entry.file_type().is_file() && is_contract(entry.path()) {
            below.loose.push(entry.into_path());
        }
    }
    Some(below)
}

/// The files below `folder` that linting may depend on: contracts, manifests and configurations.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut ignored = Ignored::above(folder);
    let files = walk(folder).filter_entry(|entry| ignored.keeps(entry)).flatten();
    let files = files.filter(|entry| entry.file_type().is_file()).map(DirEntry::into_path);
    files
        .filter(|path| is_contract(path) || path.extension().is_some_and(|it| it == "toml" || it == "json"))
        .collect()
}

/// The `.clar` files in a folder itself, by name.
pub fn beside(folder: &Path) -> Vec<PathBuf> {
    let mut ignored = Ignored::above(folder);
    let entries = WalkDir::new(folder).max_depth(1).sort_by_file_name().into_iter();
    let files = entries.filter_entry(|entry| ignored.keeps(entry)).flatten();
    let contracts = files.filter(|entry| entry.file_type().is_file() && is_contract(entry.path()));
    contracts.map(DirEntry::into_path).collect()
}

/// Whether the file is called like a contract.
pub fn is_contract(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "clar")
}

fn walk(folder: &Path) -> walkdir::IntoIter {
    WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter()
}

/// What a walk leaves out: hidden folders, those that tools fill, and what git would ignore. The folder that the walk
/// begins in is wanted whatever it is.
struct Ignored {
    /// From the repository's root down to the folder that is being walked, each with its depth in the walk. Those
    /// above the walk have none.
    files: Vec<(Option<usize>, Gitignore)>,
}

impl Ignored {
    /// What is ignored below `folder` by files further up in its repository.
    fn above(folder: &Path) -> Self {
        let repository = repository(folder);
        let above =
            folder.ancestors().skip(1).take_while(|above| repository.is_some_and(|it| above.starts_with(it)));
        let mut files: Vec<_> = above.filter_map(gitignore).map(|file| (None, file)).collect();
        files.reverse();
        Self { files }
    }

    /// Whether the walk goes on with `entry`. Has to be asked of every entry in the walk's order.
    fn keeps(&mut self, entry: &DirEntry) -> bool {
        let (depth, is_folder) = (entry.depth(), entry.file_type().is_dir());
        while self.files.last().is_some_and(|(other, _)| other.is_some_and(|other| other >= depth)) {
            self.files.pop();
        }
        let kept = depth == 0 || !is_skipped(entry) && !self.has(entry.path(), is_folder);
        if kept && is_folder {
            self.files.extend(gitignore(entry.path()).map(|file| (Some(depth), file)));
        }
        kept
    }

    /// The deepest file that says something of the path decides.
    fn has(&self, path: &Path, is_folder: bool) -> bool {
        let said = self.files.iter().rev().map(|(_, file)| file.matched(path, is_folder));
        said.into_iter().find(|said| !said.is_none()).is_some_and(|said| matches!(said, Match::Ignore(_)))
    }
}

/// The patterns of a folder's `.gitignore`. A pattern that git could not read either is left out.
fn gitignore(folder: &Path) -> Option<Gitignore> {
    let file = folder.join(".gitignore");
    file.is_file().then(|| Gitignore::new(file).0)
}

fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_filled = || matches!(&*name, "node_modules" | "target") && entry.file_type().is_dir();
    name.starts_with('.') || is_filled()
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
