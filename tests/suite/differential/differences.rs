//! What the adapter and the chain disagree about, and the reviewed list of what they may disagree about.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::verdict::Verdict;

/// One contract in this many may be judged differently.
const ONE_IN: usize = 100;

#[derive(Default)]
pub struct Differences {
    /// Every reviewed difference, and whether it was found.
    reviewed: BTreeMap<String, bool>,
    compared: usize,
    found: usize,
    faults: String,
}

impl Differences {
    /// `differences.txt`: blocks of a reason, `# ..`, over the names of what it explains.
    pub fn read() -> Self {
        let list = super::generate::lines(include_str!("differences.txt"));
        Self { reviewed: list.map(|name| (name.to_owned(), false)).collect(), ..Self::default() }
    }

    /// No contract of a project may be judged differently.
    pub fn of_projects() -> Self {
        Self::default()
    }

    pub fn compare(&mut self, name: &str, chain: &Verdict, adapter: &Verdict) {
        self.compared += 1;
        if chain.agrees(adapter) {
            return;
        }
        self.found += 1;
        match self.reviewed.get_mut(name) {
            Some(found) => *found = true,
            None => {
                let _ = writeln!(self.faults, "{name}\n    chain: {chain}\n    adapter: {adapter}");
            }
        }
    }

    /// Fails for every difference that nobody reviewed, and for every reviewed one that is gone.
    pub fn judge(mut self) {
        for (name, _) in self.reviewed.iter().filter(|(_, found)| !**found) {
            let _ = writeln!(self.faults, "there is no such difference: {name}");
        }
        let (compared, found) = (self.compared, self.found);
        assert!(self.faults.is_empty(), "{found} of {compared} verdicts differ:\n{}", self.faults);
        assert!(found * ONE_IN <= compared, "{found} of {compared} verdicts differ");
    }
}
