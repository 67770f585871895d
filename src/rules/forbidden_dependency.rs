//! `forbidden-dependency`: a contract calls another that the policy's layers keep from it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::evidence::{self, listed};
use super::{Check, Group, Lint, Rule};
use crate::config::Layers;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::graph::{EdgeKind, Program, Site};
use crate::project::ContractId;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "forbidden-dependency",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/forbidden-dependency.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

/// Which contract calls which, and the first call that does.
type Calls = BTreeMap<ContractId, BTreeMap<ContractId, Site>>;

/// A contract, the call that leads on from it, and the contract that it leads to.
type Step = (ContractId, Site, ContractId);

pub(super) fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let (program, Some(layers)) = (lint.program, &lint.policy.layers) else { return Vec::new() };
    let calls = static_calls(program);
    let contracts: Vec<_> =
        program.project.contract_ids().filter(|&contract| program.contract(contract).linted).collect();
    let mut found = Vec::new();
    for &from in &contracts {
        found.extend(not_placed(program, layers, from));
        found.extend(upwards(program, layers, &calls, from));
        found.extend(kept_apart(program, layers, &calls, from));
        found.extend(not_called(program, layers, &calls, from));
    }
    found
}

fn static_calls(program: &Program<'_>) -> Calls {
    let mut calls = Calls::new();
    for edge in program.calls.edge_indices() {
        let Some((_, callee)) = program.calls.edge_endpoints(edge) else { continue };
        let (callee, edge) = (program.calls[callee].contract, program.calls[edge]);
        if edge.kind == EdgeKind::Static && edge.site.contract != callee {
            let site = calls.entry(edge.site.contract).or_default().entry(callee).or_insert(edge.site);
            *site = edge.site.min(*site);
        }
    }
    calls
}

/// The shortest ways to the contracts that are wanted, through those that may be passed.
fn ways(
    calls: &Calls,
    from: ContractId,
    wanted: impl Fn(ContractId) -> bool,
    passes: impl Fn(ContractId) -> bool,
) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([from]);
    let mut open: VecDeque<(ContractId, Vec<Step>)> = VecDeque::from([(from, Vec::new())]);
    while let Some((at, way)) = open.pop_front() {
        for (&next, &site) in calls.get(&at).into_iter().flatten() {
            if !seen.insert(next) {
                continue;
            }
            let way = [&way[..], &[(at, site, next)]].concat();
            if wanted(next) {
                found.push(way.clone());
            }
            if passes(next) {
                open.push_back((next, way));
            }
        }
    }
    found
}

fn name(program: &Program<'_>, contract: ContractId) -> String {
    program.contract(contract).qualified_name().to_string()
}

fn not_placed(program: &Program<'_>, layers: &Layers, contract: ContractId) -> Option<Diagnostic> {
    let name = name(program, contract);
    if !layers.exhaustive || layers.of(&name).is_some() {
        return None;
    }
    let first = program.contract(contract).syntax.tree.forms().next()?;
    let at = program.location_in(contract, first.call().map_or(first, |(head, _)| head).span());
    let message = format!("`{name}` stands in no layer of the policy");
    let help = "add it to the layer above all that it calls, or set `exhaustive = false`";
    Some(Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(name))
}

/// Calls of contracts that do not stand lower. What no layer places is passed through.
fn upwards(program: &Program<'_>, layers: &Layers, calls: &Calls, from: ContractId) -> Vec<Diagnostic> {
    let layer = |contract| layers.of(&name(program, contract));
    let Some((own, _)) = layer(from) else { return Vec::new() };
    let is_high = |to| layer(to).is_some_and(|(other, _)| other >= own);
    let ways = ways(calls, from, is_high, |to| layer(to).is_none());
    ways.iter()
        .filter_map(|way| {
            let (other, placed) = layer(way.last()?.2)?;
            let stands = if other == own { "stands in the same layer" } else { "stands in a higher layer" };
            let asks = evidence::policy("places it here", layers.reason.as_ref());
            report(program, way, stands, placed.at, asks)
        })
        .collect()
}

/// What is forbidden by name, or by being independent. A way through a contract that it is forbidden to as well is
/// reported there.
fn kept_apart(program: &Program<'_>, layers: &Layers, calls: &Calls, from: ContractId) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for link in &layers.forbidden {
        let is_from = |contract| link.from.value.matches(&name(program, contract));
        let is_to = |contract| link.to.value.matches(&name(program, contract));
        if is_from(from) && !is_to(from) {
            let ways = ways(calls, from, is_to, |next| !is_to(next) && !is_from(next));
            let asks = format!("the policy forbids it: {}", link.reason);
            let report =
                |way: &Vec<Step>| report(program, way, "is kept from it", link.from.at, asks.clone());
            found.extend(ways.iter().filter_map(report));
        }
    }
    for entry in &layers.independent {
        let member = |contract| {
            let name = name(program, contract);
            entry.contracts.iter().find(|pattern| pattern.value.matches(&name))
        };
        let Some(own) = member(from) else { continue };
        let ways = ways(calls, from, |next| member(next).is_some(), |next| member(next).is_none());
        let asks = format!("the policy keeps them independent: {}", entry.reason);
        let report =
            |way: &Vec<Step>| report(program, way, "is to be independent of it", own.at, asks.clone());
        found.extend(ways.iter().filter_map(report));
    }
    found
}

fn not_called(program: &Program<'_>, layers: &Layers, calls: &Calls, from: ContractId) -> Vec<Diagnostic> {
    let own = name(program, from);
    let asked = layers.required.iter().filter(|link| link.from.value.matches(&own));
    let missing = asked.filter(|link| {
        let is_to = |to| link.to.value.matches(&name(program, to));
        !is_to(from) && ways(calls, from, is_to, |_| true).is_empty()
    });
    missing
        .map(|link| {
            let message = format!("`{own}` never calls `{}`: {}", link.to.value, link.reason);
            let help = format!("call `{}`, or take `{own}` out of the pattern", link.to.value);
            Diagnostic::new(RULE.id, Severity::Error, link.from.at, message).help(help).key(own.clone())
        })
        .collect()
}

fn report(
    program: &Program<'_>,
    way: &[Step],
    why: &str,
    policy: Location,
    asks: String,
) -> Option<Diagnostic> {
    let (&(from, site, _), &(.., to)) = (way.first()?, way.last()?);
    let place = |site: Site| {
        let named = program.node(site).children().nth(1);
        program.location_in(site.contract, named.unwrap_or(program.node(site)).span())
    };
    let (from, to) = (name(program, from), name(program, to));
    let through: Vec<_> = way[1..].iter().map(|&(next, ..)| format!("`{}`", name(program, next))).collect();
    let message = match through.is_empty() {
        true => format!("`{from}` calls `{to}`, which {why}"),
        false => format!("`{from}` reaches `{to}`, which {why}, through {}", listed(&through)),
    };
    let help =
        format!("let callers pass `{to}` as a trait and check its `contract-of`, or turn the call around");
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, place(site), message)
        .label(policy, asks)
        .help(help)
        .key(format!("{from} {to}"));
    if way.len() > 1 {
        let step = |&(from, site, to): &Step| Label {
            at: place(site),
            message: format!("`{}` calls `{}`", name(program, from), name(program, to)),
        };
        diagnostic.trace = way.iter().map(step).collect();
    }
    Some(diagnostic)
}
