//! Few patterns for many entrypoints.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::config::FunctionPattern;

/// An asterisk in the name of a contract stands for at least so many.
const GROUP: usize = 2;
/// One that stands for any contract whatever stands for at least so many.
const ANY: usize = 3;

/// What patterns are to match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Want {
    /// All of a contract, whatever it will have.
    Contract(String),
    Function(String, String),
}

impl Want {
    fn contract(&self) -> &str {
        match self {
            Self::Contract(contract) | Self::Function(contract, _) => contract,
        }
    }
}

/// How freely patterns stand for functions of which nobody knows yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// They may be told by the beginning of their names.
    Grouped,
    /// They are named one by one.
    Each,
}

/// Patterns that match everything wanted, and otherwise only what `may` be matched: those that match most first, each
/// with how many entrypoints it brought. `wanted` says how many each stands for, `entrypoints` are all that there are, by
/// contract.
pub(super) fn cover(
    wanted: &BTreeMap<Want, usize>,
    entrypoints: &BTreeMap<String, Vec<String>>,
    names: Names,
    may: &mut dyn FnMut(&str, &str) -> bool,
) -> Vec<(String, usize)> {
    let mut candidates: BTreeMap<String, BTreeSet<&Want>> = BTreeMap::new();
    for want in wanted.keys() {
        for contract in starts(want.contract(), true) {
            for function in functions(want, names) {
                candidates.entry(format!("{contract}.{function}")).or_default();
            }
        }
    }
    candidates.retain(|text, met| {
        let Ok(pattern) = FunctionPattern::parse(text) else { return false };
        let is_met = |want: &&Want| match want {
            Want::Contract(contract) => text.ends_with(".*") && pattern.speaks_of(contract),
            Want::Function(contract, function) => pattern.matches(contract, function),
        };
        met.extend(wanted.keys().filter(is_met));
        let contracts: BTreeSet<_> = met.iter().map(|want| want.contract()).collect();
        let least = match text.split_once('*') {
            Some(("", _)) => ANY,
            Some((before, _)) if !before.contains('.') => GROUP,
            _ => 1,
        };
        let is_wanted = |contract: &str, function: &str| {
            met.contains(&Want::Contract(contract.to_owned()))
                || met.contains(&Want::Function(contract.to_owned(), function.to_owned()))
        };
        let mut spoken_of = entrypoints.iter().filter(|(contract, _)| pattern.speaks_of(contract));
        contracts.len() >= least
            && spoken_of.all(|(contract, functions)| {
                let mut matched = functions.iter().filter(|function| pattern.matches(contract, function));
                matched.all(|function| is_wanted(contract, function) || may(contract, function))
            })
    });
    let mut open: BTreeSet<&Want> = wanted.keys().collect();
    let brings = |met: &BTreeSet<&Want>, open: &BTreeSet<&Want>| -> usize {
        met.intersection(open).map(|want| wanted[*want]).sum()
    };
    let mut chosen = Vec::new();
    while !open.is_empty() {
        // Of those that match the same, the one that says most.
        let best = candidates.iter().max_by_key(|(text, met)| {
            (brings(met, &open), Reverse(text.matches('*').count()), text.len(), Reverse(*text))
        });
        let Some((text, met)) = best else { break };
        let brought = brings(met, &open);
        if brought == 0 {
            break;
        }
        open.retain(|want| !met.contains(want));
        chosen.push((text.clone(), brought));
    }
    chosen
}

/// The ways to name a function.
fn functions(want: &Want, names: Names) -> Vec<String> {
    match (want, names) {
        (Want::Contract(_), _) => vec!["*".to_owned()],
        (Want::Function(_, function), Names::Each) => vec![function.clone()],
        (Want::Function(_, function), Names::Grouped) => starts(function, false),
    }
}

/// A name, and all that begin with the same words; any at all if that is asked for.
fn starts(name: &str, any: bool) -> Vec<String> {
    let words = name.match_indices('-').map(|(at, _)| format!("{}*", &name[..=at]));
    let mut starts: Vec<_> = std::iter::once(name.to_owned()).chain(words).collect();
    starts.extend(any.then(|| "*".to_owned()));
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(wanted: &[&str], others: &[&str], names: Names) -> Vec<String> {
        let parts = |path: &str| {
            let (contract, function) = path.split_once('.').expect("a path has a dot");
            (contract.to_owned(), function.to_owned())
        };
        let mut entrypoints: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in wanted.iter().chain(others).filter(|path| !path.ends_with(".*")) {
            let (contract, function) = parts(path);
            entrypoints.entry(contract).or_default().push(function);
        }
        let wanted = wanted.iter().map(|path| match parts(path) {
            (contract, function) if function == "*" => (Want::Contract(contract), 1),
            (contract, function) => (Want::Function(contract, function), 1),
        });
        let patterns = cover(&wanted.collect(), &entrypoints, names, &mut |_, _| false);
        patterns.into_iter().map(|(pattern, _)| pattern).collect()
    }

    #[test]
    fn what_begins_alike_is_one_pattern() {
        let setters = ["vault.set-fee", "vault.set-cap", "vault.pause"];
        assert_eq!(covered(&setters, &["vault.deposit"], Names::Grouped), ["vault.set-*", "vault.pause"]);
        assert_eq!(
            covered(&setters, &["vault.set-alias"], Names::Grouped),
            ["vault.set-cap", "vault.set-fee", "vault.pause"]
        );
        assert_eq!(covered(&setters[..2], &[], Names::Each), ["vault.set-cap", "vault.set-fee"]);
    }

    #[test]
    fn contracts_of_one_kind_are_one_pattern() {
        let exits = ["market-a.leave", "market-b.leave", "pool.leave"];
        assert_eq!(covered(&exits, &["market-a.join"], Names::Each), ["*.leave"]);
        assert_eq!(covered(&exits, &["gate.leave"], Names::Each), ["market-*.leave", "pool.leave"]);
        assert_eq!(covered(&["market-a.*", "market-b.*"], &["pool.join"], Names::Grouped), ["market-*.*"]);
        assert_eq!(
            covered(&["market-a.*", "market-b.*"], &["market-c.join"], Names::Grouped),
            ["market-a.*", "market-b.*"]
        );
    }

    #[test]
    fn a_pattern_says_as_much_as_it_can() {
        assert_eq!(covered(&["vault.set-fee"], &[], Names::Grouped), ["vault.set-fee"]);
        assert_eq!(covered(&["market-a.leave"], &[], Names::Grouped), ["market-a.leave"]);
    }
}
