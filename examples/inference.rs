//! Inference beside the chain's analyser on a large set of contracts: `cargo run --release --example inference`.
//!
//! `CLARLINT_CORPUS` names the folder, in which every contract lies in a folder that is called after its deployer.
//! `CLARLINT_SAMPLE=10` takes one deployer in ten, and what their contracts need.

#[path = "../tests/suite/oracle.rs"]
mod oracle;

use std::hash::Hasher;
use std::path::Path;
use std::time::Instant;

use clarlint::config::Config;
use clarlint::project::{Load, Project};
use rustc_hash::FxHasher;

fn main() {
    let Some(folder) = std::env::var_os("CLARLINT_CORPUS") else {
        eprintln!("CLARLINT_CORPUS names the folder of contracts");
        std::process::exit(2);
    };
    let Ok(folder) = Path::new(&folder).canonicalize() else {
        eprintln!("there is no such folder");
        std::process::exit(2);
    };
    let sample = std::env::var("CLARLINT_SAMPLE").ok().and_then(|sample| sample.parse().ok()).unwrap_or(1u64);
    let mut project = Project::load(&Load::around(&folder), &Config::default(), Vec::new());
    for contract in &mut project.contracts {
        let mut hasher = FxHasher::default();
        hasher.write(contract.issuer.as_deref().unwrap_or_default().as_bytes());
        contract.linted = (hasher.finish() >> 32).is_multiple_of(sample);
    }
    let started = Instant::now();
    let found = oracle::compare(&project);
    for difference in &found.differences {
        println!("{difference}");
    }
    for needless in &found.needless {
        println!("asked: {needless}");
    }
    println!(
        "{} contracts, {} expressions, {} differences; {} accepted without asking, asked for: {:?}; {:.1?}",
        found.contracts,
        found.expressions,
        found.differences.len(),
        found.accepted,
        found.asked,
        started.elapsed()
    );
}
