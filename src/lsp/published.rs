//! What the editor shows of every file, so that it is told what changes and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gen_lsp_types::{
    Diagnostic, DiagnosticRefreshRequest, PublishDiagnosticsNotification, PublishDiagnosticsParams,
};
use rustc_hash::FxHashSet;

use super::buffers::Buffers;
use super::features::Features;
use super::session::Shared;

/// The diagnostics of files.
pub type ByFile = BTreeMap<PathBuf, Vec<Diagnostic>>;

/// What the projects found, and what of it was sent. A file may belong to several.
#[derive(Debug, Default)]
pub struct Published(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// By the number of the project.
    found: BTreeMap<u32, ByFile>,
    sent: BTreeMap<PathBuf, Sent>,
}

/// The version of the buffer that diagnostics are about, if it was open, and the diagnostics.
type Sent = (Option<i32>, Vec<Diagnostic>);

impl Published {
    /// Lets a project say something.
    pub fn add(&self, project: u32) {
        self.state().found.insert(project, ByFile::new());
    }

    /// Takes over what a project found in its files, and sends what is new by that. One that was forgotten has no say.
    pub fn replace(&self, project: u32, found: ByFile, buffers: &Buffers, shared: &Shared) {
        let mut state = self.state();
        let Some(all) = state.found.get_mut(&project) else { return };
        let files: BTreeSet<_> = all.keys().chain(found.keys()).cloned().collect();
        *all = found;
        state.send(files, buffers, shared);
    }

    /// Forgets a project, and takes back what only that said.
    pub fn remove(&self, project: u32, buffers: &Buffers, shared: &Shared) {
        let mut state = self.state();
        let old = state.found.remove(&project).unwrap_or_default();
        state.send(old.into_keys().collect(), buffers, shared);
    }

    /// Whether a project has said anything of a file, if only that it is clean.
    pub fn knows(&self, project: u32, file: &Path) -> bool {
        self.state().found.get(&project).is_some_and(|found| found.contains_key(file))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Sends what is new of some files; or says that there is something new, to an editor that asks itself.
    fn send(&mut self, files: BTreeSet<PathBuf>, buffers: &Buffers, shared: &Shared) {
        let Features { pulls, refreshes_diagnostics, .. } = shared.features;
        let new: Vec<_> = files.into_iter().filter_map(|file| self.note(file, buffers, pulls)).collect();
        if !pulls {
            new.into_iter().for_each(|params| shared.client.notify::<PublishDiagnosticsNotification>(params));
        } else if refreshes_diagnostics && !new.is_empty() {
            shared.client.request::<DiagnosticRefreshRequest>(());
        }
    }

    /// What is new of a file, from now on known to the editor.
    fn note(&mut self, file: PathBuf, buffers: &Buffers, pulls: bool) -> Option<PublishDiagnosticsParams> {
        let mut said = FxHashSet::default();
        let all = self.found.values().filter_map(|found| found.get(&file)).flatten();
        let diagnostics: Vec<_> = all.filter(|diagnostic| said.insert(*diagnostic)).cloned().collect();
        // Who asks asks about a version.
        let version = buffers.get(&file).filter(|_| !pulls).map(|buffer| buffer.version);
        let shown = self.sent.get(&file).map_or((None, &[][..]), |(version, all)| (*version, all));
        if shown == (version, &diagnostics) {
            return None;
        }
        let uri = buffers.uri(&file);
        match (version, diagnostics.is_empty()) {
            (None, true) => self.sent.remove(&file),
            _ => self.sent.insert(file, (version, diagnostics.clone())),
        };
        Some(PublishDiagnosticsParams { uri, version, diagnostics })
    }
}
