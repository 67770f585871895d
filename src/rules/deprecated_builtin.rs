//! `deprecated-builtin`: a word that the next version of the language no longer has, or that has a newer name.

use std::collections::BTreeMap;

use super::{Check, Group, Lint, Rule};
use crate::builtins::{Builtin, ClarityVersion, Keyword};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::graph::Site;
use crate::model::ExprKind;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "deprecated-builtin",
    group: Group::Types,
    level: Some(Severity::Note),
    doc: include_str!("../../rules/deprecated-builtin.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let mut found = Vec::new();
    for id in program.project.contract_ids().filter(|&id| program.contract(id).linted) {
        let contract = program.contract(id);
        // What is not dated may have been deployed long ago, when there was nothing else.
        if !contract.stated {
            continue;
        }
        let mut exprs: Vec<_> = program.model(id).exprs().collect();
        exprs.sort_by_key(|(_, expr)| expr.node);
        // Each word once, where it stands first, with all places where it stands.
        let mut words: BTreeMap<&str, (Word, Vec<Location>)> = BTreeMap::new();
        for (expr, kind) in exprs.into_iter().map(|(id, expr)| (id, expr.kind)) {
            let word = removed(kind, contract.epoch.default_version());
            let Some(word) = word.or_else(|| renamed(kind, contract.version)) else { continue };
            let at = program.head(Site { contract: id, expr });
            words.entry(word.name()).or_insert_with(|| (word, Vec::new())).1.push(at);
        }
        found.extend(words.into_values().filter_map(|(word, places)| said(&word, &places)));
    }
    found
}

/// A word that there is something to say of.
enum Word {
    /// Some version is the last to have it.
    Removed { name: &'static str, last: ClarityVersion, help: &'static str },
    /// It is the old name of another.
    Renamed { name: &'static str, new: &'static str },
}

impl Word {
    fn name(&self) -> &'static str {
        match self {
            Word::Removed { name, .. } | Word::Renamed { name, .. } => name,
        }
    }
}

fn said(word: &Word, places: &[Location]) -> Option<Diagnostic> {
    let &first = places.first()?;
    let name = word.name();
    let say = |message: String| Diagnostic::new(RULE.id, Severity::Note, first, message).key(name);
    Some(match word {
        Word::Removed { last, help, .. } => {
            say(format!("`{name}` is gone from Clarity {} on", last.number() + 1)).help(*help)
        }
        Word::Renamed { new, .. } => {
            let title = format!("write `{new}`");
            let edits = places.iter().map(|&at| Edit { at, text: new.to_string() }).collect();
            let fix = Fix { title: title.clone(), applicability: Applicability::Safe, edits };
            say(format!("`{name}` is the old name of `{new}`")).help(title).fix(Some(fix))
        }
    })
}

/// What has a new name in this version, and means the same.
fn renamed(kind: ExprKind, version: ClarityVersion) -> Option<Word> {
    let ExprKind::Builtin(old, _) = kind else { return None };
    let new = match old {
        Builtin::ElementAt => Builtin::ElementAtOptional,
        Builtin::IndexOf => Builtin::IndexOfOptional,
        _ => return None,
    };
    let is_there = new.spec().exists_in(version);
    is_there.then_some(Word::Renamed { name: old.spec().name, new: new.spec().name })
}

/// A word that some version is the last to have, and what comes instead. Only who could write a newer version today is
/// told to.
fn removed(kind: ExprKind, today: ClarityVersion) -> Option<Word> {
    let (name, last) = match kind {
        ExprKind::Builtin(builtin, _) => (builtin.spec().name, builtin.spec().last),
        ExprKind::Keyword(keyword) => (keyword.name(), keyword.versions().1),
        _ => return None,
    };
    let help = match kind {
        ExprKind::Keyword(Keyword::BlockHeight) => {
            "write `stacks-block-height` for blocks, or `tenure-height` for what `block-height` counts since epoch 3.0"
        }
        ExprKind::Builtin(Builtin::GetBlockInfo, _) => {
            "write `get-stacks-block-info?`, or `get-tenure-info?` for what the blocks of a tenure have in common"
        }
        ExprKind::Builtin(Builtin::AsContract, _) => {
            "write `as-contract?` with a list of what may leave the contract, or `current-contract` for its address"
        }
        ExprKind::Builtin(Builtin::WithStacking, _) => "write `with-staking`",
        _ => return None,
    };
    (today > last).then_some(Word::Removed { name, last, help })
}
