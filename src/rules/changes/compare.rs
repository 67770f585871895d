//! An entrypoint as it is, held against what it was.

use std::collections::BTreeSet;

use super::doing::{Doing, Done, Entry, Key, Side, Value};
use super::guard::{Demand, Held};
use super::{Change, Fate, GuardChange, Kind, Meeting, Moved, ValueChange, Was, interface};
use crate::facts::{Fact, Facts, Parameter, TermId};
use crate::graph::FunctionId;
use crate::project::ContractId;

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

/// What changed of what a contract does when it is deployed: what it registers, and with which values.
pub fn deployed(
    meeting: &mut Meeting<'_>,
    (old, before): (&mut Side<'_, '_>, ContractId),
    (new, after): (&mut Side<'_, '_>, ContractId),
) -> Change {
    let (Some(was), Some(is)) = (old.deployment(meeting, before), new.deployment(meeting, after)) else {
        return Change::default();
    };
    Change {
        effects: Moved { gained: only(&is, &was), lost: only(&was, &is) },
        values: values(&was, &is),
        ..Change::default()
    }
}

/// What only one of them does.
fn only(one: &Entry, other: &Entry) -> Vec<String> {
    let alone = one.doings.iter().filter(|doing| other.doing(&doing.key).is_none());
    alone.map(Doing::told).collect()
}

/// What both do, with other values.
fn values(was: &Entry, is: &Entry) -> Vec<ValueChange> {
    let both = is.doings.iter().filter_map(|doing| Some((was.doing(&doing.key)?, doing)));
    both.flat_map(|(was, is)| rewritten(was, is)).collect()
}

fn rewritten(was: &Doing, is: &Doing) -> Vec<ValueChange> {
    let (gone, mut come) = (without(was, is), without(is, was));
    let is_one = gone.len() == 1 && come.len() == 1;
    let mut changes = Vec::new();
    for gone in gone {
        // The same entry, or the only one.
        let same = come.iter().position(|come| is_one || gone.is_of_one_key(come));
        match same.map(|at| come.remove(at)) {
            Some(come) => changes.extend(parts(&is.title, gone, come)),
            None => changes.push(ValueChange {
                effect: is.title.clone(),
                part: None,
                was: Some(gone.to_string()),
                is: None,
            }),
        }
    }
    changes.extend(come.into_iter().map(|come| ValueChange {
        effect: is.title.clone(),
        part: None,
        was: None,
        is: Some(come.to_string()),
    }));
    changes
}

/// The values of an effect that are others now.
fn parts(effect: &str, was: &Done, is: &Done) -> Vec<ValueChange> {
    let names: BTreeSet<_> = was.values.iter().chain(&is.values).map(|value| value.name.as_str()).collect();
    let change = |name: &str| {
        let (was, is) = (was.value(name), is.value(name));
        let shown = |value: Option<&Value>| value.map(|value| value.shown.clone());
        (was.map(|it| it.term) != is.map(|it| it.term)).then(|| ValueChange {
            effect: effect.to_string(),
            part: Some(name.to_string()),
            was: shown(was),
            is: shown(is),
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// What one does with values that the other does not do it with.
fn without<'d>(one: &'d Doing, other: &Doing) -> Vec<&'d Done> {
    let mut alone: Vec<&Done> = Vec::new();
    for done in &one.done {
        let is_it = |it: &Done| it.is_like(done);
        if !other.done.iter().any(is_it) && !alone.iter().any(|it| is_it(it)) {
            alone.push(done);
        }
    }
    alone
}

/// A guard that holds for one and not for the other, for what it does not hold, and whether that is all that there is.
struct Missing<'e> {
    guard: &'e Held,
    keys: Vec<Key>,
    is_all: bool,
}

impl Missing<'_> {
    /// What it does not hold for, if it holds for other things.
    fn effects(&self, is: &Entry) -> Option<Vec<String>> {
        let titles = is.doings.iter().filter(|doing| self.keys.contains(&doing.key));
        (!self.is_all).then(|| titles.map(|doing| doing.title.clone()).collect())
    }
}

fn guards(meeting: &mut Meeting<'_>, was: &Entry, is: &Entry) -> Vec<GuardChange> {
    let lost = missing(meeting, was, is, true);
    let mut gained = missing(meeting, is, was, false);
    let mut changes = Vec::new();
    for missing in &lost {
        let Missing { guard, keys, .. } = missing;
        let weaker = weaker(meeting, missing, is, was);
        let (fate, other) = match weaker {
            Some(weaker) => (Fate::Weakened, Some(weaker)),
            None => {
                // Of checks there are many, and each is about something else.
                let stands_in = |it: &Missing<'_>| {
                    guard.kind != Kind::Check
                        && it.guard.kind.is_like(guard.kind)
                        && keys.iter().all(|key| it.keys.contains(key))
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
            effects: missing.effects(is),
        });
    }
    for missing in gained {
        let guard = missing.guard;
        let weaker = weaker(meeting, &missing, was, is);
        changes.push(GuardChange {
            change: if weaker.is_some() { Fate::Strengthened } else { Fate::Gained },
            kind: guard.kind,
            was: weaker.map(|weaker| weaker.text.clone()),
            is: Some(guard.text.clone()),
            effects: missing.effects(is),
        });
    }
    changes.sort();
    changes.dedup();
    changes
}

/// The guard of `other` alone that follows from a missing one, and holds for what that does not hold for there.
fn weaker<'e>(
    meeting: &mut Meeting<'_>,
    missing: &Missing<'_>,
    other: &'e Entry,
    one: &Entry,
) -> Option<&'e Held> {
    other.guards.iter().find(|it| {
        it.kind.is_like(missing.guard.kind)
            && missing.keys.iter().all(|key| it.on.contains(key))
            && one.guards.iter().all(|known| known.demand != it.demand)
            && follows(meeting, missing.guard, it)
    })
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
        let asked: Vec<_> = asked.collect();
        let missing = asked.iter().filter(|doing| !is_made_sure(meeting, guard, other, doing));
        let keys: Vec<_> = missing.map(|doing| doing.key.clone()).collect();
        if !keys.is_empty() {
            let is_all = keys.len() == asked.len() && one.is_whole(guard);
            found.push(Missing { guard, keys, is_all });
        }
    }
    found
}

/// Whether something is done only where the guard holds, as far as that can be found out.
fn is_made_sure(meeting: &mut Meeting<'_>, guard: &Held, entry: &Entry, doing: &Doing) -> bool {
    let is_it = |other: &Held| other.demand == guard.demand && other.on.contains(&doing.key);
    if !doing.is_all || entry.guards.iter().any(is_it) {
        return true;
    }
    match guard.demand {
        Demand::Condition(condition) => holds(meeting, &doing.known, condition) != Some(false),
        Demand::Named(_) => false,
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
