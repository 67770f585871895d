//! The guards of an entrypoint, where both revisions can be compared.

use std::collections::BTreeSet;

use super::Kind;
use super::doing::{Key, Side, Way, state_path};
use crate::config::{CircuitBreaker, Passes, RateLimit};
use crate::facts::{Effect, Engine, Fact, Facts, Op, Renamed, TermId, Terms, shared, told};
use crate::graph::FunctionId;
use crate::rules::authorisation::hands_control;
use crate::rules::rate_limit::{Limiter, Standing};
use crate::rules::standing::{Candidate, Purpose, Wording, held, in_clarity};
use crate::rules::unused_policy_entry::always_passed;
use crate::rules::{Lint, breaker, evidence, survey};

/// Something that is made sure of before an entrypoint does something.
pub struct Held {
    pub kind: Kind,
    /// As the contract would write it.
    pub text: String,
    pub demand: Demand,
    /// What is done only where it holds.
    pub on: Vec<Key>,
    /// Whether it is about a contract that some of that calls, and not about whatever is done.
    pub is_about_called: bool,
}

impl Held {
    fn check(text: String, condition: TermId, on: Vec<Key>) -> Self {
        let demand = Demand::Condition(condition);
        Self { kind: Kind::Check, text, demand, on, is_about_called: false }
    }
}

/// What tells whether a guard holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Demand {
    /// A condition, carried to where both are compared.
    Condition(TermId),
    /// Another one of that name.
    Named(String),
}

/// A rate limit that the policy names, or could name.
pub struct Limit {
    limiter: Limiter,
    /// The budgets and the action, wherever the check stands.
    name: String,
    text: String,
}

/// The rate limits of a project; of those that spend the same for the same, one.
fn limits(lint: &mut Lint<'_>, renamed: &Renamed) -> Vec<Limit> {
    let mut found: Vec<Limit> = Vec::new();
    let named = lint.policy.rate_limits.clone();
    let all = if named.is_empty() { survey::limits(lint) } else { named };
    for RateLimit { check, action, .. } in all {
        let Some(function) = lint.program.function_named(&check.value.to_string()) else { continue };
        let limit = RateLimit { check, action, entrypoints: Default::default() };
        let limiter = Limiter::new(lint, &limit, function);
        let budgets: Vec<_> =
            limiter.budgets.iter().filter_map(|&budget| state_path(lint, renamed, budget)).collect();
        let action = limit.action.as_ref().map(|action| action.value.as_str());
        let name = format!("{} {}", budgets.join(" "), action.unwrap_or_default());
        if !budgets.is_empty() && found.iter().all(|other| other.name != name) {
            let text = evidence::call_of(lint.program, function, action, function);
            found.push(Limit { limiter, name, text });
        }
    }
    found
}

/// An entrypoint, and what of it is watched: each kind of doing, with its effects.
pub struct Watch<'w> {
    pub function: FunctionId,
    pub watched: &'w [(Key, Vec<&'w Effect>)],
}

