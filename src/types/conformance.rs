//! Whether a contract has what a trait demands: asked method by method, so that nothing hides behind the first.

use super::Signature;
use super::infer::{Function, Implemented, Interface, Scratch, Ty};
use crate::project::QualifiedName;
use crate::syntax::NodeId;

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

/// Whether a contract keeps what it says.
pub fn implementations<'a>(
    declared: &[Implemented],
    interface: &Interface,
    known: impl Fn(&QualifiedName) -> Option<&'a Interface>,
) -> Vec<Implementation> {
    let implementation = |declared: &Implemented| {
        let conformance = match known(&declared.of.contract) {
            None => Conformance::Unavailable,
            Some(definer) => match gaps(interface, definer, &declared.of.name) {
                Some(gaps) => Conformance::Lacks(gaps),
                None => Conformance::NoTrait,
            },
        };
        let (contract, name) = (declared.of.contract.clone(), declared.of.name.clone());
        Implementation { node: declared.node, contract, name, conformance }
    };
    declared.iter().map(implementation).collect()
}

/// The methods of the trait that the contract does not have, by name; `None` if there is no such trait.
pub fn gaps(interface: &Interface, definer: &Interface, of: &str) -> Option<Vec<Gap>> {
    let methods = definer.trait_of(of)?;
    let mut scratch = Scratch::default();
    let unfit = methods.methods.iter().filter_map(|expected| {
        let found = interface.function(&expected.name);
        let fits = found.is_some_and(|found| {
            let found = scratch.signature(interface, found);
            let expected = scratch.signature(definer, expected);
            scratch.pool.has(&found, &expected)
        });
        (!fits).then(|| Gap {
            method: expected.name.to_string(),
            expected: signature(definer, expected),
            found: found.map(|found| signature(interface, found)),
        })
    });
    Some(unfit.collect())
}

pub fn signature(interface: &Interface, function: &Function) -> Signature {
    let read = |of: &Ty| interface.read(*of);
    Signature { parameters: function.parameters.iter().map(read).collect(), result: read(&function.result) }
}
