//! `clarlint explain RULE`: the rule's document, or the rules of a group, or all of them.

use super::{Console, Exit, Stop};
use crate::config::RuleName;
use crate::config::table::closest;
use crate::rules::{self, RULES, Rule, clarinet_lint};

pub fn run(name: &str, console: &mut Console<'_>) -> Result<Exit, Stop> {
    // Clarinet's name of what one rule reports stands for that rule, of what several report for all of them.
    let of_clarinet: Vec<_> = clarinet_lint(name).into_iter().flat_map(|lint| lint.rules()).collect();
    let Some(rule) = rules::find(name).or(of_clarinet.first().copied().filter(|_| of_clarinet.len() == 1))
    else {
        let group: Vec<_> = match of_clarinet.is_empty() {
            true => RULES
                .iter()
                .copied()
                .filter(|rule| [rule.group.as_str(), RuleName::ALL].contains(&name))
                .collect(),
            false => of_clarinet,
        };
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
