//! State by which contracts decide whom they trust, and who lets strangers write it.

use std::collections::BTreeMap;

use super::vouching::{compared, entered, is_written_out, listed, member, sides};
use super::{Lint, dynamic_call, evidence};
use crate::builtins::Builtin;
use crate::diagnostic::Label;
use crate::facts::{
    Effect, EffectKind, Engine, Governance, Mask, Op, Part, PartName, Show, StateId, TermId, is_who_calls,
};
use crate::graph::{FunctionId, Site};

/// Where state that strangers decide on is taken for evidence: by which entrypoint, before which effect.
#[derive(Clone)]
pub(super) struct Use {
    pub state: StateId,
    pub part: PartName,
    pub entrypoint: FunctionId,
    pub site: Site,
    pub trusted: Trusted,
}

/// Whom state is believed about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trusted {
    /// Who the caller is.
    Caller,
    /// That the caller is one of some.
    Member,
    /// What a called contract is.
    Contract,
}

/// A write by which strangers decide on state.
#[derive(Clone)]
pub(super) struct Write {
    pub writer: FunctionId,
    pub site: Site,
    /// The state, as the writer calls it.
    pub state: String,
    pub effect: String,
    pub trace: Vec<Label>,
    /// Whether the writer asks for a role that another's fault has made worthless.
    has_lost_role: bool,
    /// Whether the writer moves something, too: who pays for what they enter enters a record of their own.
    moves: bool,
    /// Whether what is entered is the caller's choice.
    is_chosen: bool,
    /// Whether callers enter but themselves: who signs up is not appointed.
    joins: bool,
    /// Whether what is entered is a contract that the path identifies: a user's own record of a contract that others have
    /// let in.
    is_identified: bool,
}

#[derive(Clone, Default)]
pub(super) struct Answer {
    pub uses: Vec<Use>,
    writes: BTreeMap<(StateId, PartName), Vec<Write>>,
}

impl Answer {
    pub fn join(&mut self, other: Self) {
        self.uses.extend(other.uses);
        for (part, writes) in other.writes {
            self.writes.entry(part).or_default().extend(writes);
        }
    }

    /// The write that is at fault for what is used.
    pub fn write(&self, used: &Use) -> Option<&Write> {
        let whole = match used.part {
            PartName::Key(_) | PartName::Keys => PartName::Keys,
            PartName::Value | PartName::Field(_) => PartName::Value,
        };
        let of = |part: &PartName| self.writes.get(&(used.state, part.clone()));
        // What a contract lets anybody do is its own fault, and not that of those who call it.
        let is_own = |write: &&Write| Some(write.writer.contract) == used.state.owner();
        let writes = of(&used.part).or_else(|| of(&whole))?;
        let write = writes.iter().find(is_own).or(writes.first())?;
        let is_excused = write.has_lost_role
            || !write.is_chosen
            || match used.trusted {
                Trusted::Caller => write.moves,
                Trusted::Member => write.moves || write.joins,
                Trusted::Contract => write.is_identified,
            };
        (!is_excused).then_some(write)
    }
}

/// What a contract says.
pub(super) fn answer(lint: &mut Lint<'_>) -> Answer {
    let mut answer = Answer::default();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        for effect in &summary.effects {
            for (state, part, trusted) in trusted(lint, effect) {
                let (site, part) = (effect.site, part.name(&lint.engine));
                answer.uses.push(Use { state, part, entrypoint, site, trusted });
            }
        }
    }
    let open = lint.governance.verdict().open.clone();
    for ((state, part), (writer, index)) in open {
        if lint.program.contract(writer.contract).linted {
            let write = write(lint, state, &part, writer, index);
            answer.writes.insert((state, part), vec![write]);
        }
    }
    answer
}

fn write(lint: &mut Lint<'_>, state: StateId, part: &PartName, writer: FunctionId, index: usize) -> Write {
    let summary = lint.begin(writer);
    let write = &summary.effects[index];
    let part = part.part(&mut lint.engine);
    let moves = |effect: &Effect| !matches!(effect.kind, EffectKind::Write(..));
    Write {
        writer,
        site: write.site,
        has_lost_role: Governance::intended().has_role(&mut lint.engine, &write.facts),
        moves: summary.effects.iter().any(moves),
        is_chosen: is_chosen(&lint.engine, write, part),
        joins: entered_as(write, part)
            .is_some_and(|entered| !lint.engine.terms.mask(entered).has(Mask::PARAMETER)),
        is_identified: enters_identified(lint, write, part),
        state: Show { engine: &lint.engine, function: writer }.state(state),
        effect: evidence::effect(&lint.engine, writer, write),
        trace: evidence::trace(lint.program, write),
    }
}

