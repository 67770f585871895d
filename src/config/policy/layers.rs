//! `[policy.layers]`: which contracts may call which.

use crate::config::pattern::NamePattern;
use crate::config::table::{Decode, Decoder, Node, Spanned, Table};

/// The order of the protocol's contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// From low to high: a contract calls those of lower layers only.
    pub layers: Vec<Vec<Spanned<NamePattern>>>,
    /// Whether every contract has to stand in a layer.
    pub exhaustive: bool,
    pub forbidden: Vec<Link>,
    pub required: Vec<Link>,
    pub independent: Vec<Independent>,
    pub reason: Option<String>,
}

impl Layers {
    /// The layer that a contract stands in, and the entry that places it there.
    pub fn of(&self, contract: &str) -> Option<(usize, &Spanned<NamePattern>)> {
        self.layers.iter().enumerate().find_map(|(index, layer)| {
            layer.iter().find(|pattern| pattern.value.matches(contract)).map(|pattern| (index, pattern))
        })
    }

    /// Every name of a contract that is written here.
    pub fn patterns(&self) -> impl Iterator<Item = &Spanned<NamePattern>> {
        let links = self.forbidden.iter().chain(&self.required).flat_map(|link| [&link.from, &link.to]);
        let independent = self.independent.iter().flat_map(|entry| &entry.contracts);
        self.layers.iter().flatten().chain(links).chain(independent)
    }
}

impl Decode for Layers {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let layers = Self {
            layers: table.or_default("layers"),
            exhaustive: table.optional("exhaustive").unwrap_or(false),
            forbidden: table.or_default("forbidden"),
            required: table.or_default("required"),
            independent: table.or_default("independent"),
            reason: table.optional("reason"),
        };
        table.finish();
        Some(layers)
    }
}

/// Calls from some contracts to others, and why they must or must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub from: Spanned<NamePattern>,
    pub to: Spanned<NamePattern>,
    pub reason: String,
}

impl Decode for Link {
    fn expected() -> String {
        "{ from = \"..\", to = \"..\", reason = \"..\" }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let (from, to, reason) = (table.required("from"), table.required("to"), table.required("reason"));
        table.finish();
        Some(Self { from: from?, to: to?, reason: reason? })
    }
}

/// Contracts that must not reach each other, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Independent {
    pub contracts: Vec<Spanned<NamePattern>>,
    pub reason: String,
}

impl Decode for Independent {
    fn expected() -> String {
        "{ contracts = [..], reason = \"..\" }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let (contracts, reason) = (table.required("contracts"), table.required("reason"));
        table.finish();
        Some(Self { contracts: contracts?, reason: reason? })
    }
}
