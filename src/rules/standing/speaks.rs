//! What facts speak of: who calls, what is called, or a switch.

use crate::builtins::Builtin;
use crate::facts::{Engine, Fact, Facts, Mask, Op, TermId};
use crate::graph::FunctionId;
use crate::model::Access;
use crate::rules::Lint;
use crate::rules::inferred_breaker::is_breaker;

/// Whether a fact compares somebody, or looks something up of them. Calls are told by what they make sure of; what a
/// call does besides, and what a private helper is called, is no condition.
pub(super) fn speaks_of(
    lint: &mut Lint<'_>,
    fact: Fact,
    wanted: &dyn Fn(&Engine<'_>, TermId) -> bool,
) -> bool {
    match called(lint, fact) {
        Some(function) if !is_check(lint, function) => false,
        Some(_) => {
            let needs = lint.engine.assume(fact.term(), fact.holds()).unwrap_or_default();
            lint.governance
                .any(&mut lint.engine, &needs, &mut |_, engine, fact| compares(engine, fact, wanted))
        }
        None => {
            let Some(alone) = Facts::from_vec(vec![fact]) else { return false };
            lint.governance
                .any(&mut lint.engine, &alone, &mut |_, engine, fact| compares(engine, fact, wanted))
        }
    }
}

pub(super) fn is_switch(lint: &mut Lint<'_>, fact: Fact) -> bool {
    match called(lint, fact) {
        Some(function) if !is_check(lint, function) => false,
        Some(_) => {
            let needs = lint.engine.assume(fact.term(), fact.holds()).unwrap_or_default();
            needs.iter().any(|need| is_breaker(lint, need))
        }
        None => is_breaker(lint, fact),
    }
}

/// The function whose outcome a fact is.
fn called(lint: &Lint<'_>, fact: Fact) -> Option<FunctionId> {
    let terms = &lint.engine.terms;
    let of = if terms.op(fact.term()) == Op::Good { terms.arg(fact.term(), 0) } else { fact.term() };
    match terms.op(of) {
        Op::Call(function) => Some(function),
        _ => None,
    }
}

fn is_check(lint: &mut Lint<'_>, function: FunctionId) -> bool {
    lint.program.function(function).access != Access::Private
        && lint.engine.summary(function).effects.is_empty()
}

/// Whether a fact says that one of those wanted equals something, or that something is kept of them.
fn compares(engine: &Engine<'_>, fact: Fact, wanted: &dyn Fn(&Engine<'_>, TermId) -> bool) -> bool {
    let (terms, term) = (&engine.terms, fact.term());
    if !fact.holds() {
        return false;
    }
    let args = terms.args(term);
    match terms.op(term) {
        Op::Pure(Builtin::IsEq) => args.iter().any(|&side| wanted(engine, side)),
        Op::Good if terms.op(args[0]) == Op::Pure(Builtin::IndexOf) => wanted(engine, terms.arg(args[0], 1)),
        Op::Good if matches!(terms.op(args[0]), Op::External(_)) => asks_about(engine, args[0], wanted),
        Op::Good => is_kept_of(engine, args[0], wanted),
        Op::External(_) => asks_about(engine, term, wanted),
        Op::Field(_) | Op::Payload => is_kept_of(engine, args[0], wanted),
        _ => false,
    }
}

/// Whether a term is what a map holds under the key of somebody wanted.
fn is_kept_of(engine: &Engine<'_>, mut of: TermId, wanted: &dyn Fn(&Engine<'_>, TermId) -> bool) -> bool {
    let terms = &engine.terms;
    while matches!(terms.op(of), Op::Field(_) | Op::Payload) {
        of = terms.arg(of, 0);
    }
    let Op::Entry(_) = terms.op(of) else { return false };
    let key = terms.arg(of, 0);
    wanted(engine, key)
        || matches!(terms.op(key), Op::Tuple(_)) && terms.args(key).iter().any(|&part| wanted(engine, part))
}

/// Whether a contract that is not in the project was asked about somebody wanted, and given nothing else of this call.
fn asks_about(engine: &Engine<'_>, call: TermId, wanted: &dyn Fn(&Engine<'_>, TermId) -> bool) -> bool {
    // The sender and the identity of the call come last.
    let Some((args, [_, _])) = engine.terms.args(call).split_last_chunk() else { return false };
    let is_fixed = |&arg: &TermId| engine.terms.mask(arg) == Mask::NOTHING;
    args.iter().any(|&arg| wanted(engine, arg))
        && args.iter().all(|arg| is_fixed(arg) || wanted(engine, *arg))
}
