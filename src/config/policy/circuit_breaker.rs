//! `[[policy.circuit-breaker]]`: which check stops which entrypoints.

use super::Entrypoints;
use crate::config::pattern::FunctionPath;
use crate::config::table::{
    Choice, Decode, Decoder, Node, Spanned, Table, decode_choice, expected_choice, word,
};
use crate::source::Location;

/// `[[policy.circuit-breaker]]`: entrypoints that must pass a check before anything they change is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// The function that says whether the protocol is paused. Its place is the entry's place.
    pub check: Spanned<FunctionPath>,
    pub passes: Passes,
    /// The first argument that the check must be given.
    pub id: Option<Spanned<String>>,
    /// The entrypoints that need the check.
    pub entrypoints: Entrypoints,
}

impl CircuitBreaker {
    pub fn at(&self) -> Location {
        self.check.at
    }
}

impl Decode for CircuitBreaker {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let check = table.required("check");
        let passes = table.or_default("passes");
        let id = table.optional("id");
        let entrypoints = Entrypoints::any(&mut table);
        table.finish();
        Some(Self { check: check?, passes, id, entrypoints })
    }
}

/// How a check answers while nothing is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passes {
    #[default]
    Ok,
    True,
    False,
}

impl Passes {
    /// The word for it, if it has to be said.
    pub fn unusual(self) -> Option<&'static str> {
        (self != Self::default()).then(|| word(self))
    }
}

impl Choice for Passes {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("ok", Self::Ok), ("true", Self::True), ("false", Self::False)];
}

impl Decode for Passes {
    fn expected() -> String {
        expected_choice::<Self>()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        decode_choice(node, decoder)
    }
}
