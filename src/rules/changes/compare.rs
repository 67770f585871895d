//! An entrypoint as it is, held against what it was.

use std::collections::BTreeSet;

use super::doing::{Doing, Done, Entry, Key, Side};
use super::guard::{Demand, Held};
use super::{Change, Fate, GuardChange, Meeting, Moved, ValueChange, Was, interface};
use crate::facts::{Fact, Facts, Parameter, TermId};
use crate::graph::FunctionId;

/// What changed of an entrypoint.
pub fn compared(
    meeting: &mut Meeting<'_>,
    (old, before): (&mut Side<'_, '_>, FunctionId),
    (new, after): (&mut Side<'_, '_>, FunctionId),
) -> Change {
    let (was, is) = (interface::types(old.lint, before), interface::types(new.lint, after));
    let of = |types: &[String]| format!("({})", types.join(" "));
    let signature = (was != is).then(|| Was { was: of(&was), is: of(&is) });
    let names = interface::parameters(new.lint, after);
    let place = |(index, name): (usize, String)| match &signature {
        None => Parameter::At(index as u32),
        // Where places mean something else, names tell.
        Some(_) => match names.iter().position(|other| *other == name) {
            Some(place) => Parameter::At(place as u32),
            None => Parameter::Gone(name),
        },
    };
    let carried: Vec<_> =
        interface::parameters(old.lint, before).into_iter().enumerate().map(place).collect();
    let own: Vec<_> = (0..names.len() as u32).map(Parameter::At).collect();
    let was = old.entry(meeting, before, &carried);
    let is = new.entry(meeting, after, &own);
    let codes = |codes: Vec<String>| BTreeSet::from_iter(codes);
    Change {
        guards: guards(meeting, &was, &is),
        effects: Moved { gained: only(&is, &was), lost: only(&was, &is) },
        values: values(&was, &is),
        codes: Moved::between(&codes(old.codes(before)), &codes(new.codes(after))),
        signature,
    }
}

/// What only one of them does.
fn only(one: &Entry, other: &Entry) -> Vec<String> {
    let alone = one.doings.iter().filter(|doing| other.doing(&doing.key).is_none());
    alone.map(|doing| doing.title.clone()).collect()
}

/// What both do, with other values.
fn values(was: &Entry, is: &Entry) -> Vec<ValueChange> {
    let both = is.doings.iter().filter_map(|doing| Some((was.doing(&doing.key)?, doing)));
    both.flat_map(|(was, is)| rewritten(was, is)).collect()
}

fn rewritten(was: &Doing, is: &Doing) -> Vec<ValueChange> {
    let effect = &is.title;
    let (gone, come) = (without(was, is), without(is, was));
    if let ([gone], [come]) = (&gone[..], &come[..])
        && gone.values.iter().map(|(name, _)| name).eq(come.values.iter().map(|(name, _)| name))
    {
        let pairs = gone.values.iter().zip(&come.values).zip(gone.shown.iter().zip(&come.shown));
        let changed =
            pairs.filter(|((was, is), _)| was != is).map(|(((name, _), _), (was, is))| ValueChange {
                effect: effect.clone(),
                part: Some(name.clone()),
                was: Some(was.clone()),
                is: Some(is.clone()),
            });
        return changed.collect();
    }
    let told = |done: &Done| {
        let values = done.values.iter().zip(&done.shown).map(|((name, _), shown)| format!("{name}: {shown}"));
        Some(values.collect::<Vec<_>>().join(", "))
    };
    let one = |was, is| ValueChange { effect: effect.clone(), part: None, was, is };
    let gone = gone.into_iter().map(|done| one(told(done), None));
    gone.chain(come.into_iter().map(|done| one(None, told(done)))).collect()
}

/// What one does with values that the other does not do it with.
fn without<'d>(one: &'d Doing, other: &Doing) -> Vec<&'d Done> {
    let mut alone: Vec<&Done> = Vec::new();
    for done in &one.done {
        let is_it = |it: &Done| it.values == done.values;
        if !other.done.iter().any(is_it) && !alone.iter().any(|it| is_it(it)) {
            alone.push(done);
        }
    }
    alone
}

