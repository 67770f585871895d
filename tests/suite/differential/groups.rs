//! Contracts that are deployed together, and the dialects that they are deployed in.

use std::collections::BTreeSet;
use std::path::Path;

use clarlint::builtins::ClarityVersion;
use clarlint::project::{Contract, Dialect, Epoch, Project, is_contract};
use clarlint::syntax::parse;

use super::generate::Case;

/// Version and epoch: each version in the epoch that it came with, or in the last one that knows it as the newest, and
/// one that is older again in the newest epoch.
const DIALECTS: &[(u8, &str)] =
    &[(1, "2.5"), (2, "2.5"), (3, "3.2"), (4, "3.3"), (5, "3.4"), (6, "4.0"), (2, "4.0")];

pub fn dialects() -> impl Iterator<Item = Dialect> {
    DIALECTS.iter().map(|&(version, epoch)| Dialect {
        version: ClarityVersion::new(version).expect("a version of Clarity"),
        epoch: Epoch::parse(epoch).expect("an epoch"),
    })
}

/// The contract that others call; the oldest version, so that every version can call it.
pub const CALLEE: &str = "callee";

/// The generated contracts in one dialect. `from_texts` sorts by path; the numbers keep the order.
pub fn generated(cases: &[Case], dialect: Dialect) -> Project {
    let names: Vec<_> = (0..cases.len()).map(contract_name).collect();
    let texts = names.iter().zip(cases).map(|(name, case)| (name.as_str(), case.text.as_str()));
    let mut project = Project::from_texts(texts.chain([(CALLEE, include_str!("callee.clar"))]));
    for contract in &mut project.contracts {
        set(contract, if contract.name == CALLEE { oldest() } else { dialect });
    }
    project
}

pub fn contract_name(case: usize) -> String {
    format!("case-{case:05}")
}

/// The dialect of [`CALLEE`].
pub fn oldest() -> Dialect {
    dialects().next().expect("there are dialects")
}

/// Every project of this repository, all of its contracts in that dialect.
pub fn projects(dialect: Dialect) -> Vec<(String, Project)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders =
        vec![root.join("contracts"), root.join("fixtures/seed"), root.join("fixtures/seed-project")];
    for parent in ["guards", "projects", "protocols"] {
        let inside = walkdir::WalkDir::new(root.join("fixtures").join(parent)).min_depth(1).max_depth(1);
        folders.extend(
            inside
                .sort_by_file_name()
                .into_iter()
                .map(|entry| entry.expect("fixtures can be read").into_path()),
        );
    }
    let projects = folders.iter().map(|folder| (relative(root, folder), project(folder, dialect)));
    // What a principal that is written out deploys is there once and for all.
    let again = |project: &Project| {
        dialect == oldest() || project.contracts.iter().all(|contract| contract.issuer.is_none())
    };
    projects.filter(|(_, project)| again(project)).collect()
}

fn project(folder: &Path, dialect: Dialect) -> Project {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = files.map(|entry| entry.expect("fixtures can be read").into_path());
    let texts: Vec<_> = files
        .filter(|path| is_contract(path) && is_named(path))
        .filter_map(|path| Some((relative(folder, &path), std::fs::read_to_string(&path).ok()?)))
        .map(|(path, text)| (if path.is_empty() { "contract.clar".to_owned() } else { path }, text))
        .collect();
    let mut project = Project::from_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let mut names = BTreeSet::new();
    project.contracts.retain(|contract| names.insert(contract.qualified_name().to_string()));
    for contract in &mut project.contracts {
        set(contract, dialect);
    }
    project
}

fn set(contract: &mut Contract, dialect: Dialect) {
    let text = contract.syntax.tree.text().to_string();
    contract.syntax = parse(text.into_bytes(), dialect.epoch.nesting_limit()).into();
    (contract.version, contract.epoch, contract.stated) = (dialect.version, dialect.epoch, true);
}

/// Whether the chain would take the name; the SDK gives up if not.
fn is_named(path: &Path) -> bool {
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn relative(base: &Path, path: &Path) -> String {
    let path = path.strip_prefix(base).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}
