//! `identity-mismatch`: what is asked or taken of one of `tx-sender` and `contract-caller` is kept under the other.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Check, Group, Lint, Rule, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{
    Effect, EffectKind, Engine, Fact, Facts, Mask, Op, Outcome, Show, StateId, Summary, TermId,
};
use crate::graph::FunctionId;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "identity-mismatch",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/identity-mismatch.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &[],
};

/// Something that is asked or taken of one of the two.
struct Asked {
    /// In words that follow the name of the function.
    what: String,
    at: Option<Location>,
}

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    if !speaks_of_both(&lint.engine, &summary) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for effect in &summary.effects {
        if are_equal(&lint.engine, &effect.facts) || must_be_equal(&lint.engine, &summary, effect) {
            continue;
        }
        let asked = match effect.kind {
            EffectKind::Write(_, map @ StateId::Map(..)) => {
                asked_of_other(lint, entrypoint, &summary, effect, map)
                    .or_else(|| paid_by_other(lint, entrypoint, &summary, effect))
            }
            EffectKind::Token(..) | EffectKind::Stx(_) => {
                has_other_balance(lint, entrypoint, &summary, effect)
            }
            _ => None,
        };
        match asked {
            Some(asked) => found.push(report(lint, entrypoint, effect, &asked)),
            None => found.extend(goes_nowhere(lint, entrypoint, &summary, effect)),
        }
    }
    found
}

/// Whether what an entrypoint does rests on both at all.
fn speaks_of_both(engine: &Engine<'_>, summary: &Summary) -> bool {
    let done = summary.effects.iter();
    let terms =
        done.flat_map(|effect| effect.args.iter().copied().chain(effect.facts.iter().map(Fact::term)));
    let parts = engine.parts(terms.filter(|&term| engine.terms.mask(term).has(Mask::CALLER)));
    let has = |wanted: Op| parts.iter().any(|&part| engine.terms.op(part) == wanted);
    has(Op::Sender) && has(Op::Caller)
}

fn are_equal(engine: &Engine<'_>, facts: &Facts) -> bool {
    facts.iter().filter_map(|fact| engine.equation(fact)).any(|(a, b)| {
        matches!(
            (engine.terms.op(a), engine.terms.op(b)),
            (Op::Sender, Op::Caller) | (Op::Caller, Op::Sender)
        )
    })
}

/// Whether the path sends STX of `contract-caller`, which the chain does only for `tx-sender`.
fn must_be_equal(engine: &Engine<'_>, summary: &Summary, effect: &Effect) -> bool {
    let sends = |other: &&Effect| {
        matches!(other.kind, EffectKind::Stx(_))
            && taken(engine, other).is_some_and(|(_, from)| engine.terms.op(from) == Op::Caller)
            && engine.terms.op(other.sender) == Op::Sender
            && other.outcome != Outcome::Ignored
    };
    let mut sent = summary.effects.iter().filter(sends);
    sent.any(|other| other.facts.and(&effect.facts).is_some())
}

/// The same value with the other one in place of each of the two.
fn exchanged(engine: &mut Engine<'_>, term: TermId) -> TermId {
    engine.terms.replace(term, &mut FxHashMap::default(), &mut |terms, leaf, op| match op {
        Op::Sender => terms.leaf(Op::Caller),
        Op::Caller => terms.leaf(Op::Sender),
        _ => leaf,
    })
}

/// The entry of the other one that a write of an entry rests on, while nothing asks for its own, nor writes the other's.
fn asked_of_other(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    write: &Effect,
    map: StateId,
) -> Option<Asked> {
    let (&key, value) = write.args.split_first()?;
    let other = exchanged(&mut lint.engine, key);
    let keeps_both = summary.effects.iter().any(|effect| {
        matches!(effect.kind, EffectKind::Write(_, state) if state == map)
            && effect.args.first() == Some(&other)
    });
    if other == key || keeps_both {
        return None;
    }
    let engine = &mut lint.engine;
    let entry_in = |engine: &mut Engine<'_>, roots: &[TermId], key: TermId| {
        let parts = engine.parts_within_calls(roots.iter().copied());
        let mut entries = parts.into_iter().filter(|&part| engine.terms.op(part) == Op::Entry(map));
        entries.find(|&entry| engine.terms.arg(entry, 0) == key)
    };
    let facts: Vec<_> = write.facts.iter().map(Fact::term).collect();
    if entry_in(engine, &facts, key).is_some() {
        return None;
    }
    let of_facts = entry_in(engine, &facts, other);
    let of_value = entry_in(engine, value, other).filter(|_| entry_in(engine, value, key).is_none());
    let entry = of_facts.or(of_value)?;
    let what = Show { engine: &lint.engine, function: entrypoint }.term(entry);
    let at = write.facts.iter().find(|fact| lint.engine.parts([fact.term()]).contains(&entry));
    Some(Asked {
        what: format!("asks for `{what}`"),
        at: at.and_then(|fact| origin(lint, entrypoint, summary, fact)),
    })
}

