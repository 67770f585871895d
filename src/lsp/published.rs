//! What the editor shows of every file, so that it is told what changes and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gen_lsp_types::{Diagnostic, PublishDiagnosticsNotification, PublishDiagnosticsParams};
use rustc_hash::FxHashSet;

use super::buffers::Buffers;
use super::client::Client;

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
    pub fn replace(&self, project: u32, found: ByFile, buffers: &Buffers, client: &Client) {
        let mut state = self.state();
        let Some(all) = state.found.get_mut(&project) else { return };
        let files: BTreeSet<_> = all.keys().chain(found.keys()).cloned().collect();
        *all = found;
        files.into_iter().for_each(|file| state.send(file, buffers, client));
    }

    /// Forgets a project, and takes back what only that said.
    pub fn remove(&self, project: u32, buffers: &Buffers, client: &Client) {
        let mut state = self.state();
        let old = state.found.remove(&project).unwrap_or_default();
        old.into_keys().for_each(|file| state.send(file, buffers, client));
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
    fn send(&mut self, file: PathBuf, buffers: &Buffers, client: &Client) {
        let mut said = FxHashSet::default();
        let all = self.found.values().filter_map(|found| found.get(&file)).flatten();
        let diagnostics: Vec<_> = all.filter(|diagnostic| said.insert(*diagnostic)).cloned().collect();
        let version = buffers.get(&file).map(|buffer| buffer.version);
        let shown = self.sent.get(&file).map_or((None, &[][..]), |(version, all)| (*version, all));
        if shown == (version, &diagnostics) {
            return;
        }
        let params =
            PublishDiagnosticsParams { uri: buffers.uri(&file), version, diagnostics: diagnostics.clone() };
        client.notify::<PublishDiagnosticsNotification>(params);
        match (version, diagnostics.is_empty()) {
            (None, true) => self.sent.remove(&file),
            _ => self.sent.insert(file, (version, diagnostics)),
        };
    }
}
