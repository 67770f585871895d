//! Contracts that everybody knows: those of the chain itself, the traits that most tokens implement, sBTC and BNS. What
//! a project calls of them has types though their source is not at hand; a source that is at hand counts more.
//!
//! `interfaces.txt` has their interfaces, a line for each function; `examples/interfaces.rs` writes such lines from a
//! contract's source.

mod format;

pub use format::write;

use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::infer::Interface;
use crate::project::QualifiedName;

const TEXT: &str = include_str!("interfaces.txt");

struct Known {
    lines: &'static str,
    interface: OnceLock<Interface>,
}

static CONTRACTS: LazyLock<Vec<Known>> = LazyLock::new(|| {
    format::contracts(TEXT).map(|(_, lines)| Known { lines, interface: OnceLock::new() }).collect()
});

static NAMES: LazyLock<FxHashMap<QualifiedName, usize>> = LazyLock::new(|| {
    let contracts = format::contracts(TEXT).enumerate();
    let names = contracts.flat_map(|(at, (names, _))| names.split(' ').map(move |name| (name, at)));
    names.filter_map(|(name, at)| Some((QualifiedName::parse(name)?, at))).collect()
});

/// The interface of a contract that everybody knows.
pub fn interface(name: &QualifiedName) -> Option<&'static Interface> {
    let known = &CONTRACTS[*NAMES.get(name)?];
    Some(known.interface.get_or_init(|| format::read(known.lines).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_reads_and_writes_the_same() {
        let mut count = 0;
        for (names, lines) in format::contracts(TEXT) {
            let interface = format::read(lines).unwrap_or_else(|line| panic!("{names}: {line}"));
            assert_eq!(write(&interface), lines, "{names}");
            for name in names.split(' ') {
                let name = QualifiedName::parse(name).unwrap_or_else(|| panic!("{name} is no contract"));
                assert!(super::interface(&name).is_some(), "{name}");
                count += 1;
            }
        }
        assert_eq!(count, NAMES.len(), "every contract is there once");
        assert!(count > 20);
    }
}