/// The state that strangers decide on and that is yet what an effect is done for.
fn trusted(lint: &mut Lint<'_>, effect: &Effect) -> Vec<(StateId, Part, Trusted)> {
    let facts: Vec<_> = effect.facts.iter().flat_map(|fact| sides(&mut lint.engine, fact)).collect();
    let is_caller = |engine: &Engine<'_>, term: TermId| is_who_calls(&engine.terms, term);
    let is_privileged = is_privileged(&lint.engine, effect);
    let mut found = Vec::new();
    for fact in facts {
        let engine = &mut lint.engine;
        let named = compared(engine, fact, &is_caller);
        let named = named.filter(|&(state, _)| is_written_out(engine, fact, state));
        found.extend(named.map(|(state, part)| (state, part, Trusted::Caller)));
        if is_privileged {
            let member = member(engine, fact).or_else(|| entered(engine, fact));
            found.extend(member.map(|(state, part)| (state, part, Trusted::Member)));
        }
    }
    let has_identity =
        matches!(lint.engine.terms.op(effect.sender), Op::Literal(_)) && effect.allowances.is_none();
    if let (EffectKind::Dynamic { .. }, Some(&called)) = (&effect.kind, effect.args.first())
        && has_identity
        && dynamic_call::is_unknown(lint, effect)
    {
        let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
        let engine = &mut lint.engine;
        for fact in effect.facts.iter() {
            let known = compared(engine, fact, &|_, term| term == principal)
                .or_else(|| listed(engine, fact, &|_, term| term == principal));
            found.extend(known.map(|(state, part)| (state, part, Trusted::Contract)));
        }
    }
    found.retain(|&(state, part, _)| !lint.governance.is_governed(state, part));
    found
}

/// Whether an effect is what only somebody in particular may do: it sets what all depend on, or moves tokens of whom the
/// caller names. What it keeps of the caller alone is a record of theirs.
fn is_privileged(engine: &Engine<'_>, effect: &Effect) -> bool {
    let mask = effect.args.iter().fold(Mask::NOTHING, |mask, &arg| mask.or(engine.terms.mask(arg)));
    match effect.kind {
        EffectKind::Write(Builtin::VarSet, _) | EffectKind::Token(..) | EffectKind::Stx(_) => {
            mask.has(Mask::PARAMETER) && !mask.has(Mask::CALLER)
        }
        _ => false,
    }
}

/// Whether the write enters a key whose every part of the caller's choice is a contract that the path identifies: a
/// user's own record of a contract that others have let in.
fn enters_identified(lint: &mut Lint<'_>, write: &Effect, part: Part) -> bool {
    let (Part::Keys, Some(&key)) = (part, write.args.first()) else { return false };
    let terms = &lint.engine.terms;
    let parts = if let Op::Tuple(_) = terms.op(key) { terms.args(key).to_vec() } else { vec![key] };
    let chosen: Vec<_> = parts.into_iter().filter(|&part| terms.mask(part).has(Mask::PARAMETER)).collect();
    !chosen.is_empty()
        && chosen.into_iter().all(|part| {
            let contract = match lint.engine.terms.op(part) {
                Op::Pure(Builtin::ContractOf) => lint.engine.terms.arg(part, 0),
                _ => part,
            };
            lint.governance.is_identified(&mut lint.engine, &write.facts, contract)
        })
}

/// What a write enters in a part of the state.
fn entered_as(write: &Effect, part: Part) -> Option<TermId> {
    match (part, &write.args[..]) {
        (Part::Keys | Part::Key(_), [key, ..]) => Some(*key),
        (_, [.., value]) => Some(*value),
        _ => None,
    }
}

/// Whether what the write enters is an argument of the caller's, or the caller, of whom nothing is asked.
fn is_chosen(engine: &Engine<'_>, write: &Effect, part: Part) -> bool {
    let Some(entered) = entered_as(write, part) else { return false };
    let mask = |term| engine.terms.mask(term);
    let asks_nothing = || write.facts.iter().all(|fact| mask(fact.term()).only(Mask::STATE));
    mask(entered).has(Mask::PARAMETER) || mask(entered).has(Mask::CALLER) && asks_nothing()
}
