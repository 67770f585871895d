//! Finding the project that a path belongs to.

use std::path::{Path, PathBuf};

use crate::project::id::is_principal;
use crate::project::path;
use crate::{config, project};

/// Where a project lies and which files describe it. All paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The folder that findings name paths from: `home`, or one above it that several projects share.
    pub base: PathBuf,
    /// The folder that the configuration names paths from: its own, else the project's, else the repository's.
    pub home: PathBuf,
    /// The folder that holds the project; contracts are searched for below it when no manifest lists them. `None`
    /// when nothing marks a project: then the given paths are all there is.
    pub folder: Option<PathBuf>,
    /// Clarinet.toml.
    pub manifest: Option<PathBuf>,
    /// clarlint.toml.
    pub config: Option<PathBuf>,
}

impl Root {
    /// The project around `path`: the nearest folder upwards that holds a `Clarinet.toml` or a `clarlint.toml`.
    ///
    /// The configuration may stand further up, so that one file serves a whole repository. Paths are named from
    /// the folder of the configuration, else from that of the manifest, else from the repository's root, else from
    /// the folder of the path itself.
    pub fn around(path: &Path) -> Self {
        let start = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let nearest = |names: &[&str]| {
            start.ancestors().find(|folder| names.iter().any(|name| folder.join(name).exists()))
        };
        let folder = nearest(&[project::MANIFEST_NAME, config::FILE_NAME]);
        let config = nearest(&[config::FILE_NAME]);
        let manifest = folder.map(|folder| folder.join(project::MANIFEST_NAME)).filter(|path| path.is_file());
        let base = config.or(folder).or_else(|| repository(start)).unwrap_or_else(|| shelf(start));
        Self {
            base: base.to_owned(),
            home: base.to_owned(),
            folder: folder.map(Path::to_owned),
            manifest,
            config: config.map(|folder| folder.join(config::FILE_NAME)),
        }
    }

    /// The folder that the project's own files are named from, wherever the run began: fingerprints know it.
    pub fn own_folder(&self) -> &Path {
        self.folder.as_deref().filter(|_| self.manifest.is_some()).unwrap_or(&self.home)
    }

    /// The base as seen from the root of its repository; empty where they are the same, or where there is none.
    pub fn in_repository(&self) -> String {
        let repository = repository(&self.base).filter(|repository| *repository != self.base);
        repository.map(|repository| path::name(repository, &self.base)).unwrap_or_default()
    }

    /// The project around `folder`, or the folder itself where nothing marks a project.
    pub fn around_folder(folder: &Path) -> Self {
        let root = Self::around(folder);
        Self { folder: root.folder.or_else(|| Some(folder.to_owned())), ..root }
    }

    /// Names paths from `base` or from the folder above that both have in common.
    pub fn share(&mut self, other: &Path) {
        while !other.starts_with(&self.base) && self.base.pop() {}
    }
}

/// Whether a file is called like one that describes a project.
pub fn is_description(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == project::MANIFEST_NAME || name == config::FILE_NAME)
}

/// The root of the repository that a folder lies in.
pub fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// The folder that a contract's name is relative to: folders of principals stand beside each other in it.
fn shelf(folder: &Path) -> &Path {
    let is_issuer = folder.file_name().and_then(|name| name.to_str()).is_some_and(is_principal);
    folder.parent().filter(|_| is_issuer).unwrap_or(folder)
}
