//! The addresses under which a project's own contracts are called: contracts may name each other by the principal that
//! deploys them instead of `.name`.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Yaml};

use crate::project::QualifiedName;

/// The deployer of the chain's own contracts on every chain but mainnet. Sources that override one stand under it.
pub const BOOT: &str = "ST000000000000000000002AMW42H";
/// The same on mainnet.
const MAINNET_BOOT: &str = "SP000000000000000000002Q6VF78";

/// The deployer of every simulated network for which nobody chose another: the first account of Clarinet's
/// `settings/Devnet.toml` as `clarinet new` writes it.
const SIMNET_DEPLOYER: &str = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";

/// Which addresses are the project's own.
#[derive(Debug, Default)]
pub struct Aliases {
    /// Where the project's deployment plans lie, if it may have any.
    folder: Option<PathBuf>,
    /// Contracts under the principals that publish them, of all deployment plans. Read for the first who asks: most
    /// projects never do.
    published: OnceCell<BTreeSet<QualifiedName>>,
}

impl Aliases {
    /// Those of the project in `folder`, by its deployment plans. A plan that cannot be read names nothing.
    pub fn of(folder: &Path) -> Self {
        Self { folder: Some(folder.join("deployments")), published: OnceCell::new() }
    }

    fn published(&self) -> &BTreeSet<QualifiedName> {
        self.published.get_or_init(|| {
            let plans = self.folder.iter().flat_map(|folder| plans(folder));
            let texts = plans.filter_map(|path| fs::read_to_string(path).ok());
            texts.flat_map(|text| published(&text)).collect()
        })
    }

    /// What the project itself calls the contract, if it is one of its own.
    pub fn own(&self, name: &QualifiedName) -> Option<QualifiedName> {
        let issuer = match name.issuer.as_deref()? {
            MAINNET_BOOT => Some(BOOT.to_owned()),
            SIMNET_DEPLOYER => None,
            _ if self.published().contains(name) => None,
            _ => return None,
        };
        Some(QualifiedName { issuer, name: name.name.clone() })
    }
}

/// The names of the contracts that the mainnet plans of the project in `folder` publish.
pub fn on_mainnet(folder: &Path) -> BTreeSet<String> {
    let is_mainnet = |path: &Path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(".mainnet-plan."))
    };
    let texts = plans(&folder.join("deployments")).filter(|path| is_mainnet(path));
    let texts = texts.filter_map(|path| fs::read_to_string(path).ok());
    texts.flat_map(|text| published(&text)).map(|contract| contract.name).collect()
}

/// The deployment plans in a folder.
fn plans(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|it| it == "yaml" || it == "yml"))
}

/// The contracts that a plan publishes, under their senders.
fn published(plan: &str) -> Vec<QualifiedName> {
    let documents = Yaml::load_from_str(plan).unwrap_or_default();
    let plans = documents.iter().filter_map(|document| document.as_mapping_get("plan"));
    let batches = plans.flat_map(|plan| list(plan, "batches"));
    let transactions = batches.flat_map(|batch| list(batch, "transactions"));
    let publication = |transaction: &Yaml<'_>| {
        let text = |keys: [&str; 2], key: &str| {
            let node = keys.iter().find_map(|kind| transaction.as_mapping_get(kind))?;
            node.as_mapping_get(key)?.as_str().map(str::to_owned)
        };
        let kinds = ["emulated-contract-publish", "contract-publish"];
        let sender = text(kinds, "emulated-sender").or_else(|| text(kinds, "expected-sender"));
        Some(QualifiedName { issuer: Some(sender?), name: text(kinds, "contract-name")? })
    };
    transactions.filter_map(publication).collect()
}

fn list<'y, 'i>(node: &'y Yaml<'i>, key: &str) -> &'y [Yaml<'i>] {
    node.as_mapping_get(key).and_then(|list| list.as_sequence()).map_or(&[], Vec::as_slice)
}
