//! `[[policy.rate-limit]]`: which entrypoints spend a budget.

use super::{Exemption, applies};
use crate::config::pattern::{FunctionPath, FunctionPattern};
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
    pub entrypoints: Vec<Spanned<FunctionPattern>>,
    pub reason: Option<String>,
    pub exempt: Vec<Exemption>,
}

impl RateLimit {
    pub fn at(&self) -> Location {
        self.check.at
    }

    /// Whether the entry asks for the limit at that entrypoint. `contract` is named as [`QualifiedName`] displays it.
    ///
    /// [`QualifiedName`]: crate::project::QualifiedName
    pub fn applies_to(&self, contract: &str, function: &str) -> bool {
        applies(Some(&self.entrypoints), &self.exempt, contract, function)
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
        let entrypoints = table.required("entrypoints");
        let reason = table.optional("reason");
        let exempt = table.or_default("exempt");
        table.finish();
        Some(Self { check: check?, action, entrypoints: entrypoints?, reason, exempt })
    }
}
