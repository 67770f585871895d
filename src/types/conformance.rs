//! Whether a contract has what a trait demands: asked method by method, so that nothing hides behind the first.

use std::collections::BTreeMap;

use clarity::types::StacksEpochId;
use clarity::vm::ClarityName;
use clarity::vm::analysis::{AnalysisDatabase, CheckError, ContractAnalysis};
use clarity::vm::types::{
    FixedFunction, FunctionSignature, FunctionType, QualifiedContractIdentifier, TraitIdentifier,
};

use super::analysis::Source;
use super::store::Store;
use super::{Signature, names, order};
use crate::builtins::{Define, Word};
use crate::project::QualifiedName;
use crate::syntax::{NodeId, Symbol};

const EPOCH: StacksEpochId = StacksEpochId::Epoch25;

/// A method that a contract does not have, or not in that way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub method: String,
    pub expected: Signature,
    /// What the contract has under that name; `None` if there is no public or read-only function.
    pub found: Option<Signature>,
}

/// A trait that a contract says to implement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Implementation {
    /// The trait's identifier in `impl-trait`.
    pub node: NodeId,
    pub contract: QualifiedName,
    pub name: String,
    pub conformance: Conformance,
}

/// Whether a contract has what a trait demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conformance {
    /// It lacks these methods; none of them if it conforms.
    Lacks(Vec<Gap>),
    /// The contract that should define the trait does not.
    NoTrait,
    /// That contract has no types.
    Unavailable,
}

/// The traits that a contract says to implement, as their nodes.
fn declared<'t>(source: &Source<'t>) -> impl Iterator<Item = (NodeId, TraitIdentifier)> {
    source.tree.forms().filter_map(|form| {
        let (head, mut arguments) = form.call()?;
        let declares = head.symbol().and_then(Symbol::word) == Some(Word::Define(Define::ImplTrait));
        let identifier = arguments.next().filter(|_| declares)?;
        Some((identifier.id(), order::trait_identifier(identifier, source)?))
    })
}

/// The contracts that define what a contract says to implement.
pub fn definers(source: &Source<'_>) -> Vec<QualifiedContractIdentifier> {
    declared(source).map(|(_, identifier)| identifier.contract_identifier).collect()
}

/// Whether the contract keeps what it says.
#[expect(clippy::result_large_err, reason = "the analyser's errors are its own")]
pub fn implementations(
    source: &Source<'_>,
    analysis: &ContractAnalysis,
    store: &mut Store,
) -> Vec<Implementation> {
    let implementation = |(node, identifier): (NodeId, TraitIdentifier)| {
        let of = AnalysisDatabase::new(store).execute(|database| {
            let definer = &identifier.contract_identifier;
            database.get_defined_trait(definer, &identifier.name, &EPOCH)
        });
        let conformance = match of {
            Ok(Some(methods)) => Conformance::Lacks(gaps(analysis, &methods)),
            Ok(None) => Conformance::NoTrait,
            Err(CheckError { .. }) => Conformance::Unavailable,
        };
        Implementation {
            node,
            contract: names::read_back(&identifier.contract_identifier),
            name: identifier.name.to_string(),
            conformance,
        }
    };
    declared(source).map(implementation).collect()
}

/// The methods of the trait that the contract does not have, by name.
pub fn gaps(analysis: &ContractAnalysis, methods: &BTreeMap<ClarityName, FunctionSignature>) -> Vec<Gap> {
    let unfit = methods.iter().filter_map(|(name, expected)| {
        let expected = expected.canonicalize(&EPOCH);
        let found = callable(analysis, name);
        let fits = found.is_some_and(|found| fits(&expected, found));
        (!fits).then(|| Gap {
            method: name.to_string(),
            expected: (&expected).into(),
            found: found.map(Signature::from),
        })
    });
    unfit.collect()
}

fn callable<'a>(analysis: &'a ContractAnalysis, name: &str) -> Option<&'a FixedFunction> {
    let function = analysis.get_public_function_type(name).or(analysis.get_read_only_function_type(name));
    match function? {
        FunctionType::Fixed(function) => Some(function),
        _ => None,
    }
}

fn fits(expected: &FunctionSignature, found: &FixedFunction) -> bool {
    let parameters = found.args.iter().map(|parameter| parameter.signature.clone()).collect();
    expected.check_args_trait_compliance(&EPOCH, parameters).unwrap_or(false)
        && expected.returns.admits_type(&EPOCH, &found.returns).unwrap_or(false)
}
