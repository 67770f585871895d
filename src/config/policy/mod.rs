//! The protocol's policy: what its architecture demands. Every entry knows its place, so that a finding can point at
//! the line that asks for it, and an entry that matches nothing can be reported.

mod authorisation;
mod circuit_breaker;
mod entrypoints;
mod errors;
mod layers;
mod naming;
mod rate_limit;
mod traits;
mod upgrade;

pub use authorisation::{Authorisation, Condition};
pub use circuit_breaker::{CircuitBreaker, Passes};
pub use entrypoints::{Asked, Callers, Entrypoints, Exemption};
pub use errors::{Code, CodeRange, ErrorStandard, ExtraCodes};
pub use layers::{Independent, Layers, Link};
pub use naming::{NameKind, NameStyle, Naming};
pub use rate_limit::RateLimit;
pub use traits::{RequiredTraits, Traits};
pub use upgrade::{Resolved, Upgrade, Uses};

use crate::config::table::{Decode, Decoder, Entries, Node, Spanned, Table};

/// All sections `[policy.*]`, those of extended policies first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub circuit_breakers: Vec<CircuitBreaker>,
    pub rate_limits: Vec<RateLimit>,
    /// Conditions with a name, which those after them may use.
    pub roles: Vec<(Spanned<String>, Spanned<Condition>)>,
    pub authorisation: Vec<Authorisation>,
    pub errors: Option<ErrorStandard>,
    pub layers: Option<Layers>,
    pub naming: Naming,
    pub upgrade: Option<Upgrade>,
    pub traits: Traits,
}

impl Policy {
    /// Adds the entries of a policy that extends this one.
    pub fn extend(&mut self, other: Policy) {
        self.circuit_breakers.extend(other.circuit_breakers);
        self.rate_limits.extend(other.rate_limits);
        self.roles.extend(other.roles);
        self.authorisation.extend(other.authorisation);
        self.traits.0.extend(other.traits.0);
        self.naming.extend(other.naming);
        match (&mut self.errors, other.errors) {
            (Some(errors), Some(more)) => errors.extend(more),
            (errors, more) => *errors = errors.take().or(more),
        }
        // An order of layers and a registry cannot be continued: who states one means all of it.
        self.layers = other.layers.or(self.layers.take());
        self.upgrade = other.upgrade.or(self.upgrade.take());
    }
}

impl Decode for Policy {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let Entries(roles) = table.or_default("roles");
        let policy = Self {
            circuit_breakers: table.or_default("circuit-breaker"),
            rate_limits: table.or_default("rate-limit"),
            roles,
            authorisation: table.or_default("authorisation"),
            errors: table.optional("errors"),
            layers: table.optional("layers"),
            naming: table.or_default("naming"),
            upgrade: table.optional("upgrade"),
            traits: table.or_default("traits"),
        };
        table.finish();
        Some(policy)
    }
}
