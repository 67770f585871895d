//! Terms: symbolic values, hash-consed in one arena for each contract.
//!
//! Two terms with the same identity are the same value. All boolean connectives are one operator, `If`: `a and b` is
//! `If(a, b, false)`, `a or b` is `If(a, true, b)`, `not a` is `If(a, false, true)`. An optional or a response is
//! *good* if it is some or ok; one operator asks for both, since no value is both.

mod moved;
mod op;
mod simplify;
mod structure;

use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

use crate::builtins::{Builtin, Keyword};
use op::own_mask;
use structure::structure_of;

pub use moved::Moved;
pub use op::{Mask, Op, Place, StateId, TextId};
pub use structure::Declarations;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

#[derive(Clone, Copy, Debug)]
struct Node {
    op: Op,
    /// The same in every arena, see [`Declarations`].
    structure: u64,
    start: u32,
    len: u32,
    mask: Mask,
    /// The longest way down; bounds every recursion over terms.
    depth: u16,
    /// Whether it is known to be an optional by how it is made.
    optional: bool,
}

/// The deepest term that is built; what would be deeper is opaque.
const MAX_DEPTH: u16 = 1_500;

/// An arena of terms.
#[derive(Debug)]
pub struct Terms {
    nodes: Vec<Node>,
    pool: Vec<TermId>,
    index: HashTable<u32>,
    texts: Vec<(Box<str>, u64)>,
    text_index: FxHashMap<Box<str>, TextId>,
    /// The fields of every shape that a tuple has.
    shapes: FxHashMap<TextId, Box<[TextId]>>,
    good: FxHashMap<TermId, TermId>,
    payload: FxHashMap<(TermId, bool), TermId>,
    field: FxHashMap<(TermId, TextId), TermId>,
    choice: FxHashMap<[TermId; 3], TermId>,
    /// Where new opaque values come from, and how many there are of that place.
    place: Place,
    opaque: FxHashMap<Place, u32>,
    scratch: Vec<TermId>,
    declared: Arc<Declarations>,
    /// What opaque values are the results of.
    labels: FxHashMap<TermId, TextId>,
    /// Whether a term was asked for that is deeper than terms are built.
    pub(super) too_deep: bool,
}

impl Terms {
    pub fn new(declared: Arc<Declarations>) -> Self {
        let mut terms = Self {
            nodes: Vec::new(),
            pool: Vec::new(),
            index: HashTable::new(),
            texts: Vec::new(),
            text_index: FxHashMap::default(),
            shapes: FxHashMap::default(),
            good: FxHashMap::default(),
            payload: FxHashMap::default(),
            field: FxHashMap::default(),
            choice: FxHashMap::default(),
            place: Place::Question,
            opaque: FxHashMap::default(),
            scratch: Vec::new(),
            declared,
            labels: FxHashMap::default(),
            too_deep: false,
        };
        let (no, yes) = (terms.leaf(Op::Bool(false)), terms.leaf(Op::Bool(true)));
        debug_assert_eq!((no, yes), (Terms::FALSE, Terms::TRUE));
        terms
    }

    /// Gives back what only making terms needs. No term is made afterwards.
    pub(super) fn freeze(&mut self) {
        self.nodes.shrink_to_fit();
        self.pool.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.index = HashTable::new();
        (self.text_index, self.good, self.payload) = Default::default();
        (self.field, self.choice) = Default::default();
    }

    /// Says where opaque values come from that are made from now on.
    pub(super) fn at(&mut self, place: Place) {
        self.place = place;
    }
}

impl Terms {
    pub const FALSE: TermId = TermId(0);
    pub const TRUE: TermId = TermId(1);

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn op(&self, term: TermId) -> Op {
        self.nodes[term.0 as usize].op
    }

    pub fn args(&self, term: TermId) -> &[TermId] {
        let node = &self.nodes[term.0 as usize];
        &self.pool[node.start as usize..(node.start + node.len) as usize]
    }

