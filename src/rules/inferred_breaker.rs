//! Circuit breakers that nobody named: a flag that a privileged caller sets, and that entrypoints test whoever calls
//! them and with whatever arguments. Heights are left out: far more of them open a sale or close one than stop a
//! protocol.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Lint;
use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Fact, Facts, Mask, Op, StateId, Summary, TermId, Terms};
use crate::graph::FunctionId;
use crate::project::ContractId;

/// A breaker is expected where at least so many peers have it ..
const PEERS: usize = 3;
/// .. and at least so many times more peers have it than have not.
const MAJORITY: usize = 3;

/// A breaker that an entrypoint does not test although its peers do, before an effect that theirs share.
pub(super) struct Escaped<'s> {
    pub effect: &'s Effect,
    pub breaker: Fact,
    pub peers: Vec<FunctionId>,
}

/// The first effect of the entrypoint that escapes a breaker of its peers. Peers are the other entrypoints of the
/// contract that do the same to the same state. What only a role can call needs no breaker.
pub(super) fn escaped<'s>(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &'s Summary,
) -> Option<Escaped<'s>> {
    if is_privileged(lint, &summary.effects) {
        return None;
    }
    let contract = lint.program.contract_of(entrypoint);
    let others: Vec<_> = lint
        .program
        .entrypoints()
        .filter(|&peer| lint.program.contract_of(peer) == contract && peer != entrypoint)
        .collect();
    let mut peers = Vec::new();
    for peer in others {
        let summary = lint.engine.summary(peer);
        if !is_privileged(lint, &summary.effects) {
            peers.push((peer, summary));
        }
    }
    summary.effects.iter().find_map(|effect| {
        let does = deed(effect, contract)?;
        let tested = breakers(lint, std::slice::from_ref(&effect.facts));
        let mut with: BTreeMap<Fact, Vec<FunctionId>> = BTreeMap::new();
        let mut count = 0;
        for (peer, summary) in &peers {
            let same = summary.effects.iter().filter(|other| deed(other, contract) == Some(does));
            let facts: Vec<_> = same.map(|other| other.facts.clone()).collect();
            count += usize::from(!facts.is_empty());
            breakers(lint, &facts)
                .into_iter()
                .for_each(|breaker| with.entry(breaker).or_default().push(*peer));
        }
        with.into_iter()
            .filter(|(breaker, with)| {
                with.len() >= PEERS
                    && with.len() >= MAJORITY * (count - with.len())
                    && !tested.contains(breaker)
            })
            .max_by_key(|(breaker, with)| (with.len(), Reverse(*breaker)))
            .map(|(breaker, peers)| Escaped { effect, breaker, peers })
    })
}

/// What an effect does to which state, of the contract itself or of STX. A call through a trait may only read.
fn deed(effect: &Effect, contract: ContractId) -> Option<(Builtin, StateId)> {
    let (builtin, state) = match effect.kind {
        EffectKind::Write(builtin, state) | EffectKind::Token(builtin, state) => (builtin, state),
        EffectKind::Stx(builtin) => (builtin, StateId::Stx),
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => return None,
    };
    state.owner().is_none_or(|owner| owner == contract).then_some((builtin, state))
}

/// The breakers that all of these know to stand on go.
fn breakers(lint: &Lint<'_>, facts: &[Facts]) -> Vec<Fact> {
    let Some(shared) = facts.iter().cloned().reduce(|all, facts| all.common(&facts)) else {
        return Vec::new();
    };
    shared.iter().filter(|&fact| is_breaker(lint, fact)).collect()
}

fn is_privileged(lint: &mut Lint<'_>, effects: &[Effect]) -> bool {
    effects.iter().any(|effect| lint.governance.has_role(&mut lint.engine, &effect.facts))
}

/// Whether a fact is that a switch stands on go: its state is set by privileged callers alone, and they can set it to
/// stop.
fn is_breaker(lint: &Lint<'_>, fact: Fact) -> bool {
    let (terms, term) = (&lint.engine.terms, fact.term());
    let depends = terms.mask(term);
    if !depends.has(Mask::STATE) || !depends.only(Mask::STATE) {
        return false;
    }
    let is_switch = match terms.op(term) {
        Op::Initial(state) => lint.governance.can_be_set(state, !fact.holds()),
        // What an entry holds, or what is agreed on where there is none.
        Op::If => {
            let (held, otherwise) = (terms.arg(term, 1), terms.arg(term, 2));
            is_content(terms, held) && matches!(terms.op(otherwise), Op::Bool(_))
        }
        _ => is_content(terms, term),
    };
    is_switch
        && lint.engine.parts([term]).into_iter().all(|part| match terms.op(part) {
            Op::Initial(state) => lint.governance.is_administered(state),
            _ => true,
        })
}

/// Whether a term is what a variable or an entry holds. What a call answers is told by what it reads.
fn is_content(terms: &Terms, term: TermId) -> bool {
    let is_part = |term: TermId| matches!(terms.op(term), Op::Field(_) | Op::Payload);
    let mut of = term;
    while is_part(of) {
        of = terms.arg(of, 0);
    }
    is_part(term) && matches!(terms.op(of), Op::Initial(_) | Op::Entry(_))
}
