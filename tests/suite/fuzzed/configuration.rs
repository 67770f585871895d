//! Bytes as `clarlint.toml`: all mistakes are reported, and one without mistakes can be worked with.

use std::path::Path;

use clarlint::config::{Config, FILE_NAME};
use clarlint::project::{Disk, Load, Project, Root};

/// A small protocol for a policy to speak of.
const CONTRACTS: &[(&str, &[u8])] = &[
    ("vault.clar", include_bytes!("../../../fixtures/projects/clean/contracts/vault.clar")),
    ("till.clar", include_bytes!("../laws/contracts/till.clar")),
    ("stall.clar", include_bytes!("../laws/contracts/stall.clar")),
];

pub fn run(bytes: &[u8]) {
    // Nothing lies there.
    let base = Path::new("/clarlint-has-no-such-folder");
    let file = base.join(FILE_NAME);
    let mut disk = Disk::default();
    disk.overlay.insert(file.clone(), bytes.to_vec());
    let mut files = Vec::new();
    let (config, problems) = Config::read(&file, base, &disk, &mut files);
    if !problems.is_empty() {
        let project = Project { files, ..Project::default() };
        return super::are_in_place(&project, problems.iter());
    }
    for (name, text) in CONTRACTS {
        disk.overlay.insert(base.join(name), text.to_vec());
    }
    let folder = Some(base.to_owned());
    let root =
        Root { home: base.to_owned(), base: base.to_owned(), folder, manifest: None, config: Some(file) };
    super::hold(&Project::load(&Load { root, paths: Vec::new(), disk }, &config, files), &config);
}