    pub fn arg(&self, term: TermId, index: usize) -> TermId {
        self.args(term)[index]
    }

    pub fn mask(&self, term: TermId) -> Mask {
        self.nodes[term.0 as usize].mask
    }

    /// Whether it is `tx-sender` or `contract-caller` itself.
    pub fn is_caller(&self, term: TermId) -> bool {
        matches!(self.op(term), Op::Sender | Op::Caller)
    }

    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize].0
    }

    pub fn intern(&mut self, text: &str) -> TextId {
        if let Some(&id) = self.text_index.get(text) {
            return id;
        }
        let id = TextId(self.texts.len() as u32);
        self.texts.push((text.into(), structure_of(&text)));
        self.text_index.insert(text.into(), id);
        id
    }

    /// The shape of tuples with these fields, whose names stand in order with spaces between them.
    pub(super) fn shape(&mut self, names: &str) -> TextId {
        let shape = self.intern(names);
        if !self.shapes.contains_key(&shape) {
            let fields = names.split_ascii_whitespace().map(|name| self.intern(name)).collect();
            self.shapes.insert(shape, fields);
        }
        shape
    }

    /// The names of the fields that tuples of this shape have, in the order of their values.
    pub fn fields(&self, shape: TextId) -> &[TextId] {
        &self.shapes[&shape]
    }

    pub fn literal(&mut self, text: &str) -> TermId {
        let text = self.intern(text);
        self.leaf(Op::Literal(text))
    }

    /// The value of a uint that is written out.
    pub fn number(&self, term: TermId) -> Option<u128> {
        match self.op(term) {
            Op::Literal(text) => self.text(text).strip_prefix('u')?.parse().ok(),
            _ => None,
        }
    }

    pub fn bool(value: bool) -> TermId {
        if value { Self::TRUE } else { Self::FALSE }
    }

    pub fn leaf(&mut self, op: Op) -> TermId {
        self.raw(op, &[])
    }

    /// A new value that nothing is known of.
    pub fn opaque(&mut self) -> TermId {
        let number = self.opaque.entry(self.place).or_default();
        *number += 1;
        let op = Op::Opaque(self.place, *number);
        self.leaf(op)
    }

    /// The result of something that nothing is known of, by its name.
    pub fn result_of(&mut self, name: &str) -> TermId {
        let (term, name) = (self.opaque(), self.intern(name));
        self.labels.insert(term, name);
        term
    }

    /// Another value of the same kind.
    pub fn another(&mut self, opaque: TermId) -> TermId {
        let term = self.opaque();
        if let Some(&name) = self.labels.get(&opaque) {
            self.labels.insert(term, name);
        }
        term
    }

    /// What an opaque value is the result of.
    pub fn label(&self, opaque: TermId) -> Option<&str> {
        self.labels.get(&opaque).map(|&name| self.text(name))
    }

    /// The one term with this operator and these arguments, without simplifying.
    fn raw(&mut self, op: Op, args: &[TermId]) -> TermId {
        let structure = self.structure_with(op, args);
        let found = self.index.find(structure, |&at| {
            let node = &self.nodes[at as usize];
            node.op == op && &self.pool[node.start as usize..(node.start + node.len) as usize] == args
        });
        if let Some(&at) = found {
            return TermId(at);
        }
        let depth = args.iter().map(|arg| self.nodes[arg.0 as usize].depth + 1).max().unwrap_or(0);
        let mask = args.iter().fold(own_mask(op), |mask, &arg| mask.or(self.mask(arg)));
        if depth > MAX_DEPTH {
            self.too_deep = true;
            return self.opaque();
        }
        let at = self.nodes.len() as u32;
        let start = self.pool.len() as u32;
        self.pool.extend_from_slice(args);
        let optional = self.makes_optional(op, args);
        self.nodes.push(Node { op, structure, start, len: args.len() as u32, mask, depth, optional });
        let nodes = &self.nodes;
        self.index.insert_unique(structure, at, |&at| nodes[at as usize].structure);
        TermId(at)
    }

    fn structure_with(&self, op: Op, args: &[TermId]) -> u64 {
        let text = match op {
            Op::Literal(text) | Op::Tuple(text) | Op::Field(text) | Op::External(text) => {
                self.texts[text.0 as usize].1
            }
            _ => 0,
        };
        // The same mixing as for single values, without a slice of the arguments' structures.
        args.iter().fold(self.declared.operator(op, text), |structure, &arg| {
            structure_of(&(structure, self.nodes[arg.0 as usize].structure))
        })
    }

    /// The order of two terms by what they are, whenever they were made.
    fn comes_before(&self, a: TermId, b: TermId) -> bool {
        let order = |term: TermId| (self.op(term).rank(), self.nodes[term.0 as usize].structure, term);
        order(a) < order(b)
    }

    /// How many writes a map's version is known to have behind it.
    pub fn writes(&self, mut version: TermId) -> usize {
        let mut count = 0;
        while let (Op::Written(_), &[before, ..]) = (self.op(version), self.args(version)) {
            count += 1;
            version = before;
        }
        count
    }

    /// Whether the term is known to be an optional by how it is made.
    pub fn is_optional(&self, term: TermId) -> bool {
        self.nodes[term.0 as usize].optional
    }

    fn makes_optional(&self, op: Op, args: &[TermId]) -> bool {
        match op {
            Op::None | Op::Some | Op::Entry(_) => true,
            Op::Initial(state) | Op::After(state) | Op::Since(state) => self.declared.is_optional(state),
            Op::If => args[1..].iter().any(|&side| self.is_optional(side)),
            Op::Token(builtin, _) => builtin == Builtin::NftGetOwner,
            Op::Keyword(keyword) => keyword == Keyword::TxSponsor,
            Op::Pure(builtin) => matches!(
                builtin,
                Builtin::AsMaxLen
                    | Builtin::ElementAt
                    | Builtin::ElementAtOptional
                    | Builtin::IndexOf
                    | Builtin::IndexOfOptional
                    | Builtin::Slice
                    | Builtin::ReplaceAt
                    | Builtin::StringToInt
                    | Builtin::StringToUint
                    | Builtin::ToConsensusBuff
                    | Builtin::FromConsensusBuff
                    | Builtin::GetBlockInfo
                    | Builtin::GetBurnBlockInfo
                    | Builtin::GetStacksBlockInfo
                    | Builtin::GetTenureInfo
            ),
            _ => false,
        }
    }

    /// The term with its leaves replaced. `leaf` answers for every leaf and every opaque value; `memo` remembers.
    pub fn replace(
        &mut self,
        term: TermId,
        memo: &mut FxHashMap<TermId, TermId>,
        leaf: &mut dyn FnMut(&mut Terms, TermId, Op) -> TermId,
    ) -> TermId {
        if self.args(term).is_empty() {
            if let Some(&known) = memo.get(&term) {
                return known;
            }
            let op = self.op(term);
            let replaced = leaf(self, term, op);
            memo.insert(term, replaced);
            return replaced;
        }
        if self.mask(term) == Mask::NOTHING {
            return term;
        }
        if let Some(&known) = memo.get(&term) {
            return known;
        }
        let node = self.nodes[term.0 as usize];
        let base = self.scratch.len();
        for at in node.start..node.start + node.len {
            let arg = self.pool[at as usize];
            let replaced = self.replace(arg, memo, leaf);
            self.scratch.push(replaced);
        }
        let args = self.scratch.split_off(base);
        let replaced = if args == self.args(term) { term } else { self.make(node.op, &args) };
        memo.insert(term, replaced);
        replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_terms_become_opaque() {
        let mut terms = Terms::new(Arc::default());
        let mut term = terms.leaf(Op::Parameter(0));
        for _ in 0..100_000 {
            term = terms.pure(Builtin::Ok, &[term]);
        }
        assert!(terms.nodes.iter().all(|node| node.depth <= MAX_DEPTH));
    }
}
