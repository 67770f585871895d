//! Whether facts say which contract a value is.

use super::trust::entry_of;
use super::{Governance, place_in_key};
use crate::builtins::Builtin;
use crate::facts::engine::Engine;
use crate::facts::set::{Fact, Facts};
use crate::facts::term::{Mask, Op, TermId};

/// The most terms that are known to equal a value and are looked at in its place.
const MAX_EQUAL: usize = 16;

impl Governance {
    /// Whether the facts tie `value` to what the protocol trusts: a constant, governed state, a governed list.
    pub fn is_identified(&self, engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> bool {
        // Any element of a list that is written out is any of what is written.
        if let (Op::Element, Some(&list)) = (engine.terms.op(value), engine.terms.args(value).first())
            && engine.terms.op(list) == Op::Pure(Builtin::List)
        {
            let members = engine.terms.args(list).to_vec();
            return members.into_iter().all(|member| self.is_identified(engine, facts, member));
        }
        self.is_trusted(engine, value)
            || equals(engine, facts, value).into_iter().any(|equal| self.is_known(engine, facts, equal))
    }

    /// Whether the facts tie this value itself, and not only one that it equals, to what the protocol trusts.
    fn is_known(&self, engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> bool {
        let principal = engine.terms.pure(Builtin::ContractOf, &[value]);
        // Code with the same hash is the same code.
        let hash = engine.terms.pure(Builtin::ContractHash, &[principal]);
        let hash = engine.terms.payload(hash, true);
        let is_value = |_: &Engine<'_>, term: TermId| term == value || term == principal || term == hash;
        if self.is_vetted_key(engine, facts, &is_value) {
            return true;
        }
        if self.settled
            && (self.is_measured(engine, facts, principal) || self.is_approved(engine, facts, &is_value))
        {
            return true;
        }
        self.any(engine, facts, &mut |this, engine, fact| {
            this.is_vouched_for(engine, fact, &is_value)
                || this.names_member(engine, fact, &is_value)
                || this.is_signed(engine, facts, fact, principal)
                || this.is_proven(engine, fact, principal)
        })
    }

    /// Whether a fact says that a hash which is trusted is one of something that names the contract: the root of a list.
    fn is_proven(&self, engine: &mut Engine<'_>, fact: Fact, principal: TermId) -> bool {
        let Some((a, b)) = engine.equation(fact).filter(|_| fact.holds()) else { return false };
        [(a, b), (b, a)].into_iter().any(|(root, proof)| {
            let is_computed = matches!(engine.terms.op(proof), Op::Pure(_) | Op::Call(_) | Op::Folded(_));
            if !is_computed || !self.is_trusted(engine, root) {
                return false;
            }
            let parts = engine.parts_within_calls([proof]);
            parts.contains(&principal)
                && parts
                    .into_iter()
                    .any(|part| matches!(engine.terms.op(part), Op::Pure(builtin) if builtin.is_hash()))
        })
    }

    /// Whether a fact says that something which names the contract was signed with a key that is trusted, or listed. Of
    /// signatures in a list there has to be one.
    fn is_signed(&self, engine: &mut Engine<'_>, facts: &Facts, fact: Fact, principal: TermId) -> bool {
        let args = engine.terms.args(fact.term()).to_vec();
        let (Op::Pure(Builtin::Secp256k1Verify | Builtin::Secp256r1Verify), &[message, _, key]) =
            (engine.terms.op(fact.term()), &args[..])
        else {
            return false;
        };
        let is_key = |_: &Engine<'_>, term: TermId| term == key;
        fact.holds()
            && engine.parts([message]).contains(&principal)
            && are_there(engine, facts, fact)
            && (self.is_trusted(engine, key)
                || self
                    .any(engine, facts, &mut |this, engine, fact| this.names_member(engine, fact, &is_key)))
    }

    /// Whether a fact says that a contract which is identified itself has answered with the wanted term, or with a list
    /// that has it.
    fn is_vouched_for(
        &self,
        engine: &Engine<'_>,
        fact: Fact,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        let is_answer = |mut term: TermId| {
            while let Op::Payload | Op::Field(_) | Op::Element = engine.terms.op(term) {
                term = engine.terms.arg(term, 0);
            }
            self.answers.contains(&term)
        };
        let term = fact.term();
        let args = match engine.terms.op(term) {
            Op::Good => engine.terms.args(engine.terms.arg(term, 0)),
            _ => engine.terms.args(term),
        };
        let &[a, b] = args else { return false };
        let compares = match engine.terms.op(term) {
            Op::Good => engine.terms.op(engine.terms.arg(term, 0)) == Op::Pure(Builtin::IndexOf),
            op => op == Op::Pure(Builtin::IsEq),
        };
        fact.holds() && compares && (wanted(engine, a) && is_answer(b) || wanted(engine, b) && is_answer(a))
    }

    /// Whether the path compares what a governed entry under this key holds with an amount: a limit or an accumulated
    /// reward that only a registered value has. What is not registered has none of it.
    fn is_measured(&self, engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> bool {
        let compared: Vec<_> = facts
            .iter()
            .map(Fact::term)
            .filter(|&term| {
                engine.terms.op(term) == Op::Pure(Builtin::Less) && engine.terms.mask(term).has(Mask::STATE)
            })
            .collect();
        engine.parts_within_calls(compared).into_iter().any(|term| {
            let Op::Entry(map) = engine.terms.op(term) else { return false };
            let place = place_in_key(engine, engine.terms.arg(term, 0), &|_, part| part == value);
            place.is_some_and(|place| self.is_governed(map, place))
        })
    }

    /// Whether the value is the key of an entry that is there and whose fields the path has tested, one of them against
    /// the time: a proposal that was voted on.
    fn is_vetted_key(
        &self,
        engine: &Engine<'_>,
        facts: &Facts,
        wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
    ) -> bool {
        let is_keyed_by_value = |entry: TermId| {
            self.is_evidence(engine, entry)
                && place_in_key(engine, engine.terms.arg(entry, 0), wanted).is_some()
        };
        facts.iter().any(|fact| {
            engine.terms.op(fact.term()) == Op::Pure(Builtin::Less)
                && engine.terms.mask(fact.term()).has(Mask::CHAIN)
                && engine.terms.args(fact.term()).iter().any(|&side| {
                    matches!(engine.terms.op(side), Op::Field(_))
                        && entry_of(engine, engine.terms.arg(side, 0)).is_some_and(is_keyed_by_value)
                })
        })
    }
}

/// Whether the lists whose elements a fact is about are known to have some: that each is signed is said of none, too.
fn are_there(engine: &mut Engine<'_>, facts: &Facts, fact: Fact) -> bool {
    let parts = engine.parts([fact.term()]).into_iter();
    let lists: Vec<_> = parts.filter(|&part| engine.terms.op(part) == Op::Element).collect();
    lists.into_iter().all(|element| {
        let list = engine.terms.arg(element, 0);
        let length = engine.terms.pure(Builtin::Len, &[list]);
        facts.iter().any(|fact| match (engine.terms.op(fact.term()), engine.terms.args(fact.term())) {
            (Op::Pure(Builtin::Less), &[less, more]) => length == if fact.holds() { more } else { less },
            (Op::Pure(Builtin::IsEq), sides) => fact.holds() && sides.contains(&length),
            _ => false,
        })
    })
}

/// The value itself, and what the facts say that it, or the contract that it is, equals.
fn equals(engine: &mut Engine<'_>, facts: &Facts, value: TermId) -> Vec<TermId> {
    let principal = engine.terms.pure(Builtin::ContractOf, &[value]);
    let mut equal = vec![value, principal];
    let equations: Vec<_> = facts.iter().filter_map(|fact| engine.equation(fact)).collect();
    while equal.len() < MAX_EQUAL {
        let other = |&(a, b): &(TermId, TermId)| match (equal.contains(&a), equal.contains(&b)) {
            (true, false) => Some(b),
            (false, true) => Some(a),
            _ => None,
        };
        let Some(news) = equations.iter().find_map(other) else { break };
        equal.push(news);
    }
    // The contract of a value is known with the value.
    equal.remove(1);
    equal
}
