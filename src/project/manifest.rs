//! `Clarinet.toml`: which contracts there are, and how they are deployed. Keys that only concern Clarinet are left
//! alone.

use crate::builtins::ClarityVersion;
use crate::config::table::{
    Decode, Decoder, Entries, Fault, Node, Spanned, Table, closest, parse_string, scalar_text,
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::project::alias::BOOT;
use crate::project::dialect::Dialect;
use crate::project::id::check_name;
use crate::project::lints::Lints;
use crate::project::{Epoch, QualifiedName};
use crate::source::FileId;

/// The rule under which problems of the manifest are reported.
pub const RULE: &str = "invalid-manifest";

/// What clarlint reads of a manifest.
#[derive(Debug, Default)]
pub struct Manifest {
    pub contracts: Vec<ManifestContract>,
    pub requirements: Vec<Spanned<QualifiedName>>,
    /// Where Clarinet keeps the sources of requirements; relative to the manifest.
    pub cache: String,
    pub lints: Lints,
}

/// `[contracts.NAME]`.
#[derive(Debug)]
pub struct ManifestContract {
    pub name: QualifiedName,
    /// `None` if it is no path.
    pub path: Option<Spanned<String>>,
    /// `None` if what the manifest says makes no sense.
    pub dialect: Option<Dialect>,
}

impl Manifest {
    pub fn read(file: FileId, text: &str, problems: &mut Vec<Diagnostic>) -> Self {
        let mut found = Vec::new();
        let manifest = Self::decode(file, text, &mut found);
        problems.extend(once_each(found));
        manifest
    }

    fn decode(file: FileId, text: &str, problems: &mut Vec<Diagnostic>) -> Self {
        Decoder::read(file, text, RULE, problems, |mut table| {
            let Entries(contracts) = table.or_default::<Entries<Settings>>("contracts");
            let project: Project = table.or_default("project");
            let Repl(lints) = table.or_default("repl");
            for (name, _) in &contracts {
                check_name(name, table.decoder());
            }
            let own = contracts.into_iter().map(|(name, settings)| (None, name.value, settings));
            let boot = project.boot.into_iter().map(|(name, path)| {
                let settings = Settings { path: Some(portable(path)), ..Settings::default() };
                (Some(BOOT.to_owned()), name.value, settings)
            });
            let listed = own.chain(boot).filter(|(.., settings)| !settings.is_skipped);
            let contract = |(issuer, name, settings): (_, _, Settings)| ManifestContract {
                name: QualifiedName { issuer, name },
                path: settings.path,
                dialect: settings.dialect,
            };
            Self {
                contracts: listed.map(contract).collect(),
                requirements: project.requirements,
                cache: project.cache.map_or_else(|| ".cache".into(), |cache| slashed(&cache)),
                lints,
            }
        })
    }
}

/// What is wrong in the same way in many entries is said where it is first.
fn once_each(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<(Diagnostic, usize)> = Vec::new();
    for problem in problems {
        match kept.iter_mut().find(|(known, _)| known.message == problem.message) {
            Some((_, others)) => *others += 1,
            None => kept.push((problem, 0)),
        }
    }
    let told = |(problem, others): (Diagnostic, usize)| match others {
        0 => problem,
        1 => Diagnostic { message: format!("{}, here and in 1 other place", problem.message), ..problem },
        _ => Diagnostic {
            message: format!("{}, here and in {others} other places", problem.message),
            ..problem
        },
    };
    kept.into_iter().map(told).collect()
}

/// A path as every system reads it: Windows takes slashes, too.
fn portable(path: Spanned<String>) -> Spanned<String> {
    Spanned { value: slashed(&path.value), ..path }
}

fn slashed(path: &str) -> String {
    path.replace('\\', "/")
}

/// `[repl]`, of which only the analysis is looked at.
#[derive(Default)]
struct Repl(Lints);

impl Decode for Repl {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        Some(Self(Table::open(node, decoder)?.or_default("analysis")))
    }
}

