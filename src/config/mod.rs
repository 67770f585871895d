//! Configuration: `clarlint.toml` and the policies it extends. All problems are reported at once, each with its place.

mod files;
mod levels;
mod pattern;
mod policy;
mod read;
mod schema;
pub mod table;

pub use files::Files;
pub use levels::{Level, Levels, Lint, RuleName, Setting};
pub use pattern::{FunctionPath, FunctionPattern, MapPath, NamePattern};
pub use policy::{
    Asked, Authorisation, Callers, CircuitBreaker, Code, CodeRange, Condition, Entrypoints, ErrorStandard,
    Exemption, ExtraCodes, Independent, Layers, Link, NameKind, NameStyle, Naming, Passes, Policy, RateLimit,
    RequiredTraits, Resolved, Traits, Upgrade, Uses,
};
pub use read::RULE;
pub use schema::Shape;
pub use table::{Names, Spanned};

/// The name of the configuration file.
pub const FILE_NAME: &str = "clarlint.toml";

/// What a project asks of the linter.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub lint: Lint,
    pub files: Files,
    /// Names of contracts and their paths, for projects without a Clarinet.toml.
    pub contracts: Vec<NamedContract>,
    pub policy: Policy,
}

/// An entry of `[contracts]`: `NAME = "PATH"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedContract {
    pub name: Spanned<String>,
    pub path: Spanned<String>,
}
