//! Whether facts say that the caller is somebody in particular.

use rustc_hash::FxHashMap;

use super::{Governance, MAX_NESTING, Part};
use crate::builtins::Builtin;
use crate::facts::engine::Engine;
use crate::facts::set::{Fact, Facts};
use crate::facts::term::{Op, TermId, Terms};

/// How many choices within choices of who calls are looked into.
const MAX_CHOICES: u32 = 8;

impl Governance {
    /// Whether the facts say that the caller is somebody in particular.
    pub fn has_role(&self, engine: &mut Engine<'_>, facts: &Facts) -> bool {
        facts.iter().any(|fact| {
            if let Some(&known) = self.roles.borrow().get(&fact) {
                return known;
            }
            let mut is_role = |this: &Self, engine: &mut Engine<'_>, fact| this.is_role(engine, fact);
            let is_role = self.has_class(engine, fact, MAX_NESTING, &mut is_role, &mut FxHashMap::default());
            self.roles.borrow_mut().insert(fact, is_role);
            is_role
        })
    }

    /// Whether one fact alone says so: of who calls, or of who has signed what the caller shows.
    pub fn is_role(&self, engine: &mut Engine<'_>, fact: Fact) -> bool {
        self.is_of_caller(engine, fact)
            || self.names_member(engine, fact, &|engine, term| is_who_signed(&engine.terms, term))
            || self.is_verified(engine, fact)
    }

    /// Whether one fact alone says so of who calls. Who has signed decides only on what the signature speaks of.
    pub fn is_of_caller(&self, engine: &mut Engine<'_>, fact: Fact) -> bool {
        self.names_member(engine, fact, &|engine, term| is_who_calls(&engine.terms, term))
    }

    /// Whether a fact says that something was signed with a key that is trusted.
    fn is_verified(&self, engine: &mut Engine<'_>, fact: Fact) -> bool {
        match (engine.terms.op(fact.term()), engine.terms.args(fact.term())) {
            (Op::Pure(Builtin::Secp256k1Verify | Builtin::Secp256r1Verify), &[_, _, key]) => {
                fact.holds() && self.is_trusted(engine, key)
            }
            _ => false,
        }
    }

    /// Whether a fact says that a term which `wanted` picks equals something trusted, or is a trusted key or member.
    pub(super) fn names_member(
        &self,
        engine: &mut Engine<'_>,
        fact: Fact,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        let term = fact.term();
        let args = engine.terms.args(term).to_vec();
        match engine.terms.op(term) {
            Op::Pure(Builtin::IsEq) if fact.holds() => {
                let (a, b) = (args[0], args[1]);
                wanted(engine, a) && !wanted(engine, b) && self.is_trusted(engine, b)
                    || wanted(engine, b) && !wanted(engine, a) && self.is_trusted(engine, a)
            }
            // A flag of an entry.
            Op::Field(name) if fact.holds() => {
                self.is_trusted_key(engine, args[0], Some(Part::Field(name)), wanted)
            }
            Op::Payload if fact.holds() => self.is_trusted_key(engine, args[0], Some(Part::Value), wanted),
            Op::Good if fact.holds() => match engine.terms.op(args[0]) {
                Op::Pure(Builtin::IndexOf) => {
                    let (list, member) = (engine.terms.arg(args[0], 0), engine.terms.arg(args[0], 1));
                    wanted(engine, member) && self.is_trusted(engine, list)
                }
                _ => self.is_trusted_key(engine, args[0], None, wanted),
            },
            _ => false,
        }
    }

    /// Whether `of` is an entry of a map whose key is, or has, what is wanted, and no stranger decides on that nor on
    /// what the entry was asked, if anything but whether it is there.
    fn is_trusted_key(
        &self,
        engine: &mut Engine<'_>,
        of: TermId,
        asked: Option<Part>,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        match engine.terms.op(of) {
            Op::Entry(map) => {
                place_in_key(engine, engine.terms.arg(of, 0), wanted)
                    .is_some_and(|place| self.is_governed(map, place))
                    && self.is_evidence(engine, of)
                    && asked.is_none_or(|part| self.is_governed(map, part))
            }
            Op::Payload => {
                let inner = engine.terms.arg(of, 0);
                self.is_trusted_key(engine, inner, asked, wanted)
            }
            _ => false,
        }
    }

