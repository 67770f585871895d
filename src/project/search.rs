//! Which projects a run is about: one around the current folder, or several, each with its own manifest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::project::{Root, walk};

/// A run without paths does not search more files than this where nothing marks a project: a home folder has more, a
/// repository hardly.
pub const MOST_FILES: usize = 20_000;

/// The projects of a run.
#[derive(Debug, Default)]
pub struct Search {
    /// By folder. All name paths from the same folder.
    pub targets: Vec<Target>,
    /// Contracts that were come upon and that lie in the folder of no manifest, by path. A manifest elsewhere may list
    /// them all the same.
    pub loose: Vec<PathBuf>,
}

/// A project, and the paths that were asked for; none: everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub root: Root,
    pub paths: Vec<PathBuf>,
}

/// There are too many files to search for a project that nobody named.
#[derive(Debug)]
pub struct TooManyFiles;

impl Search {
    /// The projects that `paths` belong to, or what is around `folder` if there are none. All paths are absolute.
    ///
    /// A manifest further up goes before those further down. Where there is none, and in folders inside of a project that
    /// are named, manifests are searched for; each found is a project of its own. Files that belong to no project make
    /// up one together.
    pub fn new(paths: &[PathBuf], folder: &Path) -> Result<Self, TooManyFiles> {
        let mut search = Self::default();
        let mut targets = BTreeMap::new();
        if paths.is_empty() {
            let around = Root::around(folder);
            let most = if around.folder.is_some() { usize::MAX } else { MOST_FILES };
            // The project's folder, whatever folder of it this is.
            let start = around.folder.clone().unwrap_or_else(|| folder.to_owned());
            let root = Root { folder: Some(start.clone()), ..around };
            let below = search.below(&root, &start, most)?;
            add(&mut targets, root, below, &start, None);
        }
        for path in paths {
            let root = Root::around(path);
            let below = search.below(&root, path, usize::MAX)?;
            add(&mut targets, root, below, path, Some(path));
        }
        // Paths may hold each other.
        search.loose.sort();
        search.loose.dedup();
        search.targets = targets.into_values().collect();
        search.name_alike();
        Ok(search)
    }

    /// The folders of the projects below `folder`, if `root` leaves that to them.
    fn below(&mut self, root: &Root, folder: &Path, most: usize) -> Result<Vec<PathBuf>, TooManyFiles> {
        let is_all = root.folder.as_deref().is_none_or(|own| own.starts_with(folder));
        if !folder.is_dir() || is_all && lists_contracts(root) {
            return Ok(Vec::new());
        }
        let below = walk::projects(folder, most).ok_or(TooManyFiles)?;
        if !below.projects.is_empty() {
            self.loose.extend(below.loose);
        }
        Ok(below.projects)
    }

    /// Names the paths of all projects from the folder that they have in common.
    fn name_alike(&mut self) {
        let Some((first, others)) = self.targets.split_first_mut() else { return };
        others.iter().for_each(|other| first.root.share(&other.root.base));
        let base = first.root.base.clone();
        others.iter_mut().for_each(|other| other.root.base.clone_from(&base));
    }
}

/// By folder; files of no project come first, and together.
type Targets = BTreeMap<Option<PathBuf>, Target>;

/// Adds the projects `below` a folder, and the one around it if it has contracts there that it lists. `path` is what was
/// asked for, if anything.
fn add(targets: &mut Targets, root: Root, below: Vec<PathBuf>, searched: &Path, path: Option<&PathBuf>) {
    let named_from_above = |folder: PathBuf| {
        let mut root = Root::around(&folder);
        root.share(searched);
        root
    };
    let around = (below.is_empty() || lists_contracts(&root)).then_some(root);
    let roots: Vec<_> = around.into_iter().chain(below.into_iter().map(named_from_above)).collect();
    for root in roots {
        let known = targets.entry(root.folder.clone());
        let target = known.or_insert_with(|| Target { root: root.clone(), paths: Vec::new() });
        target.root.share(&root.base);
        if target.root.folder.is_none() {
            target.root.home.clone_from(&target.root.base);
        }
        target.paths.extend(path.cloned());
    }
}

/// Whether the project says itself which contracts there are.
fn lists_contracts(root: &Root) -> bool {
    let names_contracts = |config: &PathBuf| {
        let text = std::fs::read_to_string(config).unwrap_or_default();
        DeTable::parse_recoverable(&text).0.get_ref().contains_key("contracts")
    };
    root.manifest.is_some() || root.config.as_ref().is_some_and(names_contracts)
}
