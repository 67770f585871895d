//! Where texts come from: the disk, and what stands in for files on it.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::progress::Progress;
use crate::project::read::Parsed;

/// The files that can be read. Paths are absolute.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// Texts that go before those on disk: standard input, an editor's unsaved buffers.
    pub overlay: BTreeMap<PathBuf, Vec<u8>>,
    /// How many threads read and parse; as many as the machine has if nobody says.
    pub jobs: Option<NonZeroUsize>,
    /// Where the trees of files are kept for the next reading, if there is going to be one.
    pub parsed: Option<Arc<Parsed>>,
    /// Where it is told how many files are read.
    pub progress: Arc<Progress>,
}

impl Disk {
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(text) = self.overlay.get(path) {
            return Ok(text.clone());
        }
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // A pipe may never answer, and a device never end.
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        // Spans count bytes in 32 bits.
        if metadata.len() >= u64::from(u32::MAX) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        std::fs::read(path)
    }
}