#[derive(Default)]
struct Project {
    requirements: Vec<Spanned<QualifiedName>>,
    cache: Option<String>,
    /// Sources that stand in for the chain's own contracts.
    boot: Vec<(Spanned<String>, Spanned<String>)>,
}

impl Decode for Project {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let requirements: Vec<Requirement> = table.or_default("requirements");
        let requirements = requirements.into_iter().map(|requirement| requirement.0).collect();
        let cache = table.optional("cache_dir");
        let Entries(boot) = table.or_default("override_boot_contracts_source");
        Some(Self { requirements, cache, boot })
    }
}

struct Requirement(Spanned<QualifiedName>);

impl Decode for Requirement {
    fn expected() -> String {
        "{ contract_id = \"SP....name\" }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        Table::open(node, decoder)?.required("contract_id").map(Self)
    }
}

impl Decode for QualifiedName {
    fn expected() -> String {
        "a contract's full name, \"SP....name\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, |text| {
            Self::parse(text).ok_or_else(|| Fault {
                message: format!("`{text}` is not the full name of a contract"),
                help: "write PRINCIPAL.NAME, such as `SP000000000000000000002Q6VF78.pox-4`".into(),
            })
        })
    }
}

/// The values of a contract's table.
#[derive(Default)]
struct Settings {
    path: Option<Spanned<String>>,
    dialect: Option<Dialect>,
    /// Clarinet takes an entry without a path for none.
    is_skipped: bool,
}

impl Decode for Settings {
    fn expected() -> String {
        "a table with a `path`".into()
    }

    /// What is wrong with a contract does not make the project forget that it exists.
    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Some(mut table) = Table::open(node, decoder) else { return Some(Self::default()) };
        let path = table.optional("path").map(portable);
        let is_skipped = !table.has("path");
        if is_skipped {
            let (at, name) = (table.at(), node.name);
            let problem =
                table.decoder().report(at, format!("`{name}` has no `path`, and Clarinet skips it"));
            problem.severity = Severity::Warning;
            problem.help = Some("add the `path` of the contract, or remove the entry".into());
        }
        let version: Option<Spanned<ClarityVersion>> = table.optional("clarity_version");
        let epoch: Option<Epoch> = table.optional("epoch");
        let understood =
            table.has("clarity_version") == version.is_some() && table.has("epoch") == epoch.is_some();
        if let (Some(Spanned { value: version, at }), Some(epoch)) = (&version, epoch)
            && *version > epoch.default_version()
        {
            let message = format!("{version} does not exist in epoch {epoch}");
            let (later, newest) = (Epoch::introducing(*version), epoch.default_version().number());
            let help = format!("write `epoch = \"{later}\"`, or `clarity_version = {newest}`");
            table.decoder().report(*at, message).help = Some(help);
        }
        let dialect = Dialect::stated(version.map(|version| version.value), epoch);
        Some(Self { path, dialect: understood.then_some(dialect), is_skipped })
    }
}

impl Decode for Epoch {
    fn expected() -> String {
        "an epoch, such as \"3.3\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = scalar_text(node, &Self::expected(), decoder)?;
        let epoch = Self::parse(&text);
        if epoch.is_none() {
            let names: Vec<_> = Self::all().map(|epoch| epoch.to_string()).collect();
            let help = match closest(&text, ["latest"].into_iter()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("epochs are {}, latest", names.join(", ")),
            };
            decoder.report(node.at, format!("there is no epoch `{text}`")).help = Some(help);
        }
        epoch
    }
}

impl Decode for ClarityVersion {
    fn expected() -> String {
        "a version of Clarity, 1 to 6".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = scalar_text(node, &Self::expected(), decoder)?;
        let version = match text.as_str() {
            "latest" => Some(Epoch::LATEST.default_version()),
            number => number.parse().ok().and_then(Self::new),
        };
        if version.is_none() {
            let (oldest, newest) = (Self::OLDEST.number(), Self::NEWEST.number());
            decoder.report(node.at, format!("there is no Clarity `{text}`")).help =
                Some(format!("versions are {oldest} to {newest}"));
        }
        version
    }
}
