//! `wrong-argument-count`: a call with too few or too many arguments.

use super::{Check, Group, Lint, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::LinkFault;

pub const RULE: Rule = Rule {
    id: "wrong-argument-count",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/wrong-argument-count.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let mut found = Vec::new();
    for broken in &program.broken {
        let LinkFault::WrongArgumentCount { function, given } = broken.fault else { continue };
        if !program.contract(broken.contract).linted {
            continue;
        }
        let definition = program.function(function);
        let takes = definition.parameters.len();
        let name = program.name(function);
        let count = |count: usize| match count {
            1 => "1 argument".to_string(),
            _ => format!("{count} arguments"),
        };
        let message = format!("`{name}` takes {}, and {given} {} given", count(takes), are(given));
        let tree = &program.contract(function.contract).syntax.tree;
        let parameters: Vec<_> = definition.parameters.iter().map(|p| tree.name(p.name.symbol)).collect();
        let help = match parameters.is_empty() {
            true => format!("call `({name})`"),
            false => format!("its parameters are `{}`", parameters.join("`, `")),
        };
        let at = program.location_in(broken.contract, broken.span);
        found.push(
            Diagnostic::new(RULE.id, Severity::Error, at, message)
                .label(program.location(function), "defined here")
                .help(help)
                .key(name),
        );
    }
    found
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
