//! `[policy.roles]` and `[[policy.authorisation]]`: what must be known of who calls, and of what is called.

use super::Entrypoints;
use crate::config::table::{Decode, Decoder, Fault, Names, Node, Spanned, Table, parse_string};
use crate::source::Location;
use crate::syntax::{NESTING_LIMIT, Tree, parse};

/// Entrypoints whose effects must not be kept unless a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    /// The condition. Its place is the entry's place.
    pub holds: Spanned<Condition>,
    /// The trait parameter that it is about: asked only where that contract is called, or handed to another.
    pub calls: Option<Spanned<String>>,
    pub entrypoints: Entrypoints,
}

impl Authorisation {
    pub fn at(&self) -> Location {
        self.holds.at
    }
}

impl Decode for Authorisation {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let holds = table.required("holds");
        let calls = table.optional("calls");
        let entrypoints = Entrypoints::required(&mut table);
        table.finish();
        Some(Self { holds: holds?, calls, entrypoints: entrypoints? })
    }
}

/// One expression of Clarity, as it could stand in an `asserts!` of the entrypoint that it is asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(pub String);

impl Condition {
    /// What it is made of: one form.
    pub fn tree(&self) -> Tree {
        parse(self.0.as_str().into(), NESTING_LIMIT).tree
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let parsed = parse(text.into(), NESTING_LIMIT);
        if let Some(error) = parsed.errors.first() {
            return Err(Fault { message: format!("`{text}`: {}", error.message), help: error.help.clone() });
        }
        match parsed.tree.forms().count() {
            1 => Ok(Self(text.to_owned())),
            _ => Err(Fault {
                message: format!("`{text}` is not one expression"),
                help: "write the condition as it would stand in `asserts!`, such as `(is-eq contract-caller (var-get \
                       owner))`"
                    .into(),
            }),
        }
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Decode for Condition {
    const NAMES: Option<Names> = Some(Names::Role);

    fn expected() -> String {
        "a condition in Clarity, \"(is-eq contract-caller (var-get owner))\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, Self::parse)
    }
}
