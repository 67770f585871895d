//! The part of `inconsistent-guard` that is about records of callers: one entrypoint lets only the one whom a record names
//! touch it, and another takes it away for whoever calls, who gets something for it.

use std::collections::{BTreeMap, BTreeSet};

use super::inconsistent_guard::RULE;
use super::{Lint, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, StateId, Summary, TermId, TextId};
use crate::graph::FunctionId;
use crate::project::ContractId;

/// A field of a map's entries that says whose each is.
type Owner = (StateId, TextId);

pub(super) fn of(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let entrypoints = lint.program.functions_of(contract).filter(|&it| lint.program.is_entrypoint(it));
    let entrypoints: Vec<_> = entrypoints.collect();
    let all: Vec<_> = entrypoints.into_iter().map(|it| (it, lint.engine.summary(it))).collect();
    let mut filled = BTreeSet::new();
    let mut asked: BTreeMap<Owner, FunctionId> = BTreeMap::new();
    for (entrypoint, summary) in &all {
        for write in &summary.effects {
            filled.extend(filled_with_caller(&lint.engine, write));
            for owner in asked_for(&lint.engine, write) {
                asked.entry(owner).or_insert(*entrypoint);
            }
        }
    }
    asked.retain(|owner, _| filled.contains(owner));
    let mut found = Vec::new();
    for (entrypoint, summary) in &all {
        let taken = asked.iter().find_map(|(&owner, &peer)| {
            let (write, given) = taken(&mut lint.engine, summary, owner)?;
            Some((owner, peer, write, given))
        });
        if let Some((owner, peer, write, given)) = taken {
            found.push(report(lint, *entrypoint, owner, peer, write, given));
        }
    }
    found
}

/// The fields of an entry that a write fills with who calls.
fn filled_with_caller(engine: &Engine<'_>, write: &Effect) -> Vec<Owner> {
    let (EffectKind::Write(_, map), &[_, value]) = (&write.kind, &write.args[..]) else { return Vec::new() };
    let Op::Tuple(shape) = engine.terms.op(value) else { return Vec::new() };
    let fields = engine.terms.fields(shape).iter().zip(engine.terms.args(value));
    fields.filter(|&(_, &value)| engine.terms.is_caller(value)).map(|(&name, _)| (*map, name)).collect()
}

/// The fields of the entry that a write changes which the path compares with who calls.
fn asked_for(engine: &Engine<'_>, write: &Effect) -> Vec<Owner> {
    let (EffectKind::Write(_, map), Some(&key)) = (&write.kind, write.args.first()) else {
        return Vec::new();
    };
    let field = |term: TermId| {
        let Op::Field(name) = engine.terms.op(term) else { return None };
        let held = engine.terms.arg(term, 0);
        let entry = (engine.terms.op(held) == Op::Payload).then(|| engine.terms.arg(held, 0))?;
        let is_it = engine.terms.op(entry) == Op::Entry(*map) && engine.terms.arg(entry, 0) == key;
        is_it.then_some((*map, name))
    };
    engine.equal_to_caller(&write.facts).filter_map(field).collect()
}

/// A write by which a record of somebody goes that the caller chooses, and what the caller is given beside it; if nothing
/// on the path speaks of who calls, of whose it is, or of the time.
fn taken<'s>(
    engine: &mut Engine<'_>,
    summary: &'s Summary,
    (map, field): Owner,
) -> Option<(&'s Effect, &'s Effect)> {
    let takes = |effect: &Effect| match transfer::of(engine, effect) {
        Some(moved) => engine.terms.is_caller(moved.from),
        None => matches!(effect.kind, EffectKind::Token(Builtin::FtBurn | Builtin::NftBurn, _)),
    };
    if summary.effects.iter().any(takes) {
        return None;
    }
    for write in &summary.effects {
        let (EffectKind::Write(Builtin::MapDelete, of), &[key]) = (&write.kind, &write.args[..]) else {
            continue;
        };
        if *of != map || engine.terms.mask(key) != Mask::PARAMETER {
            continue;
        }
        let beside = summary.effects.iter().filter(|other| other.facts.and(&write.facts).is_some());
        let told: Vec<_> = beside.clone().flat_map(|other| other.facts.iter().map(Fact::term)).collect();
        if told.iter().any(|&term| speaks(engine, term)) {
            continue;
        }
        let version = engine.terms.leaf(Op::Initial(map));
        let entry = engine.terms.make(Op::Entry(map), &[key, version]);
        let there = engine.terms.good(entry);
        let held = engine.terms.payload(entry, true);
        let owner = engine.terms.field(field, held);
        let mut given = beside.filter(|other| other.facts.contains(Fact::new(there, true)));
        let given = given
            .find(|other| transfer::recipient(engine, other).is_some_and(|to| engine.terms.is_caller(to)));
        let arguments = summary.effects.iter().flat_map(|effect| effect.args.iter().copied());
        if let Some(given) = given
            && !engine.parts(told.into_iter().chain(arguments)).contains(&owner)
        {
            return Some((write, given));
        }
    }
    None
}

/// Whether what a path asks for has to do with who calls, with the time, or with what is not known. That the operations
/// themselves succeed says nothing.
fn speaks(engine: &Engine<'_>, asked: TermId) -> bool {
    let mask = engine.terms.mask(asked);
    let is_outcome = engine.terms.op(asked) == Op::Good
        && matches!(engine.terms.op(engine.terms.arg(asked, 0)), Op::Opaque(..));
    mask.has(Mask::CALLER.or(Mask::CHAIN)) || mask.has(Mask::UNKNOWN) && !is_outcome
}

fn report(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    (map, field): Owner,
    peer: FunctionId,
    write: &Effect,
    given: &Effect,
) -> Diagnostic {
    let program = lint.program;
    let (name, peer_name) = (program.name(entrypoint), program.name(peer));
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (map, field) = (show.state(map), lint.engine.terms.text(field));
    let message = format!(
        "`{name}` takes anybody's entry of `{map}` and gives what it is worth to whoever calls; `{peer_name}` asks for its `{field}`"
    );
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, program.location(entrypoint), message)
        .label(program.head(write.site), "the entry goes here")
        .label(program.head(given.site), "the caller gets this")
        .help(format!("compare who calls with `{field}`, as `{peer_name}` does, or give it to `{field}`"))
        .key(map.as_str());
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, write);
    diagnostic
}
