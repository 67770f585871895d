//! The end of a walk: all ways out become one summary.

use super::{Leaving, Walk};
use crate::facts::engine::Engine;
use crate::facts::set::Facts;
use crate::facts::summary::{Effect, Exit, Outcome, Summary, Unchecked};
use crate::facts::term::{Mask, Op, StateId, TermId};
use crate::model::Access;
use rustc_hash::FxHashSet;

impl Walk<'_, '_> {
    /// What was learned, unless it was too much.
    pub(super) fn summary(self, access: Access) -> Summary {
        if self.too_large() {
            return Summary::unknown(Unchecked::TooLarge);
        }
        let (summary, is_whole) = self.finish(access);
        if is_whole { summary } else { Summary::unknown(Unchecked::TooLarge) }
    }

    fn finish(mut self, access: Access) -> (Summary, bool) {
        let commits_only_ok = access == Access::Public;
        let result = self.result();
        let mut exits = Vec::new();
        let mut held: Vec<Option<(Facts, Vec<u32>)>> = vec![None; self.effects.len()];
        for (exit, leaving) in (0..).zip(std::mem::take(&mut self.exits)) {
            let committed = if commits_only_ok {
                self.engine.assume_good(leaving.value, true)
            } else {
                Some(Facts::default())
            };
            let facts =
                committed.and_then(|committed| leaving.state.facts.and(&committed)).and_then(|facts| {
                    let undecided = self.engine.conditional_facts(&facts);
                    self.engine.propagate_undecided(&facts, undecided)
                });
            if let Some((facts, undecided)) = &facts {
                let mut told: Option<(&Facts, Option<Facts>)> = None;
                for (index, surplus) in leaving.state.effects.iter() {
                    self.engine.budget.spend(facts.len() + surplus.len());
                    if self.engine.budget.is_spent() {
                        break;
                    }
                    let here = match told.take() {
                        Some((of, here)) if of.is_shared_with(surplus) => here,
                        _ if surplus.is_empty() => Some(facts.clone()),
                        _ => facts.and(surplus).and_then(|all| {
                            let mut undecided = undecided.clone();
                            undecided.extend(self.engine.conditional_facts(surplus));
                            self.engine.propagate_undecided(&all, undecided).map(|(all, _)| all)
                        }),
                    };
                    told = Some((surplus, here.clone()));
                    let Some(here) = here else { continue };
                    let holds = &mut held[index];
                    match holds {
                        Some((elsewhere, exits)) => {
                            *elsewhere = elsewhere.common(&here);
                            exits.push(exit);
                        }
                        None => *holds = Some((here, vec![exit])),
                    }
                }
            }
            exits.push((leaving, facts.map(|(facts, _)| facts)));
        }
        let post = self.post(&exits);
        let havocs = exits.iter().any(|(leaving, _)| leaving.state.has_havocked());
        let effects: Vec<_> = self
            .effects
            .into_iter()
            .zip(held)
            .filter_map(|(effect, held)| held.map(|(facts, exits)| Effect { facts, exits, ..effect }))
            .collect();
        let mut summary = Summary {
            mask: self.engine.terms.mask(result),
            result: Some(result),
            effects,
            post,
            havocs,
            prints: self.prints,
            exits: exits
                .into_iter()
                .map(|(exit, facts)| Exit { site: exit.site, value: exit.value, facts })
                .collect(),
            origins: self.origins,
            statements: self.statements,
            ..Summary::default()
        };
        name_inputs(self.engine, &mut summary);
        (summary, !self.engine.terms.too_deep && !self.engine.budget.is_spent())
    }

    /// One term for all ways out: the first exit whose condition holds.
    pub(super) fn result(&mut self) -> TermId {
        let ways: Vec<_> = self.exits.iter().map(|exit| (exit.condition, exit.value)).collect();
        let Some((&(_, last), before)) = ways.split_last() else { return self.engine.absurd() };
        before
            .iter()
            .rev()
            .fold(last, |otherwise, &(condition, value)| self.engine.terms.if_(condition, value, otherwise))
    }

