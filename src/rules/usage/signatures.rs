//! Signatures that a trait or a standard decides on, and not the author of the function.

use rustc_hash::FxHashSet;

use crate::graph::Program;
use crate::model::{Access, Function, Trait};
use crate::project::ContractId;
use crate::syntax::Tree;

/// A method: its name and how many parameters it takes.
pub type Method<'a> = (&'a str, usize);

/// What standards demand, which contracts follow without naming a trait.
const STANDARDS: &[&[Method<'static>]] = &[
    // SIP-009.
    &[("get-last-token-id", 0), ("get-token-uri", 1), ("get-owner", 1), ("transfer", 3)],
    // SIP-010.
    &[
        ("transfer", 4),
        ("get-name", 0),
        ("get-symbol", 0),
        ("get-decimals", 0),
        ("get-balance", 1),
        ("get-total-supply", 0),
        ("get-token-uri", 0),
    ],
    // SIP-013.
    &[
        ("get-balance", 2),
        ("get-overall-balance", 1),
        ("get-total-supply", 1),
        ("get-overall-supply", 0),
        ("get-decimals", 1),
        ("get-token-uri", 1),
        ("transfer", 4),
        ("transfer-memo", 5),
    ],
    &[("transfer-many", 1), ("transfer-many-memo", 1)],
    // Proposals and extensions of ExecutorDAO.
    &[("execute", 1)],
    &[("callback", 2)],
];

/// The methods that others demand of a contract: those of the traits that it says to implement, and of the standards
/// and its own traits that it has all methods of. `None` if a trait is not at hand: any function may be demanded, then.
pub fn demanded<'a>(program: &Program<'a>, contract: ContractId) -> Option<FxHashSet<Method<'a>>> {
    let (model, tree) = (program.model(contract), &program.contract(contract).syntax.tree);
    let mut demanded = FxHashSet::default();
    for path in &model.implements {
        let of = program.find_trait(contract, path)?;
        let tree = &program.contract(of.contract).syntax.tree;
        demanded.extend(methods(tree, &program.model(of.contract).traits[of.index as usize]));
    }
    let method = |function: &Function| (tree.name(function.name.symbol), function.parameters.len());
    let callable = model.functions.iter().filter(|function| function.access != Access::Private);
    let own: FxHashSet<Method<'_>> = callable.map(method).collect();
    let defined = model.traits.iter().map(|defined| methods(tree, defined));
    for wanted in defined.chain(STANDARDS.iter().map(|standard| standard.to_vec())) {
        if wanted.iter().all(|method| own.contains(method)) {
            demanded.extend(wanted);
        }
    }
    Some(demanded)
}

fn methods<'a>(tree: &'a Tree, of: &Trait) -> Vec<Method<'a>> {
    of.methods.iter().map(|method| (tree.name(method.name.symbol), method.parameters.len())).collect()
}
