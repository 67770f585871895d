//! `deprecated-builtin`: a word that the next version of the language no longer has.

use std::collections::BTreeSet;

use super::{Check, Group, Lint, Rule};
use crate::builtins::{Builtin, ClarityVersion, Keyword};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Site;
use crate::model::ExprKind;

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
        let mut told = BTreeSet::new();
        for (expr, kind) in exprs.into_iter().map(|(id, expr)| (id, expr.kind)) {
            let Some((name, last, help)) = removed(kind) else { continue };
            // Only who could write the newer version today is told to.
            if contract.epoch.default_version() <= last || !told.insert(name) {
                continue;
            }
            let at = program.head(Site { contract: id, expr });
            let message = format!("`{name}` is gone from Clarity {} on", last.number() + 1);
            found.push(Diagnostic::new(RULE.id, Severity::Note, at, message).help(help).key(name));
        }
    }
    found
}

/// A word that some version is the last to have, and what comes instead.
fn removed(kind: ExprKind) -> Option<(&'static str, ClarityVersion, &'static str)> {
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
    Some((name, last, help))
}
