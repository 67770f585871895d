//! The words that arguments may be.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ValueEnum};

use crate::config::RuleName;
use crate::diagnostic::Severity;
use crate::types::Ask;

/// Names of rules and groups. Shells complete them; whether there is one of that name is asked where it is used, which
/// has better words for a typo.
#[derive(Clone)]
pub struct RuleNames;

impl TypedValueParser for RuleNames {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(RuleName::all().map(PossibleValue::new)))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    #[default]
    Dot,
    Mermaid,
    Json,
    Html,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphLevel {
    #[default]
    Contract,
    Function,
}

/// What `clarlint guards` tells of an entrypoint, in the order of `Row::cells`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Column {
    Effects,
    Breakers,
    Limiters,
    Authorisation,
    Identity,
    Errors,
}

impl Column {
    pub const ALL: [Self; 6] =
        [Self::Effects, Self::Breakers, Self::Limiters, Self::Authorisation, Self::Identity, Self::Errors];

    pub fn name(self) -> &'static str {
        match self {
            Self::Effects => "effects",
            Self::Breakers => "breakers",
            Self::Limiters => "limiters",
            Self::Authorisation => "authorisation",
            Self::Identity => "identity",
            Self::Errors => "errors",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MatrixFormat {
    #[default]
    Human,
    Markdown,
    Csv,
    Json,
    Html,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    #[default]
    Human,
    Markdown,
    Json,
    Html,
}

/// How the whole report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    #[default]
    Html,
}

/// What a branch may do that fails `clarlint diff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Loss {
    LostGuard,
    LostCheck,
    ReplacedGuard,
    UnguardedEntrypoint,
    OpenState,
    ForbiddenCall,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Snippets of the code with labels, and a line that sums up
    #[default]
    Human,
    /// A line for each finding: path:line:col: severity[rule]: message
    Short,
    /// Everything there is to say, for programs; `clarlint schema output` describes it
    Json,
    /// The same, a line for each finding
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations on GitHub
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// JUnit's XML
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// clarlint.toml
    Config,
    /// The report of --format json
    Output,
    /// What `clarlint diff --format json` prints
    Diff,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    #[default]
    Human,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    #[default]
    Error,
    Warning,
    Note,
}

impl FailOn {
    pub fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// Inferred types, and the chain's analyser where they leave doubts.
    #[default]
    Inferred,
    /// The chain's analyser, about every contract.
    Chain,
}

impl Verdict {
    pub fn ask(self) -> Ask {
        match self {
            Self::Inferred => Ask::Doubtful,
            Self::Chain => Ask::Always,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// What the user insists on.
    pub fn forced(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Always => Some(true),
            Self::Never => Some(false),
        }
    }
}
