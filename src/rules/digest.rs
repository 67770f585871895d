//! What contracts say to questions that concern the whole project. Each contract answers for itself, in its own arena;
//! the answers are joined in the order of the contracts.

use super::{Lint, error_codes, registered, registry, settings, trust};
use crate::project::ContractId;

/// A question that some rules ask of all contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Which state decides whom the contract trusts, and which it lets strangers write?
    Trust,
    /// Which state does it set for strangers, and what does it depend on?
    Settings,
    /// Which names does it register in maps, and which does it look up?
    Names,
    /// Which contracts does it register under which names?
    Registries,
    /// Which error codes can leave it?
    Codes,
}

impl Question {
    pub fn as_str(self) -> &'static str {
        match self {
            Question::Trust => "trust",
            Question::Settings => "settings",
            Question::Names => "names",
            Question::Registries => "registries",
            Question::Codes => "codes",
        }
    }
}

/// The answers.
#[derive(Clone, Default)]
pub struct Digest {
    pub(super) trust: trust::Answer,
    pub(super) settings: settings::Answer,
    pub(super) names: registered::Answer,
    pub(super) registries: registry::Answer,
    pub(super) codes: error_codes::Answer,
}

impl Digest {
    /// What one contract says.
    pub(super) fn of(lint: &mut Lint<'_>, contract: ContractId, questions: &[Question]) -> Self {
        let mut digest = Self::default();
        for question in questions {
            match question {
                Question::Trust => digest.trust = trust::answer(lint),
                Question::Settings => digest.settings = settings::answer(lint),
                Question::Names => digest.names = registered::answer(lint, contract),
                Question::Registries => digest.registries = registry::answer(lint, contract),
                Question::Codes => digest.codes = error_codes::answer(lint, contract),
            }
        }
        digest
    }

    /// Adds what the next contract says.
    pub(super) fn join(&mut self, other: Self) {
        self.trust.join(other.trust);
        self.settings.join(other.settings);
        self.names.join(other.names);
        self.registries.join(other.registries);
        self.codes.join(other.codes);
    }
}
