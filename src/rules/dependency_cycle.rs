//! `dependency-cycle`: contracts that need each other deployed first.

use super::{Check, Group, Lint, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Program;
use crate::project::ContractId;
use crate::source::Span;

pub const RULE: Rule = Rule {
    id: "dependency-cycle",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/dependency-cycle.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let (_, cycles) = program.deploy_order();
    cycles.iter().filter_map(|cycle| report(program, cycle)).collect()
}

/// One finding a cycle, at the first contract's call, with the whole way round.
fn report(program: &Program<'_>, cycle: &[ContractId]) -> Option<Diagnostic> {
    if !cycle.iter().any(|&contract| program.contract(contract).linted) {
        return None;
    }
    let way = shortest_way_round(program, cycle)?;
    let names: Vec<_> = way.iter().map(|&(contract, _)| program.contract(contract).name.as_str()).collect();
    let message = match names[..] {
        [name] => format!("`{name}` calls itself by its own name and cannot be deployed"),
        _ => format!("`{}` depend on each other and cannot be deployed", names.join("`, `")),
    };
    let place = |(contract, span): (ContractId, Span)| program.location_in(contract, span);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, place(way[0]), message)
        .help("let one of them take the other as a trait argument and check its `contract-of`")
        .key(names.join(" "));
    for (index, &step) in way.iter().enumerate() {
        let next = names[(index + 1) % names.len()];
        diagnostic.trace.push(crate::diagnostic::Label {
            at: place(step),
            message: format!("`{}` needs `{next}`", names[index]),
        });
    }
    Some(diagnostic)
}

/// Contracts from the first of the cycle back to it, each with the place that names the next.
fn shortest_way_round(program: &Program<'_>, cycle: &[ContractId]) -> Option<Vec<(ContractId, Span)>> {
    let start = *cycle.first()?;
    let mut ways = std::collections::VecDeque::from([vec![start]]);
    let mut seen = std::collections::BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        for (next, _) in program.needs(last) {
            if next == start {
                let steps = way.iter().enumerate().map(|(index, &contract)| {
                    let next = way.get(index + 1).copied().unwrap_or(start);
                    let named = program.needs(contract).into_iter().find(|&(needed, _)| needed == next);
                    named.map(|(_, span)| (contract, span))
                });
                return steps.collect();
            }
            if cycle.contains(&next) && seen.insert(next) {
                ways.push_back([&way[..], &[next]].concat());
            }
        }
    }
    None
}
