//! Records that anybody can make, and that count once a privileged caller has approved them.

use super::fixpoint::written_fields;
use super::trust::holds_content;
use super::{Governance, MAX_NESTING, Verdict};
use crate::builtins::Builtin;
use crate::facts::engine::Engine;
use crate::facts::set::{Fact, Facts};
use crate::facts::summary::{Effect, EffectKind};
use crate::facts::term::{Mask, Op, StateId, TermId, TextId};

/// What strangers enter in a map by one write: each field, and the constant that it gets, if it gets one. `None` where
/// that is not known field by field.
pub type Entered = Option<Vec<(String, Option<String>)>>;

impl Governance {
    /// Notes what a write enters in a map for strangers.
    pub(super) fn note_entered(&self, engine: &mut Engine<'_>, own: &mut Verdict, write: &Effect) {
        let (EffectKind::Write(Builtin::MapSet | Builtin::MapInsert, map), &[_, value]) =
            (&write.kind, &write.args[..])
        else {
            return;
        };
        if self.has_role(engine, &write.facts) {
            return;
        }
        let entered = written_fields(engine, *map, value, MAX_NESTING).map(|names| {
            let mut fields = Vec::new();
            for name in names {
                let new = engine.terms.field(name, value);
                let is_copied = engine.terms.op(new) == Op::Field(name)
                    && holds_content(engine, *map, engine.terms.arg(new, 0));
                if !is_copied {
                    fields.push((engine.terms.text(name).to_string(), constant(engine, new)));
                }
            }
            fields
        });
        own.entered.entry(*map).or_default().push(entered);
    }

    /// Whether a value stands in a record that the facts say to be approved: another field of it has what only privileged
    /// callers set, and whoever enters the value takes the approval away.
    pub(super) fn is_approved(
        &self,
        engine: &Engine<'_>,
        facts: &Facts,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        let equations = facts.iter().filter_map(|fact| engine.equation(fact));
        equations
            .filter_map(|(a, b)| {
                Some(b).filter(|_| wanted(engine, a)).or(Some(a).filter(|_| wanted(engine, b)))
            })
            .any(|named| {
                let Some((map, record, field)) = field_of_record(engine, named) else { return false };
                facts.iter().filter_map(|fact| asked_of(engine, fact, record)).any(|(flag, value)| {
                    flag != field && self.is_set_by_roles_alone(engine, map, field, (flag, &value))
                })
            })
    }

    /// Whether strangers never give a field of a map that value, and give it another whenever they write `beside`.
    fn is_set_by_roles_alone(
        &self,
        engine: &Engine<'_>,
        map: StateId,
        beside: TextId,
        (flag, value): (TextId, &str),
    ) -> bool {
        let (beside, flag) = (engine.terms.text(beside), engine.terms.text(flag));
        let strangers = self.entered.get(&map).map_or(&[][..], Vec::as_slice);
        self.set_by_roles.contains(&map)
            && strangers.iter().all(|entered| {
                let Some(fields) = entered else { return false };
                let written = |name: &str| fields.iter().find(|(field, _)| field == name);
                match written(flag) {
                    Some((_, constant)) => constant.as_deref().is_some_and(|constant| constant != value),
                    None => written(beside).is_none(),
                }
            })
    }
}

/// The map, the record and the field that a value is read from.
fn field_of_record(engine: &Engine<'_>, value: TermId) -> Option<(StateId, TermId, TextId)> {
    let Op::Field(name) = engine.terms.op(value) else { return None };
    let record = engine.terms.arg(value, 0);
    let entry = *engine.terms.args(record).first()?;
    match (engine.terms.op(record), engine.terms.op(entry)) {
        (Op::Payload, Op::Entry(map)) => Some((map, record, name)),
        _ => None,
    }
}

/// The field of the record that a fact says to have a certain value.
fn asked_of(engine: &Engine<'_>, fact: Fact, record: TermId) -> Option<(TextId, String)> {
    let field = |term: TermId| field_of_record(engine, term).filter(|it| it.1 == record).map(|it| it.2);
    if let Some(flag) = field(fact.term()) {
        return Some((flag, fact.holds().to_string()));
    }
    let (a, b) = engine.equation(fact)?;
    field(a).zip(constant(engine, b)).or_else(|| field(b).zip(constant(engine, a)))
}

/// A constant that is one literal.
fn constant(engine: &Engine<'_>, term: TermId) -> Option<String> {
    match engine.terms.op(term) {
        Op::Bool(value) => Some(value.to_string()),
        Op::Literal(text) if engine.terms.mask(term) == Mask::NOTHING => {
            Some(engine.terms.text(text).to_string())
        }
        _ => None,
    }
}
