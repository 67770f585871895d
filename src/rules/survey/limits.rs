//! Functions that spend a budget which time refills, and do nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::{named, nowhere};
use crate::config::{Entrypoints, RateLimit};
use crate::facts::{EffectKind, Fact, Mask, Op, StateId, TermId};
use crate::graph::FunctionId;
use crate::model::Access;
use crate::rules::Lint;
use crate::rules::rate_limit::Limiter;
use crate::rules::registered::plain;

/// Every check that a policy could name as a rate limit. Of those that spend the same budget, one that is told what for,
/// and that all contracts can call, if there is one.
pub(super) fn candidates(lint: &mut Lint<'_>) -> Vec<RateLimit> {
    let mut known: BTreeSet<(Vec<StateId>, Option<String>)> = BTreeSet::new();
    let mut found = Vec::new();
    let mut spending: Vec<_> = spending(lint).into_iter().collect();
    let is_private = |function| lint.program.function(function).access == Access::Private;
    spending.sort_by_key(|&((function, ref action), _)| (action.is_none(), is_private(function)));
    for ((function, action), call) in spending {
        let Some(check) = named(lint, function) else { continue };
        let limit =
            RateLimit { check, action: action.clone().map(nowhere), entrypoints: Entrypoints::default() };
        let budgets = Limiter::new(lint, &limit, function).budgets;
        let is_told = action.is_none() && known.iter().any(|(spent, _)| *spent == budgets);
        if only_spends(lint, function, call, &budgets) && !is_told && known.insert((budgets, action)) {
            found.push(limit);
        }
    }
    found
}

/// The functions with effects whose success entrypoints rest on, with the actions that they are called for, and a
/// call of each.
fn spending(lint: &mut Lint<'_>) -> BTreeMap<(FunctionId, Option<String>), TermId> {
    let mut spending = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.engine.summary(entrypoint);
        let facts = summary.effects.iter().flat_map(|effect| effect.facts.iter()).map(Fact::term);
        for part in lint.engine.parts(facts) {
            let Op::Call(function) = lint.engine.terms.op(part) else { continue };
            if function == entrypoint || lint.engine.summary(function).effects.is_empty() {
                continue;
            }
            let terms = &lint.engine.terms;
            let parameters = lint.program.function(function).parameters.len();
            let first = terms.args(part)[..parameters].first().map(|&argument| terms.op(argument));
            let action = match first {
                Some(Op::Literal(text)) if terms.text(text).starts_with('"') => {
                    Some(plain(terms.text(text)).to_string())
                }
                _ => None,
            };
            spending.insert((function, action), part);
        }
    }
    spending
}

/// Whether a call writes budgets only, those of the caller or of everybody, and notes when.
fn only_spends(lint: &mut Lint<'_>, function: FunctionId, call: TermId, budgets: &[StateId]) -> bool {
    let summary = lint.engine.summary(function);
    let mut written = summary.effects.iter().flat_map(|effect| effect.args.last());
    written.any(|&value| lint.engine.terms.mask(value).has(Mask::CHAIN))
        && summary.effects.iter().all(|effect| match (&effect.kind, &effect.args[..]) {
            (EffectKind::Write(_, state), [keys @ .., _]) => {
                budgets.contains(state)
                    && keys.iter().all(|&key| {
                        let key = lint.engine.instance(call, key);
                        lint.engine.terms.mask(key).only(Mask::CALLER)
                    })
            }
            _ => false,
        })
}
