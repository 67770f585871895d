//! `unverified-contract-argument`: a contract that the caller chose is called in the caller's name, and the protocol
//! takes its word.

use rustc_hash::FxHashSet;

use super::settings::parts_of_results;
use super::{
    Check, Group, Lint, Rule, as_contract_dynamic_call, dynamic_call, evidence, transfer, unasked_record,
};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, Summary, TermId};
use crate::graph::FunctionId;

/// How many calls are looked into for what an answer decides.
const MAX_CALLS: u32 = 32;

pub const RULE: Rule = Rule {
    id: "unverified-contract-argument",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/unverified-contract-argument.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    dynamic_call::each(lint, entrypoint, report)
}

fn report(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
) -> Option<Diagnostic> {
    let called = *call.args.first()?;
    if !dynamic_call::is_unknown(lint, call) {
        return unasked_record::of_several(lint, entrypoint, summary, call);
    }
    // What could do harm in the contract's own name is reported as that.
    if as_contract_dynamic_call::is_harmful(lint, call) {
        return None;
    }
    let Some(relying) = relying(lint, entrypoint, summary, call) else {
        return unasked_record::of(lint, entrypoint, summary, call);
    };
    let compared = dynamic_call::compared_only(lint, entrypoint, call);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let contract = show.term(called);
    let message = match compared {
        Some(map) => format!(
            "`{contract}`, which the caller chooses, is trusted, and compared only with what strangers may write to `{map}`"
        ),
        None => format!("`{contract}`, which the caller chooses, is trusted without a check of what it is"),
    };
    let help = format!(
        "compare `(contract-of {contract})` with an address that is constant or governed, look it up in an allow-list \
         that only a privileged caller can write, or keep it in the record"
    );
    let (at, effect) = (lint.program.head(relying.site), evidence::effect(&lint.engine, entrypoint, relying));
    Some(dynamic_call::finding(lint, &RULE, entrypoint, call, message).label(at, effect).help(help))
}

/// What a called contract has answered. A helper's answer is another value at each call, of the same name.
#[derive(Clone, Copy)]
struct Word {
    result: TermId,
    /// Whether no other call of the entrypoint has an answer of that name.
    is_alone: bool,
}

impl Word {
    fn new(engine: &Engine<'_>, summary: &Summary, result: TermId) -> Self {
        let label = engine.terms.label(result);
        let others = summary.effects.iter().filter_map(|effect| effect.result);
        let is_alone = others.filter(|&other| engine.terms.label(other) == label).count() == 1;
        Self { result, is_alone: is_alone && label.is_some() }
    }

    fn is(self, engine: &Engine<'_>, term: TermId) -> bool {
        term == self.result || self.is_alone && engine.terms.label(term) == engine.terms.label(self.result)
    }
}

/// An effect that takes the called contract's word: it keeps or pays an amount that the contract says to have moved, or
/// rests on what it returned. Where the protocol keeps the contract's own name, nobody is misled about other contracts.
fn relying<'s>(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &'s Summary,
    call: &Effect,
) -> Option<&'s Effect> {
    let called = *call.args.first()?;
    let engine = &mut lint.engine;
    let principal = engine.terms.pure(Builtin::ContractOf, &[called]);
    let mut is_named = |effect: &Effect| {
        matches!(effect.kind, EffectKind::Write(..))
            && effect.args.iter().any(|&arg| {
                let parts = parts_of_results(engine, arg);
                parts.contains(&principal) || parts.contains(&called)
            })
    };
    if summary.effects.iter().any(&mut is_named) {
        return None;
    }
    // Only a payment names who pays; a callback that is told an amount promises nothing.
    let is_payment = call.args[1..].iter().any(|&arg| engine.terms.is_caller(arg));
    let arguments = call.args[1..].iter().copied().filter(|_| is_payment);
    let amounts: Vec<_> = arguments.filter(|&arg| is_amount(engine, entrypoint, arg)).collect();
    let word = call.result.map(|result| Word::new(engine, summary, result));
    let buys = is_payment
        && pays_another(engine, call)
        && !is_spoken_of(engine, call, principal)
        && !summary.effects.iter().any(|effect| is_handed_on(engine, effect, called));
    let takes_own = summary.effects.iter().any(|effect| is_of_caller(engine, effect));
    summary.effects.iter().find(|effect| {
        let engine = &mut lint.engine;
        if is_measured_afterwards(engine, effect) || is_from_own_record(engine, effect, principal) {
            return false;
        }
        if buys && is_bought(engine, effect, (called, principal), takes_own) {
            return true;
        }
        let Some((key, content)) = kept(engine, effect) else { return false };
        if key.is_some_and(|key| is_own_record(engine, effect, principal, key)) {
            return false;
        }
        let credits = key.is_none_or(|key| engine.terms.mask(key).has(Mask::CALLER.or(Mask::PARAMETER)));
        let parts = engine.parts_within_calls(content.iter().copied());
        credits && amounts.iter().any(|amount| parts.contains(amount))
            || word.is_some_and(|word| {
                let asked = effect.facts.iter().map(Fact::term);
                rests_on(lint, call, asked.chain(content.iter().copied()).collect(), word)
            })
    })
}

