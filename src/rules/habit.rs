//! What an author is used to, where nobody says how things are to be written.

use std::collections::BTreeMap;

use crate::graph::Program;
use crate::project::ContractId;

/// How many examples in one contract make a habit.
const ENOUGH: usize = 4;

/// Whose habit something is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// That of the contract.
    Contract,
    /// That of all contracts of its deployer.
    Deployer,
}

impl Whose {
    /// Where it holds, for messages.
    pub fn place(self) -> &'static str {
        match self {
            Self::Contract => "in this contract",
            Self::Deployer => "in this deployer's contracts",
        }
    }
}

/// The habit that each example is held to: what `habit` makes of those of its contract, if they are enough and agree, or
/// else of those of all contracts of its deployer. Examples of one contract stand together.
pub(super) fn habits<'e, E, H: Clone>(
    program: &Program<'_>,
    examples: &'e [E],
    contract: impl Fn(&E) -> ContractId,
    habit: impl Fn(&[&E]) -> Option<H>,
) -> Vec<(&'e E, H, Whose)> {
    let deployer = |example: &E| program.contract(contract(example)).issuer.as_deref();
    let mut of_deployers: BTreeMap<Option<&str>, Vec<&E>> = BTreeMap::new();
    for example in examples {
        of_deployers.entry(deployer(example)).or_default().push(example);
    }
    let usual: BTreeMap<_, _> = of_deployers.into_iter().map(|(of, all)| (of, habit(&all))).collect();
    let mut held = Vec::new();
    for together in examples.chunk_by(|a, b| contract(a) == contract(b)) {
        let all: Vec<_> = together.iter().collect();
        let own = (all.len() >= ENOUGH).then(|| habit(&all)).flatten().map(|habit| (habit, Whose::Contract));
        let of_deployer = || Some((usual.get(&deployer(all[0]))?.clone()?, Whose::Deployer));
        let Some((habit, whose)) = own.or_else(of_deployer) else { continue };
        held.extend(all.into_iter().map(|example| (example, habit.clone(), whose)));
    }
    held
}
