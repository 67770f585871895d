//! `[policy.traits]`: which contracts say to implement which traits.

use crate::config::pattern::{FunctionPath, named};
use crate::config::table::{Decode, Decoder, Entries, Names, Node, Spanned, Table, parse_string};

/// The traits that contracts have to declare, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits(pub Vec<RequiredTraits>);

/// A contract and the traits that it has to declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredTraits {
    /// As [`QualifiedName`] displays it.
    ///
    /// [`QualifiedName`]: crate::project::QualifiedName
    pub contract: Spanned<String>,
    /// `CONTRACT.TRAIT` each.
    pub traits: Vec<Spanned<FunctionPath>>,
    pub reason: Option<String>,
}

impl Decode for Traits {
    fn expected() -> String {
        "a table of contracts and their traits".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Entries(entries) = Entries::<Required>::decode(node, decoder)?;
        let entries = entries.into_iter().map(|(contract, required)| RequiredTraits {
            contract,
            traits: required.traits,
            reason: required.reason,
        });
        Some(Self(entries.collect()))
    }
}

/// What stands behind a contract's name.
struct Required {
    traits: Vec<Spanned<FunctionPath>>,
    reason: Option<String>,
}

impl Decode for Required {
    fn expected() -> String {
        "{ traits = [\"CONTRACT.TRAIT\", ..] }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let traits: Option<Vec<Spanned<TraitPath>>> = table.required("traits");
        let reason = table.optional("reason");
        table.finish();
        let path = |Spanned { value: TraitPath(value), at }| Spanned { value, at };
        Some(Self { traits: traits?.into_iter().map(path).collect(), reason })
    }
}

/// `CONTRACT.TRAIT`, written as functions are.
struct TraitPath(FunctionPath);

impl Decode for TraitPath {
    const NAMES: Option<Names> = Some(Names::Trait);

    fn expected() -> String {
        "a trait, \"CONTRACT.TRAIT\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, |text| {
            let (contract, function) = named(text, "trait", "sip-010.sip-010-trait")?;
            Ok(Self(FunctionPath { contract, function }))
        })
    }
}
