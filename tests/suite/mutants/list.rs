//! The reviewed list: which mutants live on and why, and which rules are still to come.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use clarlint::rules;

/// `survivors.txt`: lines `await RULE` and blocks of a reason, `# ..`, over the mutants it explains.
pub struct List {
    awaited: BTreeSet<String>,
    /// Every mutant and the reason above it.
    survivors: BTreeMap<String, String>,
}

impl List {
    pub fn read() -> Self {
        let mut list = Self { awaited: BTreeSet::new(), survivors: BTreeMap::new() };
        let mut reason = String::new();
        let mut below_reason = true;
        for line in include_str!("survivors.txt").lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(text) = line.strip_prefix('#') {
                if below_reason {
                    reason.clear();
                }
                below_reason = false;
                reason += text;
                continue;
            }
            below_reason = true;
            match line.strip_prefix("await ") {
                Some(rule) => drop(list.awaited.insert(rule.to_owned())),
                None => drop(list.survivors.insert(line.to_owned(), reason.trim().to_owned())),
            }
        }
        list
    }

    pub fn awaited(&self) -> impl Iterator<Item = &str> {
        self.awaited.iter().map(String::as_str)
    }

    /// Whether mutants may go unreported because that rule is not there yet.
    pub fn is_awaited(&self, rule: &str) -> bool {
        self.awaited.contains(rule) && rules::find(rule).is_none()
    }

    pub fn survives(&self, mutant: &str) -> bool {
        self.survivors.contains_key(mutant)
    }

    /// What is wrong with the list itself.
    pub fn faults<'a>(&self, mutants: impl Iterator<Item = &'a str>) -> String {
        let mutants: BTreeSet<_> = mutants.collect();
        let mut out = String::new();
        for rule in self.awaited().filter(|rule| rules::find(rule).is_some()) {
            let _ = writeln!(out, "the rule is there; take `await {rule}` off the list");
        }
        for (mutant, reason) in &self.survivors {
            if !mutants.contains(mutant.as_str()) {
                let _ = writeln!(out, "there is no such mutant: {mutant}");
            }
            if reason.is_empty() {
                let _ = writeln!(out, "there is no reason for it: {mutant}");
            }
        }
        out
    }
}
