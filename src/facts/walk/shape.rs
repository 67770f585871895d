//! Which fields a tuple has, as far as that is told by how it is made or declared: `merge` needs to know them.

use super::Walk;
use crate::builtins::Builtin;
use crate::facts::declared::members;
use crate::facts::term::{Op, TermId, TextId};

/// How deep tuples, calls and choices within each other are looked into.
const MAX_NESTING: u32 = 8;

impl Walk<'_, '_> {
    /// `(merge left right)`: every field that the right side has, and the others from the left. Both sides are written
    /// out where their fields are known, so that it does not matter how a tuple came about. What a map or variable holds
    /// stays as it is on the left: a change of what is stored says which fields it changes.
    pub(super) fn merge(&mut self, left: TermId, right: TermId) -> TermId {
        let right = self.written_out(right);
        let revealed = self.revealed(left);
        let left = if self.is_stored(revealed) { revealed } else { self.written_out(left) };
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
                let (_, declared) = self.engine.declared_type(self.function, tuple)?;
                let names: Vec<_> = members(declared)?.into_iter().map(|(name, _)| name).collect();
                Some(names.into_iter().map(|name| self.terms().intern(name)).collect())
            }
        }
    }
}
