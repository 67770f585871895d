//! Functions that tell whether the protocol is paused: whoever asks, they answer by switches that privileged callers
//! hold, and say nothing else.

use std::collections::BTreeSet;

use super::rows::View;
use super::{Guard, named, nowhere};
use crate::builtins::Builtin;
use crate::config::{CircuitBreaker, Entrypoints, Passes};
use crate::facts::{Fact, Facts, Mask, Op, TermId};
use crate::graph::FunctionId;
use crate::model::Access;
use crate::rules::inferred_breaker::is_breaker;
use crate::rules::registered::plain;
use crate::rules::standing::Checked;
use crate::rules::{Lint, breaker};

/// Every check that a policy could name as a breaker. Of those that need the same, one.
pub(super) fn candidates(lint: &mut Lint<'_>) -> Vec<CircuitBreaker> {
    let mut known: BTreeSet<Vec<Fact>> = BTreeSet::new();
    let mut found = Vec::new();
    for (function, id) in asked(lint) {
        let Some(check) = named(lint, function) else { continue };
        let passes: &[Passes] = match answer(lint, function) {
            Some(Answer::Response) => &[Passes::Ok],
            Some(Answer::Bool) => &[Passes::False, Passes::True],
            None => continue,
        };
        for &passes in passes {
            let entry = CircuitBreaker {
                check: check.clone(),
                passes,
                id: id.map(|id| nowhere(text(lint, id))),
                entrypoints: Entrypoints::default(),
            };
            let needs = needed(lint, &entry);
            if is_stop(lint, &needs, id.is_some()) && known.insert(needs) {
                found.push(entry);
            }
        }
    }
    found
}

/// Those that stop somebody who needs no role, but for what others make sure of wherever it is asked for. Of the two
/// answers of one function, the one that more ask for.
pub(super) fn chosen(lint: &mut Lint<'_>, checked: Vec<Checked>, view: &View) -> Vec<Guard> {
    let policy = lint.policy;
    let mut all = Vec::new();
    for guard in checked.into_iter().map(Guard::checking) {
        let stopped = guard.stops_anybody(lint, view);
        if let Some(entry) = policy.circuit_breakers.iter().find(|entry| guard.is(entry) && stopped > 0) {
            all.push((guard, needed(lint, entry), stopped));
        }
    }
    let is_other_answer = |one: &Guard, other: &Guard| {
        one.key("check") == other.key("check") && one.key("id") == other.key("id")
    };
    let is_needed = |(one, needs, stopped): &(Guard, Vec<Fact>, usize)| {
        let better = all.iter().any(|(other, _, more)| is_other_answer(one, other) && more > stopped);
        let says_more =
            |more: &[Fact]| more.len() > needs.len() && needs.iter().all(|need| more.contains(need));
        let stronger: Vec<_> = all.iter().filter(|(_, more, _)| says_more(more)).collect();
        let is_made_sure =
            |path: &String| stronger.iter().any(|(other, ..)| other.entrypoints.contains(path));
        !better && !one.entrypoints.iter().all(is_made_sure)
    };
    let keep: Vec<_> = all.iter().map(is_needed).collect();
    all.into_iter().zip(keep).filter(|&(_, keep)| keep).map(|((guard, ..), _)| guard).collect()
}

/// What a check needs to be passed, without what it calls.
pub(super) fn needed(lint: &mut Lint<'_>, entry: &CircuitBreaker) -> Vec<Fact> {
    let Some(check) = lint.program.function_named(&entry.check.value.to_string()) else { return Vec::new() };
    let id = breaker::id(lint, entry);
    breaker::needs(lint, check, entry.passes, id)
}

