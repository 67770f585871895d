//! What a protocol has that a policy can name, found without one: what `clarlint init` starts from.

mod breakers;
mod limits;
mod switches;

use std::collections::BTreeSet;

use super::registry::Registry;
use super::standing::{Checked, Purpose, checked, standing};
use super::{Lint, Question, breaker, gather, names};
use crate::analysis::Analysis;
use crate::config::{CircuitBreaker, FunctionPath, Policy, RateLimit, Spanned};
use crate::facts::StateId;
use crate::graph::{FunctionId, Program};
use crate::source::{FileId, Location, Span};

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Survey {
    pub breakers: Vec<Guard>,
    /// Switches that no function tells of: conditions of entrypoints.
    pub switches: Vec<Guard>,
    pub limits: Vec<Guard>,
    /// Who may call what.
    pub roles: Vec<Guard>,
    pub registries: Vec<Names>,
    /// The entrypoints that anybody can call and that nothing stops, of contracts where something stops others.
    pub unstopped: Vec<String>,
}

/// An entry of a policy, and where what it asks for holds today.
#[derive(Debug)]
pub struct Guard {
    /// The keys of the entry but for its entrypoints.
    pub keys: Vec<(&'static str, String)>,
    pub entrypoints: Vec<String>,
    /// Those that lack it although their peers have it.
    pub missing: Vec<String>,
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
        let switches = switches::standing_today(&mut lint);
        let escaped = switches::escaped(&mut lint);
        let open = open(&mut lint);
        found = Policy {
            circuit_breakers: breakers::candidates(&mut lint),
            rate_limits: limits::candidates(&mut lint),
            ..Policy::default()
        };
        lint.policy = &found;
        let [(_, breakers), (_, limits)] = checked(&mut lint);
        let mut breakers = breakers::chosen(&mut lint, breakers, &open);
        let mut switches = switches::unnamed(&mut lint, switches, &breakers);
        for escaped in escaped {
            switches::charge(&mut lint, &escaped, &mut breakers, &mut switches);
        }
        let roles = standing(&mut lint).into_iter().filter(|(standing, _)| standing.purpose == Purpose::Role);
        let roles = roles.map(|(standing, entrypoints)| Guard::holding(standing.condition, entrypoints));
        let unstopped = unstopped(open, &breakers, &switches);
        Self {
            unstopped,
            roles: roles.collect(),
            limits: limits.into_iter().map(Guard::checking).collect(),
            breakers,
            switches,
            registries,
        }
    }
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

/// The entrypoints that change something on a path that asks nobody who they are.
fn open(lint: &mut Lint<'_>) -> Vec<String> {
    let mut open = Vec::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.engine.summary(entrypoint);
        let mut stopped = summary.effects.iter().filter(|effect| breaker::stops(effect));
        if stopped.any(|effect| !lint.governance.has_role(&mut lint.engine, &effect.facts)) {
            open.push(lint.path(entrypoint));
        }
    }
    open
}

fn unstopped(mut open: Vec<String>, breakers: &[Guard], switches: &[Guard]) -> Vec<String> {
    let contract = |path: &str| path.rsplit_once('.').map(|(contract, _)| contract.to_string());
    let guards = || breakers.iter().chain(switches);
    let stopped = || guards().flat_map(|guard| &guard.entrypoints);
    let contracts: BTreeSet<_> = stopped().map(|path| contract(path)).collect();
    open.retain(|path| contracts.contains(&contract(path)) && !stopped().any(|other| other == path));
    open.retain(|path| !guards().any(|guard| guard.missing.contains(path)));
    open
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
