//! Which fields a tuple has, as far as that is told by how it is made or declared: `merge` needs to know them.

use super::Walk;
use crate::builtins::Builtin;
use crate::facts::term::{Op, StateId, TermId, TextId};
use crate::project::ContractId;
use crate::syntax::{Expr, Kind};

/// How deep tuples, calls and choices within each other are looked into.
const MAX_NESTING: u32 = 8;

impl<'p> Walk<'_, 'p> {
    /// `(merge left right)`: every field that the right side has, and the others from the left. Both sides are written
    /// out where their fields are known, so that it does not matter how a tuple came about. What a map or variable holds
    /// stays as it is on the left: a change of what is stored says which fields it changes.
    pub(super) fn merge(&mut self, left: TermId, right: TermId) -> TermId {
        let right = self.written_out(right);
        let revealed = self.revealed(left);
        let left = if self.is_stored(revealed) { left } else { self.written_out(left) };
        self.terms().pure(Builtin::Merge, &[left, right])
    }

    /// The same tuple, field by field, if its fields are known.
    fn written_out(&mut self, tuple: TermId) -> TermId {
        if matches!(self.engine.terms.op(tuple), Op::Tuple(_)) {
            return tuple;
        }
        let Some(names) = self.fields(tuple, MAX_NESTING) else { return tuple };
        let names: Vec<_> = names.into_iter().map(|name| self.engine.terms.text(name).to_string()).collect();
        let mut fields = Vec::new();
        for name in &names {
            let id = self.terms().intern(name);
            fields.push((name.as_str(), self.terms().field(id, tuple)));
        }
        self.terms().tuple(fields)
    }

    fn is_stored(&self, tuple: TermId) -> bool {
        let terms = &self.engine.terms;
        match terms.op(tuple) {
            Op::Initial(_) | Op::After(_) | Op::Since(_) => true,
            Op::Payload => matches!(terms.op(terms.arg(tuple, 0)), Op::Entry(_)),
            Op::Pure(Builtin::Merge) => self.is_stored(terms.arg(tuple, 0)),
            _ => false,
        }
    }

    /// The names of a tuple's fields.
    fn fields(&mut self, tuple: TermId, nesting: u32) -> Option<Vec<TextId>> {
        let nesting = nesting.checked_sub(1)?;
        let args = self.engine.terms.args(tuple).to_vec();
        match (self.engine.terms.op(tuple), &args[..]) {
            (Op::Tuple(shape), _) => Some(self.engine.terms.fields(shape).to_vec()),
            (Op::If, &[_, yes, no]) => self.fields(yes, nesting).or_else(|| self.fields(no, nesting)),
            (Op::Pure(Builtin::Merge), &[left, right]) => {
                let mut names = self.fields(left, nesting)?;
                names.extend(self.fields(right, nesting)?);
                names.sort_unstable();
                names.dedup();
                Some(names)
            }
            _ => {
                let revealed = self.revealed(tuple);
                if revealed != tuple {
                    return self.fields(revealed, nesting);
                }
                let (_, declared) = self.declared(tuple)?;
                let names: Vec<_> = members(declared)?.into_iter().map(|(name, _)| name).collect();
                Some(names.into_iter().map(|name| self.terms().intern(name)).collect())
            }
        }
    }

    /// The type that a value is declared with, and the contract that declares it.
    fn declared(&self, value: TermId) -> Option<(ContractId, Expr<'p>)> {
        let terms = &self.engine.terms;
        let program = self.engine.program;
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
                let parameter = program.function(self.function?).parameters.get(index as usize)?;
                Some(node(self.contract, parameter.declared_type?))
            }
            Op::Initial(state @ StateId::Variable(..))
            | Op::After(state @ StateId::Variable(..))
            | Op::Since(state @ StateId::Variable(..)) => storage(state),
            Op::Payload => {
                let of = terms.arg(value, 0);
                if let Op::Entry(map) = terms.op(of) {
                    return storage(map);
                }
                let (contract, declared) = self.declared(of)?;
                let (head, mut rest) = declared.call()?;
                (head.text() == "optional").then(|| rest.next()).flatten().map(|held| (contract, held))
            }
            Op::Field(name) => {
                let (contract, declared) = self.declared(terms.arg(value, 0))?;
                let name = terms.text(name);
                let found = members(declared)?.into_iter().find(|&(member, _)| member == name);
                found.map(|(_, declared)| (contract, declared))
            }
            _ => None,
        }
    }
}

/// The names and types of a tuple type, `{ a: uint }` or `(tuple (a uint))`.
fn members(declared: Expr<'_>) -> Option<Vec<(&str, Expr<'_>)>> {
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
