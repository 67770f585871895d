//! `breaker-not-governed`: anybody can set a breaker, a limit or a parameter, or nobody can end a pause.

use std::collections::BTreeSet;

use super::purpose::{self, Setting};
use super::settings::{self, Set};
use super::{Check, Group, Lint, Question, Rule, breaker_reset};
use crate::diagnostic::{Diagnostic, Severity};

pub const RULE: Rule = Rule {
    id: "breaker-not-governed",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/breaker-not-governed.md"),
    checks: &[
        Check::Contract(breaker_reset::by_policy),
        Check::Project(&[Question::Trust, Question::Settings, Question::Names], check),
    ],
    yields_to: &["open-setter"],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let purposes = purpose::settings(lint);
    let (own, others) = settings::by_owner(lint);
    let mut found = Vec::new();
    let mut said = BTreeSet::new();
    let mut known = settings::of_others(lint);
    // What a contract lets anybody do is its own fault, and not that of those who call it.
    for sets in [own, others] {
        let before = known.clone();
        for set in sets.into_iter().filter(|set| !before.contains(&set.state)) {
            let by_others = set.by_others.as_ref().filter(|_| set.also_as_record);
            let is_meant =
                |setting: &&Setting| set.chooses(setting.field.as_ref()) || setting.field.is_none();
            let setting = purposes.get(&set.state).filter(is_meant).or(by_others);
            let Some(setting) = setting else { continue };
            known.insert(set.state);
            if said.insert((set.entrypoint, set.state)) {
                found.push(ungoverned(lint, setting, set));
            }
        }
    }
    found.extend(breaker_reset::unreachable(lint));
    found
}

fn ungoverned(lint: &Lint<'_>, setting: &Setting, set: &Set) -> Diagnostic {
    let program = lint.program;
    let (name, state) = (program.name(set.entrypoint), &set.shown);
    let mut diagnostic = Diagnostic::new(
        RULE.id,
        Severity::Error,
        program.location(set.entrypoint),
        format!("`{name}` lets anybody change `{state}`, {}", setting.purpose),
    )
    .label(program.head(set.site), set.effect.as_str())
    .label(setting.seen.at, &setting.seen.message)
    .help(format!(
        "let `{name}` check who calls, as in `(asserts! (is-eq contract-caller OWNER) ERR-UNAUTHORIZED)`"
    ))
    .key(state.as_str());
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = set.trace.clone();
    diagnostic
}
