//! Loading a project: collect the contracts, read them, and read those that they call as far as they are at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::progress::Work;
use crate::project::alias::Aliases;
use crate::project::dialect::Dialect;
use crate::project::draft::{Draft, assemble};
use crate::project::id::{is_for_tests, is_principal};
use crate::project::manifest::Manifest;
use crate::project::missing::{Missing, problems};
use crate::project::read::read_all;
use crate::project::walk::{self, Found};
use crate::project::{Disk, Epoch, Project, QualifiedName, Root, path, requirement};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::parse;

/// What to load and what to report of it. All paths are absolute.
#[derive(Clone, Debug)]
pub struct Load {
    pub root: Root,
    /// Files and folders that were asked for; empty: everything. Those that do not hold the whole project narrow the
    /// report. What is analysed stays the whole project.
    pub paths: Vec<PathBuf>,
    pub disk: Disk,
}

impl Load {
    /// Everything that belongs to the project around `folder`.
    pub fn around(folder: &Path) -> Self {
        Self { root: Root::around_folder(folder), paths: Vec::new(), disk: Disk::default() }
    }
}

impl Project {
    /// Reads the project. `files` holds what was read so far: the configuration. Nothing is executed and nothing
    /// fetched; what cannot be read is a problem of the project, and everything else is still done.
    pub fn load(load: &Load, config: &Config, files: Vec<SourceFile>) -> Self {
        load.disk.progress.begin(Work::Reading { done: 0 });
        let mut loader = Loader::new(load, config, files);
        match &load.root.manifest {
            Some(manifest) => loader.manifest(manifest),
            None => loader.folders(),
        }
        loader.given_paths();
        loader.read_all();
        let project = loader.finish();
        load.disk.progress.begin(Work::Other);
        project
    }

    /// A project out of texts: `(path, text)`, the path as findings name it. The file's name is the contract's; a
    /// folder above it that is a principal is its deployer.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let read = |(path, text): (&str, &str)| {
            let name = contract_name(Path::new(path));
            let wanted = Wanted { path: path.into(), name, dialect: None, linted: true, asked_by: None };
            let syntax = parse(text.into(), Epoch::LATEST.nesting_limit());
            Draft::new(wanted, path.to_owned(), syntax.into(), true)
        };
        assemble(Self::default(), texts.into_iter().map(read).collect())
    }
}

/// A contract to be read.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub path: PathBuf,
    pub name: QualifiedName,
    /// `None`: to be guessed from the text.
    pub dialect: Option<Dialect>,
    pub linted: bool,
    /// Where the project asks for it, if it does by name.
    pub asked_by: Option<Location>,
}

struct Loader<'a> {
    load: &'a Load,
    config: &'a Config,
    /// Clarinet's cache, if there is a manifest.
    cache: Option<PathBuf>,
    aliases: Aliases,
    /// The contracts to be read next.
    queue: Vec<Wanted>,
    known: BTreeMap<QualifiedName, (PathBuf, Option<Dialect>)>,
    /// The files of contracts, and in which dialects their text is linted.
    paths: BTreeMap<PathBuf, Vec<Option<Dialect>>>,
    missing: Vec<Missing>,
    drafts: Vec<Draft>,
    project: Project,
}

impl<'a> Loader<'a> {
    fn new(load: &'a Load, config: &'a Config, files: Vec<SourceFile>) -> Self {
        let Root { base, folder, .. } = &load.root;
        // A path that holds the whole project narrows nothing.
        let holds_all = |path: &PathBuf| folder.as_ref().is_some_and(|folder| folder.starts_with(path));
        let is_narrowed = !load.paths.is_empty() && !load.paths.iter().any(holds_all);
        let own_folder = path::name(base, load.root.own_folder());
        let folder = load.root.in_repository();
        Self {
            load,
            config,
            cache: None,
            aliases: Aliases::default(),
            queue: Vec::new(),
            known: BTreeMap::new(),
            paths: BTreeMap::new(),
            missing: Vec::new(),
            drafts: Vec::new(),
            project: Project { files, folder, own_folder, is_narrowed, ..Project::default() },
        }
    }

