//! The guards that hold today: what `clarlint policy` writes, so that losing one is a finding tomorrow.

mod checks;
mod speaks;

pub use checks::{Checked, checked};

use std::collections::BTreeMap;

use super::authorisation::{Conditions, hands_control};
use super::{Lint, breaker};
use crate::builtins::Builtin;
use crate::config::Condition;
use crate::facts::{Effect, Engine, Fact, Facts, Op, Show, TermId, shared};
use crate::graph::FunctionId;
use crate::syntax::Kind;
use speaks::{is_switch, speaks_of};

/// What a condition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The caller is somebody whom the protocol trusts.
    Role,
    /// The caller owns what is touched.
    Ownership,
    /// A contract of the caller's choice is the one that it has to be.
    Identity,
    /// A switch that privileged callers hold is on.
    Switch,
}

/// A condition, and the parameter that it is about if it is asked only where that is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    pub purpose: Purpose,
    pub condition: String,
    pub calls: Option<String>,
}

/// A condition that holds at some entrypoint, as a term and in Clarity.
pub(super) struct Candidate {
    pub term: TermId,
    pub standing: Standing,
}

/// How conditions are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wording {
    /// In Clarity; what cannot be said is left out. Switches are told only where the policy names no breaker.
    Policy,
    /// In Clarity or else in words. All switches are told.
    Any,
}

/// Every condition that holds whenever effects are kept, with the entrypoints where it does, in their order. What
/// follows from others is left out.
pub fn standing(lint: &mut Lint<'_>) -> BTreeMap<Standing, Vec<String>> {
    let mut conditions = Conditions::new(lint);
    let mut all: BTreeMap<Standing, Vec<String>> = BTreeMap::new();
    for (entrypoint, path) in addressed(lint) {
        let summary = lint.engine.summary(entrypoint);
        let effects: Vec<_> = summary.effects.iter().filter(|effect| breaker::stops(effect)).collect();
        for candidate in held(lint, &mut conditions, entrypoint, &effects, Wording::Policy) {
            all.entry(candidate.standing).or_default().push(path.clone());
        }
    }
    all
}

/// The conditions that hold whenever any of some effects of an entrypoint is kept. What follows from others is left out.
pub(super) fn held(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    entrypoint: FunctionId,
    effects: &[&Effect],
    wording: Wording,
) -> Vec<Candidate> {
    let Some(shared) = shared(effects.iter().copied()) else { return Vec::new() };
    let mut held = of_caller(lint, conditions, entrypoint, &shared, wording);
    for (name, parameter) in trait_parameters(lint, entrypoint) {
        let called = effects.iter().copied().filter(|effect| hands_control(effect, parameter));
        let Some(known) = crate::facts::shared(called) else { continue };
        let about = About { name: &name, parameter, shared: &shared };
        held.extend(of_contract(lint, conditions, entrypoint, &known, &about, wording));
    }
    smallest(lint, conditions, held)
}

/// The entrypoints by the names that patterns have for them. Contracts of one name cannot be told apart, and are left out.
fn addressed(lint: &Lint<'_>) -> Vec<(FunctionId, String)> {
    let all: Vec<_> =
        lint.entrypoints().into_iter().map(|entrypoint| (entrypoint, lint.path(entrypoint))).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, path) in &all {
        *count.entry(path).or_default() += 1;
    }
    all.iter().filter(|(_, path)| count[path.as_str()] == 1).cloned().collect()
}

/// A contract of the caller's choice, and what is known of it on every effect.
struct About<'a> {
    name: &'a str,
    parameter: TermId,
    shared: &'a Facts,
}

/// Whether facts ask anything of the caller: to be somebody, or that something is kept of them.
pub fn asks_caller(lint: &mut Lint<'_>, facts: &Facts) -> bool {
    facts.iter().any(|fact| speaks_of(lint, fact, &is_caller))
}

fn is_caller(engine: &Engine<'_>, term: TermId) -> bool {
    engine.terms.is_caller(term)
}

fn of_caller(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    entrypoint: FunctionId,
    facts: &Facts,
    wording: Wording,
) -> Vec<Candidate> {
    let infers = wording == Wording::Any || lint.policy.circuit_breakers.is_empty();
    let mut found = Vec::new();
    for fact in facts.iter() {
        let purpose = if speaks_of(lint, fact, &is_caller) {
            let needs = lint.engine.assume(fact.term(), fact.holds()).unwrap_or_default();
            let is_role = lint.governance.has_role(&mut lint.engine, &needs);
            if is_role { Purpose::Role } else { Purpose::Ownership }
        } else if infers && is_switch(lint, fact) {
            Purpose::Switch
        } else {
            continue;
        };
        found.extend(candidate(lint, conditions, (entrypoint, facts), fact, purpose, wording));
    }
    found
}

