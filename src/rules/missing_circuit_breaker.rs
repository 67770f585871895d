//! `missing-circuit-breaker`: an entrypoint that changes state on a path that commits without a circuit breaker's
//! check.

use super::{Check, Group, Lint, Rule, evidence};
use crate::config::{CircuitBreaker, Passes};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Fact, Facts, Mask, Op, StateId, TermId};
use crate::graph::FunctionId;
use crate::model::Access;

pub const RULE: Rule = Rule {
    id: "missing-circuit-breaker",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/missing-circuit-breaker.md"),
    check: Check::Entrypoint(check),
};

/// Without a policy, a breaker is expected where at least so many others have it.
const PEERS: usize = 3;

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let policy = lint.policy;
    if policy.circuit_breakers.is_empty() {
        return inferred(lint, entrypoint).into_iter().collect();
    }
    let breakers = policy.circuit_breakers.iter();
    breakers.filter_map(|breaker| demanded(lint, breaker, entrypoint)).collect()
}

/// Whether an effect is one that a breaker must stop. What is not known is not asked: it is counted as not checked.
fn changes_state(effect: &Effect) -> bool {
    !matches!(effect.kind, EffectKind::External(_) | EffectKind::Unchecked)
}

// With a policy.

fn demanded(lint: &mut Lint<'_>, breaker: &CircuitBreaker, entrypoint: FunctionId) -> Option<Diagnostic> {
    if !breaker.applies_to(&lint.contract_name(entrypoint), lint.program.name(entrypoint)) {
        return None;
    }
    let check = lint.program.function_named(&breaker.check.value.to_string())?;
    let summary = lint.engine.summary(entrypoint);
    let uncovered = summary
        .effects
        .iter()
        .find(|effect| changes_state(effect) && !is_checked(lint, breaker, check, &effect.facts))?;
    let name = lint.program.name(entrypoint);
    let which = match &breaker.id {
        Some(id) => format!("the circuit breaker `{}`", id.value),
        None => format!("the circuit breaker of `{}`", breaker.check.value),
    };
    let message = format!("`{name}` changes state without a check of {which}");
    let asks = match &breaker.reason {
        Some(reason) => format!("the policy asks for it: {reason}"),
        None => "the policy asks for it".to_string(),
    };
    let help = match example(lint, breaker, check, entrypoint) {
        Some((peer, call)) => format!("begin with `{call}`, as `{peer}` does"),
        None => format!("begin with `{}`", plain_call(lint, breaker, check)),
    };
    Some(
        finding(lint, entrypoint, uncovered, message)
            .label(breaker.at(), asks)
            .help(help)
            .key(breaker.id.as_ref().map_or(breaker.check.value.to_string(), |id| id.value.clone())),
    )
}

fn finding(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, message: String) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(RULE.id, Severity::Error, lint.program.location(entrypoint), message)
            .label(lint.program.head(effect.site), evidence::effect(&lint.engine, entrypoint, effect));
    diagnostic.function = Some(lint.program.name(entrypoint).to_string());
    diagnostic.trace = evidence::trace(lint.program, effect);
    diagnostic
}