    /// Collects what a manifest lists.
    fn manifest(&mut self, path: &Path) {
        let text = match self.load.disk.read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return self.unreadable(path, &error),
        };
        let file = self.add_file(path, &text);
        let manifest = Manifest::read(file, &text, &mut self.project.problems);
        self.project.lints = manifest.lints;
        let folder = path.parent().unwrap_or(path);
        // Whoever asks for one contract has to know that the manifest tells nothing of the others.
        self.project.is_narrowed &= !manifest.contracts.is_empty();
        for contract in manifest.contracts {
            let Some(stated) = contract.path else {
                self.project.absent.push(contract.name);
                continue;
            };
            let path = path::absolute(folder, Path::new(&stated.value));
            let (name, dialect, asked_by) = (contract.name, contract.dialect, Some(stated.at));
            self.listed(Wanted { path, name, dialect, linted: true, asked_by });
        }
        let cache = path::absolute(folder, Path::new(&manifest.cache));
        for requirement in manifest.requirements {
            let (name, asked_by) = (requirement.value, Some(requirement.at));
            let path = requirement::path(&cache, &name);
            let dialect = requirement::dialect(&path);
            self.want(Wanted { path, name, dialect, linted: false, asked_by });
        }
        self.cache = Some(cache);
        self.aliases = Aliases::of(folder);
    }

    /// Collects what `[contracts]` names and what lies in the project's folders.
    fn folders(&mut self) {
        for contract in &self.config.contracts {
            let name = QualifiedName { issuer: None, name: contract.name.value.clone() };
            let path = path::absolute(&self.load.root.home, Path::new(&contract.path.value));
            let asked_by = Some(contract.path.at);
            self.listed(Wanted { path, name, dialect: None, linted: true, asked_by });
        }
        let folders = match &self.load.root.folder {
            Some(folder) => vec![folder.clone()],
            None => self.load.paths.iter().filter(|path| path.is_dir()).cloned().collect(),
        };
        for folder in folders {
            self.walk(&folder);
        }
    }

    fn walk(&mut self, folder: &Path) {
        for found in walk::contracts(folder, &|path| self.is_linted(path)) {
            match found {
                Found::Contract(path) => self.found(path),
                Found::Unreadable { path, error } => self.unreadable(&path, &error),
                Found::Loop { link, target } => {
                    let base = &self.load.root.base;
                    let (link_name, target) = (path::name(base, &link), path::name(base, &target));
                    let at = self.beginning(&link);
                    let message =
                        format!("the link `{link_name}` leads back to `{target}` and was not followed");
                    let help =
                        "remove the link, or leave it out with `exclude` of `[files]` in clarlint.toml";
                    self.problem("symlink-loop", Severity::Note, at, message, help);
                }
            }
        }
        // What an editor holds and has never saved.
        let load = self.load;
        let unsaved = load.disk.overlay.keys().filter(|path| path.starts_with(folder) && !path.exists());
        for path in unsaved.filter(|path| walk::is_contract(path)) {
            if self.is_linted(path) {
                self.found(path.clone());
            }
        }
    }

    /// Adds the files that were named one by one, whether the project lists them or not.
    fn given_paths(&mut self) {
        let load = self.load;
        let (texts, others): (Vec<_>, Vec<_>) =
            load.paths.iter().partition(|path| load.disk.overlay.contains_key(*path));
        for path in texts.into_iter().filter(|path| walk::is_contract(path)) {
            self.found(path.clone());
        }
        for path in others {
            match std::fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => self.found(path.clone()),
                Err(error) => self.unreadable(path, &error),
            }
        }
    }

    /// A contract that the manifest or the configuration lists. A file may be deployed several times; what is found in
    /// it is reported once for each dialect.
    fn listed(&mut self, wanted: Wanted) {
        let linted = self.paths.get(&wanted.path).is_none_or(|dialects| !dialects.contains(&wanted.dialect));
        self.want(Wanted { linted, ..wanted });
    }

    /// A contract file that lies in the project.
    fn found(&mut self, path: PathBuf) {
        if self.paths.contains_key(&path) {
            return;
        }
        let name = contract_name(&path);
        self.want(Wanted { path, name, dialect: None, linted: true, asked_by: None });
    }

    fn want(&mut self, wanted: Wanted) {
        let dialects = self.paths.entry(wanted.path.clone()).or_default();
        if wanted.linted {
            dialects.push(wanted.dialect);
        }
        self.known.entry(wanted.name.clone()).or_insert_with(|| (wanted.path.clone(), wanted.dialect));
        self.queue.push(wanted);
    }

    /// Reads what is wanted, then what that calls, until nothing new comes up.
    fn read_all(&mut self) {
        while !self.queue.is_empty() {
            let mut called = BTreeSet::new();
            let queue = std::mem::take(&mut self.queue);
            for (wanted, syntax) in read_all(queue, &self.load.disk) {
                match syntax {
                    Ok(syntax) => {
                        let name = path::name(&self.load.root.base, &wanted.path);
                        let linted = wanted.linted && self.is_linted(&wanted.path);
                        let reported = linted && self.is_asked_for(&wanted.path);
                        let folder = wanted.path.parent().map(Path::to_owned);
                        let draft = Draft::new(Wanted { linted, ..wanted }, name, syntax, reported);
                        let callees = draft.callees().filter(|name| !self.known.contains_key(name));
                        called.extend(callees.map(|name| (name, folder.clone())));
                        self.drafts.push(draft);
                    }
                    Err(error) => {
                        self.project.absent.push(wanted.name.clone());
                        match wanted.asked_by {
                            Some(asked_by) => self.missing.push(Missing { wanted, asked_by, error }),
                            None => self.unreadable(&wanted.path, &error),
                        }
                    }
                }
            }
            for (name, folder) in called {
                self.on_demand(name, folder.as_deref());
            }
        }
    }

    /// Whether `[files]` wants the file to be linted.
    fn is_linted(&self, path: &Path) -> bool {
        self.config.files.linted(&path::name(&self.load.root.home, path))
    }

    fn is_asked_for(&self, path: &Path) -> bool {
        !self.project.is_narrowed || self.load.paths.iter().any(|given| path.starts_with(given))
    }

    /// Looks for a contract that is called and not listed: among the project's own, under the address that they are
    /// deployed to, in Clarinet's cache, in the folder of its principal beside the caller's, or, without a manifest,
    /// beside the caller itself.
    fn on_demand(&mut self, name: QualifiedName, caller_folder: Option<&Path>) {
        if self.known.contains_key(&name) {
            return;
        }
        if let Some((path, dialect)) = self.aliases.own(&name).and_then(|own| self.known.get(&own)).cloned() {
            return self.want(Wanted { path, name, dialect, linted: false, asked_by: None });
        }
        let file = format!("{}.clar", name.name);
        let mut places = Vec::new();
        if let (Some(cache), Some(_)) = (&self.cache, &name.issuer) {
            places.push(requirement::path(cache, &name));
        }
        if let Some(folder) = caller_folder {
            let in_principal = folder.file_name().and_then(|name| name.to_str()).is_some_and(is_principal);
            let shelf = folder.parent().filter(|_| in_principal).unwrap_or(folder);
            match &name.issuer {
                Some(issuer) => places.push(shelf.join(issuer).join(file)),
                None if self.cache.is_none() => places.push(folder.join(file)),
                None => {}
            }
        }
        if let Some(path) = places.into_iter().find(|path| path.is_file()) {
            let dialect = self.cache.as_ref().and_then(|_| requirement::dialect(&path));
            self.want(Wanted { path, name, dialect, linted: false, asked_by: None });
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let name = path::name(&self.load.root.base, path);
        let at = self.beginning(path);
        let message = format!("`{name}` cannot be read: {}", path::reason(error));
        let help = "check the path and its permissions; everything else was linted";
        self.problem("unreadable-file", Severity::Error, at, message, help);
        self.project.unreadable.push(name);
    }

    fn add_file(&mut self, path: &Path, text: &str) -> FileId {
        self.project.files.push(SourceFile::new(path::name(&self.load.root.base, path), text.into()));
        FileId(self.project.files.len() as u32 - 1)
    }

    /// The beginning of a file that is not read, so that a finding can name it.
    fn beginning(&mut self, path: &Path) -> Location {
        Location { file: self.add_file(path, ""), span: Span::default() }
    }

    fn problem(&mut self, rule: &'static str, severity: Severity, at: Location, message: String, help: &str) {
        self.project.problems.push(Diagnostic::new(rule, severity, at, message).help(help));
    }

    /// Files of contracts that lie beside those that the manifest lists, and that it does not list.
    fn unlisted(&self) -> Vec<String> {
        let Root { base, manifest: Some(manifest), .. } = &self.load.root else { return Vec::new() };
        let home = manifest.parent().unwrap_or(manifest);
        let listed = self.paths.iter().filter(|(_, dialects)| !dialects.is_empty());
        let listed = listed.filter_map(|(path, _)| path.parent());
        let folders: BTreeSet<_> = listed.filter(|folder| folder.starts_with(home)).collect();
        let is_for_tests = |path: &Path| {
            let within = path.strip_prefix(home).unwrap_or(path).with_extension("");
            within.iter().any(|part| part.to_str().is_some_and(is_for_tests))
        };
        let beside = folders.iter().flat_map(|folder| walk::beside(folder));
        let unlisted = beside
            .filter(|path| !self.paths.contains_key(path) && self.is_linted(path) && !is_for_tests(path));
        unlisted.map(|path| path::name(base, &path)).collect()
    }

    fn finish(mut self) -> Project {
        let missing = problems(&self.missing, &self.project.files, &self.load.root.base);
        self.project.problems.extend(missing);
        let unreadable = self.missing.iter().filter(|missing| missing.is_unreadable());
        let names = unreadable.map(|missing| path::name(&self.load.root.base, &missing.wanted.path));
        self.project.unreadable.extend(names);
        self.project.unlisted = self.unlisted();
        self.project.absent.sort();
        self.project.unreadable.sort();
        let mut project = assemble(self.project, self.drafts);
        let duplicates = duplicates(&project);
        project.problems.extend(duplicates);
        project
    }
}

/// Contracts that have the name of one before them.
fn duplicates(project: &Project) -> Vec<Diagnostic> {
    let mut first = BTreeMap::new();
    let mut duplicates = Vec::new();
    for contract in &project.contracts {
        let name = contract.qualified_name();
        let Some(other) = first.get(&name) else {
            first.insert(name, contract.file);
            continue;
        };
        let at = Location { file: contract.file, span: Span::default() };
        let other = &project.file(*other).path;
        let message = format!("two contracts are called `{name}`; calls go to the one in `{other}`");
        let help = "give one of them another name in `[contracts]` of clarlint.toml";
        duplicates.push(Diagnostic::new("duplicate-contract", Severity::Warning, at, message).help(help));
    }
    duplicates
}

/// The name a contract file stands for: the file's stem, deployed by the principal that its folder is named after.
fn contract_name(path: &Path) -> QualifiedName {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    QualifiedName { issuer: folder.filter(|folder| is_principal(folder)).map(str::to_owned), name }
}
