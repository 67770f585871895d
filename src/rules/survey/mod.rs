//! What a protocol has that a policy can name, found without one: what `clarlint init` starts from.

mod breakers;
mod cover;
mod limits;
mod rows;
mod scaffolding;
mod switches;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::registry::Registry;
use super::standing::{Checked, Purpose, checked, standing};
pub use rows::{Row, Why};
pub use scaffolding::scaffolding;

use super::authorisation::Conditions;
use super::{Lint, Question, gather};
use crate::analysis::Analysis;
use crate::config::{Callers, CircuitBreaker, Condition, FunctionPath, Policy, RateLimit, Spanned};
use crate::facts::{Fact, Facts, StateId};
use crate::graph::{FunctionId, Program};
use crate::source::{FileId, Location, Span};
use rows::{Asking, Check, View};

/// Everything that was found: rows of a policy, those that say most first.
#[derive(Debug, Default)]
pub struct Survey {
    /// What stops whoever calls: checks, and switches that no function tells of.
    pub stops: Vec<Row>,
    pub limits: Vec<Row>,
    /// Who may call what.
    pub roles: Vec<Row>,
    /// Maps that contracts are looked up in by name.
    pub registries: Vec<String>,
    /// How many entrypoints lack a breaker that their peers have.
    pub lacking: usize,
}

/// What a policy could ask for, and where it holds today.
#[derive(Debug)]
struct Guard {
    /// The keys of the entry but for its entrypoints.
    keys: Vec<(&'static str, String)>,
    entrypoints: Vec<String>,
    /// Those that lack it although their peers have it.
    missing: Vec<String>,
}

impl Survey {
    /// Looks for everything in the contracts of a project.
    pub fn of(program: &Program<'_>) -> Self {
        let (none, analysis, found);
        none = Policy::default();
        analysis = Analysis::new(program, &none, None);
        let mut lint = Lint::of_project(&analysis, gather(&analysis, &[Question::Registries]));
        let registries = registries(&mut lint);
        let view = View::new(&mut lint);
        let switches = switches::standing_today(&mut lint, &view);
        let escaped = switches::escaped(&mut lint);
        found = Policy {
            circuit_breakers: breakers::candidates(&mut lint),
            rate_limits: limits::candidates(&mut lint),
            ..Policy::default()
        };
        lint.policy = &found;
        let [(_, breakers), (_, limits)] = checked(&mut lint);
        let breakers = breakers::chosen(&mut lint, breakers, &view);
        let mut breakers = switches::without_copies(&mut lint, breakers, &switches);
        let mut switches = switches::unnamed(&mut lint, switches, &breakers);
        for escaped in escaped {
            switches::charge(&mut lint, &escaped, &mut breakers, &mut switches);
        }
        let mut stops: Vec<_> = breakers.into_iter().chain(switches).collect();
        stops.sort_by_key(|guard| Reverse(guard.entrypoints.len()));
        let roles = standing(&mut lint).into_iter().filter(|(standing, _)| standing.purpose == Purpose::Role);
        let roles = roles.map(|(standing, entrypoints)| Guard::holding(standing.condition, entrypoints));
        let roles = merged(&mut lint, roles.collect());
        let limits: Vec<_> = limits.into_iter().map(Guard::checking).collect();
        Self {
            stops: by_weight(stop(&mut lint, &view, &stops)),
            limits: limits.iter().map(|guard| guard.row("rate-limit")).collect(),
            roles: by_weight(roles.iter().filter_map(|guard| role(&mut lint, &view, guard)).collect()),
            registries,
            lacking: stops.iter().map(|guard| guard.missing.len()).sum(),
        }
    }
}

fn by_weight(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| Reverse(row.told));
    rows
}

/// The rows of what stops whoever calls, which stands in the order in which it may name whole contracts.
fn stop(lint: &mut Lint<'_>, view: &View, guards: &[Guard]) -> Vec<Row> {
    let policy = lint.policy;
    let stopped = guards.iter().flat_map(|guard| &guard.entrypoints).map(String::as_str).collect();
    let mut whole = BTreeSet::new();
    let mut rows = Vec::new();
    for guard in guards {
        let entry = policy.circuit_breakers.iter().find(|entry| guard.is(entry));
        let check = entry.and_then(|entry| lint.program.function_named(&entry.check.value.to_string()));
        let check = match (entry.zip(check), guard.key("holds")) {
            (Some((entry, check)), _) => Check::Breaker(entry, check),
            (None, Some(condition)) => Check::Condition(condition),
            (None, None) => continue,
        };
        rows.extend(Asking::new(lint, view, check).stop(lint, guard, &stopped, &mut whole));
    }
    rows
}

