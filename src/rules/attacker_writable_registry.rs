//! `attacker-writable-registry`: state that says whom the protocol trusts is written by whoever wants to.

use std::collections::BTreeMap;

use super::trust::{Trusted, Use};
use super::{Check, Group, Lint, Question, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::StateId;

pub const RULE: Rule = Rule {
    id: "attacker-writable-registry",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/attacker-writable-registry.md"),
    checks: &[Check::Project(&[Question::Trust], check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<StateId, &Use> = BTreeMap::new();
    for used in &lint.digest.trust.uses {
        first.entry(used.state).or_insert(used);
    }
    first.into_values().filter_map(|used| report(lint, used)).collect()
}

fn report(lint: &Lint<'_>, used: &Use) -> Option<Diagnostic> {
    let write = lint.digest.trust.write(used)?;
    let program = lint.program;
    let (name, state) = (program.name(write.writer), &write.state);
    let trusts = program.name(used.entrypoint);
    let says = match used.trusted {
        Trusted::Caller | Trusted::Member => "who may call",
        Trusted::Contract => "which contract is called in the contract's own name",
    };
    let mut diagnostic = Diagnostic::new(
        RULE.id,
        Severity::Error,
        program.location(write.writer),
        format!("`{name}` lets anybody write `{state}`, by which `{trusts}` decides {says}"),
    )
    .label(program.head(write.site), write.effect.as_str())
    .label(program.head(used.site), format!("`{trusts}` does this because of `{state}`"))
    .help(format!(
        "let `{name}` take only what a privileged caller has listed, or check who calls, as in `(asserts! (is-eq contract-caller OWNER) ERR-UNAUTHORIZED)`"
    ))
    .key(state.as_str());
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = write.trace.clone();
    Some(diagnostic)
}