impl Watch<'_> {
    pub fn guards(&self, side: &mut Side<'_, '_>, way: &mut Way<'_, '_, '_>) -> Vec<Held> {
        let mut guards = Vec::new();
        let named = self.breakers(side);
        let known = Facts::from_vec(named.iter().filter_map(|it| Some(Fact::new(it.term?, true))).collect());
        let known = known.unwrap_or_default();
        // What is asked for in any case.
        let mut asked: Vec<_> = known.iter().collect();
        for (candidate, on) in self.conditions(side) {
            let Candidate { term, standing } = candidate;
            asked.extend((on.len() == self.watched.len()).then(|| Fact::new(term, true)));
            let kind = match standing.purpose {
                Purpose::Role => Kind::Role,
                Purpose::Ownership => Kind::Ownership,
                Purpose::Identity => Kind::Identity,
                Purpose::Switch => Kind::Breaker,
            };
            // A switch by which a breaker is told is told with the breaker.
            if kind == Kind::Breaker && side.conditions.hold(side.lint, &known, term) == Some(true) {
                continue;
            }
            guards.push(Held {
                kind,
                text: standing.condition,
                demand: Demand::Condition(way.term(side, term)),
                on,
                is_about_called: standing.calls.is_some(),
            });
        }
        let asked = Facts::from_vec(asked).unwrap_or_default();
        for Named { text, term, on } in named {
            let demand = match term {
                Some(term) => Demand::Condition(way.term(side, term)),
                None => Demand::Named(text.clone()),
            };
            guards.push(Held { kind: Kind::Breaker, text, demand, on, is_about_called: false });
        }
        guards.extend(self.limits(side));
        let told = guards.iter().map(|guard| guard.text.clone()).collect();
        guards.extend(self.checks(side, way, told, &asked));
        guards
    }

    /// Everything else that is asked for, as far as a contract could say it: for all that is done, and for some of it. What
    /// follows from what is asked for in any case is left out.
    fn checks(
        &self,
        side: &mut Side<'_, '_>,
        way: &mut Way<'_, '_, '_>,
        mut known: BTreeSet<String>,
        asked: &Facts,
    ) -> Vec<Held> {
        let all = self.watched.iter().flat_map(|(_, effects)| effects.iter().copied());
        let whole = shared(all).unwrap_or_default();
        let mut found: Vec<Held> = Vec::new();
        let everywhere: Vec<_> = self.watched.iter().map(|(key, _)| key.clone()).collect();
        for (text, term) in self.said(side, &whole, &whole, asked) {
            if known.insert(text.clone()) {
                found.push(Held::check(text, way.term(side, term), everywhere.clone()));
            }
        }
        for (key, effects) in self.watched {
            let facts = shared(effects.iter().copied()).unwrap_or_default();
            for (text, term) in self.said(side, &facts.without(&whole), &facts, asked) {
                match found.iter_mut().find(|other| other.text == text) {
                    Some(other) => other.on.extend((!other.on.contains(key)).then(|| key.clone())),
                    None if known.contains(&text) => {}
                    None => found.push(Held::check(text, way.term(side, term), vec![key.clone()])),
                }
            }
        }
        found
    }

    /// Facts as conditions. What holds on one of two ways only is left out: nobody has asked for it in so many words.
    fn said(
        &self,
        side: &mut Side<'_, '_>,
        facts: &Facts,
        known: &Facts,
        asked: &Facts,
    ) -> Vec<(String, TermId)> {
        let mut said = Vec::new();
        for fact in told(&mut side.lint.engine, facts) {
            if is_of_one_way(&side.lint.engine, fact) {
                continue;
            }
            let known = (self.function, known);
            let Some((text, term)) = in_clarity(side.lint, &mut side.conditions, known, fact) else {
                continue;
            };
            if side.conditions.hold(side.lint, asked, term) == Some(false) {
                said.push((text, term));
            }
        }
        said
    }

    /// The conditions that hold for all that is done, and those that hold for some of it.
    fn conditions(&self, side: &mut Side<'_, '_>) -> Vec<(Candidate, Vec<Key>)> {
        let all: Vec<_> = self.watched.iter().flat_map(|(_, effects)| effects.iter().copied()).collect();
        let whole = shared(all.iter().copied()).unwrap_or_default();
        let mut found: Vec<(Candidate, Vec<Key>)> = Vec::new();
        for candidate in self.held(side, &all) {
            let on = self.about(side, &candidate);
            found.push((candidate, on));
        }
        let of_all = found.len();
        for (key, effects) in self.watched {
            let facts = shared(effects.iter().copied()).unwrap_or_default();
            if facts.len() == whole.len() {
                continue;
            }
            for candidate in self.held(side, effects) {
                let known = found.iter().position(|(other, _)| {
                    (other.standing.purpose, &other.standing.condition)
                        == (candidate.standing.purpose, &candidate.standing.condition)
                });
                match known {
                    Some(at) if at < of_all => {}
                    Some(at) => found[at].1.push(key.clone()),
                    None => found.push((candidate, vec![key.clone()])),
                }
            }
        }
        found
    }

    fn held(&self, side: &mut Side<'_, '_>, effects: &[&Effect]) -> Vec<Candidate> {
        held(side.lint, &mut side.conditions, self.function, effects, Wording::Any)
    }

    /// What a condition of all that is done is about: only what calls the contract, if it is one on that.
    fn about(&self, side: &mut Side<'_, '_>, candidate: &Candidate) -> Vec<Key> {
        let program = side.lint.program;
        let tree = &program.contract(self.function.contract).syntax.tree;
        let parameters = &program.function(self.function).parameters;
        let called = candidate.standing.calls.as_ref().and_then(|name| {
            let index = parameters.iter().position(|it| tree.name(it.name.symbol) == name)?;
            Some(side.lint.engine.terms.leaf(Op::Parameter(index as u32)))
        });
        let is_about = |effects: &[&Effect]| {
            called.is_none_or(|called| effects.iter().any(|effect| hands_control(effect, called)))
        };
        self.watched.iter().filter(|(_, effects)| is_about(effects)).map(|(key, _)| key.clone()).collect()
    }

    /// The breakers that the policy names.
    fn breakers(&self, side: &mut Side<'_, '_>) -> Vec<Named> {
        let lint = &mut *side.lint;
        let policy = lint.policy;
        let mut found: Vec<Named> = Vec::new();
        for entry in &policy.circuit_breakers {
            let Some(check) = lint.program.function_named(&entry.check.value.to_string()) else { continue };
            let on = self.on(|facts| breaker::is_checked(lint, entry, check, facts));
            if on.is_empty() || always_passed(lint, entry).is_some() {
                continue;
            }
            let text = breaker::plain_condition(lint, entry, check, self.function);
            if found.iter().all(|other| other.text != text) {
                let term = passed(lint, entry, check);
                found.push(Named { text, term, on });
            }
        }
        found
    }

    fn limits(&self, side: &mut Side<'_, '_>) -> Vec<Held> {
        let lint = &mut *side.lint;
        let mut found = Vec::new();
        for Limit { limiter, name, text } in side.limits.get_or_insert_with(|| limits(lint, &side.renamed)) {
            let stopped = self.watched.iter().filter(|(_, effects)| limiter.stops(effects[0]));
            let stopped: Vec<_> = stopped.cloned().collect();
            let watch = Watch { function: self.function, watched: &stopped };
            let on = watch.on(|facts| limiter.standing(lint, facts) == Standing::Passed);
            if !on.is_empty() {
                let (text, demand) = (text.clone(), Demand::Named(name.clone()));
                found.push(Held { kind: Kind::Limiter, text, demand, on, is_about_called: false });
            }
        }
        found
    }

    /// What is done only where the facts say something.
    fn on(&self, mut says: impl FnMut(&Facts) -> bool) -> Vec<Key> {
        let mut holds = |effects: &[&Effect]| says(&shared(effects.iter().copied()).unwrap_or_default());
        self.watched.iter().filter(|(_, effects)| holds(effects)).map(|(key, _)| key.clone()).collect()
    }
}

/// Whether a fact says one thing where a condition holds, and another where it does not.
fn is_of_one_way(engine: &Engine<'_>, fact: Fact) -> bool {
    let is_decided = |side: &TermId| [Terms::TRUE, Terms::FALSE].contains(side);
    match (engine.terms.op(fact.term()), engine.terms.args(fact.term())) {
        (Op::If, [_, yes, no]) => !is_decided(yes) && !is_decided(no),
        _ => false,
    }
}

/// A check that the policy names.
struct Named {
    text: String,
    /// That it is passed, if the policy says what it is asked with.
    term: Option<TermId>,
    on: Vec<Key>,
}

/// That a breaker is passed, as the entrypoint asks it when it is entered.
fn passed(lint: &mut Lint<'_>, entry: &CircuitBreaker, check: FunctionId) -> Option<TermId> {
    let arguments: Vec<_> = breaker::id(lint, entry).into_iter().collect();
    if lint.program.function(check).parameters.len() != arguments.len() {
        return None;
    }
    let call = lint.engine.call_at_entry(check, &arguments);
    Some(match entry.passes {
        Passes::Ok => lint.engine.terms.good(call),
        Passes::True => call,
        Passes::False => lint.engine.terms.not(call),
    })
}
