//! The protocol's policy: what its architecture demands. Every entry knows its place, so that a finding can point at
//! the line that asks for it, and an entry that matches nothing can be reported.

use crate::config::pattern::{FunctionPath, FunctionPattern};
use crate::config::table::{Choice, Decode, Decoder, Node, Spanned, Table, decode_choice, expected_choice};
use crate::source::Location;

/// All sections `[policy.*]`, those of extended policies first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub circuit_breakers: Vec<CircuitBreaker>,
}

impl Policy {
    /// Adds the entries of a policy that extends this one.
    pub fn extend(&mut self, other: Policy) {
        self.circuit_breakers.extend(other.circuit_breakers);
    }
}

impl Decode for Policy {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let policy = Self { circuit_breakers: table.or_default("circuit-breaker") };
        table.finish();
        Some(policy)
    }
}

/// `[[policy.circuit-breaker]]`: entrypoints that must pass a check before anything they change is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// The function that says whether the protocol is paused. Its place is the entry's place.
    pub check: Spanned<FunctionPath>,
    pub passes: Passes,
    /// The first argument that the check must be given.
    pub id: Option<Spanned<String>>,
    /// The entrypoints that need the check; `None` for all.
    pub entrypoints: Option<Vec<Spanned<FunctionPattern>>>,
    pub reason: Option<String>,
    pub exempt: Vec<Exemption>,
}

impl CircuitBreaker {
    pub fn at(&self) -> Location {
        self.check.at
    }

    /// Whether the entry asks for the check at that entrypoint. `contract` is named as [`QualifiedName`] displays it.
    ///
    /// [`QualifiedName`]: crate::project::QualifiedName
    pub fn applies_to(&self, contract: &str, function: &str) -> bool {
        let matches = |pattern: &Spanned<FunctionPattern>| pattern.value.matches(contract, function);
        let in_scope = self.entrypoints.as_ref().is_none_or(|patterns| patterns.iter().any(matches));
        in_scope && !self.exempt.iter().flat_map(|exemption| &exemption.entrypoints).any(matches)
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
        let entrypoints = table.optional("entrypoints");
        let reason = table.optional("reason");
        let exempt = table.or_default("exempt");
        table.finish();
        Some(Self { check: check?, passes, id, entrypoints, reason, exempt })
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

/// Entrypoints that a policy does not apply to, and why.
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
