//! What the rules have inferred of a project, so that people can check it: `clarlint facts`.

use std::collections::{BTreeMap, BTreeSet};

use super::peers::{self, Action};
use super::{Lint, evidence, inferred_breaker, matrix, registered};
use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Fact, Op, StateId};
use crate::graph::FunctionId;

/// What was inferred under each heading, a line for each.
pub fn inferred(lint: &mut Lint<'_>) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("circuit breakers, and who checks them", breakers(lint)),
        ("sums that are kept below a limit, and who adds to them", limiters(lint)),
        ("registries, and who looks names up in them", registries(lint)),
        ("state that only privileged callers set", governed(lint)),
        ("roles, and who asks for them", roles(lint)),
        ("peers that all ask before they do the same", peers(lint)),
    ]
}

/// The state with its contract.
fn path(lint: &Lint<'_>, state: StateId) -> String {
    let owner = || state.owner().map_or("STX".to_string(), |owner| lint.named(owner));
    lint.state_path(state).unwrap_or_else(owner)
}

/// Entrypoints with their contracts; those of many are counted.
fn entrypoints(lint: &Lint<'_>, all: &BTreeSet<FunctionId>) -> String {
    let names: Vec<_> = all.iter().map(|&it| lint.program.path(it)).collect();
    evidence::listed(&names)
}

fn lines(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_unstable();
    lines
}

/// Which entrypoints have an effect for which something is found.
fn by_state(lint: &mut Lint<'_>, mut of: impl FnMut(&mut Lint<'_>, &Effect) -> Vec<StateId>) -> Vec<String> {
    let mut all: BTreeMap<StateId, BTreeSet<FunctionId>> = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        for effect in &lint.engine.summary(entrypoint).effects {
            for state in of(lint, effect) {
                all.entry(state).or_default().insert(entrypoint);
            }
        }
    }
    let line = |(&state, by): (&StateId, _)| format!("{}: {}", path(lint, state), entrypoints(lint, by));
    lines(all.iter().map(line).collect())
}

fn breakers(lint: &mut Lint<'_>) -> Vec<String> {
    by_state(lint, |lint, effect| {
        let checked: Vec<_> =
            effect.facts.iter().filter(|&fact| inferred_breaker::is_breaker(lint, fact)).collect();
        let read = lint.engine.parts(checked.into_iter().map(Fact::term)).into_iter();
        let state = read.filter_map(|part| match lint.engine.terms.op(part) {
            Op::Entry(state) | Op::Initial(state) => Some(state),
            _ => None,
        });
        state.collect()
    })
}

/// State that is written with a sum which was compared with a constant or with what privileged callers have set: rate
/// limits and caps.
fn limiters(lint: &mut Lint<'_>) -> Vec<String> {
    by_state(lint, |lint, effect| {
        let (EffectKind::Write(_, state), Some(&written)) = (&effect.kind, effect.args.last()) else {
            return Vec::new();
        };
        let written = lint.engine.parts([written]);
        let spends = effect.facts.iter().any(|fact| {
            let (Op::Pure(Builtin::Less), &[a, b]) =
                (lint.engine.terms.op(fact.term()), lint.engine.terms.args(fact.term()))
            else {
                return false;
            };
            [(a, b), (b, a)].into_iter().any(|(sum, limit)| {
                lint.engine.terms.op(sum) == Op::Pure(Builtin::Add)
                    && written.contains(&sum)
                    && lint.engine.parts([sum]).into_iter().any(|part| match lint.engine.terms.op(part) {
                        Op::Entry(read) | Op::Initial(read) => read == *state,
                        _ => false,
                    })
                    && lint.governance.is_trusted(&mut lint.engine, limit)
            })
        });
        if spends { vec![*state] } else { Vec::new() }
    })
}

fn registries(lint: &mut Lint<'_>) -> Vec<String> {
    let all = registered::registers(lint);
    let line = |(&map, register): (&StateId, &registered::Register)| {
        let by: BTreeSet<_> = register.lookups.iter().map(|&(_, function, _)| function).collect();
        let names = register.names.len();
        let count = if names == 1 { "1 name".to_string() } else { format!("{names} names") };
        let by = if by.is_empty() { "nobody".to_string() } else { entrypoints(lint, &by) };
        format!("{} ({count}): {by}", path(lint, map))
    };
    lines(all.iter().map(line).collect())
}

fn governed(lint: &mut Lint<'_>) -> Vec<String> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        for effect in &lint.engine.summary(entrypoint).effects {
            let EffectKind::Write(_, state) = effect.kind else { continue };
            if let Some(owner) = state.owner()
                && lint.governance.is_administered(state)
            {
                let path = path(lint, state);
                let name = path.rsplit('.').next().unwrap_or(&path).to_string();
                all.entry(lint.named(owner)).or_default().insert(name);
            }
        }
    }
    let line = |(contract, names): (String, BTreeSet<String>)| {
        format!("{contract}: {}", names.into_iter().collect::<Vec<_>>().join(", "))
    };
    all.into_iter().map(line).collect()
}

fn roles(lint: &mut Lint<'_>) -> Vec<String> {
    let mut all: BTreeMap<(String, String), BTreeSet<FunctionId>> = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.engine.summary(entrypoint);
        for role in matrix::authorisation(lint, entrypoint, &summary.effects) {
            let contract = lint.contract_name(entrypoint);
            all.entry((contract, role)).or_default().insert(entrypoint);
        }
    }
    let line = |((contract, role), by): (&(String, String), &BTreeSet<FunctionId>)| {
        let names: Vec<_> = by.iter().map(|&it| lint.program.name(it).to_string()).collect();
        format!("{contract}: {role}: {}", evidence::listed(&names))
    };
    all.iter().map(line).collect()
}

fn peers(lint: &mut Lint<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (action, peers) in peers::conventions(lint) {
        let what = match action {
            Action::Change(state) => path(lint, state),
            Action::Call(contract, _, method) => {
                format!("{} calling {}", lint.named(contract), lint.engine.terms.text(method))
            }
        };
        let names = |of: &BTreeMap<FunctionId, Effect>| {
            let names: Vec<_> = of.keys().map(|&it| lint.program.name(it).to_string()).collect();
            evidence::listed(&names)
        };
        let but = if peers.unguarded.is_empty() {
            String::new()
        } else {
            format!(", but not {}", names(&peers.unguarded))
        };
        found.push(format!("{what}: {}{but}", names(&peers.guarded)));
    }
    lines(found)
}
