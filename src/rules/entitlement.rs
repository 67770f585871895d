//! What entitles somebody to what a contract sends: a record that is used up, or something that is given for it.

use rustc_hash::FxHashSet;

use super::{Lint, transfer};
use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Outcome, StateId, Summary, TermId};
use transfer::Transfer;

/// What the path to a transfer rests on.
struct Asked {
    /// Every term of its amount.
    amount: FxHashSet<TermId>,
    /// Every term of its amount and of the facts that hold for it.
    all: FxHashSet<TermId>,
    /// Whether the caller or the recipient is somebody whom the protocol's state names.
    is_named: bool,
}

/// Whether something that the entrypoint asks for or does stands against what leaves, as far as it can be told.
pub(super) fn is_there(lint: &mut Lint<'_>, summary: &Summary, effect: &Effect, out: Transfer) -> bool {
    let amount = lint.engine.parts_within_calls([out.what]);
    let all = lint.engine.parts_within_calls(effect.facts.iter().map(Fact::term).chain([out.what]));
    let engine = &mut lint.engine;
    let mut is_named = false;
    for &term in &all {
        match named_by(engine, term, out.to).map(|by| engine.terms.op(by)) {
            // Who may set that variable is the affair of another rule.
            Some(Op::Initial(_)) => return true,
            by => is_named |= by.is_some(),
        }
    }
    if amount.iter().any(|&term| is_told(engine, term))
        || effect.facts.iter().any(|fact| is_measured(engine, fact.term(), is_told))
        || all.iter().any(|&term| is_measured(engine, term, is_later_balance))
        || effect.facts.iter().any(|fact| is_proven(engine, fact, &amount))
    {
        return true;
    }
    let asked = Asked { amount, all, is_named };
    let others = summary.effects.iter().filter(|other| other.facts.and(&effect.facts).is_some());
    others.into_iter().any(|other| is_given(lint, other, &asked) || is_spent(lint, other, out, &asked))
}

/// Whether another contract that is not known decides.
fn is_told(engine: &Engine<'_>, term: TermId) -> bool {
    matches!(engine.terms.op(term), Op::External(_)) || engine.terms.label(term).is_some()
}

/// Whether a fact rests on a signature, or on a hash of what the caller shows. One that is looked up among others, and says
/// nothing of an amount which the caller names, is no answer to how much they may have.
fn is_proven(engine: &mut Engine<'_>, fact: Fact, amount: &FxHashSet<TermId>) -> bool {
    let parts = engine.parts_within_calls([fact.term()]);
    let is_named = |term: &&TermId| matches!(engine.terms.op(**term), Op::Parameter(_));
    // Whoever chooses both sides has solved no riddle.
    let is_chosen = |side: TermId| engine.terms.mask(side).has(Mask::PARAMETER.or(Mask::ELEMENT));
    let is_secret = engine.equation(fact).is_some_and(|(a, b)| !is_chosen(a) || !is_chosen(b));
    let speaks_of_amount = || {
        let mut named = amount.iter().filter(is_named).peekable();
        named.peek().is_none() || named.any(|term| parts.contains(term))
    };
    parts.iter().any(|&part| {
        is_signature(engine, part) || is_proof(engine, part) && (is_secret || speaks_of_amount())
    })
}

/// Whether a term is a signature or the answer to a riddle: what it permits cannot be told.
pub(super) fn is_proof(engine: &Engine<'_>, term: TermId) -> bool {
    is_signature(engine, term) || matches!(engine.terms.op(term), Op::Pure(builtin) if builtin.is_hash())
}

fn is_signature(engine: &Engine<'_>, term: TermId) -> bool {
    use Builtin::{Secp256k1Recover, Secp256k1Verify, Secp256r1Verify};
    matches!(engine.terms.op(term), Op::Pure(Secp256k1Recover | Secp256k1Verify | Secp256r1Verify))
}

/// Whether a term compares a measure: a balance after something was sent, or what a contract that is not known says. It
/// may be a loan that has to come back.
fn is_measured(engine: &Engine<'_>, term: TermId, is_measure: fn(&Engine<'_>, TermId) -> bool) -> bool {
    matches!(engine.terms.op(term), Op::Pure(Builtin::Less | Builtin::IsEq))
        && engine.parts([term]).into_iter().any(|part| is_measure(engine, part))
}

fn is_later_balance(engine: &Engine<'_>, term: TermId) -> bool {
    let is_later = |&version: &TermId| matches!(engine.terms.op(version), Op::After(_) | Op::Since(_));
    matches!(engine.terms.op(term), Op::Token(..)) && engine.terms.args(term).last().is_some_and(is_later)
}

pub(super) fn is_party(engine: &Engine<'_>, term: TermId, recipient: TermId) -> bool {
    term == recipient || engine.terms.is_caller(term)
}

/// Whether somebody stands at a place of a key that a helper has put in order.
fn is_place_of(engine: &mut Engine<'_>, key: TermId, who: TermId) -> bool {
    let key = engine.unfold(key).unwrap_or(key);
    let Op::If = engine.terms.op(key) else { return false };
    let Op::Tuple(shape) = engine.terms.op(engine.terms.arg(key, 1)) else { return false };
    let names = engine.terms.fields(shape).to_vec();
    names.into_iter().any(|name| engine.terms.field(name, key) == who)
}

