//! What a protocol has that a policy can name, found without one: what `clarlint init` starts from.

mod breakers;
mod cover;
mod limits;
mod rows;
mod switches;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::registry::Registry;
use super::standing::{Checked, Purpose, checked, standing};
use super::{Lint, Question, gather, names};
use crate::analysis::Analysis;
use crate::config::{Callers, CircuitBreaker, FunctionPath, Policy, RateLimit, Spanned};
use crate::facts::StateId;
use crate::graph::{FunctionId, Program};
use crate::source::{FileId, Location, Span};
pub use rows::{Row, Why};
use rows::{Asking, Check, View};

/// Everything that was found: rows of a policy, those that say most first.
#[derive(Debug, Default)]
pub struct Survey {
    /// Checks that stop whoever calls.
    pub breakers: Vec<Row>,
    /// Switches that no function tells of: conditions of entrypoints.
    pub switches: Vec<Row>,
    pub limits: Vec<Row>,
    /// Who may call what.
    pub roles: Vec<Row>,
    pub registries: Vec<Names>,
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

/// A map that contracts are looked up in by name, and the names that are asked for.
#[derive(Debug)]
pub struct Names {
    pub map: String,
    pub asked: BTreeSet<String>,
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
        let guards = breakers.iter().chain(&switches);
        let lacking = guards.map(|guard| guard.missing.len()).sum();
        let roles = standing(&mut lint).into_iter().filter(|(standing, _)| standing.purpose == Purpose::Role);
        let roles: Vec<_> =
            roles.map(|(standing, entrypoints)| Guard::holding(standing.condition, entrypoints)).collect();
        let limits: Vec<_> = limits.into_iter().map(Guard::checking).collect();
        let lint = &mut lint;
        Self {
            breakers: breakers.iter().flat_map(|guard| stop(lint, &view, guard)).collect(),
            switches: switches.iter().flat_map(|guard| stop(lint, &view, guard)).collect(),
            limits: limits.iter().map(|guard| guard.row()).collect(),
            roles: merged(lint, roles).iter().filter_map(|guard| role(lint, &view, guard)).collect(),
            registries,
            lacking,
        }
        .sorted()
    }

    fn sorted(mut self) -> Self {
        for rows in [&mut self.breakers, &mut self.switches, &mut self.roles] {
            rows.sort_by_key(|row| Reverse(row.patterns.iter().map(|(_, count)| count).sum::<usize>()));
        }
        self
    }
}

fn stop(lint: &mut Lint<'_>, view: &View, guard: &Guard) -> Vec<Row> {
    let policy = lint.policy;
    let entry = policy.circuit_breakers.iter().find(|entry| guard.is(entry));
    let entry = entry.and_then(|entry| {
        Some((entry, lint.program.function_named(&entry.check.value.to_string())?))
    });
    let check = match (entry, guard.key("holds")) {
        (Some((entry, check)), _) => Check::Breaker(entry, check),
        (None, Some(condition)) => Check::Condition(condition),
        (None, None) => return Vec::new(),
    };
    Asking::new(lint, view, check).stop(lint, guard)
}

fn role(lint: &mut Lint<'_>, view: &View, guard: &Guard) -> Option<Row> {
    let condition = Check::Condition(guard.key("holds")?);
    Some(Asking::new(lint, view, condition).role(lint, guard))
}

/// Roles of which each is asked for in other words elsewhere become one: the one that is asked for most.
fn merged(_: &mut Lint<'_>, mut roles: Vec<Guard>) -> Vec<Guard> {
    roles.sort_by_key(|role| Reverse(role.entrypoints.len()));
    roles
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

    /// The guard where it holds, by name.
    fn row(&self) -> Row {
        let patterns = self.entrypoints.iter().map(|path| (path.clone(), 1)).collect();
        Row { keys: self.keys.clone(), patterns, callers: Callers::All, exempt: Vec::new() }
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

fn registries(lint: &mut Lint<'_>) -> Vec<Names> {
    let maps: Vec<_> = Registry::all(lint).into_iter().map(|registry| registry.map).collect();
    let mut found = Vec::new();
    for map in maps {
        let (StateId::Map(..), Some(path)) = (map, lint.state_path(map)) else { continue };
        let asked = names::asked(lint, map).into_iter().map(|name| name.text).collect();
        found.push(Names { map: path, asked });
    }
    found
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