/// Guards that hold for one and not for the other, and for what they do not hold.
struct Missing<'e> {
    guard: &'e Held,
    keys: Vec<Key>,
}

fn guards(meeting: &mut Meeting<'_>, was: &Entry, is: &Entry) -> Vec<GuardChange> {
    let lost = missing(meeting, was, is, true);
    let mut gained = missing(meeting, is, was, false);
    let mut changes = Vec::new();
    for Missing { guard, keys } in &lost {
        let weaker = is.guards.iter().find(|other| {
            other.kind.is_like(guard.kind)
                && keys.iter().all(|key| other.on.contains(key))
                && was.guards.iter().all(|old| old.demand != other.demand)
                && follows(meeting, guard, other)
        });
        let (fate, other) = match weaker {
            Some(weaker) => (Fate::Weakened, Some(weaker)),
            None => {
                let stands_in = |it: &Missing<'_>| {
                    it.guard.kind.is_like(guard.kind) && keys.iter().all(|key| it.keys.contains(key))
                };
                match gained.iter().position(stands_in) {
                    Some(at) => (Fate::Replaced, Some(gained.remove(at).guard)),
                    None => (Fate::Lost, None),
                }
            }
        };
        changes.push(GuardChange {
            change: fate,
            kind: guard.kind,
            was: Some(guard.text.clone()),
            is: other.map(|other| other.text.clone()),
            effects: is.titles(keys),
        });
    }
    for Missing { guard, keys } in gained {
        let weaker = was.guards.iter().find(|old| {
            old.kind.is_like(guard.kind)
                && keys.iter().all(|key| old.on.contains(key))
                && is.guards.iter().all(|other| other.demand != old.demand)
                && follows(meeting, guard, old)
        });
        changes.push(GuardChange {
            change: if weaker.is_some() { Fate::Strengthened } else { Fate::Gained },
            kind: guard.kind,
            was: weaker.map(|weaker| weaker.text.clone()),
            is: Some(guard.text.clone()),
            effects: is.titles(&keys),
        });
    }
    changes.sort();
    changes.dedup();
    changes
}

/// The guards of `one` that the other does not make sure of. What only the other does is asked, too, if `with_new`: a guard
/// before everything is not one any more where something new is done without it.
fn missing<'e>(meeting: &mut Meeting<'_>, one: &'e Entry, other: &Entry, with_new: bool) -> Vec<Missing<'e>> {
    let mut found = Vec::new();
    for guard in &one.guards {
        let is_everywhere = with_new && !guard.is_about_called && one.is_whole(guard);
        let asked = other.doings.iter().filter(|doing| {
            doing.stops && (guard.on.contains(&doing.key) || is_everywhere && one.doing(&doing.key).is_none())
        });
        let keys: Vec<_> = asked
            .filter(|doing| !is_made_sure(meeting, guard, other, doing))
            .map(|doing| doing.key.clone())
            .collect();
        if !keys.is_empty() {
            found.push(Missing { guard, keys });
        }
    }
    found
}

/// Whether something is done only where the guard holds, as far as that can be found out.
fn is_made_sure(meeting: &mut Meeting<'_>, guard: &Held, entry: &Entry, doing: &Doing) -> bool {
    match &guard.demand {
        Demand::Condition(condition) => {
            let holds = holds(meeting, &doing.known, *condition);
            holds == Some(true) || holds.is_none() || !doing.is_all
        }
        named => entry.guards.iter().any(|other| other.demand == *named && other.on.contains(&doing.key)),
    }
}

/// Whether one guard makes sure of another.
fn follows(meeting: &mut Meeting<'_>, guard: &Held, other: &Held) -> bool {
    let (&Demand::Condition(guard), &Demand::Condition(other)) = (&guard.demand, &other.demand) else {
        return false;
    };
    let known = Facts::from_vec(vec![Fact::new(guard, true)]).unwrap_or_default();
    holds(meeting, &known, other) == Some(true)
}

fn holds(meeting: &mut Meeting<'_>, known: &Facts, condition: TermId) -> Option<bool> {
    meeting.engine.refill();
    meeting.proofs.holds(&mut meeting.engine, &meeting.governance, known, condition)
}
