//! `[policy.upgrade]`: which contract stands for which name, and who reaches whom by name.

use crate::config::pattern::{MapPath, NamePattern};
use crate::config::table::{Decode, Decoder, Entries, Node, Spanned, Table};

/// The protocol's registry of contracts, and what is resolved through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The map from names to contracts.
    pub registry: Spanned<MapPath>,
    /// The contracts that stand for each name. Without any, what the protocol registers itself counts.
    pub names: Vec<(Spanned<String>, Vec<Spanned<NamePattern>>)>,
    /// The names that a contract asks for. What no entry speaks of may ask for any.
    pub uses: Vec<Uses>,
    /// Contracts that are reached by name only.
    pub resolved: Vec<Resolved>,
    pub reason: Option<String>,
}

impl Upgrade {
    /// The contracts that stand for a name; `None` if the policy does not know it.
    pub fn contracts_of(&self, name: &str) -> Option<&[Spanned<NamePattern>]> {
        self.names.iter().find(|(known, _)| known.value == name).map(|(_, contracts)| contracts.as_slice())
    }

    /// Every name of a contract that is written here.
    pub fn patterns(&self) -> impl Iterator<Item = &Spanned<NamePattern>> {
        let named = self.names.iter().flat_map(|(_, contracts)| contracts);
        let uses = self.uses.iter().flat_map(|entry| &entry.contracts);
        let resolved = self.resolved.iter().flat_map(|entry| entry.contracts.iter().chain(&entry.except));
        named.chain(uses).chain(resolved)
    }
}

impl Decode for Upgrade {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let registry = table.required("registry");
        let names: Entries<_> = table.or_default("names");
        let uses = table.or_default("uses");
        let resolved = table.or_default("resolved");
        let reason = table.optional("reason");
        table.finish();
        Some(Self { registry: registry?, names: names.0, uses, resolved, reason })
    }
}

/// Contracts and the names that they ask for, and why no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uses {
    pub contracts: Vec<Spanned<NamePattern>>,
    pub names: Vec<Spanned<String>>,
    pub reason: String,
}

impl Uses {
    pub fn applies_to(&self, contract: &str) -> bool {
        self.contracts.iter().any(|pattern| pattern.value.matches(contract))
    }
}

impl Decode for Uses {
    fn expected() -> String {
        "{ contracts = [..], names = [..], reason = \"..\" }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let (contracts, names) = (table.required("contracts"), table.required("names"));
        let reason = table.required("reason");
        table.finish();
        Some(Self { contracts: contracts?, names: names?, reason: reason? })
    }
}

/// Contracts that no other may name or call directly, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub contracts: Vec<Spanned<NamePattern>>,
    /// Those that may nevertheless.
    pub except: Vec<Spanned<NamePattern>>,
    pub reason: String,
}

impl Resolved {
    /// The entry that keeps `from` from naming `to`.
    pub fn keeps(&self, from: &str, to: &str) -> Option<&Spanned<NamePattern>> {
        let matches = |pattern: &&Spanned<NamePattern>, name: &str| pattern.value.matches(name);
        let excepted = from == to || self.except.iter().any(|pattern| matches(&pattern, from));
        self.contracts.iter().find(|pattern| !excepted && matches(pattern, to))
    }
}

impl Decode for Resolved {
    fn expected() -> String {
        "{ contracts = [..], reason = \"..\" }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let (contracts, except) = (table.required("contracts"), table.or_default("except"));
        let reason = table.required("reason");
        table.finish();
        Some(Self { contracts: contracts?, except, reason: reason? })
    }
}
