//! `breaker-not-governed`: anybody can set a breaker, a limit or a parameter, or nobody can end a pause.

use std::collections::BTreeSet;

use super::purpose::Setting;
use super::settings::Settings;
use super::{Check, Group, Lint, Rule, attacker_writable_registry, breaker_reset, evidence};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Show, StateId};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "breaker-not-governed",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/breaker-not-governed.md"),
    check: Check::Program(check),
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let settings = Settings::new(lint);
    let mut known: BTreeSet<_> = attacker_writable_registry::found(lint).into_keys().collect();
    let mut found = Vec::new();
    // What a contract lets anybody do is its own fault, and not that of those who call it.
    for by_others in [false, true] {
        let mut reported = Vec::new();
        for entrypoint in lint.program.entrypoints().collect::<Vec<_>>() {
            let (home, mut states) = (lint.program.contract_of(entrypoint), known.clone());
            let summary = lint.engine.summary(entrypoint);
            for effect in &summary.effects {
                let EffectKind::Write(_, state) = effect.kind else { continue };
                if (state.owner() != Some(home)) != by_others
                    || states.contains(&state)
                    || !settings.is_set_by_strangers(lint, (entrypoint, &summary.effects), effect, state)
                {
                    continue;
                }
                if let Some(setting) = settings.get(lint, &summary.effects, effect, state) {
                    states.insert(state);
                    reported.push(state);
                    found.push(ungoverned(lint, &setting, entrypoint, effect, state));
                }
            }
        }
        known.extend(reported);
    }
    found.extend(breaker_reset::unreachable(lint));
    found
}

fn ungoverned(
    lint: &Lint<'_>,
    setting: &Setting,
    entrypoint: FunctionId,
    write: &Effect,
    state: StateId,
) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let state = Show { engine: &lint.engine, function: entrypoint }.state(state);
    let mut diagnostic = Diagnostic::new(
        RULE.id,
        Severity::Error,
        program.location(entrypoint),
        format!("`{name}` lets anybody change `{state}`, {}", setting.purpose),
    )
    .label(program.head(write.site), evidence::effect(&lint.engine, entrypoint, write))
    .label(setting.seen.at, &setting.seen.message)
    .help(format!(
        "let `{name}` check who calls, as in `(asserts! (is-eq contract-caller OWNER) ERR-UNAUTHORIZED)`"
    ))
    .key(state);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, write);
    diagnostic
}
