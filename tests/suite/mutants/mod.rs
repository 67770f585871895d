//! Every way to break a guard of the bundled protocol that we can think of is reported, at the function that was
//! broken, by a rule that is there for it.
//!
//! `mutate.rs` makes the mutants from the tree. `survivors.txt` holds those that are rightly not reported, each with its
//! reason, and the rules that are still to come. The test fails when the list and what happens differ in either way.

mod list;
pub mod mutate;
pub mod protocol;

use std::collections::BTreeMap;
use std::fmt::Write;

use clarlint::graph::Program;
use clarlint::rules;

use crate::spread;

use list::List;
use mutate::{Mutant, mutants};
use protocol::{Asked, Found, Protocol};

/// What became of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Reported,
    /// By other rules than those that are there for it.
    Elsewhere(Vec<String>),
    Unreported,
}

#[test]
fn the_protocol_itself_is_clean() {
    let findings = Protocol::load().findings(Asked::All);
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn every_mutant_is_reported() {
    let protocol = Protocol::load();
    let mutants = mutants(&Program::link(&protocol.project));
    let outcomes = spread::over_with(&mutants, Protocol::load, outcome);
    let list = List::read();
    let mut rows: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut faults = String::new();
    for (mutant, outcome) in mutants.iter().zip(&outcomes) {
        let row = rows.entry(mutant.kind).or_default();
        row[0] += 1;
        let waits = mutant.expected.iter().all(|rule| list.is_awaited(rule));
        let known = list.survives(&mutant.id);
        match (outcome, waits, known) {
            (Outcome::Reported, _, false) => row[1] += 1,
            (Outcome::Reported, _, true) => {
                row[1] += 1;
                let _ = writeln!(faults, "is reported now; take it off the list: {}", mutant.id);
            }
            (_, true, false) => row[2] += 1,
            (_, true, true) => {
                row[2] += 1;
                let _ = writeln!(faults, "waits for a rule, needs no entry: {}", mutant.id);
            }
            (_, false, true) => row[3] += 1,
            (other, false, false) => {
                row[3] += 1;
                let by = match other {
                    Outcome::Elsewhere(rules) => format!(" (only by {})", rules.join(", ")),
                    _ => String::new(),
                };
                let _ = writeln!(faults, "not reported{by}: {}", mutant.id);
            }
        }
    }
    faults += &list.faults(mutants.iter().map(|mutant| mutant.id.as_str()));
    let table = table(&rows, &list);
    println!("{table}");
    assert!(faults.is_empty(), "\n{table}\n{faults}\nThe list is tests/suite/mutants/survivors.txt.");
}

/// Asks the rules that are there for it alone, and all only if those say nothing.
fn outcome(protocol: &mut Protocol, mutant: &Mutant) -> Outcome {
    let is_reported = |found: &[Found]| {
        found.iter().any(|finding| mutant.expected.contains(&finding.rule) && finding.is_about(mutant))
    };
    if is_reported(&protocol.findings_of(mutant, Asked::Only(&mutant.expected))) {
        return Outcome::Reported;
    }
    let found = protocol.findings_of(mutant, Asked::All);
    if is_reported(&found) {
        return Outcome::Reported;
    }
    let mut rules: Vec<_> = found.iter().map(|finding| finding.rule.to_owned()).collect();
    rules.sort();
    rules.dedup();
    if rules.is_empty() { Outcome::Unreported } else { Outcome::Elsewhere(rules) }
}

fn table(rows: &BTreeMap<&str, [usize; 4]>, list: &List) -> String {
    let mut out = format!("{:44} mutants reported awaited survive\n", "kind");
    let mut total = [0; 4];
    for (kind, counts) in rows {
        total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        row(&mut out, kind, counts);
    }
    row(&mut out, "all", &total);
    let awaited: Vec<_> = list.awaited().filter(|rule| rules::find(rule).is_none()).collect();
    if !awaited.is_empty() {
        let _ = writeln!(out, "rules to come: {}", awaited.join(", "));
    }
    out
}

fn row(out: &mut String, kind: &str, [mutants, reported, awaited, survive]: &[usize; 4]) {
    let _ = writeln!(out, "{kind:44} {mutants:7} {reported:8} {awaited:7} {survive:7}");
}
