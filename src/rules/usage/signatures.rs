//! Signatures that a trait or a standard decides on, and not the author of the function.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;

use crate::graph::{FunctionId, Program};

/// Methods of the standards for tokens, which contracts have without naming the trait: their names and how many
/// parameters they take.
const STANDARDS: &[(&str, usize)] = &[
    // SIP-009 and SIP-010.
    ("get-last-token-id", 0),
    ("get-owner", 1),
    ("get-token-uri", 0),
    ("get-token-uri", 1),
    ("transfer", 3),
    ("transfer", 4),
    ("get-name", 0),
    ("get-symbol", 0),
    ("get-decimals", 0),
    ("get-decimals", 1),
    ("get-balance", 1),
    ("get-total-supply", 0),
    // SIP-013.
    ("get-balance", 2),
    ("get-overall-balance", 1),
    ("get-total-supply", 1),
    ("get-overall-supply", 0),
    ("transfer-memo", 5),
    ("transfer-many", 1),
    ("transfer-many-memo", 1),
    // Proposals and extensions of ExecutorDAO.
    ("execute", 1),
    ("callback", 2),
];

/// The methods of all traits that are known; found out for the first who asks.
#[derive(Default)]
pub struct Signatures<'a>(OnceLock<FxHashSet<(&'a str, usize)>>);

impl<'a> Signatures<'a> {
    /// Whether a trait may demand the function. Of a trait that is not at hand every method may be one.
    pub fn demand(&self, program: &Program<'a>, function: FunctionId, parameters: usize) -> bool {
        let contract = function.contract;
        let implements = &program.model(contract).implements;
        self.0.get_or_init(|| known(program)).contains(&(program.name(function), parameters))
            || implements.iter().any(|path| program.find_trait(contract, path).is_none())
    }
}

fn known<'a>(program: &Program<'a>) -> FxHashSet<(&'a str, usize)> {
    let mut all: FxHashSet<(&str, usize)> = STANDARDS.iter().copied().collect();
    for contract in program.project.contract_ids() {
        let tree = &program.contract(contract).syntax.tree;
        let methods = program.model(contract).traits.iter().flat_map(|defined| &defined.methods);
        all.extend(methods.map(|method| (tree.name(method.name.symbol), method.parameters.len())));
    }
    all
}