fn role(lint: &mut Lint<'_>, view: &View, guard: &Guard) -> Option<Row> {
    let condition = Check::Condition(guard.key("holds")?);
    Some(Asking::new(lint, view, condition).role(lint, guard))
}

/// Roles with those that are the same in other words added to them, the one that is asked for most first.
fn merged(lint: &mut Lint<'_>, mut roles: Vec<Guard>) -> Vec<Guard> {
    roles.sort_by_key(|role| Reverse(role.entrypoints.len()));
    let mut kept: Vec<Guard> = Vec::new();
    for role in roles {
        match kept.iter_mut().find(|other| is_same(lint, other, &role)) {
            Some(other) => other.entrypoints.extend(role.entrypoints),
            None => kept.push(role),
        }
    }
    kept
}

/// Whether two conditions say the same wherever the second one is asked.
fn is_same(lint: &mut Lint<'_>, one: &Guard, other: &Guard) -> bool {
    let said = |guard: &Guard| guard.key("holds").map(|text| Condition(text.to_owned()));
    let (Some(one), Some(said)) = (said(one), said(other)) else { return false };
    let mut conditions = Conditions::new(lint);
    let mut contracts = BTreeSet::new();
    other.entrypoints.iter().all(|path| {
        let Some(entrypoint) = lint.program.function_named(path) else { return false };
        if !contracts.insert(entrypoint.contract) {
            return true;
        }
        let term = |lint: &mut Lint<'_>, said| conditions.condition(lint, said, entrypoint).ok();
        let (Some(a), Some(b)) = (term(lint, &one), term(lint, &said)) else { return false };
        [(a, b), (b, a)].into_iter().all(|(known, wanted)| {
            let known = Facts::from_vec(vec![Fact::new(known, true)]);
            known.is_some_and(|known| conditions.hold(lint, &known, wanted) == Some(true))
        })
    })
}

/// The rate limits that a policy could name.
pub(super) fn limits(lint: &mut Lint<'_>) -> Vec<RateLimit> {
    limits::candidates(lint)
}

impl Guard {
    fn checking(checked: Checked) -> Self {
        let mut keys = vec![("check", checked.check)];
        keys.extend(checked.keys);
        Self { keys, entrypoints: checked.entrypoints, missing: Vec::new() }
    }

    fn holding(condition: String, entrypoints: Vec<String>) -> Self {
        Self { keys: vec![("holds", condition)], entrypoints, missing: Vec::new() }
    }

    /// How many of those that anybody can do something by it stops, there or where they pass on to.
    fn stops_anybody(&self, lint: &Lint<'_>, view: &View) -> usize {
        let holders: BTreeSet<_> = self.entrypoints.iter().map(String::as_str).collect();
        let open = view.entrypoints.iter().filter(|it| it.is_open());
        open.filter(|it| holders.contains(it.path().as_str()) || view.passes_on(lint, it, &holders)).count()
    }

    /// The section of the policy that it belongs to, if it is no rate limit.
    fn section(&self) -> &'static str {
        if self.key("holds").is_some() { "authorisation" } else { "circuit-breaker" }
    }

    /// The guard where it holds, by name.
    fn row(&self, section: &'static str) -> Row {
        let (patterns, told) = (self.entrypoints.clone(), self.entrypoints.len());
        let (keys, callers) = (self.keys.clone(), Callers::All);
        Row { section, keys, patterns, callers, exempt: Vec::new(), told, left: 0 }
    }

    fn key(&self, wanted: &str) -> Option<&str> {
        self.keys.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.as_str())
    }

    /// Whether the guard is that entry.
    fn is(&self, entry: &CircuitBreaker) -> bool {
        self.key("check") == Some(&entry.check.value.to_string())
            && self.key("id") == entry.id.as_ref().map(|id| id.value.as_str())
            && self.key("passes") == entry.passes.unusual()
    }
}

fn registries(lint: &mut Lint<'_>) -> Vec<String> {
    let maps = Registry::all(lint).into_iter().map(|registry| registry.map);
    let maps: Vec<_> = maps.filter(|map| matches!(map, StateId::Map(..))).collect();
    maps.into_iter().filter_map(|map| lint.state_path(map)).collect()
}

/// A function as a policy would name it, unless another one of the project is meant by that name.
fn named(lint: &Lint<'_>, function: FunctionId) -> Option<Spanned<FunctionPath>> {
    let path = lint.path(function);
    let is_it = lint.program.function_named(&path) == Some(function);
    FunctionPath::parse(&path).ok().filter(|_| is_it).map(nowhere)
}

/// What is written in no file.
fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned { value, at: Location { file: FileId(0), span: Span::default() } }
}
