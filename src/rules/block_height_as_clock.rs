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
    let looked_up = looked_up(usage);
    let mut found = Vec::new();
    for (expr, it) in usage.model.exprs() {
        let ExprKind::Builtin(builtin, operands) = it.kind else { continue };
        let operands = usage.model.list(operands);
        let is_compared = matches!(builtin, Less | LessOrEqual | Greater | GreaterOrEqual);
        if !is_compared && !matches!(builtin, Add | Subtract) || looked_up.contains(&expr) {
            continue;
        }
        let Some(height) = operands.iter().find_map(|&operand| height(usage, operand)) else { continue };
        // Whether a block that somebody names has come is no question of time.
        if is_compared && operands.iter().any(|&operand| is_named(usage, operand)) {
            continue;
        }
        let counts = match height {
            Keyword::BlockHeight => "tenures of miners since epoch 3.0",
            _ => "blocks that come every few seconds, and not evenly",
        };
        let message = format!("`{}` is no clock: it counts {counts}", height.name());
        let help = match usage.program.contract(usage.contract).version.number() {
            4.. => {
                "ask for `stacks-block-time`, in seconds, or `burn-block-height`, about ten minutes a block"
            }
            _ => "ask for `burn-block-height`: a block of Bitcoin takes about ten minutes",
        };
        found.push(usage.at_head(RULE.id, Severity::Note, expr, message).help(help));
    }
    found
}

/// The expressions that say which block something is asked of.
fn looked_up(usage: &Usage<'_>) -> FxHashSet<ExprId> {
    let heights = usage.model.exprs().filter_map(|(_, it)| match it.kind {
        ExprKind::Builtin(
            Builtin::GetBlockInfo | Builtin::GetStacksBlockInfo | Builtin::GetTenureInfo,
            parts,
        ) => usage.model.list(parts).get(1).map(|&height| usage.source_of(height, MAX_STEPS)),
        _ => None,
    });
    heights.collect()
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