/// Functions that change nothing: all that take nothing, and those that are asked by a name, with that name.
fn asked(lint: &mut Lint<'_>) -> Vec<(FunctionId, Option<TermId>)> {
    let program = lint.program;
    let is_check = |lint: &mut Lint<'_>, function: FunctionId, parameters: usize| {
        let model = program.function(function);
        model.access != Access::Private
            && model.parameters.len() == parameters
            && lint.engine.summary(function).effects.is_empty()
    };
    let mut asked = BTreeSet::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.engine.summary(entrypoint);
        let facts = summary.effects.iter().flat_map(|effect| effect.facts.iter()).map(Fact::term);
        for part in lint.engine.parts_within_calls(facts) {
            let Op::Call(function) = lint.engine.terms.op(part) else { continue };
            let Some(&id) = lint.engine.terms.args(part).first() else { continue };
            let Op::Literal(text) = lint.engine.terms.op(id) else { continue };
            if lint.engine.terms.text(text).starts_with('"') && is_check(lint, function, 1) {
                asked.insert((function, Some(id)));
            }
        }
    }
    let all = program.functions().filter(|&function| is_check(lint, function, 0));
    asked.extend(all.map(|function| (function, None)));
    asked.into_iter().collect()
}

fn text(lint: &Lint<'_>, id: TermId) -> String {
    match lint.engine.terms.op(id) {
        Op::Literal(text) => plain(lint.engine.terms.text(text)).to_string(),
        _ => String::new(),
    }
}

/// Whether what a check needs is that a switch stands on go, and nothing that depends on who calls. What is asked for by
/// name may hold until some height: one that has no name rather opens a sale.
fn is_stop(lint: &Lint<'_>, needs: &[Fact], has_name: bool) -> bool {
    let engine = &lint.engine;
    let about_state = |&fact: &Fact| engine.terms.mask(fact.term()).only(Mask::STATE.or(Mask::CHAIN));
    let mut parts = engine.parts(needs.iter().map(|fact| fact.term())).into_iter();
    let is_held = !needs.is_empty()
        && parts.all(|part| match engine.terms.op(part) {
            Op::Initial(state) => lint.governance.is_administered(state),
            _ => true,
        });
    needs.iter().all(about_state) && (has_name && is_held || needs.iter().any(|&fact| is_switch(lint, fact)))
}

/// Whether a fact is that a switch stands on go which can be set to stop and back. What is set once and stays so marks
/// that something has begun.
pub(super) fn is_switch(lint: &Lint<'_>, fact: Fact) -> bool {
    let is_reset = match lint.engine.terms.op(fact.term()) {
        Op::Initial(flag) => lint.governance.can_be_set(flag, fact.holds()),
        _ => true,
    };
    is_breaker(lint, fact) && is_reset
}

enum Answer {
    Bool,
    Response,
}

/// What kind of answer a function gives, if it tells nothing but yes or no.
fn answer(lint: &mut Lint<'_>, function: FunctionId) -> Option<Answer> {
    let engine = &mut lint.engine;
    let mut open = vec![engine.summary(function).result?];
    let mut seen = BTreeSet::new();
    let mut answer = None;
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match engine.terms.op(term) {
            Op::If => open.extend_from_slice(&engine.terms.args(term)[1..]),
            Op::Call(_) => open.extend(engine.unfold(term)),
            Op::Ok if engine.terms.mask(engine.terms.arg(term, 0)) != Mask::NOTHING => return None,
            Op::Ok | Op::Err => answer = Some(Answer::Response),
            Op::Bool(_) | Op::Good | Op::Pure(Builtin::IsEq | Builtin::Less) => answer = Some(Answer::Bool),
            Op::Initial(state) if engine.is_flag(state) => answer = Some(Answer::Bool),
            _ => {}
        }
    }
    answer
}

/// The facts that whoever passed a check knows.
pub(super) fn passed(lint: &mut Lint<'_>, entry: &CircuitBreaker) -> Facts {
    let Some(check) = lint.program.function_named(&entry.check.value.to_string()) else {
        return Facts::default();
    };
    let arguments: Vec<_> = breaker::id(lint, entry).into_iter().collect();
    let call = lint.engine.call_at_entry(check, &arguments);
    breaker::answered(lint, call, entry.passes, true).unwrap_or_default()
}
