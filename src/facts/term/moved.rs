//! Terms that move from one arena into another: a summary that is sealed, and one that is imported.

use rustc_hash::FxHashMap;

use super::{Op, TermId, Terms, TextId};

/// What terms and texts of one arena are in another.
#[derive(Debug, Default)]
pub struct Moved {
    terms: FxHashMap<TermId, TermId>,
    texts: FxHashMap<TextId, TextId>,
}

impl Moved {
    /// The same text in the other arena.
    pub fn text(&mut self, from: &Terms, to: &mut Terms, text: TextId) -> TextId {
        *self.texts.entry(text).or_insert_with(|| to.intern(from.text(text)))
    }

    /// The same term in the other arena. Nothing is simplified again: it was simplified by the same rules. Terms are
    /// no deeper than arenas take, so this recursion is bounded.
    pub fn term(&mut self, from: &Terms, to: &mut Terms, term: TermId) -> TermId {
        if let Some(&known) = self.terms.get(&term) {
            return known;
        }
        let args: Vec<_> = from.args(term).iter().map(|&arg| self.term(from, to, arg)).collect();
        let op = match from.op(term) {
            Op::Literal(text) => Op::Literal(self.text(from, to, text)),
            Op::Tuple(shape) => Op::Tuple(to.shape(from.text(shape))),
            Op::Field(text) => Op::Field(self.text(from, to, text)),
            Op::External(text) => Op::External(self.text(from, to, text)),
            op => op,
        };
        let moved = to.raw(op, &args);
        if let Some(&label) = from.labels.get(&term) {
            let label = self.text(from, to, label);
            to.labels.insert(moved, label);
        }
        self.terms.insert(term, moved);
        moved
    }
}
