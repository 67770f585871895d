//! The verdict on every contract of a folder: `cargo run --release --example verdicts -- FOLDER [ASK]`. ASK says when
//! the chain's analyser is asked: `always`, `never`, or where there are doubts.
//!
//! Prints each contract that is not accepted with the reason, and how many there are of each kind. For large sets of
//! deployed contracts, where every contract is known to have been accepted once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use clarlint::config::Config;
use clarlint::project::{Load, Project};
use clarlint::types::{Ask, Conformance, Outcome, each};

fn main() {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: verdicts FOLDER [always | never]");
        std::process::exit(2);
    };
    let ask = match std::env::args().nth(2).as_deref() {
        Some("always") => Ask::Always,
        Some("never") => Ask::Never,
        _ => Ask::Doubtful,
    };
    let Ok(folder) = Path::new(&folder).canonicalize() else {
        eprintln!("there is no folder {folder}");
        std::process::exit(2);
    };
    let read = Instant::now();
    let project = Project::load(&Load::around(&folder), &Config::default(), Vec::new());
    let bytes: usize = project.files.iter().map(|file| file.text.len()).sum();
    eprintln!("{} contracts, {bytes} bytes, read in {:.1?}", project.contracts.len(), read.elapsed());

    let mut counts = BTreeMap::<_, usize>::new();
    let mut asked = 0;
    let checked = Instant::now();
    each(&project, ask, |id, judged| {
        let contract = project.contract(id);
        let file = project.file(contract.file);
        asked += usize::from(judged.asked);
        let Some(outcome) = judged.outcome else { return };
        let (kind, reason) = match outcome {
            Outcome::Checked(checked) => {
                let unfit = checked.implements.iter().find_map(|implementation| {
                    let name = format!("{}.{}", implementation.contract, implementation.name);
                    match &implementation.conformance {
                        Conformance::Lacks(gaps) if gaps.is_empty() => None,
                        Conformance::Lacks(gaps) => Some(("rejected", format!("{name}: lacks {gaps:?}"))),
                        Conformance::NoTrait => Some(("rejected", format!("{name}: no such trait"))),
                        Conformance::Unavailable => {
                            Some(("trait missing", format!("{name}: its contract has no types")))
                        }
                    }
                });
                unfit.unwrap_or(("accepted", String::new()))
            }
            Outcome::Rejected(fault) => {
                let line = file.line_of(fault.span.start) + 1;
                ("rejected", format!("line {line}: {}", fault.message))
            }
            Outcome::Unavailable(reason) => ("unavailable", reason.to_string()),
        };
        *counts.entry(kind).or_default() += 1;
        if kind != "accepted" {
            println!("{kind}: {} ({}): {reason}", file.path, contract.version);
        }
    });
    let seconds = checked.elapsed().as_secs_f64();
    println!("{counts:?}; asked about {asked}; {seconds:.1} s, {:.1} MB/s", bytes as f64 / seconds / 1e6);
}
