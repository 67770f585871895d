//! What a rule reports. Rendering, suppressing and sorting are done elsewhere; a diagnostic only says what is wrong.

use serde::Serialize;

use crate::source::Location;

/// How serious a finding is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place that explains a finding, with a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub at: Location,
    pub message: String,
}

/// What several entrypoints share that are at fault for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The call or the transfer that is wrong.
    pub at: Location,
    /// The name of the entrypoint that leads there.
    pub entrypoint: Location,
}

/// Whether a change may be made without a second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// The contract does the same afterwards.
    Safe,
    /// Somebody may have relied on what goes.
    Unsafe,
}

/// A piece of a text, and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub at: Location,
    pub text: String,
}

/// A change that resolves a finding. Its edits do not overlap, and are made together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: "remove the constant".
    pub title: String,
    pub applicability: Applicability,
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's id.
    pub rule: &'static str,
    pub severity: Severity,
    /// One lower-case sentence, code in backticks, true on its own in a list.
    pub message: String,
    /// The primary span: short, a name or the head of a call.
    pub at: Location,
    /// The function that the finding is about.
    pub function: Option<String>,
    /// Other places that belong to the finding: the effect, the definition, the policy line.
    pub labels: Vec<Label>,
    /// The way from the entrypoint to the place that is wrong, call by call.
    pub trace: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
    /// The change that does so, where it is plain.
    pub fix: Option<Fix>,
    /// Where a peer has the guard that is missing.
    pub guard: Option<Location>,
    /// What else tells this finding from others of its rule and function: a callee, a policy entry. Part of the
    /// fingerprint.
    pub key: String,
    /// What makes findings of one rule one, if something does.
    pub cause: Option<Cause>,
}

impl Diagnostic {
    /// A finding with nothing but its message; the methods below add to it.
    pub fn new(rule: &'static str, severity: Severity, at: Location, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity,
            message: message.into(),
            at,
            function: None,
            labels: Vec::new(),
            trace: Vec::new(),
            help: None,
            fix: None,
            guard: None,
            key: String::new(),
            cause: None,
        }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    pub fn guard(mut self, guard: Option<Location>) -> Self {
        self.guard = guard;
        self
    }

    pub fn label(mut self, at: Location, message: impl Into<String>) -> Self {
        self.labels.push(Label { at, message: message.into() });
        self
    }

    pub fn cause(mut self, at: Location, entrypoint: Location) -> Self {
        self.cause = Some(Cause { at, entrypoint });
        self
    }

    /// Every place that the finding names.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Location> {
        let others = self.labels.iter_mut().chain(&mut self.trace).map(|label| &mut label.at);
        let edits = self.fix.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.at);
        std::iter::once(&mut self.at).chain(others).chain(edits).chain(&mut self.guard)
    }

    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }
}