/// Whether the call is a transfer from the caller to somebody else: whoever brings the token may have made it themselves.
fn pays_another(engine: &Engine<'_>, call: &Effect) -> bool {
    let is_caller = |term| engine.terms.is_caller(term);
    let EffectKind::Dynamic { method, .. } = call.kind else { return false };
    match call.args[..] {
        [_, _, from, to, _] => engine.terms.text(method) == "transfer" && is_caller(from) && !is_caller(to),
        _ => false,
    }
}

/// Whether anything that holds for the call says something of the contract that is called.
fn is_spoken_of(engine: &Engine<'_>, call: &Effect, principal: TermId) -> bool {
    engine.parts(call.facts.iter().map(Fact::term)).contains(&principal)
}

/// Whether another contract is told of the one that is called, and may ask what it is.
fn is_handed_on(engine: &Engine<'_>, effect: &Effect, called: TermId) -> bool {
    let told = match effect.kind {
        EffectKind::Dynamic { .. } => &effect.args[1..],
        EffectKind::External(_) => &effect.args[..],
        _ => return false,
    };
    engine.parts(told.iter().copied()).contains(&called)
}

/// Whether an effect hands the caller a token of the project's, or what the contract keeps of another's: what that is, and
/// how much, does not depend on the called contract or on an answer.
fn is_bought(
    engine: &mut Engine<'_>,
    effect: &Effect,
    (called, principal): (TermId, TermId),
    takes_own: bool,
) -> bool {
    if !transfer::recipient(engine, effect).is_some_and(|to| engine.terms.is_caller(to)) {
        return false;
    }
    let Some(moved) = transfer::of(engine, effect) else { return true };
    let is_known = |engine: &Engine<'_>| {
        let asked = effect.facts.iter().map(Fact::term).chain(effect.args.iter().copied());
        let parts = engine.parts(asked);
        let is_told = parts.contains(&principal) || parts.contains(&called);
        !is_told && !engine.terms.mask(moved.what).has(Mask::UNKNOWN)
    };
    matches!(effect.kind, EffectKind::Token(..))
        || !takes_own && transfer::is_own(engine, effect, moved) && is_known(engine)
}

/// Whether an effect changes a record of the caller's: what is sent to them may be their own.
fn is_of_caller(engine: &Engine<'_>, effect: &Effect) -> bool {
    let key = effect.args.first().filter(|_| matches!(effect.kind, EffectKind::Write(..)));
    key.is_some_and(|&key| engine.terms.mask(key).has(Mask::CALLER))
}

/// Whether an effect is kept under the key of an entry that names the called contract: it speaks for its own record.
fn is_own_record(engine: &mut Engine<'_>, effect: &Effect, principal: TermId, key: TermId) -> bool {
    let kept = engine.parts([key]);
    let equations: Vec<_> = effect.facts.iter().filter_map(|fact| engine.equation(fact)).collect();
    equations.into_iter().any(|(a, b)| {
        let is_it = |term: TermId| {
            let terms = &engine.terms;
            term == principal || terms.op(term) == Op::Some && terms.args(term) == [principal]
        };
        let named = if is_it(a) { Some(b) } else { Some(a).filter(|_| is_it(b)) };
        let entry = named.and_then(|named| dynamic_call::entry_behind(engine, named));
        entry.is_some_and(|entry| kept.contains(&engine.terms.arg(entry, 0)))
    })
}

