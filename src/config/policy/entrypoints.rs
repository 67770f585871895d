//! Which entrypoints an entry of the policy speaks of, and why.

use crate::config::pattern::FunctionPattern;
use crate::config::table::{Choice, Decode, Decoder, Node, Spanned, Table, decode_choice, expected_choice};
use crate::source::Location;

/// The entrypoints that an entry asks something of: all, unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrypoints {
    /// Those that it names; `None` for all.
    pub named: Option<Vec<Spanned<FunctionPattern>>>,
    pub callers: Callers,
    pub reason: Option<String>,
    pub exempt: Vec<Exemption>,
}

/// For whom an entry asks something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callers {
    #[default]
    All,
    /// What only a role can do is left alone.
    Anybody,
}

/// How an entry asks something of an entrypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Plainly,
    /// It is exempt, and nobody has said why: the exemption.
    Unexplained(Location),
}

impl Entrypoints {
    /// Reads the keys of an entry that may speak of all entrypoints.
    pub(super) fn any(table: &mut Table<'_, '_, '_>) -> Self {
        let named = table.optional("entrypoints");
        let callers = table.or_default("callers");
        Self { named, callers, reason: table.optional("reason"), exempt: table.or_default("exempt") }
    }

    /// Reads the keys of an entry that has to name its entrypoints.
    pub(super) fn required(table: &mut Table<'_, '_, '_>) -> Option<Self> {
        let named = table.required("entrypoints");
        let callers = table.or_default("callers");
        let (reason, exempt) = (table.optional("reason"), table.or_default("exempt"));
        Some(Self { named: Some(named?), callers, reason, exempt })
    }

    /// How the entry asks it of that entrypoint, if it does. `contract` is named as [`QualifiedName`] displays it.
    ///
    /// [`QualifiedName`]: crate::project::QualifiedName
    pub fn asks(&self, contract: &str, function: &str) -> Option<Asked> {
        if !self.names(contract, function) {
            return None;
        }
        let exemption = self.exempt.iter().find_map(|exemption| {
            let mut patterns = exemption.entrypoints.iter();
            let pattern = patterns.find(|pattern| pattern.value.matches(contract, function))?;
            Some((pattern.at, exemption.reason.trim().is_empty()))
        });
        match exemption {
            None => Some(Asked::Plainly),
            Some((at, is_unexplained)) => is_unexplained.then_some(Asked::Unexplained(at)),
        }
    }

    /// Whether the entry speaks of that entrypoint, be it to exempt it.
    pub fn names(&self, contract: &str, function: &str) -> bool {
        let matches = |pattern: &Spanned<FunctionPattern>| pattern.value.matches(contract, function);
        self.named.as_ref().is_none_or(|patterns| patterns.iter().any(matches))
    }

    /// Every pattern that is written here.
    pub fn patterns(&self) -> impl Iterator<Item = &Spanned<FunctionPattern>> {
        let exempt = self.exempt.iter().flat_map(|exemption| &exemption.entrypoints);
        self.named.iter().flatten().chain(exempt)
    }
}

impl Choice for Callers {
    const CHOICES: &'static [(&'static str, Self)] = &[("all", Self::All), ("anybody", Self::Anybody)];
}

impl Decode for Callers {
    fn expected() -> String {
        expected_choice::<Self>()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        decode_choice(node, decoder)
    }
}

/// Entrypoints that an entry does not ask, and why. Without a reason, what would be an error is a warning.
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
