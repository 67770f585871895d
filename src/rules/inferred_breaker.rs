//! Circuit breakers that nobody named: a flag that a privileged caller sets, and that entrypoints test whoever calls
//! them and with whatever arguments. Heights are left out: far more of them open a sale or close one than stop a
//! protocol.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Lint;
use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Fact, Facts, Mask, Op, StateId, TermId, Terms};
use crate::graph::FunctionId;
use crate::project::ContractId;

/// A breaker is expected where at least so many peers have it ..
const PEERS: usize = 3;
/// .. and at least so many times more peers have it than have not.
const MAJORITY: usize = 3;

/// A breaker that an entrypoint does not test, before an effect that its peers share, although they do.
pub(super) struct Escaped {
    pub entrypoint: FunctionId,
    pub effect: Effect,
    pub breaker: Fact,
    pub peers: Vec<FunctionId>,
}

/// What an effect does to which state.
type Deed = (Builtin, StateId);

/// What one entrypoint knows whenever it does one thing.
struct Doing {
    entrypoint: FunctionId,
    effect: Effect,
    breakers: Vec<Fact>,
}

/// The first effect of each entrypoint of a contract that escapes a breaker of its peers: the other entrypoints that do
/// the same to the same state. What only a role can call needs no breaker.
pub(super) fn escaped(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Escaped> {
    let mut doings: BTreeMap<Deed, Vec<Doing>> = BTreeMap::new();
    for entrypoint in
        lint.program.functions_of(contract).filter(|&function| lint.program.is_entrypoint(function))
    {
        let summary = lint.engine.summary(entrypoint);
        if summary.effects.iter().any(|effect| lint.governance.has_role(&mut lint.engine, &effect.facts)) {
            continue;
        }
        let mut known: BTreeMap<Deed, (&Effect, Facts)> = BTreeMap::new();
        for effect in &summary.effects {
            if let Some(deed) = deed(effect, contract) {
                let (_, facts) = known.entry(deed).or_insert_with(|| (effect, effect.facts.clone()));
                *facts = facts.common(&effect.facts);
            }
        }
        for (deed, (effect, facts)) in known {
            let breakers = facts.iter().filter(|&fact| is_breaker(lint, fact)).collect();
            doings.entry(deed).or_default().push(Doing { entrypoint, effect: effect.clone(), breakers });
        }
    }
    let mut escaped: BTreeMap<FunctionId, Escaped> = BTreeMap::new();
    for doings in doings.into_values() {
        let Some((breaker, peers)) = expected(&doings) else { continue };
        for doing in doings.into_iter().filter(|doing| !doing.breakers.contains(&breaker)) {
            let Doing { entrypoint, effect, .. } = doing;
            escaped.entry(entrypoint).or_insert(Escaped {
                entrypoint,
                effect,
                breaker,
                peers: peers.clone(),
            });
        }
    }
    escaped.into_values().collect()
}

/// The breaker that most who do the same test, and who they are.
fn expected(doings: &[Doing]) -> Option<(Fact, Vec<FunctionId>)> {
    let mut with: BTreeMap<Fact, Vec<FunctionId>> = BTreeMap::new();
    for doing in doings {
        for &breaker in &doing.breakers {
            with.entry(breaker).or_default().push(doing.entrypoint);
        }
    }
    with.into_iter()
        .filter(|(_, with)| with.len() >= PEERS && with.len() >= MAJORITY * (doings.len() - with.len()))
        .max_by_key(|(breaker, with)| (with.len(), Reverse(*breaker)))
}

/// What an effect does to the state of the contract itself or to STX. A call through a trait may only read.
fn deed(effect: &Effect, contract: ContractId) -> Option<Deed> {
    let (builtin, state) = match effect.kind {
        EffectKind::Write(builtin, state) | EffectKind::Token(builtin, state) => (builtin, state),
        EffectKind::Stx(builtin) => (builtin, StateId::Stx),
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => return None,
    };
    state.owner().is_none_or(|owner| owner == contract).then_some((builtin, state))
}

/// Whether a fact is that a switch stands on go: its state is set by privileged callers alone, and they can set it to
/// stop.
pub(super) fn is_breaker(lint: &Lint<'_>, fact: Fact) -> bool {
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