/// Whether conditions or values rest on what the contract has answered, to whichever helper it did, other than where it
/// is known after all. That it answered at all decides nothing.
fn rests_on(lint: &mut Lint<'_>, call: &Effect, mut open: Vec<TermId>, word: Word) -> bool {
    let (mut seen, mut calls) = (FxHashSet::default(), 0);
    while let Some(term) = open.pop() {
        if word.is(&lint.engine, term) {
            return true;
        }
        if !seen.insert(term) {
            continue;
        }
        let args = lint.engine.terms.args(term).to_vec();
        match (lint.engine.terms.op(term), &args[..]) {
            (Op::Good, &[of]) if is_answer(&mut lint.engine, of, word) => {}
            (Op::If, &[condition, yes, no]) => {
                open.push(condition);
                for (side, taken) in [(yes, true), (no, false)] {
                    let given = lint.engine.assume(condition, taken);
                    let given = given.and_then(|given| given.and(&call.facts));
                    let mut is_known =
                        |given| lint.governance.is_identified(&mut lint.engine, &given, call.args[0]);
                    if given.is_some_and(|given| !is_known(given)) {
                        open.push(side);
                    }
                }
            }
            // What went into a call decides nothing that its result does not say.
            (Op::Call(_), _) if calls < MAX_CALLS => {
                calls += 1;
                open.extend(lint.engine.unfold(term));
            }
            _ => open.extend(args),
        }
    }
    false
}

/// Whether how much a transfer moves comes from an entry that names the called contract: whoever made the entry has chosen
/// whose word counts for it.
fn is_from_own_record(engine: &Engine<'_>, effect: &Effect, principal: TermId) -> bool {
    let terms = &engine.terms;
    let Some(moved) = transfer::of(engine, effect) else { return false };
    let mut entries =
        engine.parts([moved.what]).into_iter().filter(|&part| matches!(terms.op(part), Op::Entry(_)));
    let is_named_in = |entry: TermId| {
        effect.facts.iter().filter_map(|fact| engine.equation(fact)).any(|(a, b)| {
            (a == principal && is_held_by(engine, b, entry))
                || (b == principal && is_held_by(engine, a, entry))
        })
    };
    entries.any(is_named_in)
}

/// Whether a value is what an entry holds in one place, or a default where there is no entry.
fn is_held_by(engine: &Engine<'_>, value: TermId, entry: TermId) -> bool {
    let terms = &engine.terms;
    match (terms.op(value), terms.args(value)) {
        (Op::Field(_) | Op::Payload, &[of]) => of == entry || is_held_by(engine, of, entry),
        (Op::If, &[condition, held, _]) => {
            terms.op(condition) == Op::Good
                && terms.args(condition) == [entry]
                && is_held_by(engine, held, entry)
        }
        _ => false,
    }
}

/// The key, if there is one, and the content of what an effect keeps in the protocol's state or moves of its assets.
fn kept<'e>(engine: &Engine<'_>, effect: &'e Effect) -> Option<(Option<TermId>, &'e [TermId])> {
    let moves_own = matches!(engine.terms.op(effect.sender), Op::Literal(_));
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Write(Builtin::MapSet | Builtin::MapInsert, _), [key, content @ ..]) => {
            Some((Some(*key), content))
        }
        (EffectKind::Token(Builtin::FtMint | Builtin::NftMint, _), content) => Some((None, content)),
        (EffectKind::Token(..) | EffectKind::Stx(_), content) if moves_own => Some((None, content)),
        _ => None,
    }
}

/// Whether an argument of the call is a number that the caller chose, as far as it can be told.
fn is_amount(engine: &Engine<'_>, entrypoint: FunctionId, arg: TermId) -> bool {
    match engine.terms.op(arg) {
        Op::Parameter(_) | Op::Field(_) | Op::Payload | Op::Element => {
            let declared = engine.declared_type(Some(entrypoint), arg);
            engine.terms.mask(arg).has(Mask::PARAMETER)
                && declared.is_some_and(|(_, declared)| matches!(declared.text(), "uint" | "int"))
        }
        Op::Pure(builtin) => {
            use Builtin::{Add, Divide, Multiply, Subtract};
            matches!(builtin, Add | Subtract | Multiply | Divide)
                && engine.terms.mask(arg).has(Mask::PARAMETER)
        }
        _ => false,
    }
}

/// Whether a term is what the contract has answered, as helpers hand it on.
fn is_answer(engine: &mut Engine<'_>, term: TermId, word: Word) -> bool {
    let term = engine.unfold(term).unwrap_or(term);
    word.is(engine, term)
}

/// Whether the contract's own balance is compared before the effect is kept: a loan that has to come back.
fn is_measured_afterwards(engine: &Engine<'_>, effect: &Effect) -> bool {
    effect.facts.iter().any(|fact| {
        engine.terms.op(fact.term()) == Op::Pure(Builtin::Less)
            && engine.parts([fact.term()]).into_iter().any(|part| {
                matches!(engine.terms.op(part), Op::Token(Builtin::StxGetBalance | Builtin::FtGetBalance, _))
            })
    })
}
