//! A project that is linted for what its comments expect.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clarlint::builtins::ClarityVersion;
use clarlint::check::check;
use clarlint::config::Config;
use clarlint::diagnostic::{Diagnostic, Severity};
use clarlint::project::{Disk, Epoch, Load, MANIFEST_NAME, Project, Root};
use clarlint::source::Location;

/// A file of a case, and where its text really stands.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name by which findings know it.
    pub path: String,
    pub text: String,
    /// The file that holds the text: a fixture, or a document that the text is a block of.
    pub host: PathBuf,
    /// The line of the host that the text begins in, from zero.
    pub first_line: usize,
}

/// A project and the version of its contracts. Without one, the manifest says it.
#[derive(Clone, Debug)]
pub struct Case {
    pub sources: Vec<Source>,
    pub clarity: Option<u8>,
    /// Rules that are not asked.
    pub without: &'static [&'static str],
}

/// A finding, its places as people count them.
#[derive(Clone, Debug)]
pub struct Reported {
    pub at: Place,
    pub severity: Severity,
    pub rule: &'static str,
    pub message: String,
    pub help: Option<String>,
    /// Labels and the steps of the trace.
    pub labels: Vec<(Place, String)>,
}

/// The first line of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub path: String,
    /// From zero.
    pub line: usize,
    /// From zero, in characters, end exclusive.
    pub columns: Range<usize>,
}

impl Case {
    /// What the linter says. The texts are put into a folder of their own, so that all of loading takes part.
    pub fn run(&self) -> Vec<Reported> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for source in &self.sources {
            let path = folder.path().join(&source.path);
            let parent = path.parent().expect("a file stands in a folder");
            std::fs::create_dir_all(parent).expect("a folder can be made in the temporary folder");
            std::fs::write(path, &source.text).expect("a file can be written in the temporary folder");
        }
        self.lint(folder.path())
    }

    fn lint(&self, folder: &Path) -> Vec<Reported> {
        let at = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        let root = Root {
            base: folder.to_owned(),
            home: folder.to_owned(),
            folder: Some(folder.to_owned()),
            manifest: at(MANIFEST_NAME),
            config: at(clarlint::config::FILE_NAME),
        };
        let (disk, mut files) = (Disk::default(), Vec::new());
        let (config, problems) = match &root.config {
            Some(path) => Config::read(path, &root.base, &disk, &mut files),
            None => Default::default(),
        };
        if !problems.is_empty() {
            let project = Project { files, ..Project::default() };
            return problems.into_iter().map(|problem| Reported::new(&project, problem)).collect();
        }
        let load = Load { root, paths: Vec::new(), disk };
        let mut project = Project::load(&load, &config, files);
        if let Some(version) = self.clarity.and_then(ClarityVersion::new) {
            for contract in &mut project.contracts {
                contract.version = version;
                contract.epoch = Epoch::introducing(version);
                contract.stated = true;
            }
        }
        let mut report = check(&project, &config);
        report.hide();
        report.findings.retain(|finding| !self.without.contains(&finding.diagnostic.rule));
        report.findings.into_iter().map(|finding| Reported::new(&project, finding.diagnostic)).collect()
    }
}

impl Reported {
    fn new(project: &Project, diagnostic: Diagnostic) -> Self {
        let labels = diagnostic.labels.into_iter().chain(diagnostic.trace);
        Self {
            at: Place::new(project, diagnostic.at),
            severity: diagnostic.severity,
            rule: diagnostic.rule,
            message: diagnostic.message,
            help: diagnostic.help,
            labels: labels.map(|label| (Place::new(project, label.at), label.message)).collect(),
        }
    }
}

impl Place {
    fn new(project: &Project, at: Location) -> Self {
        let file = project.file(at.file);
        let range = file.range(at.span);
        let line = file.line_of(range.start as u32) as usize;
        let line_start = file.line_starts()[line] as usize;
        let rest = &file.text[range.start..];
        let line_end = range.start + rest.find(['\r', '\n']).unwrap_or(rest.len());
        let column = |byte: usize| file.text[line_start..byte].chars().count();
        let columns = column(range.start)..column(range.end.min(line_end).max(range.start));
        Self { path: file.path.clone(), line, columns }
    }
}
