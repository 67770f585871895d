//! `clarlint config`: what is in force, and where it comes from.

use super::args::ConfigArguments;
use super::load;
use super::{Console, Exit, Stop};
use crate::config::{Level, Lint, Policy};
use crate::rules::RULES;
use crate::source::{Location, SourceFile};

pub fn run(arguments: &ConfigArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(arguments, console)?;
    let (files, lint) = (&project.files, config.lint.beside(&project.lints.levels));
    let lines = rules(&lint).into_iter().chain(entries(&config.policy));
    let lines: Vec<_> = lines.map(|(section, what, at)| (section, what, origin(files, at))).collect();
    let width = lines.iter().map(|(section, ..)| section.len()).max().unwrap_or_default();
    for (section, what, origin) in lines {
        writeln!(console.stdout, "{section:width$}  {what}  ({origin})")?;
    }
    Ok(Exit::Clean)
}

type Line = (String, String, Option<Location>);

/// Every rule with its level; what somebody decided on comes first.
fn rules(lint: &Lint) -> Vec<Line> {
    let line = |rule: &&crate::rules::Rule| {
        let (level, by) = lint.decision(rule);
        let is_default = by.is_none() || level == Level::On && rule.level.is_some();
        let level = match level {
            Level::Off => "off",
            Level::At(severity) => severity.as_str(),
            Level::On => rule.level.map_or("on", |severity| severity.as_str()),
        };
        (is_default, (rule.id.to_string(), level.to_string(), by.and_then(|by| by.at)))
    };
    let mut lines: Vec<_> = RULES.iter().map(line).collect();
    lines.sort_by_key(|(is_default, _)| *is_default);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Every entry of the policy, with the line that it begins in.
fn entries(policy: &Policy) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |section: &str, what: String, at| {
        // Conditions may stand over several lines.
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push((format!("policy.{section}"), what, Some(at)));
    };
    for entry in &policy.circuit_breakers {
        let id = entry.id.as_ref().map(|id| format!(" \"{}\"", id.value)).unwrap_or_default();
        add("circuit-breaker", format!("{}{id}", entry.check.value), entry.at());
    }
    for entry in &policy.rate_limits {
        let action = entry.action.as_ref().map(|action| format!(" \"{}\"", action.value)).unwrap_or_default();
        add("rate-limit", format!("{}{action}", entry.check.value), entry.at());
    }
    for (name, condition) in &policy.roles {
        add("roles", format!("{} = {}", name.value, condition.value.0), name.at);
    }
    for entry in &policy.authorisation {
        add("authorisation", entry.holds.value.0.clone(), entry.at());
    }
    for (name, code) in policy.errors.iter().flat_map(|errors| &errors.codes) {
        add("errors", format!("{} = {}", name.value, code.0), name.at);
    }
    for (index, layer) in policy.layers.iter().flat_map(|layers| layers.layers.iter().enumerate()) {
        let names: Vec<_> = layer.iter().map(|name| name.value.to_string()).collect();
        if let Some(first) = layer.first() {
            add("layers", format!("{index}: {}", names.join(", ")), first.at);
        }
    }
    if let Some(upgrade) = &policy.upgrade {
        add("upgrade", upgrade.registry.value.to_string(), upgrade.registry.at);
    }
    for entry in &policy.traits.0 {
        let traits: Vec<_> = entry.traits.iter().map(|path| path.value.to_string()).collect();
        add("traits", format!("{} = {}", entry.contract.value, traits.join(", ")), entry.contract.at);
    }
    lines
}

fn origin(files: &[SourceFile], at: Option<Location>) -> String {
    match at.and_then(|at| Some((at, files.get(at.file.0 as usize)?))) {
        Some((at, file)) => format!("{}:{}", file.path, file.line_of(at.span.start) + 1),
        None => "default".to_string(),
    }
}
