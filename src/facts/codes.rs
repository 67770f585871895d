//! The error codes that can leave a function.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::engine::Engine;
use super::term::{Op, TermId};
use crate::builtins::{Builtin, NOT_ALLOWED};
use crate::graph::FunctionId;

/// What a function can fail with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// The codes that are known, as they are written: `u404`.
    pub known: BTreeSet<String>,
    /// The builtins whose own answers leave the function; their codes are among those that are known.
    pub builtins: BTreeSet<Builtin>,
    /// How many allowances an `as-contract?` or `restrict-assets?` has at most whose own err leaves the function: it
    /// fails with their places.
    pub allowances: BTreeMap<Builtin, u128>,
    /// Whether there are others: from contracts that are not known, or computed.
    pub more: bool,
}

/// What is asked of a term.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// The codes of a response.
    Response,
    /// The codes that it can be itself.
    Code,
}

impl Engine<'_> {
    /// The codes of all ways out of a function. Calls may follow each other in long lines, so the search is a list of
    /// what is still to be asked.
    pub fn codes(&mut self, function: FunctionId) -> Codes {
        let mut codes = Codes::default();
        let Some(result) = self.summary(function).result else {
            return Codes { more: true, ..codes };
        };
        let mut seen = FxHashSet::default();
        let mut open = vec![(result, Part::Response)];
        while let Some(asked) = open.pop() {
            if seen.insert(asked) {
                self.ask(asked, &mut seen, &mut open, &mut codes);
            }
        }
        codes
    }

    fn ask(
        &mut self,
        (term, part): (TermId, Part),
        seen: &mut FxHashSet<(TermId, Part)>,
        open: &mut Vec<(TermId, Part)>,
        codes: &mut Codes,
    ) {
        let args = self.terms.args(term).to_vec();
        match (self.terms.op(term), part) {
            (Op::Absurd, _) | (Op::Ok | Op::Some | Op::None, Part::Response) => {}
            (Op::If, _) => open.extend([(args[1], part), (args[2], part)]),
            (Op::Err, Part::Response) => open.push((args[0], Part::Code)),
            (Op::Failure, Part::Code) => open.push((args[0], Part::Response)),
            (Op::Call(_), Part::Response) => match self.unfold(term) {
                Some(result) => open.push((result, part)),
                None => codes.more = true,
            },
            // Every step may fail of its own; what it hands on of the step before is among that, or the beginning.
            (Op::Folded(_), Part::Response) => match self.fold_step(term) {
                Some((step, accumulator)) => {
                    seen.insert((accumulator, part));
                    open.extend([(args[1], part), (step, part)]);
                }
                None => codes.more = true,
            },
            (Op::Bool(value), Part::Code) => {
                codes.known.insert(value.to_string());
            }
            (Op::Literal(text), Part::Code) => {
                codes.known.insert(self.terms.text(text).to_string());
            }
            (Op::Pure(builtin @ (Builtin::AsContractSafe | Builtin::RestrictAssets)), Part::Code) => {
                let allowances = self.terms.number(args[1]).unwrap_or_default();
                let most = codes.allowances.entry(builtin).or_default();
                *most = allowances.max(*most);
                codes.known.extend((0..allowances).chain([NOT_ALLOWED]).map(|number| format!("u{number}")));
                codes.builtins.insert(builtin);
            }
            (op, Part::Response) => match self.answering(term, op) {
                Some(builtin) => {
                    codes.known.extend(builtin.codes().iter().map(|code| format!("u{}", code.number)));
                    codes.builtins.insert(builtin);
                }
                None => codes.more = true,
            },
            // What is thrown may be a response that a tuple or a list holds.
            _ => codes.more = true,
        }
    }

    /// The builtin whose response a term is, if its codes are known.
    fn answering(&self, term: TermId, op: Op) -> Option<Builtin> {
        match op {
            Op::Pure(builtin) => Some(builtin).filter(|builtin| !builtin.codes().is_empty()),
            Op::Opaque(..) => self.terms.label(term).and_then(Builtin::that_fails),
            _ => None,
        }
    }
}