/// Where a fact was learned.
fn origin(lint: &Lint<'_>, entrypoint: FunctionId, summary: &Summary, fact: Fact) -> Option<Location> {
    let &expr = summary.origins.get(&fact)?;
    Some(lint.program.head(crate::graph::Site { contract: entrypoint.contract, expr }))
}

/// The payment of the other one that a write credits.
fn paid_by_other(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    write: &Effect,
) -> Option<Asked> {
    let &[key, value] = &write.args[..] else { return None };
    let kept = who(&lint.engine, key)?;
    let credited = lint.engine.parts([value]);
    let payments = summary.effects.iter().filter(|other| other.facts.and(&write.facts).is_some());
    let mut paid: Option<(Op, &Effect)> = None;
    for effect in payments {
        let Some((what, from)) = taken(&lint.engine, effect) else { continue };
        // What comes back is no payment.
        if transfer::of(&lint.engine, effect).is_some_and(|moved| lint.engine.terms.op(moved.to) == kept) {
            continue;
        }
        let from = lint.engine.terms.op(from);
        let is_credited = is_added(&lint.engine, &credited, what);
        match from {
            Op::Sender | Op::Caller if from == kept => return None,
            Op::Sender | Op::Caller if is_credited => paid = paid.or(Some((from, effect))),
            _ => {}
        }
    }
    let (from, effect) = paid?;
    let from = if from == Op::Sender { "tx-sender" } else { "contract-caller" };
    Some(Asked {
        what: format!("takes a payment of `{from}`"),
        at: Some(evidence::here(lint.program, entrypoint, effect)),
    })
}

/// Whether an amount, and no constant, is what is kept, or is added to it.
fn is_added(engine: &Engine<'_>, credited: &FxHashSet<TermId>, what: TermId) -> bool {
    engine.terms.mask(what) != Mask::NOTHING && credited.contains(&what)
}

/// The one of the two that a key is, or that alone stands in it.
fn who(engine: &Engine<'_>, key: TermId) -> Option<Op> {
    let terms = &engine.terms;
    let parts = if let Op::Tuple(_) = terms.op(key) { terms.args(key) } else { &[key][..] };
    let mut both =
        parts.iter().map(|&part| terms.op(part)).filter(|op| matches!(op, Op::Sender | Op::Caller));
    match (both.next(), both.next()) {
        (Some(who), None) => Some(who),
        _ => None,
    }
}

/// What an effect takes, and of whom.
fn taken(engine: &Engine<'_>, effect: &Effect) -> Option<(TermId, TermId)> {
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(Builtin::FtBurn, _) | EffectKind::Stx(Builtin::StxBurn), &[what, from]) => {
            Some((what, from))
        }
        _ => transfer::of(engine, effect).map(|moved| (moved.what, moved.from)),
    }
}

/// The balance of the other one that a path asks for before it takes something of this one.
fn has_other_balance(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    effect: &Effect,
) -> Option<Asked> {
    let (_, from) = taken(&lint.engine, effect)?;
    let of = match effect.kind {
        EffectKind::Token(_, token) => token,
        _ => StateId::Stx,
    };
    if !lint.engine.terms.is_caller(from) {
        return None;
    }
    let other = exchanged(&mut lint.engine, from);
    let balance = |engine: &Engine<'_>, fact: Fact, who: TermId| {
        engine.parts([fact.term()]).into_iter().find(|&part| {
            matches!(engine.terms.op(part), Op::Token(Builtin::FtGetBalance | Builtin::StxGetBalance, token) if token == of)
                && engine.terms.args(part).contains(&who)
        })
    };
    let compared = effect.facts.iter().filter(|fact| {
        lint.engine.terms.op(fact.term()) == Op::Pure(Builtin::Less)
            && lint.engine.terms.mask(fact.term()).has(Mask::CALLER)
    });
    let compared: Vec<_> = compared.collect();
    if compared.iter().any(|&fact| balance(&lint.engine, fact, from).is_some()) {
        return None;
    }
    // What somebody has afterwards is compared with what they had: that they gain by it, not that they can pay.
    let is_gain = |fact: Fact| {
        let of_other = |&side: &TermId| balance(&lint.engine, Fact::new(side, true), other).is_some();
        lint.engine.terms.args(fact.term()).iter().all(of_other)
    };
    let mut compared = compared.into_iter().filter(|&fact| !is_gain(fact));
    let (fact, asked) = compared.find_map(|fact| Some((fact, balance(&lint.engine, fact, other)?)))?;
    let what = Show { engine: &lint.engine, function: entrypoint }.term(asked);
    Some(Asked { what: format!("asks for `{what}`"), at: origin(lint, entrypoint, summary, fact) })
}

