//! Projects as texts, and what is found in them.

use std::path::{Path, PathBuf};

use clarlint::builtins::ClarityVersion;
use clarlint::check::check;
use clarlint::config::{Config, FILE_NAME};
use clarlint::graph::Program;
use clarlint::project::{Disk, Epoch, Load, MANIFEST_NAME, Project, Root, is_contract};
use clarlint::syntax::parse;

use super::root;

/// The files of a project: contracts, manifest, configuration and what that extends.
#[derive(Clone)]
pub struct Texts {
    pub files: Vec<(String, String)>,
    /// The version of all contracts, if no manifest says it.
    version: Option<ClarityVersion>,
}

/// A finding: rule, contract and function.
pub type Finding = (&'static str, String, String);

pub fn bundled() -> PathBuf {
    root().to_owned()
}

/// Every project of `fixtures/guards`, and the seed's.
pub fn fixtures() -> Vec<PathBuf> {
    let guards = walkdir::WalkDir::new(root().join("fixtures/guards")).min_depth(1).max_depth(1);
    let mut all: Vec<_> = guards.sort_by_file_name().into_iter().map(|it| it.unwrap().into_path()).collect();
    all.push(root().join("fixtures/seed-project"));
    all
}

/// The project in a folder, or the one contract that a file is.
pub fn at(path: &Path) -> Texts {
    let base = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let found: Vec<_> = match path == root() {
        true => {
            ["contracts", "rules/bithedge.toml", MANIFEST_NAME, FILE_NAME].map(|it| root().join(it)).into()
        }
        false => vec![path.to_owned()],
    };
    let files = found.iter().flat_map(|path| walkdir::WalkDir::new(path).sort_by_file_name());
    let files = files.map(|file| file.unwrap().into_path());
    let files = files.filter(|file| is_contract(file) || file.extension().is_some_and(|ext| ext == "toml"));
    let files: Vec<_> = files
        .map(|file| {
            let name = file.strip_prefix(base).expect("it was found below").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&file).expect("projects are text"))
        })
        .collect();
    let stated = files.iter().find_map(|(_, text)| text.lines().next()?.strip_prefix(";; clarity="));
    let stated = stated.and_then(|version| version.trim().parse().ok()).unwrap_or(4);
    let has_manifest = files.iter().any(|(name, _)| name == MANIFEST_NAME);
    let version = if has_manifest { None } else { ClarityVersion::new(stated) };
    Texts { files, version }
}

impl Texts {
    /// Contracts that all have one version.
    pub fn of(files: Vec<(String, String)>, version: ClarityVersion) -> Self {
        Self { files, version: Some(version) }
    }

    /// The project and its configuration, read from a folder of its own.
    pub fn read(&self) -> (Project, Config) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for (name, text) in &self.files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a file stands in a folder"))
                .expect("there is room");
            std::fs::write(path, text).expect("there is room");
        }
        let at = |name: &str| Some(folder.path().join(name)).filter(|path| path.is_file());
        let root = Root {
            base: folder.path().to_owned(),
            home: folder.path().to_owned(),
            folder: Some(folder.path().to_owned()),
            manifest: at(MANIFEST_NAME),
            config: at(FILE_NAME),
        };
        let (disk, mut files) = (Disk::default(), Vec::new());
        let (config, problems) = match &root.config {
            Some(path) => Config::read(path, &root.base, &disk, &mut files),
            None => Default::default(),
        };
        assert!(problems.is_empty(), "{problems:#?}\n{files:#?}");
        let mut project = Project::load(&Load { root, paths: Vec::new(), disk }, &config, files);
        if let Some(version) = self.version {
            for contract in &mut project.contracts {
                contract.version = version;
                contract.epoch = Epoch::introducing(version);
            }
        }
        (project, config)
    }

    pub fn load(&self) -> Project {
        self.read().0
    }

    /// What is found, the functions called as `original` calls them.
    pub fn findings(&self, original: &dyn Fn(&str) -> String) -> Vec<Finding> {
        let (project, config) = self.read();
        let program = Program::link(&project);
        let report = check(&project, &config);
        let finding = |diagnostic: &clarlint::diagnostic::Diagnostic| {
            let contract =
                program.project.contract_ids().find(|&id| program.contract(id).file == diagnostic.at.file);
            let around = contract.and_then(|id| {
                program.functions_of(id).find(|&function| {
                    let span = program.function(function).span;
                    span.start <= diagnostic.at.span.start && diagnostic.at.span.end <= span.end
                })
            });
            let function = around.map(|function| program.name(function).to_owned());
            let function = diagnostic.function.clone().or(function).unwrap_or_default();
            let contract = contract.map(|id| program.contract(id).name.clone()).unwrap_or_default();
            (diagnostic.rule, contract, original(&function))
        };
        // What errors are called is all that the first rule is about, and rewriting changes it; the second says what the
        // chain infers, and that is less of a response that is written in place than of one that a helper hands out.
        // A helper that is inlined is left over.
        let rules = ["error-code-mismatch", "type-error", "unused-private-function"];
        let found = report.findings.iter().filter(|found| !rules.contains(&found.diagnostic.rule));
        let mut all: Vec<_> = found.map(|found| finding(&found.diagnostic)).collect();
        all.sort();
        all
    }

    /// The text of a contract is another one, which must be as well made.
    pub fn replace(&mut self, name: &str, text: String) {
        let errors = parse(text.as_str().into(), Epoch::LATEST.nesting_limit()).errors;
        assert!(errors.is_empty(), "{name}: {errors:#?}\n{text}");
        let file = self.files.iter_mut().find(|(file, _)| file == name);
        file.expect("contracts have files").1 = text;
    }
}