/// The state that a term compares the caller or the recipient with.
fn named_by(engine: &Engine<'_>, term: TermId, recipient: TermId) -> Option<TermId> {
    let (Op::Pure(Builtin::IsEq), &[a, b]) = (engine.terms.op(term), engine.terms.args(term)) else {
        return None;
    };
    let names = |a, b| is_party(engine, a, recipient) && engine.terms.mask(b).has(Mask::STATE);
    if names(a, b) { Some(b) } else { Some(a).filter(|_| names(b, a)) }
}

/// Whether an effect takes something from somebody that has to do with what leaves: a payment, a burn, a call that is
/// told the amount and may be either.
fn is_given(lint: &mut Lint<'_>, other: &Effect, asked: &Asked) -> bool {
    // What may fail without consequence is no payment.
    if other.outcome == Outcome::Ignored {
        return false;
    }
    let (given, asked) = match (&other.kind, &other.args[..]) {
        (EffectKind::Write(..) | EffectKind::Token(Builtin::FtMint | Builtin::NftMint, _), _) => {
            return false;
        }
        (EffectKind::Token(Builtin::FtBurn | Builtin::NftBurn, _) | EffectKind::Stx(Builtin::StxBurn), _) => {
            (other.args[..1].to_vec(), &asked.all)
        }
        _ => match transfer::of(&lint.engine, other) {
            Some(into) if transfer::is_own(&mut lint.engine, other, into) => return false,
            Some(into) => (vec![into.what], &asked.all),
            None => (other.args.clone(), &asked.amount),
        },
    };
    let given = lint.engine.parts_within_calls(given);
    is_related(&lint.engine, &given, asked)
}

/// Whether an effect uses up what permits the transfer: it takes away, or changes, what was asked of a record of the
/// caller or the recipient, or takes the amount off it. A counter that only grows and is never asked is no debit.
fn is_spent(lint: &mut Lint<'_>, other: &Effect, out: Transfer, asked: &Asked) -> bool {
    let EffectKind::Write(_, state) = other.kind else { return false };
    let engine = &mut lint.engine;
    if is_listed(engine, other, out, asked) {
        return true;
    }
    match (state, &other.args[..]) {
        (StateId::Map(..), &[key, ref value @ ..]) => {
            let is_record = |&&term: &&TermId| {
                engine.terms.op(term) == Op::Entry(state) && engine.terms.arg(term, 0) == key
            };
            let records: Vec<_> = asked.all.iter().filter(is_record).copied().collect();
            let is_theirs = asked.is_named
                || engine.parts([key]).into_iter().any(|part| is_party(engine, part, out.to))
                || is_place_of(engine, key, out.to);
            is_theirs
                && match value.first() {
                    None => !records.is_empty(),
                    Some(&value) => {
                        is_debited(engine, value, asked)
                            || records.into_iter().any(|record| is_changed(engine, &asked.all, record, value))
                    }
                }
        }
        (StateId::Variable(..), &[value]) => {
            let before = engine.terms.leaf(Op::Initial(state));
            asked.is_named && value != before && asked.all.contains(&before)
        }
        _ => false,
    }
}

/// Whether somebody is added to a list of which it was asked whether they stand in it: who has claimed already.
fn is_listed(engine: &Engine<'_>, write: &Effect, out: Transfer, asked: &Asked) -> bool {
    let parties: FxHashSet<_> = asked
        .all
        .iter()
        .filter(|&&term| engine.terms.op(term) == Op::Pure(Builtin::IndexOf))
        .map(|&term| (engine.terms.arg(term, 0), engine.terms.arg(term, 1)))
        .filter(|&(_, who)| is_party(engine, who, out.to))
        .collect();
    !parties.is_empty()
        && engine.parts(write.args.last().copied()).into_iter().any(|part| {
            engine.terms.op(part) == Op::Pure(Builtin::Append)
                && parties.contains(&(engine.terms.arg(part, 0), engine.terms.arg(part, 1)))
        })
}

/// Whether a record holds something else afterwards in what was asked of it. Of one that was not there it was asked
/// that it is not.
pub(super) fn is_changed(
    engine: &mut Engine<'_>,
    asked: &FxHashSet<TermId>,
    record: TermId,
    value: TermId,
) -> bool {
    let held = engine.terms.payload(record, true);
    let fields: Vec<_> = asked
        .iter()
        .filter_map(|&term| match engine.terms.op(term) {
            Op::Field(name) if engine.terms.arg(term, 0) == held => Some((name, term)),
            _ => None,
        })
        .collect();
    if fields.is_empty() {
        return held != value;
    }
    fields.into_iter().any(|(name, before)| engine.terms.field(name, value) != before)
}

/// Whether something that the amount is made of is taken off in a value: the amount itself, or the shares that it is
/// the price of.
fn is_debited(engine: &Engine<'_>, value: TermId, asked: &Asked) -> bool {
    engine.parts([value]).into_iter().any(|part| {
        engine.terms.op(part) == Op::Pure(Builtin::Subtract)
            && is_related(engine, &engine.parts(engine.terms.args(part)[1..].iter().copied()), &asked.amount)
    })
}

/// Whether two values have an argument, a piece of state or an answer in common.
fn is_related(engine: &Engine<'_>, some: &FxHashSet<TermId>, others: &FxHashSet<TermId>) -> bool {
    some.iter().any(|part| {
        matches!(engine.terms.op(*part), Op::Parameter(_) | Op::Entry(_) | Op::Initial(_) | Op::Opaque(..))
            && others.contains(part)
    })
}
