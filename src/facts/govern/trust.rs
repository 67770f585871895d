//! Whether only privileged callers decide on a value.

use rustc_hash::FxHashSet;

use super::{Governance, Part};
use crate::builtins::Builtin;
use crate::facts::engine::Engine;
use crate::facts::set::Facts;
use crate::facts::term::{Mask, Op, StateId, TermId, Terms, TextId};

impl Governance {
    /// Whether nobody who calls chooses the value: it is constant, governed itself, or identified where it is written.
    pub(super) fn is_safe(&self, engine: &mut Engine<'_>, value: TermId, facts: &Facts) -> bool {
        if matches!(engine.terms.op(value), Op::Tuple(_)) {
            let parts = engine.terms.args(value).to_vec();
            return parts.into_iter().all(|part| self.is_safe(engine, part, facts));
        }
        self.is_trusted(engine, value)
            || self.is_identified(engine, facts, value)
            || self.is_vetted(engine, facts, value)
            || self.is_safe_either_way(engine, value, facts)
    }

    /// Whether an optional is none, or what it holds is safe by what holds where there is something.
    fn is_safe_either_way(&self, engine: &mut Engine<'_>, value: TermId, facts: &Facts) -> bool {
        let (Op::If, &[condition, some, none]) = (engine.terms.op(value), engine.terms.args(value)) else {
            return false;
        };
        let (Op::Some, Op::None) = (engine.terms.op(some), engine.terms.op(none)) else { return false };
        let held = engine.terms.arg(some, 0);
        engine.given(facts, condition, true).is_none_or(|given| self.is_safe(engine, held, &given))
    }

