//! `unused-token`: a token that is never minted.

use super::usage::{Usage, Uses};
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Definition, Storage};

pub const RULE: Rule = Rule {
    id: "unused-token",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unused-token.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let model = usage.model;
    let fungible = of_kind(usage, &model.fungible_tokens, Definition::FungibleToken);
    fungible.chain(of_kind(usage, &model.non_fungible_tokens, Definition::NonFungibleToken)).collect()
}

fn of_kind<'u>(
    usage: &'u Usage<'_>,
    tokens: &'u [Storage],
    definition: fn(u32) -> Definition,
) -> impl Iterator<Item = Diagnostic> + 'u {
    (0..).zip(tokens).filter_map(move |(index, token)| {
        let name = usage.expected(token.name)?;
        let message = match usage.of(definition(index)) {
            Some(Uses { mints: true, .. }) => return None,
            Some(_) => format!("the token `{name}` is never minted: nobody ever has any"),
            None => format!("nothing uses the token `{name}`"),
        };
        let found = usage.at_name(RULE.id, Severity::Warning, token.name, message);
        Some(found.help("mint it, or remove it"))
    })
}
