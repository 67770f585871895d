//! What is said of a contract does not depend on what else is there.

use std::sync::LazyLock;

use fastrand::Rng;

use super::folder::{Contract, Folder, Said, same};
use super::strangers;
use crate::generate::{Choices, typed};
use crate::spread;

/// How many generated projects each law is held against.
const PROGRAMS: u64 = 16;
/// How many of all projects stand next to what is made to be expensive.
const HOSTILE_PROJECTS: usize = 3;

/// A project whose guards all hold, but for one that is meant not to.
fn guarded() -> Vec<Contract> {
    vec![
        Contract::new("till", 4, include_str!("contracts/till.clar")),
        Contract::new("safe", 3, include_str!("contracts/safe.clar")),
        Contract::new("stall", 4, include_str!("contracts/stall.clar")),
    ]
}

fn generated(seed: u64) -> Vec<Contract> {
    let program = typed::program(Choices::seeded(seed), 2);
    program.contracts.into_iter().map(|(name, text)| Contract::new(name, 2, text)).collect()
}

/// A project to hold a law against.
struct Alone {
    /// The seed of what is random about it.
    seed: u64,
    contracts: Vec<Contract>,
    /// What is said of it where nothing else is.
    said: Said,
}

/// Every project to hold a law against.
static PROJECTS: LazyLock<Vec<Alone>> = LazyLock::new(|| {
    let seeds: Vec<_> = (0..=PROGRAMS).collect();
    spread::over(&seeds, |&seed| {
        let contracts = if seed == 0 { guarded() } else { generated(seed) };
        Alone { seed, said: Folder::of(&contracts).said(1), contracts }
    })
});

/// Adds contracts that are made to be expensive.
fn nothing_is_changed_by(strangers: fn() -> Vec<Contract>) {
    hold(&PROJECTS[..HOSTILE_PROJECTS], |_| strangers());
}

/// Adds contracts before all others, and holds what is said of the others against what was said before.
fn hold(projects: &[Alone], strangers: impl Fn(u64) -> Vec<Contract> + Sync) {
    spread::over(projects, |Alone { seed, contracts, said }| {
        let together = [strangers(*seed), contracts.clone()].concat();
        same(&format!("project {seed}"), said, &Folder::of(&together).said(1));
    });
}

#[test]
fn guards_are_seen_as_they_are() {
    let said = &PROJECTS[0].said;
    let of = |contract: &str, start: &str| -> usize {
        said[contract]
            .iter()
            .filter(|line| line.starts_with(start) && !line.contains("\"severity\":\"note\""))
            .count()
    };
    assert_eq!(["till", "safe", "stall"].map(|contract| of(contract, "finding")), [0, 0, 1], "{said:#?}");
    assert_eq!(["till", "safe", "stall"].map(|contract| of(contract, "guards")), [4, 5, 3], "{said:#?}");
    assert!(of("till", "policy") >= 4 && of("safe", "policy") >= 4, "{said:#?}");
}

#[test]
fn numbers_that_double_change_nothing() {
    nothing_is_changed_by(strangers::doubling_lets);
}

#[test]
fn helpers_that_double_change_nothing() {
    nothing_is_changed_by(strangers::doubling_calls);
}

#[test]
fn values_that_fork_change_nothing() {
    nothing_is_changed_by(strangers::forking_lets);
}

#[test]
fn many_contracts_that_double_change_nothing() {
    nothing_is_changed_by(strangers::many_doublers);
}

#[test]
fn a_claim_nine_times_in_a_row_changes_nothing() {
    nothing_is_changed_by(strangers::nine_mints);
}

#[test]
fn a_purchase_twelve_times_in_a_row_changes_nothing() {
    nothing_is_changed_by(strangers::dozen);
}

#[test]
fn what_the_chain_refuses_changes_nothing() {
    nothing_is_changed_by(strangers::refused_matches);
}

#[test]
fn the_same_literals_change_nothing() {
    hold(&PROJECTS, |_| strangers::literals());
}

#[test]
fn an_ordinary_contract_changes_nothing() {
    hold(&PROJECTS, |seed| strangers::ordinary(seed + 1000));
}

/// Within a contract, too: a bound that one function meets is nobody else's.
#[test]
fn a_function_past_the_bounds_takes_nothing_from_others() {
    let mints = include_str!("contracts/mints.clar");
    let (short, _) = mints.split_once("(define-public (claim-nine)").expect("it stands last");
    let [without, with] = [short, mints].map(|text| {
        let mut said = Folder::of(&[Contract::new("mints", 3, text)]).said(1);
        said.get_mut("mints").expect("something is said").retain(|line| !line.contains("claim-nine"));
        said
    });
    same("nine claims", &without, &with);
}

#[test]
fn the_order_of_files_changes_nothing() {
    spread::over(&PROJECTS, |Alone { seed, contracts, said }| {
        let mut rng = Rng::with_seed(*seed);
        let expected = without_fingerprints(said.clone());
        for _ in 0..3 {
            let mut contracts = contracts.clone();
            rng.shuffle(&mut contracts);
            // The manifest's order is that of the files or not.
            let mut places: Vec<_> = (0..contracts.len()).collect();
            if rng.bool() {
                rng.shuffle(&mut places);
            }
            let folder = Folder::with_paths(&contracts, |at, _| format!("file-{}", places[at]));
            same(&format!("project {seed}"), &expected, &without_fingerprints(folder.said(1)));
        }
    });
}

/// Fingerprints tell files apart.
fn without_fingerprints(mut said: Said) -> Said {
    for lines in said.values_mut() {
        for line in lines.iter_mut() {
            if let Some((start, rest)) = line.split_once("\"fingerprint\":\"") {
                let (_, end) = rest.split_once('"').expect("texts end");
                *line = format!("{start}{end}");
            }
        }
        // What is found at one place is told in the order of fingerprints, maybe.
        lines.sort();
    }
    said
}

#[test]
fn the_number_of_threads_changes_nothing() {
    // More contracts than one thread is given.
    let many = |seed: u64| -> Vec<Contract> {
        let strangers = (0..50).flat_map(|at| {
            let mut contracts = strangers::ordinary(seed * 100 + at);
            contracts[0].name = format!("contract-{at}");
            contracts
        });
        strangers.chain(guarded()).collect()
    };
    let folder = Folder::of(&many(1));
    let expected = folder.said(1);
    for jobs in [2, 3, 16] {
        same(&format!("{jobs} threads"), &expected, &folder.said(jobs));
    }
}

#[test]
fn what_was_said_before_changes_nothing() {
    let one = Folder::of(&guarded());
    let first = one.said(1);
    for seed in 1..4 {
        Folder::of(&generated(seed)).said(1);
        same("said again", &first, &one.said(1));
    }
}
