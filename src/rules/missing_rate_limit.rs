//! `missing-rate-limit`: an entrypoint that changes something on a path that commits without spending a budget.

use super::rate_limit::{Limiter, Standing};
use super::{Check, Group, Lint, Rule, evidence};
use crate::config::RateLimit;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::FunctionId;
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "missing-rate-limit",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/missing-rate-limit.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for limit in &lint.policy.rate_limits {
        let Some(check) = lint.program.function_named(&limit.check.value.to_string()) else { continue };
        let limiter = Limiter::new(lint, limit, check);
        let is_news = found.iter().all(|other: &Diagnostic| other.at != lint.program.location(check));
        if check.contract == contract
            && is_news
            && limiter.budgets.is_empty()
            && lint.engine.summary(check).unchecked.is_none()
        {
            found.push(limits_nothing(lint, limit, check));
        }
        for entrypoint in lint.entrypoints() {
            lint.begin(entrypoint);
            if let Some(asked) = lint.asks(&limit.entrypoints, entrypoint) {
                let diagnostic = demanded(lint, limit, &limiter, entrypoint);
                let reason = limit.entrypoints.reason.as_ref();
                found.extend(diagnostic.map(|it| evidence::asked(it, asked, limit.at(), reason)));
            }
        }
    }
    found
}

/// The check itself is at fault: every entrypoint passes it, and as often as it likes. Said once for all actions.
fn limits_nothing(lint: &Lint<'_>, limit: &RateLimit, check: FunctionId) -> Diagnostic {
    let name = lint.program.name(check);
    let message = format!("`{name}` can be passed any number of times");
    let help = "on every path that returns ok, read what was spent, compare it with the limit, and write back what \
                is spent now";
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, lint.program.location(check), message)
        .label(limit.at(), evidence::policy("relies on it", limit.entrypoints.reason.as_ref()))
        .help(help)
        .key("check");
    diagnostic.function = Some(name.to_string());
    diagnostic
}

fn demanded(
    lint: &mut Lint<'_>,
    limit: &RateLimit,
    limiter: &Limiter,
    entrypoint: FunctionId,
) -> Option<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let (effect, standing) =
        summary.effects.iter().filter(|effect| limiter.stops(effect)).find_map(|effect| {
            if !lint.concerns(&limit.entrypoints, effect) {
                return None;
            }
            let standing = limiter.standing(lint, &effect.facts);
            (standing != Standing::Passed).then_some((effect, standing))
        })?;
    let program = lint.program;
    let name = program.name(entrypoint);
    let which = match &limit.action {
        Some(action) => format!("the rate limit `{}`", action.value),
        None => format!("the rate limit of `{}`", limit.check.value),
    };
    let (message, help) = match standing {
        Standing::Chosen => (
            format!("`{name}` lets its caller choose whose budget of {which} is spent"),
            "pass `tx-sender` or `contract-caller` to the check instead of an argument".to_string(),
        ),
        _ => (format!("`{name}` changes state without spending {which}"), {
            let action = limit.action.as_ref().map(|action| action.value.as_str());
            let call = evidence::call_of(program, limiter.check, action, entrypoint);
            format!("add `(try! {call})` to every path that returns ok")
        }),
    };
    let lacking = evidence::lacking(lint, entrypoint, effect, |lint, facts| {
        limiter.standing(lint, facts) == Standing::Passed
    });
    let mut diagnostic = evidence::finding(lint, &RULE, entrypoint, effect, message)
        .help(help)
        .key(limit.action.as_ref().map_or(limit.check.value.to_string(), |action| action.value.clone()));
    diagnostic.labels.extend(lacking);
    Some(diagnostic)
}
