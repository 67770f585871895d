//! `unverified-contract-argument`: a contract that the caller chose is called in the caller's name, and the protocol
//! takes its word.

use rustc_hash::FxHashSet;

use super::{Check, Group, Lint, Rule, as_contract_dynamic_call, dynamic_call, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, Summary, TermId};
use crate::graph::FunctionId;

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
    // What could do harm in the contract's own name is reported as that.
    let has_identity = matches!(lint.engine.terms.op(call.sender), Op::Literal(_));
    if !dynamic_call::is_unknown(lint, call)
        || has_identity && as_contract_dynamic_call::report(lint, entrypoint, summary, call).is_some()
    {
        return None;
    }
    let relying = relying(&mut lint.engine, entrypoint, summary, call)?;
    let show = Show { engine: &lint.engine, function: entrypoint };
    let contract = show.term(called);
    let message = format!("`{contract}`, which the caller chooses, is trusted without a check of what it is");
    let help = format!(
        "compare `(contract-of {contract})` with an address that is constant or governed, look it up in an allow-list \
         that only a privileged caller can write, or keep it in the record"
    );
    let program = lint.program;
    let name = program.name(entrypoint);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(call.site), message)
        .label(program.location(entrypoint), format!("`{name}` takes it from its caller"))
        .label(program.head(relying.site), evidence::effect(&lint.engine, entrypoint, relying))
        .help(help)
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, call);
    Some(diagnostic)
}

/// An effect that takes the called contract's word: it keeps or pays an amount that the contract says to have moved, or
/// rests on what it returned. Where the protocol keeps the contract's own name, nobody is misled about other contracts.
fn relying<'s>(
    engine: &mut Engine<'_>,
    entrypoint: FunctionId,
    summary: &'s Summary,
    call: &Effect,
) -> Option<&'s Effect> {
    let called = *call.args.first()?;
    let principal = engine.terms.pure(Builtin::ContractOf, &[called]);
    let is_named = |effect: &Effect| {
        let parts = engine.parts(effect.args.iter().copied());
        matches!(effect.kind, EffectKind::Write(..))
            && (parts.contains(&principal) || parts.contains(&called))
    };
    if summary.effects.iter().any(is_named) {
        return None;
    }
    // Only a payment names who pays; a callback that is told an amount promises nothing.
    let is_payment =
        call.args[1..].iter().any(|&arg| matches!(engine.terms.op(arg), Op::Sender | Op::Caller));
    let arguments = call.args[1..].iter().copied().filter(|_| is_payment);
    let amounts: Vec<_> = arguments.filter(|&arg| is_amount(engine, entrypoint, arg)).collect();
    summary.effects.iter().find(|effect| {
        let Some((key, content)) = kept(engine, effect) else { return false };
        if is_measured_afterwards(engine, effect)
            || is_from_own_record(engine, effect, principal)
            || key.is_some_and(|key| is_own_record(engine, effect, principal, key))
        {
            return false;
        }
        let credits = key.is_none_or(|key| engine.terms.mask(key).has(Mask::CALLER.or(Mask::PARAMETER)));
        let content = engine.parts(content.iter().copied());
        credits && amounts.iter().any(|amount| content.contains(amount))
            || call.result.is_some_and(|result| content.contains(&result) || decides(engine, effect, result))
    })
}

/// Whether an effect is kept under the key of an entry that names the called contract: it speaks for its own record.
fn is_own_record(engine: &Engine<'_>, effect: &Effect, principal: TermId, key: TermId) -> bool {
    let terms = &engine.terms;
    let is_it =
        |term: TermId| term == principal || terms.op(term) == Op::Some && terms.args(term) == [principal];
    let kept = engine.parts([key]);
    effect.facts.iter().filter(|fact| fact.holds()).any(|fact| {
        let (Op::Pure(Builtin::IsEq), &[a, b]) = (terms.op(fact.term()), terms.args(fact.term())) else {
            return false;
        };
        let mut named = if is_it(a) { b } else { a };
        while let Op::Field(_) | Op::Payload = terms.op(named) {
            named = terms.arg(named, 0);
        }
        (is_it(a) || is_it(b))
            && matches!(terms.op(named), Op::Entry(_))
            && kept.contains(&terms.arg(named, 0))
    })
}

/// Whether a transfer moves only what an entry holds that names the called contract: whoever made the entry has chosen
/// whose word counts for it.
fn is_from_own_record(engine: &Engine<'_>, effect: &Effect, principal: TermId) -> bool {
    let terms = &engine.terms;
    let Some(moved) = transfer::of(engine, effect) else { return false };
    let mut entries =
        engine.parts([moved.what]).into_iter().filter(|&part| matches!(terms.op(part), Op::Entry(_)));
    let is_named_in = |entry: TermId| {
        effect.facts.iter().filter(|fact| fact.holds()).any(|fact| {
            let (Op::Pure(Builtin::IsEq), &[a, b]) = (terms.op(fact.term()), terms.args(fact.term())) else {
                return false;
            };
            (a == principal && is_held_by(engine, b, entry))
                || (b == principal && is_held_by(engine, a, entry))
        })
    };
    entries.any(|entry| is_held_by(engine, moved.what, entry) && is_named_in(entry))
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
        Op::Parameter(index) => {
            let program = engine.program;
            let tree = &program.contract(entrypoint.contract).syntax.tree;
            let parameter = program.function(entrypoint).parameters.get(index as usize);
            let declared = parameter.and_then(|parameter| parameter.declared_type);
            declared.is_some_and(|declared| matches!(tree.expr(declared).text(), "uint" | "int"))
        }
        Op::Pure(builtin) => {
            use Builtin::{Add, Divide, Multiply, Subtract};
            matches!(builtin, Add | Subtract | Multiply | Divide)
                && engine.terms.mask(arg).has(Mask::PARAMETER)
        }
        _ => false,
    }
}

/// Whether an effect is committed only if the contract answered in a certain way. That it answered at all decides
/// nothing.
fn decides(engine: &Engine<'_>, effect: &Effect, result: TermId) -> bool {
    let mut open: Vec<_> = effect.facts.iter().map(Fact::term).collect();
    let mut seen = FxHashSet::default();
    while let Some(term) = open.pop() {
        let args = engine.terms.args(term);
        let is_answer = engine.terms.op(term) == Op::Good && args == [result];
        if term == result {
            return true;
        }
        if !is_answer && seen.insert(term) {
            open.extend_from_slice(args);
        }
    }
    false
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
