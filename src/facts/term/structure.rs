//! The structure of a term as a number that is the same in every arena and in every project: made of names and texts,
//! never of the order in which contracts, terms or texts came.

use rustc_hash::{FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};

use super::{Op, Place, StateId};
use crate::graph::{FunctionId, Program};
use crate::project::ContractId;
use crate::syntax::Expr;

/// What terms need to know of the contracts of a project.
#[derive(Debug, Default)]
pub struct Declarations {
    /// The structure of each contract's name, with its deployer.
    names: Vec<u64>,
    /// Variables that are declared as optionals.
    optional: FxHashSet<StateId>,
}

impl Declarations {
    pub fn of(program: &Program<'_>) -> Self {
        let mut declared = Self::default();
        for id in program.project.contract_ids() {
            let contract = program.contract(id);
            declared.names.push(structure_of(&(&contract.issuer, &contract.name)));
            for (index, variable) in program.model(id).variables.iter().enumerate() {
                let of = variable.value_type.map(|of| contract.syntax.tree.expr(of));
                if of.and_then(|of| of.children().next()).and_then(Expr::name) == Some("optional") {
                    declared.optional.insert(StateId::Variable(id, index as u32));
                }
            }
        }
        declared
    }

    pub fn is_optional(&self, variable: StateId) -> bool {
        self.optional.contains(&variable)
    }

    fn contract(&self, contract: ContractId) -> u64 {
        self.names.get(contract.0 as usize).copied().unwrap_or_default()
    }

    fn function(&self, function: FunctionId) -> (u64, u32) {
        (self.contract(function.contract), function.index)
    }

    fn state(&self, state: StateId) -> (u8, u64, u32) {
        match state {
            StateId::Variable(contract, index) => (0, self.contract(contract), index),
            StateId::Map(contract, index) => (1, self.contract(contract), index),
            StateId::FungibleToken(contract, index) => (2, self.contract(contract), index),
            StateId::NonFungibleToken(contract, index) => (3, self.contract(contract), index),
            StateId::Stx => (4, 0, 0),
        }
    }

    /// The structure of an operator; `text` is that of the text that it has.
    pub fn operator(&self, op: Op, text: u64) -> u64 {
        let kind = std::mem::discriminant(&op);
        match op {
            Op::Literal(_) | Op::Tuple(_) | Op::Field(_) | Op::External(_) => structure_of(&(kind, text)),
            Op::Constant(contract, index) => structure_of(&(kind, self.contract(contract), index)),
            Op::Initial(state)
            | Op::After(state)
            | Op::Written(state)
            | Op::Since(state)
            | Op::Entry(state) => structure_of(&(kind, self.state(state))),
            Op::Token(builtin, state) => structure_of(&(kind, builtin, self.state(state))),
            Op::Call(function) | Op::Filtered(function) | Op::Mapped(function) | Op::Folded(function) => {
                structure_of(&(kind, self.function(function)))
            }
            Op::Opaque(Place::Function(function), number) => {
                structure_of(&(kind, self.function(function), number))
            }
            Op::Opaque(Place::Contract(contract), number) => {
                structure_of(&(kind, self.contract(contract), number))
            }
            other => structure_of(&other),
        }
    }
}

pub(super) fn structure_of(value: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