    /// What the state holds after a call, as one term for all ways out.
    pub(super) fn post(&mut self, exits: &[(Leaving, Option<Facts>)]) -> Vec<(StateId, TermId)> {
        let committing: Vec<_> =
            exits.iter().filter(|(_, facts)| facts.is_some()).map(|(exit, _)| exit).collect();
        let mut written: Vec<_> =
            committing.iter().flat_map(|exit| exit.state.written().map(|(state, _)| state)).collect();
        written.sort_unstable();
        written.dedup();
        let mut post = Vec::new();
        for state in written {
            let values: Vec<_> = committing
                .iter()
                .map(|exit| (exit.condition, exit.state.read(&mut self.engine.terms, state)))
                .collect();
            let Some((&(_, last), before)) = values.split_last() else { continue };
            let value = match state {
                _ if before.iter().all(|&(_, value)| value == last) => last,
                StateId::Variable(..) => before.iter().rev().fold(last, |otherwise, &(condition, value)| {
                    self.engine.terms.if_(condition, value, otherwise)
                }),
                _ => {
                    let since = self.engine.terms.opaque();
                    self.engine.terms.make(Op::After(state), &[since])
                }
            };
            post.push((state, value));
        }
        post
    }
}

/// Notes which inputs the summary reads, and which operations it lets fail.
fn name_inputs(engine: &mut Engine<'_>, summary: &mut Summary) {
    let effects = summary.effects.iter().flat_map(|effect| {
        let allowances =
            effect.allowances.iter().flat_map(|list| list.iter()).flat_map(|allowance| &allowance.args);
        let facts = effect.facts.iter().map(|fact| fact.term());
        effect.args.iter().chain(allowances).copied().chain([effect.sender, effect.caller]).chain(facts)
    });
    let roots = effects.chain(summary.result).chain(summary.post.iter().map(|&(_, value)| value));
    let mut inputs = Vec::new();
    let mut uses_caller = false;
    let parts = engine.parts(roots);
    for &term in &parts {
        match engine.terms.op(term) {
            Op::Initial(state) => inputs.push(state),
            Op::Sender | Op::Caller => uses_caller = true,
            _ => {}
        }
    }
    inputs.sort_unstable();
    summary.inputs = inputs;
    summary.uses_caller = uses_caller;
    settle(engine, summary, &parts);
    if summary
        .effects
        .iter()
        .any(|effect| effect.args.iter().any(|&arg| engine.terms.mask(arg).has(Mask::UNKNOWN)))
    {
        summary.mask = summary.mask.or(Mask::UNKNOWN);
    }
}

/// Tells apart the operations whose failure ends the function, those whose response decides something, and the others.
fn settle(engine: &mut Engine<'_>, summary: &mut Summary, parts: &FxHashSet<TermId>) {
    let Summary { effects, exits, .. } = summary;
    for effect in effects {
        let Outcome::Asked(response) = effect.outcome else { continue };
        let good = engine.terms.good(response);
        let mut kept = effect.exits.iter().filter_map(|&exit| exits[exit as usize].facts.as_ref());
        effect.outcome = match kept.all(|facts| facts.knows(good, true)) {
            true => Outcome::Settled,
            false if is_part(engine, response, parts) => effect.outcome,
            false => Outcome::Ignored,
        };
    }
}

/// Whether a response is among some terms, or what a call came to that was looked into.
fn is_part(engine: &mut Engine<'_>, response: TermId, parts: &FxHashSet<TermId>) -> bool {
    let is_unknown = |engine: &Engine<'_>, term: TermId| matches!(engine.terms.op(term), Op::Opaque(..));
    parts.contains(&response)
        || engine.unfold(response).is_some_and(|result| {
            engine.parts([result]).into_iter().any(|part| is_unknown(engine, part) && parts.contains(&part))
        })
}
