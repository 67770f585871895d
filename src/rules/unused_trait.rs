//! `unused-trait`: a trait that is imported and stands in no signature.

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Applicability, Diagnostic, Severity};

pub const RULE: Rule = Rule {
    id: "unused-trait",
    group: Group::Hygiene,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/unused-trait.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let unused = usage.model.trait_aliases.iter().filter(|alias| !usage.names_trait(alias.name.symbol));
    let found = unused.filter_map(|alias| {
        let name = usage.expected(alias.name)?;
        let message = format!("the trait `{name}` is imported and stands in no signature");
        let found = usage.at_name(RULE.id, Severity::Warning, alias.name, message);
        let declared = usage.model.implements.iter().any(|path| path.name == alias.path.name);
        let help = match declared {
            true => "remove it: `impl-trait` names the trait by its path",
            false => "remove it; a contract that is meant to implement it says `impl-trait`",
        };
        Some(found.help(help).fix(usage.removal(alias.name, "import", Applicability::Safe)))
    });
    found.collect()
}
