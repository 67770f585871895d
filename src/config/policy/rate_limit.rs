//! `[[policy.rate-limit]]`: which entrypoints spend a budget.

use super::Entrypoints;
use crate::config::pattern::FunctionPath;
use crate::config::table::{Decode, Decoder, Node, Spanned, Table};
use crate::source::Location;

/// Entrypoints that must pass a rate limit before anything they change is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The function that reads the budget, compares it and writes it back. Its place is the entry's place.
    pub check: Spanned<FunctionPath>,
    /// The first argument that the check must be given, if it takes the name of an action.
    pub action: Option<Spanned<String>>,
    /// The entrypoints that need the check: no others do.
    pub entrypoints: Entrypoints,
}

impl RateLimit {
    pub fn at(&self) -> Location {
        self.check.at
    }
}

impl Decode for RateLimit {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let check = table.required("check");
        let action = table.optional("action");
        let entrypoints = Entrypoints::required(&mut table);
        table.finish();
        Some(Self { check: check?, action, entrypoints: entrypoints? })
    }
}
