//! State that facts rest on where they say who the caller is, or what a contract is.

use super::registry;
use super::tautology::is_principal;
use crate::builtins::Builtin;
use crate::facts::{Engine, Fact, Mask, Op, Part, StateId, TermId, is_who_calls, place_in_key};

/// How many sides of a fact are looked at.
const MAX_SIDES: usize = 64;

/// A fact, and what else it may come down to: one of several may be privileged. What is denied says nobody's name.
pub(super) fn sides(engine: &mut Engine<'_>, fact: Fact) -> Vec<Fact> {
    let mut found = vec![fact];
    let mut next = 0;
    while let Some(&fact) = found.get(next) {
        next += 1;
        let term = fact.term();
        if found.len() >= MAX_SIDES || engine.terms.negated(term).is_some() {
            continue;
        }
        match engine.terms.op(term) {
            Op::If => found.extend(engine.terms.args(term).iter().map(|&side| Fact::new(side, true))),
            Op::Call(_) if next > 1 => found.extend(engine.unfold(term).map(|side| Fact::new(side, true))),
            _ => {}
        }
    }
    found
}

/// Whether a fact speaks of the result of a call that is known: what the result needs is a fact of its own.
pub(super) fn is_unfolded(engine: &mut Engine<'_>, mut term: TermId) -> bool {
    while let Op::Good | Op::Payload | Op::Failure | Op::Field(_) = engine.terms.op(term) {
        term = engine.terms.arg(term, 0);
    }
    engine.unfold(term).is_some()
}

/// The state that a fact says to be equal to what is wanted.
pub(super) fn compared(
    engine: &mut Engine<'_>,
    fact: Fact,
    wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
) -> Option<(StateId, Part)> {
    let (_, other) = registry::compared(engine, fact, wanted)?;
    content(engine, other, Part::Value)
}

/// The map that a fact says to have an entry for what is wanted, or a flag in it.
pub(super) fn listed(
    engine: &Engine<'_>,
    fact: Fact,
    wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
) -> Option<(StateId, Part)> {
    let of = *engine.terms.args(fact.term()).first()?;
    let (entry, part) = match engine.terms.op(fact.term()) {
        Op::Good => (of, None),
        Op::Payload => (of, Some(Part::Value)),
        Op::Field(name) => (*engine.terms.args(of).first()?, Some(Part::Field(name))),
        _ => return None,
    };
    let Op::Entry(map) = engine.terms.op(entry) else { return None };
    let place = place_in_key(engine, engine.terms.arg(entry, 0), wanted)?;
    fact.holds().then_some((map, part.unwrap_or(place)))
}

/// Whether the facts speak of a variable, or of entries of a map under keys that are written out.
pub(super) fn is_written_out(engine: &mut Engine<'_>, fact: Fact, state: StateId) -> bool {
    let parts = engine.parts_within_calls([fact.term()]);
    let mut entries = parts.into_iter().filter(|&part| engine.terms.op(part) == Op::Entry(state));
    matches!(state, StateId::Variable(..))
        || entries.all(|entry| engine.terms.mask(engine.terms.arg(entry, 0)) == Mask::NOTHING)
}

/// The variable whose list a fact says to have the caller.
pub(super) fn member(engine: &mut Engine<'_>, fact: Fact) -> Option<(StateId, Part)> {
    let found = *engine.terms.args(fact.term()).first()?;
    let (Op::Good, Op::Pure(Builtin::IndexOf)) = (engine.terms.op(fact.term()), engine.terms.op(found))
    else {
        return None;
    };
    let (list, who) = (engine.terms.arg(found, 0), engine.terms.arg(found, 1));
    if fact.holds() && is_who_calls(&engine.terms, who) { content(engine, list, Part::Value) } else { None }
}

/// The map that a fact says to have an entry for the caller, alone or beside names that are written out, or a flag in it.
/// Beside a principal it is what the caller has allowed that one.
pub(super) fn entered(engine: &Engine<'_>, fact: Fact) -> Option<(StateId, Part)> {
    let mut entry = fact.term();
    while let Op::Good | Op::Payload | Op::Field(_) = engine.terms.op(entry) {
        entry = engine.terms.arg(entry, 0);
    }
    let Op::Entry(map) = engine.terms.op(entry) else { return None };
    let key = engine.terms.arg(entry, 0);
    let parts = if let Op::Tuple(_) = engine.terms.op(key) { engine.terms.args(key) } else { &[key][..] };
    let is_plain = |&part: &TermId| {
        is_who_calls(&engine.terms, part)
            || engine.terms.mask(part) == Mask::NOTHING && !is_principal(engine, part)
    };
    let place = place_in_key(engine, key, &|engine, term| is_who_calls(&engine.terms, term))?;
    (fact.holds() && parts.iter().all(is_plain)).then_some((map, place))
}

/// The state that a term is the content of, as it was when the function was entered. A getter may have wrapped it.
fn content(engine: &mut Engine<'_>, term: TermId, part: Part) -> Option<(StateId, Part)> {
    let of = engine.terms.args(term).first().copied();
    match engine.terms.op(term) {
        Op::Initial(state @ StateId::Variable(..)) => Some((state, part)),
        Op::Entry(map) => Some((map, part)),
        Op::Field(name) => content(engine, of?, Part::Field(name)),
        Op::Some | Op::Ok => content(engine, of?, part),
        Op::Payload => match engine.unfold(of?) {
            Some(result) => {
                let held = engine.terms.payload(result, true);
                if held == term { None } else { content(engine, held, part) }
            }
            None => content(engine, of?, part),
        },
        Op::Call(_) => {
            let result = engine.unfold(term)?;
            content(engine, result, part)
        }
        _ => None,
    }
}