    /// Whether the facts include one of a class. A conditional fact has a class only if both its sides have it.
    pub fn any(
        &self,
        engine: &mut Engine<'_>,
        facts: &Facts,
        class: &mut dyn FnMut(&Self, &mut Engine<'_>, Fact) -> bool,
    ) -> bool {
        let mut known = FxHashMap::default();
        facts.iter().any(|fact| self.has_class(engine, fact, MAX_NESTING, class, &mut known))
    }

    /// `known` has what was found out of facts, and how deep was looked then.
    fn has_class(
        &self,
        engine: &mut Engine<'_>,
        fact: Fact,
        nesting: u32,
        class: &mut dyn FnMut(&Self, &mut Engine<'_>, Fact) -> bool,
        known: &mut FxHashMap<Fact, (u32, bool)>,
    ) -> bool {
        if let Some(&(looked, found)) = known.get(&fact)
            && (found || looked >= nesting)
        {
            return found;
        }
        // While it is looked at, a fact that is its own condition says nothing new of itself.
        known.insert(fact, (nesting, false));
        let found = class(self, engine, fact)
            || nesting > 0 && self.both_sides_have_class(engine, fact, nesting - 1, class, known);
        known.insert(fact, (nesting, found));
        found
    }

    fn both_sides_have_class(
        &self,
        engine: &mut Engine<'_>,
        fact: Fact,
        nesting: u32,
        class: &mut dyn FnMut(&Self, &mut Engine<'_>, Fact) -> bool,
        known: &mut FxHashMap<Fact, (u32, bool)>,
    ) -> bool {
        let Some(sides) = engine.sides(fact) else { return false };
        sides.into_iter().all(|(_, side)| match side {
            Some(side) => side.iter().any(|inner| self.has_class(engine, inner, nesting, class, known)),
            None => true,
        })
    }
}

/// Whether a value is who calls, one way or the other: `(if (is-eq tx-sender contract-caller) tx-sender contract-caller)`,
/// or the account that deployed who calls.
pub fn is_who_calls(terms: &Terms, value: TermId) -> bool {
    fn within(terms: &Terms, value: TermId, nesting: u32) -> bool {
        match (terms.op(value), terms.args(value)) {
            (Op::If, &[_, yes, no]) if nesting > 0 => {
                within(terms, yes, nesting - 1) && within(terms, no, nesting - 1)
            }
            (Op::Payload, &[of]) if nesting > 0 => {
                taken_apart(terms, of).is_some_and(|whole| within(terms, whole, nesting - 1))
            }
            (op, _) => matches!(op, Op::Sender | Op::Caller),
        }
    }
    within(terms, value, MAX_CHOICES)
}

/// The principal that is put together again from the version and the hash of: the account behind a contract, or itself.
fn taken_apart(terms: &Terms, value: TermId) -> Option<TermId> {
    let (Op::Pure(Builtin::PrincipalConstruct), &[version, hash]) = (terms.op(value), terms.args(value))
    else {
        return None;
    };
    let whole = |part: TermId| matches!(terms.op(part), Op::Field(_)).then(|| terms.arg(part, 0));
    let parts = whole(version).filter(|&parts| whole(hash) == Some(parts))?;
    let of = matches!(terms.op(parts), Op::Payload | Op::Failure).then(|| terms.arg(parts, 0))?;
    (terms.op(of) == Op::Pure(Builtin::PrincipalDestruct)).then(|| terms.arg(of, 0))
}

/// Whether a value is the key with which something was signed, its hash, or its principal.
fn is_who_signed(terms: &Terms, mut value: TermId) -> bool {
    loop {
        match terms.op(value) {
            Op::Pure(Builtin::Secp256k1Recover) => return true,
            Op::Payload | Op::Pure(Builtin::Hash160 | Builtin::PrincipalOf) => value = terms.arg(value, 0),
            _ => return false,
        }
    }
}

/// Where a key has what is wanted: it is the key, or stands at one of its places, for itself or in an optional.
pub fn place_in_key(
    engine: &Engine<'_>,
    key: TermId,
    wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
) -> Option<Part> {
    let terms = &engine.terms;
    let is_itself = |part: TermId| {
        wanted(engine, part) || terms.op(part) == Op::Some && wanted(engine, terms.arg(part, 0))
    };
    let is_wanted = |part: TermId| match (terms.op(part), terms.args(part)) {
        // The contract of an optional one, and none where there is none.
        (Op::If, &[_, some, none]) if terms.op(none) == Op::None => is_itself(some),
        _ => is_itself(part),
    };
    if is_wanted(key) {
        return Some(Part::Keys);
    }
    let Op::Tuple(shape) = terms.op(key) else { return None };
    let mut places = terms.fields(shape).iter().zip(terms.args(key));
    let (&name, _) = places.find(|&(_, &part)| is_wanted(part))?;
    Some(Part::Key(Some(name)))
}
