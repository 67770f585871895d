//! `clarlint explain RULE`: the rule's document, or the rules of a group.

use super::{Console, Exit, Stop};
use crate::config::RuleName;
use crate::config::table::closest;
use crate::rules::{self, RULES, Rule};

pub fn run(name: &str, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let Some(rule) = rules::find(name) else {
        let group: Vec<_> = RULES.iter().copied().filter(|rule| rule.group.as_str() == name).collect();
        return if group.is_empty() { Err(unknown(name)) } else { list(&group, console) };
    };
    for line in rule.doc.lines() {
        match line.starts_with('#') && console.stdout_colors {
            true => writeln!(console.stdout, "\x1b[1m{line}\x1b[0m")?,
            false => writeln!(console.stdout, "{line}")?,
        }
    }
    Ok(Exit::Clean)
}

fn list(rules: &[&Rule], console: &mut Console<'_>) -> Result<Exit, Stop> {
    for rule in rules {
        let level = rule.level.map_or("off", |severity| severity.as_str());
        writeln!(console.stdout, "{} ({level})\n  {}", rule.id, rule.summary())?;
    }
    Ok(Exit::Clean)
}

fn unknown(name: &str) -> Stop {
    let help = match closest(name, RuleName::all()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`clarlint rules` lists all rules and groups".into(),
    };
    Stop::with_help(format!("there is no rule or group `{name}`"), help)
}
