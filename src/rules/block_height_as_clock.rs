//! `block-height-as-clock`: a duration or a deadline in blocks of Stacks.

use rustc_hash::FxHashSet;

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::builtins::{Builtin, Keyword};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "block-height-as-clock",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/block-height-as-clock.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

/// How many names and helpers lie between the height and what is made of it at most.
const MAX_STEPS: u32 = 8;

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    use Builtin::{Add, Greater, GreaterOrEqual, Less, LessOrEqual, Subtract};
    let no_times = no_times(usage);
    let blocks: FxHashSet<&str> = looked_up(usage).map(|height| block(usage, height)).collect();
    let mut found = Vec::new();
    for (expr, it) in usage.model.exprs() {
        let ExprKind::Builtin(builtin, operands) = it.kind else { continue };
        let operands = usage.model.list(operands);
        let is_compared = matches!(builtin, Less | LessOrEqual | Greater | GreaterOrEqual);
        if !is_compared && !matches!(builtin, Add | Subtract) || no_times.contains(&expr) {
            continue;
        }
        let Some(clock) = operands.iter().find_map(|&operand| height(usage, operand)) else { continue };
        // Whether a block has come that somebody names, or that is asked about, is no question of time.
        let is_block = |&operand: &ExprId| {
            is_named(usage, operand)
                || height(usage, operand).is_none() && blocks.contains(block(usage, operand))
        };
        if is_compared && operands.iter().any(is_block) {
            continue;
        }
        let counts = match clock {
            Keyword::BlockHeight => "tenures of miners since epoch 3.0, one for most blocks of Bitcoin",
            _ => "blocks that come every few seconds, and not evenly",
        };
        let message = format!("`{}` is no clock: it counts {counts}", clock.name());
        let help = match usage.program.contract(usage.contract).version.number() {
            4.. => {
                "ask for `stacks-block-time`, in seconds, or `burn-block-height`, about ten minutes a block"
            }
            _ => "ask for `burn-block-height`: a block of Bitcoin takes about ten minutes",
        };
        let help = format!(
            "{help}; change what stores the height, too, and recalculate heights that are written as numbers"
        );
        found.push(usage.at_head(RULE.id, Severity::Note, expr, message).help(help));
    }
    found
}

/// The expressions that say which block something is asked of.
fn looked_up<'u>(usage: &'u Usage<'_>) -> impl Iterator<Item = ExprId> + 'u {
    usage.model.exprs().filter_map(|(_, it)| match it.kind {
        ExprKind::Builtin(
            Builtin::GetBlockInfo | Builtin::GetStacksBlockInfo | Builtin::GetTenureInfo,
            parts,
        ) => usage.model.list(parts).get(1).copied(),
        _ => None,
    })
}

/// What is calculated of heights and is no time: which block something is asked of, and a number of which only the rest
/// counts.
fn no_times(usage: &Usage<'_>) -> FxHashSet<ExprId> {
    let divided = usage.model.exprs().filter_map(|(_, it)| match it.kind {
        ExprKind::Builtin(Builtin::Mod, parts) => usage.model.list(parts).first().copied(),
        _ => None,
    });
    looked_up(usage).chain(divided).map(|it| usage.source_of(it, MAX_STEPS)).collect()
}

/// The block that a height is near to, as the contract names it.
fn block<'a>(usage: &Usage<'a>, height: ExprId) -> &'a str {
    let value = usage.source_of(height, MAX_STEPS);
    let near = match usage.model.expr(value).kind {
        ExprKind::Builtin(Builtin::Add | Builtin::Subtract, parts) => {
            usage.model.list(parts).first().copied()
        }
        _ => None,
    };
    usage.node(near.map_or(value, |near| usage.source_of(near, MAX_STEPS))).text()
}

fn height(usage: &Usage<'_>, operand: ExprId) -> Option<Keyword> {
    match usage.model.expr(usage.source_of(operand, MAX_STEPS)).kind {
        ExprKind::Keyword(height @ (Keyword::BlockHeight | Keyword::StacksBlockHeight)) => Some(height),
        _ => None,
    }
}

fn is_named(usage: &Usage<'_>, operand: ExprId) -> bool {
    matches!(usage.model.expr(usage.source_of(operand, MAX_STEPS)).kind, ExprKind::Parameter(_))
}