/// A record of an amount that one of the two sends to the other, as if that were the contract.
fn goes_nowhere(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    write: &Effect,
) -> Option<Diagnostic> {
    let (EffectKind::Write(_, state), &[key, value]) = (&write.kind, &write.args[..]) else { return None };
    who(&lint.engine, key)?;
    let credited = lint.engine.parts([value]);
    let sent = summary.effects.iter().find(|other| {
        let Some(moved) = transfer::of(&lint.engine, other) else { return false };
        let (from, to) = (lint.engine.terms.op(moved.from), lint.engine.terms.op(moved.to));
        matches!((from, to), (Op::Sender, Op::Caller) | (Op::Caller, Op::Sender))
            && is_added(&lint.engine, &credited, moved.what)
            && other.facts.and(&write.facts).is_some()
    })?;
    // Who asks which contract calls means that contract. That a helper went well says what it asked elsewhere.
    let asks = sent.facts.iter().filter(|fact| !is_response(&lint.engine, fact.term(), sent));
    let parts = lint.engine.parts(asks.map(Fact::term));
    if parts.into_iter().any(|part| lint.engine.terms.op(part) == Op::Caller) {
        return None;
    }
    let program = lint.program;
    let name = program.name(entrypoint);
    let state = Show { engine: &lint.engine, function: entrypoint }.state(*state);
    let moved = transfer::of(&lint.engine, sent)?;
    let (from, to) = match lint.engine.terms.op(moved.from) {
        Op::Sender => ("tx-sender", "contract-caller"),
        _ => ("contract-caller", "tx-sender"),
    };
    let message = format!(
        "`{name}` keeps in `{state}` what goes from `{from}` to `{to}`: `contract-caller` is who calls, and never this contract"
    );
    let at = evidence::here(program, entrypoint, sent);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message)
        .label(evidence::here(program, entrypoint, write), evidence::effect(&lint.engine, entrypoint, write))
        .help("let it go to or from the contract: `current-contract`, or `(as-contract tx-sender)` before Clarity 4")
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, sent);
    Some(diagnostic.cause(at, program.location(entrypoint)))
}

/// Whether a fact only says that a call of a helper, or the transfer itself, went well.
fn is_response(engine: &Engine<'_>, fact: TermId, sent: &Effect) -> bool {
    let (Op::Good, &[of]) = (engine.terms.op(fact), engine.terms.args(fact)) else { return false };
    match engine.terms.op(of) {
        Op::Call(_) => true,
        Op::External(_) => engine.terms.args(of).starts_with(&sent.args),
        _ => false,
    }
}

fn report(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, asked: &Asked) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let does = match effect.kind {
        EffectKind::Write(_, state) => {
            format!("writes `{}` under `{}`", show.state(state), show.term(effect.args[0]))
        }
        _ => format!(
            "takes of `{}`",
            taken(&lint.engine, effect).map(|(_, from)| show.term(from)).unwrap_or_default()
        ),
    };
    let message =
        format!("`{name}` {}, and {does}: the two differ when another contract calls it", asked.what);
    let place = evidence::here(program, entrypoint, effect);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, place, message);
    if let Some(at) = asked.at {
        diagnostic = diagnostic.label(at, "the other one is asked here");
    }
    diagnostic = diagnostic
        .help("use one of them for both, or compare them first: `(asserts! (is-eq tx-sender contract-caller) ERR-UNAUTHORIZED)`")
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, effect);
    diagnostic.cause(place, program.location(entrypoint))
}
