//! `unused-policy-entry`: an entry of the policy that matches nothing, or that everybody passes.

use super::{Check, Group, Lint, Rule, breaker, missing_trait_impl, unused_condition, unused_upgrade_entry};
use crate::config::table::closest;
use crate::config::{
    CircuitBreaker, Entrypoints, FunctionPath, FunctionPattern, NamePattern, Passes, Spanned,
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Access;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "unused-policy-entry",
    group: Group::Run,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/unused-policy-entry.md"),
    checks: &[Check::Contract(unused_condition::check), Check::Project(&[], check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let policy = lint.policy;
    let mut found = Vec::new();
    for breaker in &policy.circuit_breakers {
        found.extend(unknown_check(lint, &breaker.check.value.to_string(), breaker.check.at));
        found.extend(always_passed(lint, breaker));
        found.extend(unmatched(lint, &breaker.entrypoints));
    }
    for limit in &policy.rate_limits {
        found.extend(unknown_check(lint, &limit.check.value.to_string(), limit.check.at));
        found.extend(unmatched(lint, &limit.entrypoints));
    }
    found.extend(policy.authorisation.iter().flat_map(|entry| unmatched(lint, &entry.entrypoints)));
    found.extend(unused_condition::unused_roles(lint));
    let extra = policy.errors.iter().flat_map(|errors| &errors.extra).flat_map(|extra| &extra.contracts);
    let layers = policy.layers.iter().flat_map(|layers| layers.patterns());
    let upgrade = policy.upgrade.iter().flat_map(|upgrade| upgrade.patterns());
    found.extend(extra.chain(layers).chain(upgrade).filter_map(|pattern| no_contract(lint, pattern)));
    found.extend(policy.upgrade.iter().flat_map(|upgrade| unused_upgrade_entry::check(lint, upgrade)));
    for entry in &policy.traits.0 {
        if lint.program.contract_named(&entry.contract.value).is_none() {
            found.push(unknown_contract(lint, &entry.contract.value, entry.contract.at));
        }
        found.extend(entry.traits.iter().filter_map(|of| no_trait(lint, of)));
    }
    found
}

fn no_trait(lint: &Lint<'_>, of: &Spanned<FunctionPath>) -> Option<Diagnostic> {
    let program = lint.program;
    if missing_trait_impl::named(program, &of.value).is_some() {
        return None;
    }
    let text = of.value.to_string();
    let known: Vec<_> = program
        .project
        .contract_ids()
        .flat_map(|contract| {
            let owner = program.contract(contract);
            let traits = program.model(contract).traits.iter();
            traits
                .map(move |t| format!("{}.{}", owner.qualified_name(), owner.syntax.tree.name(t.name.symbol)))
        })
        .collect();
    let help = match closest(&text, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a trait of the project, CONTRACT.TRAIT".to_string(),
    };
    let message = format!("the project has no trait `{text}`: nothing is checked by this entry");
    Some(Diagnostic::new(RULE.id, Severity::Error, of.at, message).help(help).key(text))
}

fn no_contract(lint: &Lint<'_>, pattern: &Spanned<NamePattern>) -> Option<Diagnostic> {
    let program = lint.program;
    let names: Vec<_> = program
        .project
        .contract_ids()
        .map(|contract| program.contract(contract).qualified_name().to_string())
        .collect();
    let text = pattern.value.to_string();
    let matches = names.iter().any(|name| pattern.value.matches(name));
    (!matches).then(|| unknown_contract(lint, &text, pattern.at))
}

fn unknown_contract(lint: &Lint<'_>, text: &str, at: Location) -> Diagnostic {
    let project = lint.program.project;
    let names: Vec<_> =
        project.contracts.iter().map(|contract| contract.qualified_name().to_string()).collect();
    let help = match closest(text, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a contract of the project, or remove the entry".to_string(),
    };
    let message = format!("`{text}` matches no contract");
    Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(text)
}

fn unknown_check(lint: &Lint<'_>, path: &str, at: Location) -> Option<Diagnostic> {
    let program = lint.program;
    if program.function_named(path).is_some() {
        return None;
    }
    let known: Vec<_> = program.functions().map(|function| program.path(function)).collect();
    let help = match closest(path, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a function of the project, CONTRACT.FUNCTION".to_string(),
    };
    let message = format!("the project has no function `{path}`: nothing is checked by this entry");
    Some(Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(path))
}

/// A check that has only one answer stops nobody.
pub(super) fn always_passed(lint: &mut Lint<'_>, breaker: &CircuitBreaker) -> Option<Diagnostic> {
    let path = breaker.check.value.to_string();
    let check = lint.program.function_named(&path)?;
    let arguments = lint.program.function(check).parameters.len();
    let arguments: Vec<_> = (0..arguments).map(|_| lint.engine.terms.opaque()).collect();
    let call = lint.engine.call_at_entry(check, &arguments);
    if breaker::answered(lint, call, breaker.passes, false).is_some() {
        return None;
    }
    let answer = match breaker.passes {
        Passes::Ok => "ok",
        Passes::True => "true",
        Passes::False => "false",
    };
    let message = format!("`{path}` always answers {answer}: everybody passes this entry");
    Some(
        Diagnostic::new(RULE.id, Severity::Error, breaker.check.at, message)
            .label(lint.program.location(check), "defined here")
            .help("let it fail while something is paused, or say with `passes` which answer means that nothing is")
            .key(path),
    )
}

fn unmatched(lint: &Lint<'_>, entrypoints: &Entrypoints) -> Vec<Diagnostic> {
    entrypoints.patterns().filter_map(|pattern| matches_nothing(lint, pattern)).collect()
}

fn matches_nothing(lint: &Lint<'_>, pattern: &Spanned<FunctionPattern>) -> Option<Diagnostic> {
    let program = lint.program;
    let matches = program.functions().any(|function| {
        program.function(function).access == Access::Public
            && pattern.value.matches(&lint.contract_name(function), program.name(function))
    });
    if matches {
        return None;
    }
    let text = pattern.value.to_string();
    let known: Vec<_> = program
        .functions()
        .filter(|&function| program.function(function).access == Access::Public)
        .map(|function| program.path(function))
        .collect();
    let help = match closest(&text, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a public function, or remove the pattern".to_string(),
    };
    let message = format!("`{text}` matches no entrypoint");
    Some(Diagnostic::new(RULE.id, Severity::Error, pattern.at, message).help(help).key(text))
}
