//! Which projects the editor has open. Each has a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, Scope};

use gen_lsp_types::TextDocumentItem;

use super::buffers::Buffers;
use super::question::Question;
use super::session::{Job, Session, Shared};
use crate::analysis::STACK;
use crate::project::{Root, Search, Target, is_contract, is_description};

pub struct Workspace<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    shared: &'e Shared,
    folders: Vec<PathBuf>,
    buffers: Arc<Buffers>,
    projects: Vec<Project>,
    /// How many sessions there were.
    begun: u32,
}

/// A project and the way to its session, which ends when nobody can reach it any more.
struct Project {
    number: u32,
    target: Target,
    inbox: Sender<Job>,
}

impl<'s, 'e> Workspace<'s, 'e> {
    pub fn new(scope: &'s Scope<'s, 'e>, shared: &'e Shared, folders: Vec<PathBuf>) -> Self {
        let (buffers, projects) = (Arc::default(), Vec::new());
        let mut workspace = Self { scope, shared, folders, buffers, projects, begun: 0 };
        workspace.search();
        workspace
    }

    /// Opens and closes folders.
    pub fn change_folders(&mut self, added: Vec<PathBuf>, removed: &[PathBuf]) {
        self.folders.retain(|folder| !removed.contains(folder));
        self.folders.extend(added);
        self.search();
    }

    /// Opens a buffer. It may belong to a project that nobody has opened.
    pub fn open(&mut self, file: &Path, item: TextDocumentItem) {
        Arc::make_mut(&mut self.buffers).open(file.to_owned(), item);
        if self.is_strange(file) {
            self.search();
        }
        self.tell(&[file.to_owned()]);
    }

    /// Changes a buffer.
    pub fn edit(&mut self, file: &Path, edit: impl FnOnce(&mut Buffers)) {
        edit(Arc::make_mut(&mut self.buffers));
        self.tell(&[file.to_owned()]);
    }

    /// Closes a buffer. It may have been all that its project was there for.
    pub fn close(&mut self, file: &Path) {
        self.edit(file, |buffers| buffers.close(file));
        self.search();
    }

    /// Tells the projects that files on disk are other than they were; there may be other projects now.
    pub fn changed(&mut self, files: &[PathBuf]) {
        if files.iter().any(|file| is_description(file)) {
            self.search();
        }
        self.tell(files);
    }

    fn tell(&self, files: &[PathBuf]) {
        let files: Arc<[PathBuf]> = files.into();
        for project in &self.projects {
            let (buffers, files) = (self.buffers.clone(), files.clone());
            let _ = project.inbox.send(Job::Changed { buffers, files });
        }
    }

    /// Asks the project of a file.
    pub fn ask_about(&self, file: &Path, question: Question) {
        let knows =
            |project: &&Project| self.shared.published.knows(project.number, file) || project.holds(file);
        let depth = |project: &&Project| project.target.root.own_folder().components().count();
        if let Some(project) = self.projects.iter().filter(knows).max_by_key(depth) {
            let _ = project.inbox.send(Job::Ask(question));
        }
    }

    /// Asks all projects.
    pub fn ask_all(&self, question: &Question) {
        for project in &self.projects {
            let _ = project.inbox.send(Job::Ask(question.clone()));
        }
    }

    /// Whether a file is a contract of none of the projects.
    fn is_strange(&self, file: &Path) -> bool {
        is_contract(file)
            && match Root::around(file).folder {
                Some(folder) => {
                    !self.projects.iter().any(|it| it.target.root.folder.as_ref() == Some(&folder))
                }
                None => self.is_alone(file),
            }
    }

    /// Whether a file that no project is around has to be one itself: in a folder that is open, it is what `check` of that
    /// folder says.
    fn is_alone(&self, file: &Path) -> bool {
        !self.folders.iter().any(|folder| file.starts_with(folder))
            && !self
                .projects
                .iter()
                .any(|it| self.shared.published.knows(it.number, file) && !it.is_only(file))
    }

    /// Looks for projects, begins what is new and ends what is gone.
    fn search(&mut self) {
        let mut targets: Vec<Target> = Vec::new();
        let mut add = |found: Vec<Target>| {
            for target in found {
                if !targets
                    .iter()
                    .any(|known| known.root.folder == target.root.folder && known.paths == target.paths)
                {
                    targets.push(target);
                }
            }
        };
        for folder in &self.folders {
            match Search::new(&[], folder) {
                Ok(search) => add(search.targets),
                Err(_) => self.shared.client.log(format!(
                    "{} has no project, and too many files to look for one; contracts are linted when they are opened",
                    folder.display()
                )),
            }
        }
        for file in self.buffers.paths().filter(|path| is_contract(path)) {
            let found = Search::new(std::slice::from_ref(file), file).map(|search| search.targets);
            let found = found.unwrap_or_default().into_iter();
            let found = found.filter(|target| target.root.folder.is_some() || self.is_alone(file));
            add(found.map(whole).collect());
        }
        let is_wanted = |project: &mut Project| targets.contains(&project.target);
        for gone in self.projects.extract_if(.., |project| !is_wanted(project)) {
            self.shared.published.remove(gone.number, &self.buffers, self.shared);
        }
        for target in targets {
            if !self.projects.iter().any(|project| project.target == target) {
                self.begin(target);
            }
        }
    }

    fn begin(&mut self, target: Target) {
        let number = self.begun;
        self.begun += 1;
        let (inbox, jobs) = channel();
        self.shared.published.add(number);
        let session = Session::new(number, target.clone(), self.shared);
        let buffers = self.buffers.clone();
        let thread = Builder::new().name(format!("project {number}")).stack_size(STACK);
        match thread.spawn_scoped(self.scope, move || session.run(&jobs, buffers)) {
            Ok(_) => self.projects.push(Project { number, target, inbox }),
            Err(error) => self.shared.client.log(format!("no thread for another project: {error}")),
        }
    }
}

impl Project {
    fn holds(&self, file: &Path) -> bool {
        match &self.target.root.folder {
            Some(folder) => file.starts_with(folder),
            None => self.is_only(file),
        }
    }

    /// Whether the file is all there is of the project.
    fn is_only(&self, file: &Path) -> bool {
        self.target.paths.iter().any(|path| path == file)
    }
}

/// All of a project, if a contract that was opened belongs to one.
fn whole(target: Target) -> Target {
    let paths = if target.root.folder.is_some() { Vec::new() } else { target.paths };
    Target { paths, ..target }
}