/// Whether the facts say that the check was passed: its call had the outcome of an open breaker, or all that this
/// outcome needs is known without the call.
fn is_checked(lint: &mut Lint<'_>, breaker: &CircuitBreaker, check: FunctionId, facts: &Facts) -> bool {
    let id = breaker.id.as_ref().map(|id| lint.engine.terms.literal(&format!("\"{}\"", id.value)));
    let passes = breaker.passes;
    let direct = lint.governance.any(&mut lint.engine, facts, &mut |_, engine, fact| {
        let call = match (passes, engine.terms.op(fact.term())) {
            (Passes::Ok, Op::Good) if fact.holds() => engine.terms.arg(fact.term(), 0),
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

/// What the check needs to be passed, told in the state that an entrypoint is entered with. Nothing, if the check has
/// other parameters than the id.
fn needs(lint: &mut Lint<'_>, check: FunctionId, passes: Passes, id: Option<TermId>) -> Vec<Fact> {
    let arguments: Vec<_> = id.into_iter().collect();
    if lint.program.function(check).parameters.len() != arguments.len() {
        return Vec::new();
    }
    let call = lint.engine.call_at_entry(check, &arguments);
    let facts = match passes {
        Passes::Ok => lint.engine.assume_good(call, true),
        Passes::True => lint.engine.assume(call, true),
        Passes::False => lint.engine.assume(call, false),
    };
    let terms = &lint.engine.terms;
    let is_call = |fact: Fact| {
        let term = fact.term();
        let of = if terms.op(term) == Op::Good { terms.arg(term, 0) } else { term };
        matches!(terms.op(of), Op::Call(_))
    };
    facts.iter().flat_map(Facts::iter).filter(|&fact| !is_call(fact)).collect()
}

/// Another entrypoint of the contract that has the check, and the expression by which it has it.
fn example(
    lint: &mut Lint<'_>,
    breaker: &CircuitBreaker,
    check: FunctionId,
    entrypoint: FunctionId,
) -> Option<(String, String)> {
    let contract = lint.program.contract_of(entrypoint);
    let program = lint.program;
    for peer in program.functions_of(contract).filter(|&peer| program.function(peer).access == Access::Public)
    {
        let summary = lint.engine.summary(peer);
        let effects = summary.effects.iter().filter(|effect| changes_state(effect));
        let Some(shared) = effects.map(|effect| effect.facts.clone()).reduce(|all, facts| all.common(&facts))
        else {
            continue;
        };
        if peer == entrypoint || !is_checked(lint, breaker, check, &shared) {
            continue;
        }
        let mut origins: Vec<_> =
            shared.iter().filter_map(|fact| Some((*summary.origins.get(&fact)?, fact))).collect();
        origins.sort_unstable();
        let checked = origins.chunk_by(|a, b| a.0 == b.0).find(|learned| {
            let facts = Facts::from_vec(learned.iter().map(|&(_, fact)| fact).collect());
            facts.is_some_and(|facts| is_checked(lint, breaker, check, &facts))
        });
        if let Some(&[(at, _), ..]) = checked {
            let text = lint.program.node(crate::graph::Site { contract, expr: at }).text();
            let one_line: Vec<_> = text.split_whitespace().collect();
            return Some((lint.program.name(peer).to_string(), one_line.join(" ")));
        }
    }
    None
}

/// The check as an entrypoint of another contract would call it.
fn plain_call(lint: &Lint<'_>, breaker: &CircuitBreaker, check: FunctionId) -> String {
    let contract = &lint.program.contract(lint.program.contract_of(check)).name;
    let name = lint.program.name(check);
    let id = breaker.id.as_ref().map(|id| format!(" \"{}\"", id.value)).unwrap_or_default();
    let call = format!("(contract-call? .{contract} {name}{id})");
    match breaker.passes {
        Passes::Ok => format!("(try! {call})"),
        Passes::True => format!("(asserts! {call} ERR-PAUSED)"),
        Passes::False => format!("(asserts! (not {call}) ERR-PAUSED)"),
    }
}

// Without a policy.

/// The breaker that peers have and this entrypoint escapes. A breaker is a fact on state that a privileged caller
/// sets, whatever the caller and the arguments are.
fn inferred(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Option<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let uncovered = summary.effects.iter().find(|effect| changes_state(effect))?;
    if summary.effects.iter().any(|effect| lint.governance.has_role(&mut lint.engine, &effect.facts)) {
        return None;
    }
    let contract = lint.program.contract_of(entrypoint);
    let mut guarded: std::collections::BTreeMap<Fact, Vec<FunctionId>> = Default::default();
    let mut unguarded = 0;
    for peer in lint.program.functions_of(contract).filter(|&peer| peer != entrypoint) {
        let peer_summary = lint.engine.summary(peer);
        if !lint.program.entrypoints().any(|other| other == peer)
            || !peer_summary.effects.iter().any(|effect| same_kind(effect, &summary.effects))
        {
            continue;
        }
        let breakers = breakers(lint, &peer_summary.effects);
        if breakers.is_empty() {
            unguarded += 1;
        }
        breakers.into_iter().for_each(|fact| guarded.entry(fact).or_default().push(peer));
    }
    let own = breakers(lint, &summary.effects);
    let (fact, peers) = guarded
        .into_iter()
        .filter(|(fact, peers)| peers.len() >= PEERS && peers.len() > unguarded && !own.contains(fact))
        .max_by_key(|(fact, peers)| (peers.len(), std::cmp::Reverse(*fact)))?;
    let show = crate::facts::Show { engine: &lint.engine, function: entrypoint };
    let name = lint.program.name(entrypoint);
    let message = format!("`{name}` changes state without the circuit breaker that its peers check");
    let names: Vec<_> = peers.iter().map(|&peer| format!("`{}`", lint.program.name(peer))).collect();
    let help = format!("make sure that `{}`, as {} do", show.fact(fact), listed(&names));
    Some(finding(lint, entrypoint, uncovered, message).help(help).key("inferred"))
}

fn listed(names: &[String]) -> String {
    match names {
        [first, second, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second} and {} others", rest.len())
        }
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => names.join(""),
    }
}

fn same_kind(effect: &Effect, others: &[Effect]) -> bool {
    let kind = |effect: &Effect| match effect.kind {
        EffectKind::Write(_, state) => Some((0, Some(state))),
        EffectKind::Token(_, state) => Some((1, Some(state))),
        EffectKind::Stx(_) => Some((1, Some(StateId::Stx))),
        EffectKind::Dynamic { .. } => Some((2, None)),
        EffectKind::External(_) | EffectKind::Unchecked => None,
    };
    kind(effect).is_some_and(|own| others.iter().any(|other| kind(other) == Some(own)))
}

/// The breakers that all effects have.
fn breakers(lint: &mut Lint<'_>, effects: &[Effect]) -> Vec<Fact> {
    let facts = effects.iter().filter(|effect| changes_state(effect)).map(|effect| effect.facts.clone());
    let Some(shared) = facts.reduce(|all, facts| all.common(&facts)) else { return Vec::new() };
    shared.iter().filter(|fact| is_breaker(lint, fact.term())).collect()
}

fn is_breaker(lint: &Lint<'_>, term: TermId) -> bool {
    let terms = &lint.engine.terms;
    let mask = terms.mask(term);
    let parts = || lint.engine.parts([term]);
    mask.has(Mask::STATE)
        && mask.only(Mask::STATE.or(Mask::CHAIN))
        && !matches!(terms.op(term), Op::Call(_) | Op::If)
        && !(terms.op(term) == Op::Good && matches!(terms.op(terms.arg(term, 0)), Op::Call(_)))
        && parts().into_iter().all(|part| match terms.op(part) {
            Op::Initial(state) => lint.governance.is_administered(state),
            _ => true,
        })
}
