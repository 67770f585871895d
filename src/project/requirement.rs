//! Clarinet's cache of requirements: `<cache>/requirements/SP....name.clar`, and beside it what the chain knows.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::builtins::ClarityVersion;
use crate::project::dialect::Dialect;
use crate::project::manifest::Manifest;
use crate::project::{Epoch, QualifiedName, path};
use crate::source::FileId;

/// Where the cache has them.
const FOLDER: &str = "requirements";

/// Where the text of `name` is kept.
pub fn path(cache: &Path, name: &QualifiedName) -> PathBuf {
    cache.join(FOLDER).join(format!("{name}.clar"))
}

/// The folder that a manifest has the texts of requirements in.
pub fn folder(manifest: &Path) -> Option<PathBuf> {
    let text = std::fs::read(manifest).ok()?;
    let manifest_of = |text: &str| Manifest::read(FileId(0), text, &mut Vec::new());
    let cache = manifest_of(&String::from_utf8_lossy(&text)).cache;
    Some(path::absolute(manifest.parent()?, Path::new(&cache)).join(FOLDER))
}

/// The dialect that Clarinet noted beside the text: `{"epoch": "Epoch2_05", "clarity_version": "Clarity1"}`.
pub fn dialect(contract: &Path) -> Option<Dialect> {
    #[derive(Deserialize)]
    struct Metadata {
        epoch: String,
        clarity_version: String,
    }
    let text = std::fs::read(contract.with_extension("json")).ok()?;
    let metadata: Metadata = serde_json::from_slice(&text).ok()?;
    let version = metadata.clarity_version.strip_prefix("Clarity")?.parse().ok()?;
    Some(Dialect {
        version: ClarityVersion::new(version)?,
        epoch: epoch(metadata.epoch.strip_prefix("Epoch")?)?,
    })
}

/// `2_05`, `21`, `30`: the dot is implied after the first digit.
fn epoch(text: &str) -> Option<Epoch> {
    let digits = text.replace('_', "");
    let (major, minor) = digits.split_at_checked(1)?;
    Epoch::parse(&format!("{major}.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_of_the_cache_are_read() {
        let read = |text: &str| epoch(text).map(|epoch| epoch.to_string());
        assert_eq!(read("2_05").as_deref(), Some("2.05"));
        assert_eq!(read("33").as_deref(), Some("3.3"));
        assert_eq!(read("20").as_deref(), Some("2.0"));
        assert_eq!(read(""), None);
        assert_eq!(read("é"), None);
    }
}
