//! Bytes as `Clarinet.toml`: all mistakes are reported, and whatever contracts it lists are read.

use std::path::Path;

use clarlint::config::Config;
use clarlint::project::{Disk, Load, MANIFEST_NAME, Project, Root};

const CONTRACTS: &[(&str, &[u8])] = &[
    ("a.clar", b"(define-public (f) (contract-call? .b f))"),
    ("contracts/b.clar", b"(use-trait t .a.t) (define-public (f) (ok (as-contract tx-sender)))"),
];

pub fn run(bytes: &[u8]) {
    // Nothing lies there.
    let base = Path::new("/clarlint-has-no-such-folder");
    let manifest = base.join(MANIFEST_NAME);
    let mut disk = Disk::default();
    disk.overlay.insert(manifest.clone(), bytes.to_vec());
    for (name, text) in CONTRACTS {
        disk.overlay.insert(base.join(name), text.to_vec());
    }
    let folder = Some(base.to_owned());
    let root =
        Root { home: base.to_owned(), base: base.to_owned(), folder, manifest: Some(manifest), config: None };
    let config = Config::default();
    let paths = CONTRACTS.iter().map(|(name, _)| base.join(name)).collect();
    super::hold(&Project::load(&Load { root, paths, disk }, &config, Vec::new()), &config);
}