    /// Whether the value comes from entries of which the path has tested other fields: a proposal's content, after its
    /// votes, height and state.
    fn is_vetted(&self, engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> bool {
        let mut read = FxHashSet::default();
        let mut seen = FxHashSet::default();
        if !self.reads_only_entries(engine, value, None, &mut seen, &mut read) || read.is_empty() {
            return false;
        }
        let tested: Vec<_> = facts.iter().flat_map(|fact| engine.parts([fact.term()])).collect();
        let is_field = |term: TermId| match engine.terms.op(term) {
            Op::Field(name) => entry_of(engine, engine.terms.arg(term, 0)).map(|entry| (entry, name)),
            _ => None,
        };
        let tested: FxHashSet<_> = tested.into_iter().filter_map(is_field).collect();
        read.iter()
            .all(|&(entry, field)| tested.iter().any(|&(other, name)| other == entry && Some(name) != field))
    }

    /// Whether a value is made only of what entries hold and of what is trusted anyway; notes the entries and fields.
    fn reads_only_entries(
        &self,
        engine: &mut Engine<'_>,
        value: TermId,
        field: Option<TextId>,
        seen: &mut FxHashSet<(TermId, Option<TextId>)>,
        read: &mut FxHashSet<(TermId, Option<TextId>)>,
    ) -> bool {
        // One that is not so ends the whole search.
        if !seen.insert((value, field)) {
            return true;
        }
        let args = engine.terms.args(value).to_vec();
        match engine.terms.op(value) {
            Op::Entry(_) => {
                read.insert((value, field));
                self.is_evidence(engine, value)
            }
            // The field that counts is the one of the entry itself.
            Op::Field(name) => self.reads_only_entries(engine, args[0], Some(name), seen, read),
            Op::Payload | Op::Element | Op::Some | Op::Ok => {
                self.reads_only_entries(engine, args[0], field, seen, read)
            }
            Op::Tuple(_) => args.iter().all(|&arg| self.reads_only_entries(engine, arg, None, seen, read)),
            Op::If => args[1..].iter().all(|&arg| self.reads_only_entries(engine, arg, field, seen, read)),
            Op::Call(_) => match engine.unfold(value) {
                Some(result) => self.reads_only_entries(engine, result, field, seen, read),
                None => false,
            },
            _ => self.is_trusted(engine, value),
        }
    }

    /// Whether an entry may be evidence: it is read as it was when the function was entered, or all writers were judged.
    pub(super) fn is_evidence(&self, engine: &Engine<'_>, entry: TermId) -> bool {
        self.settled || matches!(engine.terms.op(engine.terms.arg(entry, 1)), Op::Initial(_) | Op::Since(_))
    }

    /// Whether only privileged callers decide on the value.
    pub fn is_trusted(&self, engine: &mut Engine<'_>, value: TermId) -> bool {
        if engine.terms.mask(value) == Mask::NOTHING {
            return engine.terms.op(value) != Op::Absurd;
        }
        self.remembered(engine, value, None, |engine| self.is_trusted_anew(engine, value))
    }

    /// Values share their parts: what was found out of one is not found out again.
    fn remembered(
        &self,
        engine: &mut Engine<'_>,
        value: TermId,
        part: Option<Part>,
        find: impl FnOnce(&mut Engine<'_>) -> bool,
    ) -> bool {
        if let Some(&known) = self.trusted.borrow().get(&(value, part)) {
            return known;
        }
        engine.budget.spend(1);
        if engine.budget.is_spent() {
            return false;
        }
        let found = find(engine);
        if !engine.budget.is_spent() {
            self.trusted.borrow_mut().insert((value, part), found);
        }
        found
    }

    fn is_trusted_anew(&self, engine: &mut Engine<'_>, value: TermId) -> bool {
        let args = engine.terms.args(value).to_vec();
        match engine.terms.op(value) {
            Op::Initial(state @ StateId::Variable(..)) | Op::Since(state @ StateId::Variable(..)) => {
                self.is_governed(state, Part::Value)
            }
            Op::After(state @ StateId::Variable(..)) if self.settled => self.is_governed(state, Part::Value),
            Op::Field(name) => self.is_trusted_content(engine, args[0], Part::Field(name)),
            Op::Payload => self.is_trusted_content(engine, args[0], Part::Value),
            Op::Some | Op::Ok => self.is_trusted(engine, args[0]),
            Op::If => {
                (args[1] == Terms::FALSE || self.is_trusted(engine, args[1]))
                    && (args[2] == Terms::FALSE || self.is_trusted(engine, args[2]))
            }
            // Whoever picks from a list picks what stands in it.
            Op::Element | Op::Pure(Builtin::ElementAt) => self.is_trusted(engine, args[0]),
            Op::Tuple(_) | Op::Pure(_) => args.iter().all(|&arg| self.is_trusted(engine, arg)),
            Op::Filtered(_) => self.is_trusted(engine, args[0]),
            Op::Call(_) => match engine.unfold(value) {
                Some(result) => self.is_trusted(engine, result),
                None => false,
            },
            _ => false,
        }
    }

    /// What an entry, a variable or a call holds, or one field of it.
    fn is_trusted_content(&self, engine: &mut Engine<'_>, of: TermId, part: Part) -> bool {
        self.remembered(engine, of, Some(part), |engine| self.is_trusted_content_anew(engine, of, part))
    }

    fn is_trusted_content_anew(&self, engine: &mut Engine<'_>, of: TermId, part: Part) -> bool {
        let inner = engine.terms.args(of).first().copied();
        match (engine.terms.op(of), inner) {
            (Op::Entry(map), _) if self.is_evidence(engine, of) => self.is_governed(map, part),
            (Op::Initial(state @ StateId::Variable(..)) | Op::Since(state @ StateId::Variable(..)), _) => {
                self.is_governed(state, part)
            }
            (Op::Payload, Some(inner)) => self.is_trusted_content(engine, inner, part),
            (Op::Call(_), _) => match engine.unfold(of) {
                Some(result) => {
                    let result = match part {
                        Part::Field(name) => engine.terms.field(name, result),
                        _ => engine.terms.payload(result, true),
                    };
                    // A payload that did not come apart would ask the same again.
                    let again = engine.terms.args(result).first() == Some(&of);
                    !again && self.is_trusted(engine, result)
                }
                None => false,
            },
            _ => self.is_trusted(engine, of),
        }
    }
}

/// The entry that a term is the content of.
pub(super) fn entry_of(engine: &Engine<'_>, content: TermId) -> Option<TermId> {
    let of = *engine.terms.args(content).first()?;
    (engine.terms.op(content) == Op::Payload && matches!(engine.terms.op(of), Op::Entry(_))).then_some(of)
}

/// Whether a term is what a variable holds, or what a map holds under some key.
pub(super) fn holds_content(engine: &Engine<'_>, state: StateId, term: TermId) -> bool {
    match engine.terms.op(term) {
        Op::Initial(of) | Op::After(of) | Op::Since(of) => of == state && matches!(of, StateId::Variable(..)),
        _ => entry_of(engine, term).is_some_and(|entry| engine.terms.op(entry) == Op::Entry(state)),
    }
}
