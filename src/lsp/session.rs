//! A project while the editor has it open: a thread that reads, analyses and answers, over and over.
//!
//! Everything that borrows from the texts stands on that thread's stack. So questions meet the analysis that findings
//! come from, and nothing is computed twice.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use time::Date;

use super::buffers::Buffers;
use super::client::Client;
use super::diagnostics;
use super::features::Features;
use super::progress::Progress;
use super::published::Published;
use super::question::Question;
use super::state::State;
use crate::analysis::{Analysis, Memo};
use crate::baseline::{self, Baseline};
use crate::check::{Run, check_with};
use crate::config::{self, Config};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Program;
use crate::project::{Disk, Load, Parsed, Project, Target, path};
use crate::report::{self, Report};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::stopwatch::Stopwatch;

/// What all sessions share.
pub struct Shared {
    pub client: Arc<Client>,
    pub published: Published,
    pub features: Features,
    pub today: Option<Date>,
}

/// What a session is told, in this order.
pub enum Job {
    /// Some files are other than they were, in the editor or on disk.
    Changed {
        buffers: Arc<Buffers>,
        files: Arc<[PathBuf]>,
    },
    Ask(Question),
}

pub struct Session<'s> {
    number: u32,
    target: Target,
    shared: &'s Shared,
    /// What the last round has left to the next.
    parsed: Arc<Parsed>,
    memo: Memo,
}

/// A project as it was read, and what it is linted by.
struct Loaded {
    project: Project,
    config: Config,
    /// How many of the project's files it was read from. They come first.
    configurations: usize,
    run: Run,
    /// What keeps the configuration or the baseline from being used. Nothing else is reported then, as by `check`.
    faults: Vec<Diagnostic>,
}

impl<'s> Session<'s> {
    pub fn new(number: u32, target: Target, shared: &'s Shared) -> Self {
        Self { number, target, shared, parsed: Arc::default(), memo: Memo::default() }
    }

    /// Works until nobody can send any more jobs.
    pub fn run(&self, inbox: &Receiver<Job>, mut buffers: Arc<Buffers>) {
        let mut waiting = Vec::new();
        let progress = match self.shared.features.progress {
            true => Progress::shown(self.shared.client.clone(), self.name()),
            false => Progress::silent(),
        };
        loop {
            let round = AssertUnwindSafe(|| self.round(inbox, &mut buffers, &mut waiting, &progress));
            match catch_unwind(round) {
                Ok(true) => {}
                Ok(false) => break,
                // The message of the panic is on standard error. Other texts may do.
                Err(_) => {
                    waiting.drain(..).for_each(|question: Question| question.fail("the analysis failed"));
                    self.shared.client.log(format!("clarlint failed on {}", self.folder().display()));
                    let Ok(job) = inbox.recv() else { break };
                    take(job, &mut buffers, &mut waiting);
                }
            }
        }
    }

    /// What users call the project.
    fn name(&self) -> String {
        self.folder().file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn folder(&self) -> &Path {
        self.target.root.own_folder()
    }

    /// Analyses the texts as they are now, and answers questions about them until they are others. Returns whether
    /// there is anything left to do.
    fn round(
        &self,
        inbox: &Receiver<Job>,
        buffers: &mut Arc<Buffers>,
        waiting: &mut Vec<Question>,
        progress: &Progress,
    ) -> bool {
        let working = progress.begin();
        let features = &self.shared.features;
        let Loaded { project, config, configurations, run, faults } = self.load(buffers);
        let program = Program::link(&project);
        let analysis = Analysis::new(&program, &config.policy, None).remembering(&self.memo);
        // Hovers and lenses tell of them, whatever rules are on.
        analysis.ask_codes();
        let mut report = check_with(&analysis, &config, &run, &mut Stopwatch::default());
        if !faults.is_empty() {
            let faults = faults.into_iter().map(|fault| (report::State::New, fault));
            report = Report::new(&project, faults.collect(), report.summary, report.unchecked);
        }
        let state = State {
            analysis: &analysis,
            report: &report,
            base: &self.target.root.base,
            folder: self.folder(),
            configurations,
            baseline: run.baseline.as_ref(),
            buffers: &buffers.clone(),
            features,
            lint: OnceCell::new(),
            names: OnceCell::new(),
            lines: project.files.iter().map(|_| OnceCell::new()).collect(),
        };
        let found = diagnostics::by_file(&state);
        self.shared.published.replace(self.number, found, buffers, self.shared);
        drop(working);
        let read: BTreeSet<_> = project.files.iter().map(|file| state.path_of(&file.path)).collect();
        loop {
            waiting.drain(..).for_each(|question| question.answer(&state));
            let Ok(job) = inbox.recv() else { return false };
            // What came in the meantime is one change, and is asked about afterwards.
            let jobs: Vec<_> = std::iter::once(job).chain(inbox.try_iter()).collect();
            let mut is_stale = false;
            for job in jobs {
                let files = take(job, buffers, waiting);
                is_stale |= files.iter().any(|file| read.contains(file) || self.may_read(file));
            }
            if is_stale {
                return true;
            }
        }
    }

    /// Whether a file that was not read may have become one that is.
    fn may_read(&self, file: &Path) -> bool {
        self.target.root.folder.as_deref().is_some_and(|folder| file.starts_with(folder))
    }

    fn load(&self, buffers: &Buffers) -> Loaded {
        let disk = Disk { overlay: buffers.overlay(), parsed: Some(self.parsed.clone()), ..Disk::default() };
        let Target { mut root, paths } = self.target.clone();
        // One that is not saved yet would change nothing else of the root.
        let unsaved = root.home.join(config::FILE_NAME);
        if root.config.is_none()
            && root.folder.as_ref() == Some(&root.home)
            && buffers.get(&unsaved).is_some()
        {
            root.config = Some(unsaved);
        }
        let load = Load { root, paths, disk };
        let mut files = Vec::new();
        let (config, mut faults) = match &load.root.config {
            Some(file) => Config::read(file, &load.root.base, &load.disk, &mut files),
            None => Default::default(),
        };
        let configurations = files.len();
        let mut run = Run { today: self.shared.today, ..Run::default() };
        let file = load.root.own_folder().join(baseline::FILE_NAME);
        if file.exists() {
            match Baseline::read(&file, &load.root.base, &load.disk, &mut files) {
                Ok(baseline) => run.baseline = Some(baseline),
                Err(reason) => faults.push(unusable(&file, &load.root.base, &reason, &mut files)),
            }
        }
        let project = Project::load(&load, &config, files);
        Loaded { project, config, configurations, run, faults }
    }
}

/// A baseline that cannot be used, at its beginning.
fn unusable(file: &Path, base: &Path, reason: &str, files: &mut Vec<SourceFile>) -> Diagnostic {
    let name = path::name(base, file);
    let message = format!("the baseline `{name}` cannot be used: {reason}");
    files.push(SourceFile::new(name, "".into()));
    let at = Location { file: FileId(files.len() as u32 - 1), span: Span::default() };
    Diagnostic::new(config::RULE, Severity::Error, at, message)
        .help("`clarlint baseline --write` makes one; it is not meant to be written by hand")
}

/// Takes over what a job brings; the files that have changed are returned.
fn take(job: Job, buffers: &mut Arc<Buffers>, waiting: &mut Vec<Question>) -> Arc<[PathBuf]> {
    match job {
        Job::Changed { buffers: new, files } => {
            *buffers = new;
            files
        }
        Job::Ask(question) => {
            waiting.push(question);
            Arc::new([])
        }
    }
}
