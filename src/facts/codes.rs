//! The error codes that can leave a function.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::engine::Engine;
use super::term::{Op, TermId};
use crate::graph::FunctionId;

/// What a function can fail with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// The codes that are known, as they are written: `u404`.
    pub known: BTreeSet<String>,
    /// Whether there are others: from contracts that are not known, or computed.
    pub more: bool,
}

impl Engine<'_> {
    /// The codes of all ways out of a function.
    pub fn codes(&mut self, function: FunctionId) -> Codes {
        let mut codes = Codes::default();
        match self.summary(function).result {
            Some(result) => self.collect(result, &mut codes, &mut FxHashSet::default()),
            None => codes.more = true,
        }
        codes
    }

    /// The codes of a response.
    fn collect(&mut self, response: TermId, codes: &mut Codes, seen: &mut FxHashSet<TermId>) {
        if !seen.insert(response) {
            return;
        }
        let args = self.terms.args(response).to_vec();
        match self.terms.op(response) {
            Op::Ok | Op::Some | Op::None | Op::Absurd => {}
            Op::Err => self.code(args[0], codes, seen),
            Op::If => {
                self.collect(args[1], codes, seen);
                self.collect(args[2], codes, seen);
            }
            Op::Call(_) => match self.unfold(response) {
                Some(result) => self.collect(result, codes, seen),
                None => codes.more = true,
            },
            // Every step may fail of its own; what it hands on of the step before is among that, or the beginning.
            Op::Folded(_) => match self.fold_step(response) {
                Some((step, accumulator)) => {
                    seen.insert(accumulator);
                    self.collect(args[1], codes, seen);
                    self.collect(step, codes, seen);
                }
                None => codes.more = true,
            },
            // What is thrown may be a response that a tuple or a list holds.
            _ => codes.more = true,
        }
    }

    /// A code, or a way to one.
    fn code(&mut self, code: TermId, codes: &mut Codes, seen: &mut FxHashSet<TermId>) {
        let args = self.terms.args(code).to_vec();
        match self.terms.op(code) {
            Op::Literal(text) => {
                codes.known.insert(self.terms.text(text).to_string());
            }
            Op::If => {
                self.code(args[1], codes, seen);
                self.code(args[2], codes, seen);
            }
            Op::Failure => self.collect(args[0], codes, seen),
            Op::Bool(value) => {
                codes.known.insert(value.to_string());
            }
            Op::Absurd => {}
            _ => codes.more = true,
        }
    }
}
