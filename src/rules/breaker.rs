//! The circuit breakers that a policy names: whether facts say that one was passed, and how to pass it.

use super::{Lint, evidence};
use crate::config::{CircuitBreaker, Passes};
use crate::facts::{Effect, EffectKind, Fact, Facts, Op, TermId};
use crate::graph::FunctionId;

/// Whether an effect is one that a breaker must stop. What is not known is not asked: it is counted as not checked.
pub(super) fn stops(effect: &Effect) -> bool {
    !matches!(effect.kind, EffectKind::External(_) | EffectKind::Unchecked)
}

/// Whether the facts say that the check was passed: its call had the outcome of an open breaker, or all that this
/// outcome needs is known without the call.
pub(super) fn is_checked(
    lint: &mut Lint<'_>,
    breaker: &CircuitBreaker,
    check: FunctionId,
    facts: &Facts,
) -> bool {
    let id = id(lint, breaker);
    let passes = breaker.passes;
    let direct = lint.governance.any(&mut lint.engine, facts, &mut |_, engine, fact| {
        let call = match (passes, engine.terms.op(fact.term())) {
            (Passes::Ok, Op::Good) if fact.holds() => engine.terms.arg(fact.term(), 0),
            // Whoever insists on what it answers has passed it, too.
            (Passes::Ok, Op::Payload) if fact.holds() => engine.terms.arg(fact.term(), 0),
            (Passes::True, Op::Call(_)) if fact.holds() => fact.term(),
            (Passes::False, Op::Call(_)) if !fact.holds() => fact.term(),
            _ => return false,
        };
        engine.terms.op(call) == Op::Call(check)
            && id.is_none_or(|id| engine.terms.args(call).first() == Some(&id))
    });
    direct || {
        let needs = needs(lint, check, passes, id);
        !needs.is_empty() && needs.iter().all(|&fact| facts.contains(fact))
    }
}

/// Whether the facts say that the check was not passed: what goes on only while the breaker stops all else.
pub(super) fn is_opposed(
    lint: &mut Lint<'_>,
    breaker: &CircuitBreaker,
    check: FunctionId,
    facts: &Facts,
) -> bool {
    let id = id(lint, breaker);
    needs(lint, check, breaker.passes, id).iter().any(|need| facts.contains(need.opposite()))
}

/// What the check needs to be passed, told in the state that an entrypoint is entered with. Nothing, if the check has
/// other parameters than the id.
pub(super) fn needs(lint: &mut Lint<'_>, check: FunctionId, passes: Passes, id: Option<TermId>) -> Vec<Fact> {
    let arguments: Vec<_> = id.into_iter().collect();
    if lint.program.function(check).parameters.len() != arguments.len() {
        return Vec::new();
    }
    let call = lint.engine.call_at_entry(check, &arguments);
    let facts = answered(lint, call, passes, true);
    let terms = &lint.engine.terms;
    let is_call = |fact: Fact| {
        let term = fact.term();
        let of = if terms.op(term) == Op::Good { terms.arg(term, 0) } else { term };
        matches!(terms.op(of), Op::Call(_))
    };
    facts.iter().flat_map(Facts::iter).filter(|&fact| !is_call(fact)).collect()
}

/// The name of the breaker that the check is asked with.
pub(super) fn id(lint: &mut Lint<'_>, breaker: &CircuitBreaker) -> Option<TermId> {
    breaker.id.as_ref().map(|id| lint.engine.terms.literal(&format!("\"{}\"", id.value)))
}

/// What must hold for a call of the check to be passed, or not to be; `None` if that cannot be.
pub(super) fn answered(lint: &mut Lint<'_>, call: TermId, passes: Passes, passed: bool) -> Option<Facts> {
    match passes {
        Passes::Ok => lint.engine.assume_good(call, passed),
        Passes::True => lint.engine.assume(call, passed),
        Passes::False => lint.engine.assume(call, !passed),
    }
}

/// Another entrypoint of the contract that has the check, and the expression by which it has it.
pub(super) fn example(
    lint: &mut Lint<'_>,
    breaker: &CircuitBreaker,
    check: FunctionId,
    entrypoint: FunctionId,
) -> Option<evidence::Example> {
    evidence::example(lint, entrypoint, stops, &mut |lint, _, facts| is_checked(lint, breaker, check, facts))
}

/// The check as the entrypoint would call it.
pub(super) fn plain_call(
    lint: &Lint<'_>,
    breaker: &CircuitBreaker,
    check: FunctionId,
    entrypoint: FunctionId,
) -> String {
    let condition = plain_condition(lint, breaker, check, entrypoint);
    match breaker.passes {
        Passes::Ok => format!("(try! {condition})"),
        Passes::True | Passes::False => format!("(asserts! {condition} ERR-PAUSED)"),
    }
}

/// What the entrypoint would ask for: a truth value, or a response that has to be ok.
pub(super) fn plain_condition(
    lint: &Lint<'_>,
    breaker: &CircuitBreaker,
    check: FunctionId,
    entrypoint: FunctionId,
) -> String {
    let id = breaker.id.as_ref().map(|id| id.value.as_str());
    let call = evidence::call_of(lint.program, check, id, entrypoint);
    match breaker.passes {
        Passes::Ok | Passes::True => call,
        Passes::False => format!("(not {call})"),
    }
}
