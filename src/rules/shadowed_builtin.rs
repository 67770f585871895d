//! `shadowed-builtin`: something has a name that the language itself gives a meaning.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::Word;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Name;

pub const RULE: Rule = Rule {
    id: "shadowed-builtin",
    group: Group::Types,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/shadowed-builtin.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let model = usage.model;
    let storage = [&model.variables, &model.maps, &model.fungible_tokens, &model.non_fungible_tokens];
    let storage = storage.into_iter().flatten().map(|defined| defined.name);
    let functions = model.functions.iter().map(|function| function.name);
    let parameters = model.functions.iter().flat_map(|function| &function.parameters).map(|it| it.name);
    let constants = model.constants.iter().map(|constant| constant.name);
    let traits = model.traits.iter().map(|defined| defined.name);
    let defined = constants.chain(storage).chain(functions).chain(parameters).chain(traits);
    let refused = defined.map(|name| (name, "the contract is refused when it is deployed"));
    let fails = usage
        .bindings()
        .map(|(_, name, _)| (name, "whenever it is bound here, the transaction is rolled back"));
    let mut found = Vec::new();
    for (name, what) in refused.chain(fails).filter(|&(name, _)| is_builtin(usage, name)) {
        // The chain's own word counts, and names one fault at a time.
        if usage.is_rejected() {
            return Vec::new();
        }
        let text = usage.tree.name(name.symbol);
        let message = format!("`{text}` is a word of the language: {what}");
        found.push(usage.at_name(RULE.id, Severity::Error, name, message).help("give it another name"));
    }
    found
}

/// Whether the language has the word in the version of the contract. Where nobody says which that is, it may be the
/// oldest.
fn is_builtin(usage: &Usage<'_>, name: Name) -> bool {
    let Some(word @ (Word::Builtin(_) | Word::Keyword(_))) = name.symbol.word() else { return false };
    let (first, last) = word.versions();
    let contract = usage.program.contract(usage.contract);
    (first..=last).contains(&contract.version) && (contract.stated || first.number() == 1)
}
