//! Epochs: which rules of the chain a contract is deployed under.

use std::fmt;

use crate::builtins::ClarityVersion;
use crate::syntax::{NESTING_LIMIT, NESTING_LIMIT_EPOCH_3_4};

/// An epoch of the chain: a row of the table [`EPOCHS`], oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u8);

/// Every epoch with its name and the version that a contract deployed without one gets, which is also the newest
/// that the epoch knows.
const EPOCHS: &[(&str, u8)] = &[
    ("2.0", 1),
    ("2.05", 1),
    ("2.1", 2),
    ("2.2", 2),
    ("2.3", 2),
    ("2.4", 2),
    ("2.5", 2),
    ("3.0", 3),
    ("3.1", 3),
    ("3.2", 3),
    ("3.3", 4),
    ("3.4", 5),
    ("4.0", 6),
    ("4.1", 6),
];

impl Epoch {
    /// The epoch of a contract whose manifest names neither epoch nor version, as Clarinet has it.
    pub const UNSTATED: Self = Self(1);
    /// The epoch that mainnet is in, which `"latest"` means.
    pub const LATEST: Self = Self(11);
    pub const EPOCH_3_3: Self = Self(10);
    pub const EPOCH_3_4: Self = Self(11);

    /// Reads `3.3`, `2.05`, `3` or `latest`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |name: &str| EPOCHS.iter().position(|&(epoch, _)| epoch == name);
        match text {
            "latest" => Some(Self::LATEST),
            _ => named(text).or_else(|| named(&format!("{text}.0"))).map(|row| Self(row as u8)),
        }
    }

    /// The oldest epoch that knows `version`.
    pub fn introducing(version: ClarityVersion) -> Self {
        let row = EPOCHS.iter().position(|&(_, newest)| newest >= version.number());
        row.map_or(Self::LATEST, |row| Self(row as u8))
    }

    pub fn all() -> impl Iterator<Item = Self> {
        (0..EPOCHS.len() as u8).map(Self)
    }

    /// The version of a contract that is deployed without naming one; newer ones do not exist yet.
    pub fn default_version(self) -> ClarityVersion {
        ClarityVersion::new(EPOCHS[self.0 as usize].1).unwrap_or(ClarityVersion::OLDEST)
    }

    /// The deepest nesting of lists that the chain accepts.
    pub fn nesting_limit(self) -> u32 {
        if self < Self::EPOCH_3_4 { NESTING_LIMIT } else { NESTING_LIMIT_EPOCH_3_4 }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EPOCHS[self.0 as usize].0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_read_as_people_write_them() {
        let read = |text: &str| Epoch::parse(text).map(|epoch| epoch.to_string());
        assert_eq!(read("3.3").as_deref(), Some("3.3"));
        assert_eq!(read("2.05").as_deref(), Some("2.05"));
        assert_eq!(read("3").as_deref(), Some("3.0"));
        assert_eq!(read("latest").as_deref(), Some("3.4"));
        assert_eq!(read("2.6"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn versions_and_limits_follow_the_epoch() {
        let version = |text: &str| Epoch::parse(text).map(|epoch| epoch.default_version().number());
        let versions = ["2.05", "2.1", "3.2", "3.3", "3.4", "4.1"].map(version);
        assert_eq!(versions, [Some(1), Some(2), Some(3), Some(4), Some(5), Some(6)]);
        assert_eq!(Epoch::UNSTATED.to_string(), "2.05");
        for number in 1..=6 {
            let version = ClarityVersion::new(number).unwrap();
            assert_eq!(Epoch::introducing(version).default_version(), version);
        }
        assert_eq!(Epoch::LATEST.nesting_limit(), NESTING_LIMIT_EPOCH_3_4);
        assert_eq!(Epoch::UNSTATED.nesting_limit(), NESTING_LIMIT);
    }
}
