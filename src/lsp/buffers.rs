//! The texts that the editor holds. They go before those on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use super::position::{Encoding, Lines};
use super::uri;

/// An open buffer.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// As the editor writes it.
    pub uri: Uri,
    pub version: i32,
    pub text: Arc<str>,
}

/// All open buffers, by the files that they stand for.
#[derive(Clone, Debug, Default)]
pub struct Buffers(BTreeMap<PathBuf, Buffer>);

impl Buffers {
    pub fn get(&self, path: &Path) -> Option<&Buffer> {
        self.0.get(path)
    }

    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.keys()
    }

    /// The texts as what reads files takes them.
    pub fn overlay(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.0.iter().map(|(path, buffer)| (path.clone(), buffer.text.as_bytes().to_vec())).collect()
    }

    /// The URI under which the editor knows a file.
    pub fn uri(&self, path: &Path) -> Uri {
        self.get(path).map_or_else(|| uri::of(path), |buffer| buffer.uri.clone())
    }

    pub fn open(&mut self, path: PathBuf, item: TextDocumentItem) {
        let TextDocumentItem { uri, version, text, .. } = item;
        self.0.insert(path, Buffer { uri, version, text: text.into() });
    }

    /// Applies changes one after the other. Those of a buffer that is not open are about nothing.
    pub fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let Some(buffer) = self.0.get_mut(path) else { return };
        let text = changes.into_iter().fold(buffer.text.to_string(), |text, change| match change {
            TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => whole.text,
            TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                let span = Lines::new(&text, encoding).span(part.range);
                [&text[..span.start as usize], &part.text, &text[span.end as usize..]].concat()
            }
        });
        (buffer.version, buffer.text) = (version, text.into());
    }

    pub fn close(&mut self, path: &Path) {
        self.0.remove(path);
    }
}
