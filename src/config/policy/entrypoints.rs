//! Which entrypoints an entry of the policy speaks of, and why.

use crate::config::pattern::FunctionPattern;
use crate::config::table::{Decode, Decoder, Node, Spanned, Table};

/// The entrypoints that an entry asks something of: all, unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrypoints {
    /// Those that it names; `None` for all.
    pub named: Option<Vec<Spanned<FunctionPattern>>>,
    pub reason: Option<String>,
    pub exempt: Vec<Exemption>,
}

impl Entrypoints {
    /// Reads the keys of an entry that may speak of all entrypoints.
    pub(super) fn any(table: &mut Table<'_, '_, '_>) -> Self {
        let named = table.optional("entrypoints");
        Self { named, reason: table.optional("reason"), exempt: table.or_default("exempt") }
    }

    /// Reads the keys of an entry that has to name its entrypoints.
    pub(super) fn required(table: &mut Table<'_, '_, '_>) -> Option<Self> {
        let named = table.required("entrypoints");
        let (reason, exempt) = (table.optional("reason"), table.or_default("exempt"));
        Some(Self { named: Some(named?), reason, exempt })
    }

    /// Whether the entry asks it of that entrypoint. `contract` is named as [`QualifiedName`] displays it.
    ///
    /// [`QualifiedName`]: crate::project::QualifiedName
    pub fn covers(&self, contract: &str, function: &str) -> bool {
        let matches = |pattern: &Spanned<FunctionPattern>| pattern.value.matches(contract, function);
        let is_named = self.named.as_ref().is_none_or(|patterns| patterns.iter().any(matches));
        is_named && !self.exempt.iter().flat_map(|exemption| &exemption.entrypoints).any(matches)
    }

    /// Every pattern that is written here.
    pub fn patterns(&self) -> impl Iterator<Item = &Spanned<FunctionPattern>> {
        let exempt = self.exempt.iter().flat_map(|exemption| &exemption.entrypoints);
        self.named.iter().flatten().chain(exempt)
    }
}

/// Entrypoints that an entry does not speak of, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    pub entrypoints: Vec<Spanned<FunctionPattern>>,
    pub reason: String,
}

impl Decode for Exemption {
    fn expected() -> String {
        "{ entrypoints = [..], reason = \"..\" }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let entrypoints = table.required("entrypoints");
        let reason = table.required("reason");
        table.finish();
        Some(Self { entrypoints: entrypoints?, reason: reason? })
    }
}
