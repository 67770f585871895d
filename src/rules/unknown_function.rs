//! `unknown-function`: a call of a function that is not there.

use super::{Check, Group, Lint, Rule, as_contract_removed};
use crate::builtins::{Builtin, Spec, Word};
use crate::config::table::closest;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::LinkFault;
use crate::model::Access;
use crate::project::Contract;

pub const RULE: Rule = Rule {
    id: "unknown-function",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/unknown-function.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let mut found = Vec::new();
    for broken in &program.broken {
        let caller = program.contract(broken.contract);
        let LinkFault::UnknownFunction { contract, name } = &broken.fault else { continue };
        // That one has a rule of its own, which knows what replaces it.
        if !caller.linted || (contract.is_none() && name == as_contract_removed::REMOVED) {
            continue;
        }
        let home = contract.unwrap_or(broken.contract);
        let owner = program.contract(home);
        let message = match contract {
            Some(_) => format!("`{}` has no public or read-only function `{name}`", owner.name),
            None => format!("`{name}` is neither a function of this contract nor of {}", caller.version),
        };
        let private = program
            .functions_of(home)
            .find(|&id| program.name(id) == name && program.function(id).access == Access::Private);
        let known = program
            .functions_of(home)
            .filter(|&id| contract.is_none() || program.function(id).access != Access::Private)
            .map(|id| program.name(id));
        let builtins = (0..Word::COUNT).filter_map(|index| match Word::at(index)? {
            Word::Builtin(builtin) if contract.is_none() && builtin.spec().exists_in(caller.version) => {
                Some(builtin.spec().name)
            }
            Word::Define(define) if contract.is_none() => Some(define.name()),
            _ => None,
        });
        let of_others =
            Builtin::ALL.iter().map(|it| it.spec()).find(|it| contract.is_none() && it.name == name);
        let help = match (of_others, private, closest(name, known.chain(builtins))) {
            (Some(word), ..) => of_other_version(word, caller),
            (_, Some(_), _) => {
                format!("`{name}` is private in `{}`: make it public or read-only", owner.name)
            }
            (_, _, Some(near)) => format!("did you mean `{near}`?"),
            _ => format!("define `{name}`, or call a function that exists"),
        };
        let at = program.location_in(broken.contract, broken.span);
        let mut diagnostic =
            Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(name.as_str());
        if let Some(private) = private.filter(|_| contract.is_some()) {
            diagnostic = diagnostic.label(program.location(private), "defined here, but private");
        }
        found.push(diagnostic);
    }
    found
}

/// What to do about a word that other versions of the language have.
fn of_other_version(word: &Spec, contract: &Contract) -> String {
    let has = if word.last < contract.version {
        format!("{} was the last that had it", word.last)
    } else {
        format!("it exists from {} on", word.first)
    };
    let why = match contract.stated {
        true => "",
        false => ", which is what a contract is whose version nobody states",
    };
    format!(
        "{has}, and this contract is {}{why}: `clarity_version` in Clarinet.toml says which",
        contract.version
    )
}