fn of_contract(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    entrypoint: FunctionId,
    known: &Facts,
    about: &About<'_>,
    wording: Wording,
) -> Vec<Candidate> {
    let principal = lint.engine.terms.pure(Builtin::ContractOf, &[about.parameter]);
    let is_it = |_: &Engine<'_>, term: TermId| term == about.parameter || term == principal;
    let mut found = Vec::new();
    for fact in known.iter().filter(|fact| fact.holds()) {
        if !speaks_of(lint, fact, &is_it) || !says_which(lint, fact, about.parameter) {
            continue;
        }
        let candidate = candidate(lint, conditions, (entrypoint, known), fact, Purpose::Identity, wording);
        found.extend(candidate.map(|mut candidate| {
            let everywhere = conditions.hold(lint, about.shared, candidate.term) == Some(true);
            candidate.standing.calls = (!everywhere).then(|| about.name.to_string());
            candidate
        }));
    }
    found
}

/// Whether a fact says which contract it is: that it is kept somewhere counts only where strangers cannot keep it.
fn says_which(lint: &mut Lint<'_>, fact: Fact, parameter: TermId) -> bool {
    let is_equation = lint.engine.terms.op(fact.term()) == Op::Pure(Builtin::IsEq);
    let needs = lint.engine.assume(fact.term(), fact.holds()).unwrap_or_default();
    is_equation || lint.governance.is_identified(&mut lint.engine, &needs, parameter)
}

/// The fact as a condition.
fn candidate(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    (entrypoint, known): (FunctionId, &Facts),
    fact: Fact,
    purpose: Purpose,
    wording: Wording,
) -> Option<Candidate> {
    let (condition, term) = match (in_clarity(lint, conditions, (entrypoint, known), fact), wording) {
        (Some(said), _) => said,
        (None, Wording::Policy) => return None,
        (None, Wording::Any) => in_words(lint, conditions, entrypoint, fact)?,
    };
    Some(Candidate { term, standing: Standing { purpose, condition, calls: None } })
}

/// The fact as a condition, if it can be said and says, read back, what holds and need not hold anyway.
pub(super) fn in_clarity(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    (entrypoint, known): (FunctionId, &Facts),
    fact: Fact,
) -> Option<(String, TermId)> {
    let text = lint.engine.asked(entrypoint, fact)?;
    let term = conditions.condition(lint, &Condition(text.clone()), entrypoint).ok()?;
    let holds = says_something(lint, conditions, term) && conditions.hold(lint, known, term) == Some(true);
    holds.then_some((text, term))
}

/// The fact in words. What rests on something being done is left out: nobody would read it.
fn in_words(
    lint: &mut Lint<'_>,
    conditions: &mut Conditions,
    entrypoint: FunctionId,
    fact: Fact,
) -> Option<(String, TermId)> {
    let called =
        lint.engine.parts([fact.term()]).into_iter().filter_map(|part| match lint.engine.terms.op(part) {
            Op::Call(function) => Some(function),
            _ => None,
        });
    let called: Vec<_> = called.collect();
    if called.into_iter().any(|function| !lint.engine.summary(function).effects.is_empty()) {
        return None;
    }
    let text = Show { engine: &lint.engine, function: entrypoint }.fact(fact);
    let term = if fact.holds() { fact.term() } else { lint.engine.terms.not(fact.term()) };
    says_something(lint, conditions, term).then_some((text, term))
}

fn says_something(lint: &mut Lint<'_>, conditions: &mut Conditions, term: TermId) -> bool {
    conditions.hold(lint, &Facts::default(), term) == Some(false)
}

/// Leaves out, longest first, what the others make sure of.
fn smallest(lint: &mut Lint<'_>, conditions: &mut Conditions, mut all: Vec<Candidate>) -> Vec<Candidate> {
    // State of other contracts is theirs to name.
    let weight = |one: &Candidate| {
        let text = &one.standing.condition;
        (text.contains("-get ."), text.len())
    };
    all.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.standing.cmp(&b.standing)));
    all.dedup_by(|a, b| a.standing == b.standing);
    let mut at = 0;
    while at < all.len() {
        let one = all.remove(at);
        let others = all
            .iter()
            .filter(|other| other.standing.calls.is_none() || other.standing.calls == one.standing.calls);
        let others = Facts::from_vec(others.map(|other| Fact::new(other.term, true)).collect());
        let follows = others.is_some_and(|others| conditions.hold(lint, &others, one.term) == Some(true));
        if !follows {
            all.insert(at, one);
            at += 1;
        }
    }
    all
}

fn trait_parameters(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<(String, TermId)> {
    let program = lint.program;
    let tree = &program.contract(entrypoint.contract).syntax.tree;
    let parameters = program.function(entrypoint).parameters.iter().enumerate();
    let contracts = parameters.filter(|(_, parameter)| {
        parameter.declared_type.is_some_and(|declared| tree.expr(declared).kind() == Kind::TraitReference)
    });
    contracts
        .map(|(index, parameter)| {
            let name = tree.name(parameter.name.symbol).to_string();
            (name, lint.engine.terms.leaf(Op::Parameter(index as u32)))
        })
        .collect()
}
