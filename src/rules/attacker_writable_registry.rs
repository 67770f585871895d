//! `attacker-writable-registry`: state that says whom the protocol trusts is written by whoever wants to.

use std::collections::BTreeMap;

use super::{Check, Group, Lint, Rule, dynamic_call, evidence};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{
    Effect, EffectKind, Engine, Fact, Governance, Mask, Op, Part, Show, StateId, TermId, place_in_key,
};
use crate::graph::{FunctionId, Site};

pub const RULE: Rule = Rule {
    id: "attacker-writable-registry",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/attacker-writable-registry.md"),
    check: Check::Program(check),
};

/// How many sides of a fact are looked at.
const MAX_SIDES: usize = 64;

/// Where state is taken for evidence: by which entrypoint, before which effect.
struct Use {
    entrypoint: FunctionId,
    site: Site,
    part: Part,
    /// Whether it says who the caller is; otherwise it says what a called contract is.
    of_caller: bool,
}

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    found(lint).into_values().collect()
}

/// The state that is trusted and that anybody writes, and what is said about it.
pub(super) fn found(lint: &mut Lint<'_>) -> BTreeMap<StateId, Diagnostic> {
    let mut uses: BTreeMap<StateId, Use> = BTreeMap::new();
    for entrypoint in lint.program.entrypoints().collect::<Vec<_>>() {
        let summary = lint.engine.summary(entrypoint);
        for effect in &summary.effects {
            for (state, part, of_caller) in trusted(lint, effect) {
                let site = effect.site;
                uses.entry(state).or_insert(Use { entrypoint, site, part, of_caller });
            }
        }
    }
    let reported = uses.into_iter().filter_map(|(state, used)| Some((state, report(lint, state, &used)?)));
    reported.collect()
}

fn report(lint: &mut Lint<'_>, state: StateId, used: &Use) -> Option<Diagnostic> {
    let (writer, index) = lint.governance.writer(state, used.part)?;
    let program = lint.program;
    if !program.contract(program.contract_of(writer)).linted {
        return None;
    }
    let summary = lint.engine.summary(writer);
    let write = &summary.effects[index];
    // Who asks for a role that another's fault has made worthless is not at fault.
    if Governance::intended().has_role(&mut lint.engine, &write.facts) {
        return None;
    }
    // Who pays for what they enter, or hands something over, enters a record of their own: the highest bid, an order.
    let moves = |effect: &Effect| !matches!(effect.kind, EffectKind::Write(..));
    if used.of_caller && summary.effects.iter().any(moves)
        || !is_chosen(&lint.engine, write, used.part)
        || !used.of_caller && enters_identified(lint, write, used.part)
    {
        return None;
    }
    let show = Show { engine: &lint.engine, function: writer };
    let (name, state) = (program.name(writer), show.state(state));
    let trusts = program.name(used.entrypoint);
    let says =
        if used.of_caller { "who may call" } else { "which contract is called in the contract's own name" };
    let mut diagnostic = Diagnostic::new(
        RULE.id,
        Severity::Error,
        program.location(writer),
        format!("`{name}` lets anybody write `{state}`, by which `{trusts}` decides {says}"),
    )
    .label(program.head(write.site), evidence::effect(&lint.engine, writer, write))
    .label(program.head(used.site), format!("`{trusts}` does this because of `{state}`"))
    .help(format!(
        "let `{name}` check who calls, as in `(asserts! (is-eq contract-caller OWNER) ERR-UNAUTHORIZED)`"
    ))
    .key(state);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, write);
    Some(diagnostic)
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
