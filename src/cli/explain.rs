//! `clarlint explain RULE`: the rule's document, or the rules of a group, or all of them.

use super::{Console, Exit, Stop};
use crate::config::RuleName;
use crate::config::table::closest;
use crate::rules::{self, RULES, Rule, clarinet_lint, stacy_detector};

pub fn run(name: &str, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let named = named(name);
    let rule = match named[..] {
        [] => return Err(unknown(name)),
        [rule] => rule,
        _ => return list(&named, console),
    };
    for line in rule.doc.lines() {
        match line.starts_with('#') && console.stdout_colors {
            true => writeln!(console.stdout, "\x1b[1m{line}\x1b[0m")?,
            false => writeln!(console.stdout, "{line}")?,
        }
    }
    Ok(Exit::Clean)
}

/// The rules that a name stands for: the rule's own, that of a group, or one of Clarinet or Stacy.
fn named(name: &str) -> Vec<&'static Rule> {
    let others = clarinet_lint(name).into_iter().flat_map(|lint| lint.rules()).chain(stacy_detector(name));
    let named: Vec<_> = rules::find(name).into_iter().chain(others).collect();
    let of_group = |rule: &&Rule| [rule.group.as_str(), RuleName::ALL].contains(&name);
    if named.is_empty() { RULES.iter().copied().filter(of_group).collect() } else { named }
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
