//! `inconsistent-guard`: one entrypoint asks for less than all others that do the same.

use std::collections::BTreeMap;

use super::peers::{self, Action, Peers};
use super::{Check, Group, Lint, Rule, evidence, unasked_owner};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, Facts, Governance, Show};
use crate::graph::{FunctionId, Site};
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "inconsistent-guard",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/inconsistent-guard.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[
        "as-contract-dynamic-call",
        "attacker-writable-registry",
        "breaker-not-governed",
        "missing-authorisation",
        "missing-circuit-breaker",
        "open-setter",
        "unverified-contract-argument",
    ],
};

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let mut found = unasked_owner::of(lint, contract);
    for (action, Peers { guarded, unguarded, .. }) in peers::conventions(lint) {
        // Where several go without, it is no oversight.
        if unguarded.len() == 1 {
            found.extend(unguarded.iter().map(|(&it, effect)| report(lint, action, it, effect, &guarded)));
        }
    }
    found
}

fn report(
    lint: &mut Lint<'_>,
    action: Action,
    entrypoint: FunctionId,
    effect: &Effect,
    peers: &BTreeMap<FunctionId, Effect>,
) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let names: Vec<_> = peers.keys().map(|&peer| format!("`{}`", program.name(peer))).collect();
    let names = evidence::listed(&names);
    let message = match action {
        Action::Change(state) => {
            let state = Show { engine: &lint.engine, function: entrypoint }.state(state);
            format!("`{name}` changes `{state}` whoever calls, and {names} ask who calls")
        }
        Action::Call(_, _, method) => {
            let method = lint.engine.terms.text(method);
            format!("`{name}` calls `{method}` of any contract, and {names} check which contract it is")
        }
    };
    let key = match action {
        Action::Change(state) => Show { engine: &lint.engine, function: entrypoint }.state(state),
        Action::Call(_, _, method) => lint.engine.terms.text(method).to_string(),
    };
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, program.location(entrypoint), message)
        .label(program.head(effect.site), evidence::effect(&lint.engine, entrypoint, effect))
        .key(key);
    let example = peers
        .iter()
        .find_map(|(&peer, effect)| Some(evidence::Example { peer, guard: guard(lint, peer, effect)? }));
    diagnostic = match example {
        Some(example) => diagnostic
            .label(program.head(example.guard), format!("`{}` checks it here", program.name(example.peer)))
            .help(format!("add {}, or say why everybody may", example.words(program)))
            .guard(Some(example.location(program))),
        None => {
            diagnostic.help(format!("let `{name}` check what the others check, or say why everybody may"))
        }
    };
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, effect);
    diagnostic
}

/// The expression by which an entrypoint guards an effect.
fn guard(lint: &mut Lint<'_>, entrypoint: FunctionId, effect: &Effect) -> Option<Site> {
    let summary = lint.engine.summary(entrypoint);
    let contract = entrypoint.contract;
    let called = effect.args.first().copied().filter(|_| effect.result.is_some());
    let mut guards: Vec<_> =
        effect.facts.iter().filter_map(|fact| Some((*summary.origins.get(&fact)?, fact))).collect();
    guards.sort_unstable();
    let intended = Governance::intended();
    let expr = guards.into_iter().find_map(|(expr, fact)| {
        let alone = Facts::from_vec(vec![fact])?;
        let guards = match called {
            Some(called) => lint.governance.is_identified(&mut lint.engine, &alone, called),
            None => intended.has_role(&mut lint.engine, &alone),
        };
        guards.then_some(expr)
    })?;
    Some(Site { contract, expr })
}
