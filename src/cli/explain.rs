//! `clarlint explain RULE`: the rule's document.

use super::{Console, Exit, Stop};
use crate::config::table::closest;
use crate::rules::{self, RULES};

pub fn run(id: &str, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let Some(rule) = rules::find(id) else {
        let help = match closest(id, RULES.iter().map(|rule| rule.id)) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "`clarlint rules` lists all rules".into(),
        };
        return Err(Stop::with_help(format!("there is no rule `{id}`"), help));
    };
    for line in rule.doc.lines() {
        match line.starts_with('#') && console.stdout_colors {
            true => writeln!(console.stdout, "\x1b[1m{line}\x1b[0m")?,
            false => writeln!(console.stdout, "{line}")?,
        }
    }
    Ok(Exit::Clean)
}
