//! Circuit breakers that nobody named: a flag that a privileged caller sets, and that entrypoints test whoever calls
//! them and with whatever arguments. Heights are left out: far more of them open a sale or close one than stop a
//! protocol.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Lint, transfer};
use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Fact, Facts, Mask, Op, StateId, Summary, TermId, Terms};
use crate::graph::FunctionId;
use crate::project::ContractId;

/// A breaker is expected where at least so many peers have it ..
const PEERS: usize = 3;
/// .. in at least so many different functions ..
const PLACES: usize = 2;
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
type Action = (Builtin, StateId);

/// What one entrypoint knows whenever it does one thing.
struct Doing {
    entrypoint: FunctionId,
    effect: Effect,
    breakers: Vec<Fact>,
    /// Everything that it does.
    whole: Arc<Summary>,
}

/// The first effect of each entrypoint of a contract that escapes a breaker of its peers: the other entrypoints that do
/// the same to the same state. What only a role can call needs no breaker, nor what is the same whoever calls it with
/// whatever arguments, nor what does something that none of the peers does.
pub(super) fn escaped(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Escaped> {
    let mut doings: BTreeMap<Action, Vec<Doing>> = BTreeMap::new();
    for entrypoint in
        lint.program.functions_of(contract).filter(|&function| lint.program.is_entrypoint(function))
    {
        let summary = lint.begin(entrypoint);
        let mut known: BTreeMap<Action, (&Effect, Facts)> = BTreeMap::new();
        for effect in &summary.effects {
            if let Some(action) = action(effect, contract)
                && !lint.governance.has_role(&mut lint.engine, &effect.facts)
            {
                let (_, facts) = known.entry(action).or_insert_with(|| (effect, effect.facts.clone()));
                *facts = facts.common(&effect.facts);
            }
        }
        for (action, (effect, facts)) in known {
            let mut breakers = breakers(lint, &facts);
            if is_sale(action) {
                // What is paid in may have a switch of its own contract's; it stops no sale.
                breakers.retain(|&it| states(lint, it).iter().all(|it| it.owner() == Some(contract)));
            }
            let (effect, whole) = (effect.clone(), summary.clone());
            doings.entry(action).or_default().push(Doing { entrypoint, effect, breakers, whole });
        }
    }
    let mut escaped: BTreeMap<FunctionId, Escaped> = BTreeMap::new();
    for (action, doings) in doings {
        let Some(breaker) = expected(lint, action, &doings) else { continue };
        let (with, without): (Vec<_>, Vec<_>) =
            doings.into_iter().partition(|doing| doing.breakers.contains(&breaker));
        let peers: Vec<_> = with.iter().map(|doing| doing.entrypoint).collect();
        let kinds: FxHashSet<_> = with.iter().flat_map(|doing| &doing.whole.effects).map(kind).collect();
        for Doing { entrypoint, effect, breakers, whole } in without {
            let counts = |effect: &&Effect| !is_sale(action) || !is_payment(effect, contract);
            let is_peer = whole.effects.iter().filter(counts).all(|effect| kinds.contains(kind(effect)));
            // What has a breaker of its own is an action of its own.
            // One that asks the same state in another way asks it wrongly.
            let states = states(lint, breaker);
            let has_own = breakers.iter().any(|&own| {
                !with.iter().any(|doing| doing.breakers.contains(&own))
                    && self::states(lint, own).is_disjoint(&states)
            });
            let is_exit = effect.facts.contains(breaker.opposite()) && pays_out(lint, &whole);
            if is_peer && !has_own && !is_exit && has_choice(&lint.engine.terms, &whole) {
                let peers = peers.clone();
                escaped.entry(entrypoint).or_insert(Escaped { entrypoint, effect, breaker, peers });
            }
        }
    }
    escaped.into_values().collect()
}

/// Whether something that the contract owns goes out: what is open only while all else stands still is a way out, then.
fn pays_out(lint: &mut Lint<'_>, summary: &Summary) -> bool {
    let engine = &mut lint.engine;
    summary
        .effects
        .iter()
        .any(|effect| transfer::of(engine, effect).is_some_and(|out| transfer::is_own(engine, effect, out)))
}

/// Whether it is the sale of items: a switch that stops one way to it is meant to stop all.
fn is_sale((builtin, _): Action) -> bool {
    builtin == Builtin::NftMint
}

/// Whether an effect pays for an item: in STX, in a token, or by what another contract does.
fn is_payment(effect: &Effect, contract: ContractId) -> bool {
    let action = action(effect, contract);
    action.is_none_or(|(builtin, _)| matches!(builtin, Builtin::StxTransfer | Builtin::FtTransfer))
}

/// The breaker that most who do the same test, in enough different functions.
fn expected(lint: &mut Lint<'_>, action: Action, doings: &[Doing]) -> Option<Fact> {
    let mut with: BTreeMap<Fact, Vec<&Doing>> = BTreeMap::new();
    for doing in doings {
        for &breaker in &doing.breakers {
            with.entry(breaker).or_default().push(doing);
        }
    }
    with.retain(|&breaker, with| {
        if is_sale(action) {
            return true;
        }
        let places: FxHashSet<_> = with.iter().map(|doing| tested_in(lint, doing, breaker)).collect();
        with.len() >= PEERS && places.len() >= PLACES && with.len() >= MAJORITY * (doings.len() - with.len())
    });
    with.into_iter().max_by_key(|(breaker, with)| (with.len(), Reverse(*breaker))).map(|(breaker, _)| breaker)
}

/// The innermost function on the way to an effect in which the effect and the test of the breaker meet. However many
/// lead to one, somebody has thought of the breaker once.
fn tested_in(lint: &mut Lint<'_>, doing: &Doing, breaker: Fact) -> FunctionId {
    let Effect { site, calls, .. } = &doing.effect;
    let mut within = doing.entrypoint;
    for (depth, &call) in calls.iter().enumerate() {
        let Some(callee) = lint.program.callees(within, call).next() else { break };
        let is_it = |effect: &&Effect| effect.site == *site && effect.calls == calls[depth + 1..];
        let Some(summary) = lint.engine.known(callee).cloned() else { break };
        if !summary.effects.iter().filter(is_it).any(|it| breakers(lint, &it.facts).contains(&breaker)) {
            break;
        }
        within = callee;
    }
    within
}

/// The state that a fact reads.
fn states(lint: &Lint<'_>, fact: Fact) -> BTreeSet<StateId> {
    let parts = lint.engine.parts([fact.term()]).into_iter();
    let read = parts.filter_map(|part| match lint.engine.terms.op(part) {
        Op::Initial(state) | Op::Since(state) | Op::Entry(state) => Some(state),
        _ => None,
    });
    read.collect()
}

fn kind(effect: &Effect) -> &EffectKind {
    &effect.kind
}

/// Whether something that is done depends on who calls, or on the arguments.
fn has_choice(terms: &Terms, summary: &Summary) -> bool {
    let depends = Mask::CALLER.or(Mask::PARAMETER);
    summary.effects.iter().flat_map(|effect| &effect.args).any(|&arg| terms.mask(arg).has(depends))
}

/// What an effect does to the state of the contract itself or to STX. A call through a trait may only read.
fn action(effect: &Effect, contract: ContractId) -> Option<Action> {
    let (builtin, state) = match effect.kind {
        EffectKind::Write(builtin, state) | EffectKind::Token(builtin, state) => (builtin, state),
        EffectKind::Stx(builtin) => (builtin, StateId::Stx),
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => return None,
    };
    state.owner().is_none_or(|owner| owner == contract).then_some((builtin, state))
}

/// The switches that have to stand on go, for all but a role.
fn breakers(lint: &mut Lint<'_>, facts: &Facts) -> Vec<Fact> {
    let mut found = Vec::new();
    for fact in facts.iter() {
        if is_breaker(lint, fact) {
            found.push(fact);
            continue;
        }
        let Some(sides) = lint.engine.sides(fact) else { continue };
        let open = sides.into_iter().filter_map(|(_, side)| side);
        let open: Vec<_> = open.filter(|side| !lint.governance.has_role(&mut lint.engine, side)).collect();
        if let [only] = &open[..] {
            found.extend(only.iter().filter(|&fact| is_breaker(lint, fact)));
        }
    }
    found
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
