//! The types that values are declared with, as far as declarations alone tell.

use super::engine::Engine;
use super::term::{Op, StateId, TermId};
use crate::graph::FunctionId;
use crate::project::ContractId;
use crate::syntax::{Expr, Kind};

impl<'p> Engine<'p> {
    /// The type that a value is declared with, and the contract that declares it.
    pub fn declared_type(
        &self,
        function: Option<FunctionId>,
        value: TermId,
    ) -> Option<(ContractId, Expr<'p>)> {
        let terms = &self.terms;
        let program = self.program;
        let node = |contract: ContractId, id| {
            let tree = &program.contract(contract).syntax.tree;
            (contract, tree.expr(id))
        };
        let storage = |state| match state {
            StateId::Variable(contract, index) => {
                Some(node(contract, program.model(contract).variables[index as usize].value_type?))
            }
            StateId::Map(contract, index) => {
                Some(node(contract, program.model(contract).maps[index as usize].value_type?))
            }
            _ => None,
        };
        match terms.op(value) {
            Op::Parameter(index) => {
                let function = function?;
                let parameter = program.function(function).parameters.get(index as usize)?;
                Some(node(function.contract, parameter.declared_type?))
            }
            Op::Initial(state @ StateId::Variable(..))
            | Op::After(state @ StateId::Variable(..))
            | Op::Since(state @ StateId::Variable(..)) => storage(state),
            Op::Payload => {
                let of = terms.arg(value, 0);
                if let Op::Entry(map) = terms.op(of) {
                    return storage(map);
                }
                let (contract, declared) = self.declared_type(function, of)?;
                let (head, mut rest) = declared.call()?;
                (head.text() == "optional").then(|| rest.next()).flatten().map(|held| (contract, held))
            }
            Op::Field(name) => {
                let (contract, declared) = self.declared_type(function, terms.arg(value, 0))?;
                let name = terms.text(name);
                let found = members(declared)?.into_iter().find(|&(member, _)| member == name);
                found.map(|(_, declared)| (contract, declared))
            }
            Op::Element => {
                let (contract, declared) = self.declared_type(function, terms.arg(value, 0))?;
                let (_, mut rest) = declared.call().filter(|(head, _)| head.text() == "list")?;
                Some((contract, rest.nth(1)?))
            }
            _ => None,
        }
    }
}

/// The names and types of a tuple type, `{ a: uint }` or `(tuple (a uint))`.
pub fn members(declared: Expr<'_>) -> Option<Vec<(&str, Expr<'_>)>> {
    match declared.kind() {
        Kind::Tuple => {
            let parts: Vec<_> = declared.children().collect();
            Some(parts.chunks_exact(2).map(|pair| (pair[0].text(), pair[1])).collect())
        }
        _ => {
            let (_, rest) = declared.call().filter(|(head, _)| head.text() == "tuple")?;
            rest.map(|pair| {
                let (name, mut of) = pair.call()?;
                Some((name.text(), of.next()?))
            })
            .collect()
        }
    }
}
