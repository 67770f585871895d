//! The ways to break a guard.

use clarlint::builtins::Builtin;
use clarlint::model::{ExprId, ExprKind};

use super::guards::{Class, Form, Guard};
use super::{Edit, Maker, below};

/// State that others trust, and that must not be set by strangers.
const TRUSTED: &[&str] = &[
    "circuit-breakers",
    "rate-limit-config",
    "parameters",
    "contract-registry",
    "contract-admin",
    "implementation-address",
    "supported-collateral-tokens",
    "feeders",
    "arbiters",
    "guardians",
];

pub fn of_guard(maker: &mut Maker<'_, '_>, guard: &Guard) {
    let at = maker.range(guard.statement);
    let text = maker.text(guard.statement).to_owned();
    let asked = guard.class.rules();
    let broken = [asked, &["unenforced-guard"]].concat();
    let condition = match guard.form {
        Form::Asserts(condition, _) => maker.text(condition).to_owned(),
        Form::Try(call) => format!("(is-ok {})", maker.text(call)),
    };
    let thrown = match guard.form {
        Form::Asserts(_, thrown) => maker.text(thrown).to_owned(),
        Form::Try(_) => "(err err-unauthorized)".to_owned(),
    };
    let class = guard.class;
    let kind = |what: &'static [&'static str; 5]| what[class as usize];
    let mut add = |kind: &'static str, expected: &[&'static str], edits: Vec<Edit>| {
        maker.add(kind, guard.function, &text, expected, edits);
    };
    let replaced = |new: String| vec![(at.clone(), new)];

    add(kind(&DELETED), asked, replaced(String::new()));
    add(kind(&TRUE), &broken, replaced(format!("(asserts! true {thrown})")));
    add(kind(&INVERTED), &broken, replaced(format!("(asserts! (not {condition}) {thrown})")));
    add(kind(&ONE_BRANCH), &broken, replaced(format!("(if (is-eq tx-sender contract-caller) {text} true)")));
    let absorbed = match guard.form {
        Form::Asserts(..) => format!("(is-ok (if {condition} (ok true) {thrown}))"),
        Form::Try(_) => condition.clone(),
    };
    add(kind(&ABSORBED), &broken, replaced(absorbed));
    if let Some(last) = guard.last {
        let after = maker.range(last);
        let last = maker.text(last).to_owned();
        let new =
            format!("(let ((mutant-result {last})) (asserts! {condition} mutant-result) mutant-result)");
        let edits = vec![(at.clone(), String::new()), (after, new)];
        maker.add(kind(&OK_THROWN), guard.function, &text, &broken, edits);
    }
    if class == Class::Authorisation && sets_trusted_state(maker, guard) {
        let rules =
            ["breaker-not-governed", "attacker-writable-registry", "missing-authorisation", "open-setter"];
        maker.add("un-gate a trusted setter", guard.function, &text, &rules, vec![(at, String::new())]);
    }
}

const DELETED: [&str; 5] =
    ["delete: breaker", "delete: emergency", "delete: limiter", "delete: authorisation", "delete: identity"];
const TRUE: [&str; 5] = [
    "condition true: breaker",
    "condition true: emergency",
    "condition true: limiter",
    "condition true: authorisation",
    "condition true: identity",
];
const INVERTED: [&str; 5] = [
    "inverted: breaker",
    "inverted: emergency",
    "inverted: limiter",
    "inverted: authorisation",
    "inverted: identity",
];
const ONE_BRANCH: [&str; 5] = [
    "one branch: breaker",
    "one branch: emergency",
    "one branch: limiter",
    "one branch: authorisation",
    "one branch: identity",
];
const ABSORBED: [&str; 5] = [
    "absorbed: breaker",
    "absorbed: emergency",
    "absorbed: limiter",
    "absorbed: authorisation",
    "absorbed: identity",
];
const OK_THROWN: [&str; 5] = [
    "throws ok after the effect: breaker",
    "throws ok after the effect: emergency",
    "throws ok after the effect: limiter",
    "throws ok after the effect: authorisation",
    "throws ok after the effect: identity",
];

/// Whether the guarded function writes state that others trust, itself or through helpers of its contract.
fn sets_trusted_state(maker: &Maker<'_, '_>, guard: &Guard) -> bool {
    let program = maker.program;
    let contract = guard.function.contract;
    let model = program.model(contract);
    let writes = |expr: &ExprId| match model.expr(*expr).kind {
        ExprKind::Builtin(Builtin::VarSet | Builtin::MapSet | Builtin::MapInsert, parts) => {
            let name =
                model.list(parts).first().map(|&expr| maker.text(clarlint::graph::Site { contract, expr }));
            name.is_some_and(|name| TRUSTED.contains(&name))
        }
        _ => false,
    };
    let mut open = vec![program.function(guard.function).body];
    let mut seen = Vec::new();
    while let Some(body) = open.pop() {
        if seen.contains(&body) {
            continue;
        }
        seen.push(body);
        let all = below(model, body);
        if all.iter().any(writes) {
            return true;
        }
        let called = all.iter().filter_map(|&expr| match model.expr(expr).kind {
            ExprKind::Call(index, _) => Some(model.functions[index as usize].body),
            _ => None,
        });
        open.extend(called);
    }
    false
}
