//! State by which contracts decide whom they trust, and who lets strangers write it.

use std::collections::BTreeMap;

use super::{Lint, dynamic_call, evidence};
use crate::builtins::Builtin;
use crate::diagnostic::Label;
use crate::facts::{
    Effect, EffectKind, Engine, Fact, Governance, Mask, Op, Part, PartName, Show, StateId, TermId,
    place_in_key,
};
use crate::graph::{FunctionId, Site};

/// How many sides of a fact are looked at.
const MAX_SIDES: usize = 64;

/// Where state that strangers decide on is taken for evidence: by which entrypoint, before which effect.
#[derive(Clone)]
pub(super) struct Use {
    pub state: StateId,
    pub part: PartName,
    pub entrypoint: FunctionId,
    pub site: Site,
    /// Whether it says who the caller is; otherwise it says what a called contract is.
    pub of_caller: bool,
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
            || used.of_caller && write.moves
            || !write.is_chosen
            || !used.of_caller && write.is_identified;
        (!is_excused).then_some(write)
    }
}

/// What a contract says.
pub(super) fn answer(lint: &mut Lint<'_>) -> Answer {
    let mut answer = Answer::default();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        for effect in &summary.effects {
            for (state, part, of_caller) in trusted(lint, effect) {
                let (site, part) = (effect.site, part.name(&lint.engine));
                answer.uses.push(Use { state, part, entrypoint, site, of_caller });
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
        is_identified: enters_identified(lint, write, part),
        state: Show { engine: &lint.engine, function: writer }.state(state),
        effect: evidence::effect(&lint.engine, writer, write),
        trace: evidence::trace(lint.program, write),
    }
}

/// The state that strangers decide on and that is yet what an effect is done for.
fn trusted(lint: &mut Lint<'_>, effect: &Effect) -> Vec<(StateId, Part, bool)> {
    let mut found: Vec<_> = effect
        .facts
        .iter()
        .flat_map(|fact| sides(&lint.engine, fact))
        .filter_map(|fact| compared(&lint.engine, fact, &|term| is_caller(&lint.engine, term)))
        .filter(|(state, _)| matches!(state, StateId::Variable(..)))
        .map(|(state, part)| (state, part, true))
        .collect();
    let has_identity =
        matches!(lint.engine.terms.op(effect.sender), Op::Literal(_)) && effect.allowances.is_none();
    if let (EffectKind::Dynamic { .. }, Some(&called)) = (&effect.kind, effect.args.first())
        && has_identity
        && dynamic_call::is_unknown(lint, effect)
    {
        let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
        let engine = &lint.engine;
        let of_contract = effect.facts.iter().filter_map(|fact| {
            compared(engine, fact, &|term| term == principal).or_else(|| listed(engine, fact, principal))
        });
        found.extend(of_contract.map(|(state, part)| (state, part, false)));
    }
    found.retain(|&(state, part, _)| !lint.governance.is_governed(state, part));
    found
}

/// A fact, and what else it may come down to: one of several may be privileged.
fn sides(engine: &Engine<'_>, fact: Fact) -> Vec<Fact> {
    let mut found = vec![fact];
    let mut next = 0;
    while let Some(&fact) = found.get(next) {
        next += 1;
        if engine.terms.op(fact.term()) == Op::If && found.len() < MAX_SIDES {
            found.extend(engine.terms.args(fact.term()).iter().map(|&side| Fact::new(side, true)));
        }
    }
    found
}

fn is_caller(engine: &Engine<'_>, term: TermId) -> bool {
    matches!(engine.terms.op(term), Op::Sender | Op::Caller)
}

/// The state that a fact says to be equal to what is wanted.
pub(super) fn compared(
    engine: &Engine<'_>,
    fact: Fact,
    wanted: &dyn Fn(TermId) -> bool,
) -> Option<(StateId, Part)> {
    let (Op::Pure(Builtin::IsEq), &[a, b]) = (engine.terms.op(fact.term()), engine.terms.args(fact.term()))
    else {
        return None;
    };
    let other = if wanted(a) { b } else { Some(a).filter(|_| wanted(b))? };
    if fact.holds() { content(engine, other, Part::Value) } else { None }
}

/// The map that a fact says to have an entry for the contract, or a flag in it.
fn listed(engine: &Engine<'_>, fact: Fact, principal: TermId) -> Option<(StateId, Part)> {
    let of = *engine.terms.args(fact.term()).first()?;
    let (entry, part) = match engine.terms.op(fact.term()) {
        Op::Good => (of, None),
        Op::Payload => (of, Some(Part::Value)),
        Op::Field(name) => (*engine.terms.args(of).first()?, Some(Part::Field(name))),
        _ => return None,
    };
    let Op::Entry(map) = engine.terms.op(entry) else { return None };
    let place = place_in_key(engine, engine.terms.arg(entry, 0), &|_, part| part == principal)?;
    fact.holds().then_some((map, part.unwrap_or(place)))
}

/// The state that a term is the content of, as it was when the function was entered.
fn content(engine: &Engine<'_>, term: TermId, part: Part) -> Option<(StateId, Part)> {
    let of = engine.terms.args(term).first().copied();
    match engine.terms.op(term) {
        Op::Initial(state @ StateId::Variable(..)) => Some((state, part)),
        Op::Entry(map) => Some((map, part)),
        Op::Field(name) => content(engine, of?, Part::Field(name)),
        Op::Payload => content(engine, of?, part),
        _ => None,
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

/// Whether what the write enters is an argument of the caller's, or the caller, of whom nothing is asked.
fn is_chosen(engine: &Engine<'_>, write: &Effect, part: Part) -> bool {
    let entered = match (part, &write.args[..]) {
        (Part::Keys | Part::Key(_), [key, ..]) => *key,
        (_, [.., value]) => *value,
        _ => return false,
    };
    let mask = |term| engine.terms.mask(term);
    let asks_nothing = || write.facts.iter().all(|fact| mask(fact.term()).only(Mask::STATE));
    mask(entered).has(Mask::PARAMETER) || mask(entered).has(Mask::CALLER) && asks_nothing()
}
