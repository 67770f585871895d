//! `unknown-contract`: a call of, or a trait from, a contract that the project does not have.

use std::collections::BTreeMap;
use std::path::Path;

use rustc_hash::FxHashMap;

use super::{Check, Group, Lint, Rule};
use crate::config::table::closest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::LinkFault;
use crate::project::ContractId;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "unknown-contract",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/unknown-contract.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

/// Where contracts name one that is not there.
type Places = BTreeMap<ContractId, Vec<Location>>;

/// So many other contracts that name it are shown.
const MOST_SHOWN: usize = 3;

/// What is not there is said once, however many contracts name it.
fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    // What is written without a deployer is the deployer's of who writes it.
    let mut names: FxHashMap<Option<&str>, Vec<&str>> = FxHashMap::default();
    for known in &program.project.contracts {
        names.entry(known.issuer.as_deref()).or_default().push(&known.name);
    }
    let mut unknown: BTreeMap<(Option<&str>, &str), Places> = BTreeMap::new();
    for broken in &program.broken {
        let contract = program.contract(broken.contract);
        let LinkFault::UnknownContract { name } = &broken.fault else { continue };
        // A contract of another deployer may well be on the chain: calls to it are counted as not checked.
        if contract.linted && !name.starts_with('\'') {
            let wanted = (contract.issuer.as_deref(), name.trim_start_matches('.'));
            let places = unknown.entry(wanted).or_default().entry(broken.contract).or_default();
            places.push(program.location_in(broken.contract, broken.span));
        }
    }
    let unlisted = &program.project.unlisted;
    let report = |((issuer, wanted), namers): ((_, &str), Places)| {
        let known = names.get(&issuer).into_iter().flatten().copied();
        let there = unlisted.iter().find(|path| Path::new(path).file_stem().is_some_and(|it| it == wanted));
        let help = match (there, closest(wanted, known)) {
            (Some(path), _) => format!("list it in Clarinet.toml: `{path}` is there"),
            (None, Some(near)) => format!("did you mean `.{near}`?"),
            (None, None) => {
                format!("add the contract `{wanted}` to the project, or name the one that is meant")
            }
        };
        let count: usize = namers.values().map(Vec::len).sum();
        let mut message = format!("the project has no contract `{wanted}`");
        match namers.len() {
            1 if count == 1 => {}
            1 => message += &format!(", which is named {count} times here"),
            contracts => message += &format!(", which {contracts} contracts name {count} times"),
        }
        let mut firsts = namers.values().filter_map(|places| places.first().copied());
        let diagnostic = Diagnostic::new(RULE.id, Severity::Error, firsts.next()?, message);
        let diagnostic = diagnostic.help(help).key(wanted);
        Some(firsts.take(MOST_SHOWN).fold(diagnostic, |it, at| it.label(at, "and here")))
    };
    unknown.into_iter().filter_map(report).collect()
}
