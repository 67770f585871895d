//! The part of `repeatable-claim` that is about flags: what is set where something is paid or run, and never asked for.

use std::collections::BTreeSet;

use super::repeatable_claim::{self, RULE};
use super::tautology::named;
use super::unenforced_guard::Body;
use super::{Lint, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, StateId, Summary, TermId, Terms};
use crate::graph::{FunctionId, Program};
use crate::model::{Access, Definition, ExprId, ExprKind, Model};
use petgraph::Direction;

/// A flag: all that an entry of a map holds, or one field of it.
type Flag = (StateId, Option<String>);

/// Says so of an entrypoint, once for each map.
pub(super) fn of(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let mut found = Vec::new();
    let mut said = BTreeSet::new();
    for write in &summary.effects {
        let EffectKind::Write(_, state @ StateId::Map(..)) = write.kind else { continue };
        if state.owner() != Some(entrypoint.contract) || said.contains(&state) {
            continue;
        }
        let flags = set_flags(&mut lint.engine, state, write);
        if flags.is_empty() {
            continue;
        }
        let Some(done) = done_with(lint, &summary, write) else { continue };
        let asked = Asked::new(lint.program, state);
        if let Some(flag) = flags.into_iter().find(|flag| !asked.has(flag)) {
            said.insert(state);
            found.push(report(lint, entrypoint, write, done, &flag));
        }
    }
    found
}

/// The flags that a write sets.
fn set_flags(engine: &mut Engine<'_>, state: StateId, write: &Effect) -> Vec<Flag> {
    let &[_, value] = &write.args[..] else { return Vec::new() };
    if value == Terms::TRUE {
        return vec![(state, None)];
    }
    let mut written = value;
    if engine.terms.op(value) == Op::Pure(Builtin::Merge) {
        written = engine.terms.arg(value, 1);
    }
    let Op::Tuple(shape) = engine.terms.op(written) else { return Vec::new() };
    let names = engine.terms.text(shape).split(' ').map(str::to_owned);
    let fields = names.zip(engine.terms.args(written).iter().copied());
    fields.filter(|&(_, value)| is_set(engine, value)).map(|(name, _)| (state, Some(name))).collect()
}

/// Whether a truth value is written that is, or may become, true: `true`, or a comparison.
fn is_set(engine: &Engine<'_>, value: TermId) -> bool {
    let compares = |term| matches!(engine.terms.op(term), Op::Pure(Builtin::Less | Builtin::IsEq));
    value == Terms::TRUE || compares(value) || engine.terms.negated(value).is_some_and(compares)
}

/// What is paid or run where the write is committed, if nothing that the path asks for is different afterwards.
fn done_with<'s>(lint: &mut Lint<'_>, summary: &'s Summary, write: &Effect) -> Option<&'s Effect> {
    let key = *write.args.first()?;
    let beside = |other: &&Effect| other.facts.and(&write.facts).is_some();
    let takes = |lint: &mut Lint<'_>, other: &Effect| match transfer::of(&lint.engine, other) {
        Some(moved) => lint.engine.terms.mask(moved.from).has(Mask::CALLER),
        None => matches!(other.kind, EffectKind::Token(Builtin::FtBurn | Builtin::NftBurn, _)),
    };
    if summary.effects.iter().filter(beside).any(|other| takes(lint, other)) {
        return None;
    }
    let done = summary.effects.iter().filter(beside).find(|other| is_done(&mut lint.engine, other))?;
    let is_theirs = lint.engine.terms.mask(key).has(Mask::CALLER);
    let terms = done.facts.iter().map(Fact::term);
    let decisive = terms.filter(|&term| is_theirs || !is_of_caller(&lint.engine, term));
    // That what is run succeeds is no question to others.
    let own = |term: &TermId| done.result.is_some_and(|it| lint.engine.parts([*term]).contains(&it));
    let decisive: Vec<_> = decisive.filter(|term| !own(term)).collect();
    let asked = lint.engine.parts_within_calls(decisive);
    let mut writes = summary.effects.iter().filter(beside);
    let is_ended = writes.any(|other| repeatable_claim::is_changed(&mut lint.engine, other, &asked));
    (!is_ended && !repeatable_claim::rests_on_others(&lint.engine, &asked)).then_some(done)
}

/// Whether an effect is a payment of what the contract owns or makes, or a call in its name.
fn is_done(engine: &mut Engine<'_>, effect: &Effect) -> bool {
    let acts_as_contract = matches!(engine.terms.op(effect.sender), Op::Literal(_));
    match effect.kind {
        EffectKind::Token(Builtin::NftMint, _) => true,
        EffectKind::Dynamic { .. } => acts_as_contract,
        _ => repeatable_claim::payment(engine, effect).is_some(),
    }
}

/// Whether a fact only says that a caller is, or is not yet, among some: others may do the same.
fn is_of_caller(engine: &Engine<'_>, term: TermId) -> bool {
    engine.terms.mask(term).has(Mask::CALLER)
        && matches!(engine.terms.op(term), Op::Good | Op::Pure(Builtin::Less))
}

/// What the functions that are ever called ask of a contract's maps.
struct Asked {
    /// Every field that is taken out of a tuple, here or by those who call the contract.
    fields: BTreeSet<String>,
    /// Whether the map is looked into.
    map: bool,
}

impl Asked {
    fn new(program: &Program<'_>, state: StateId) -> Self {
        let mut asked = Self { fields: BTreeSet::new(), map: false };
        let StateId::Map(contract, map) = state else { return asked };
        let callers =
            |function| program.calls.neighbors_directed(program.node_of(function), Direction::Incoming);
        let mut contracts = BTreeSet::from([contract]);
        for function in program.functions_of(contract) {
            contracts.extend(callers(function).map(|caller| program.calls[caller].contract));
            // A getter that nothing calls shows the map and decides nothing.
            let decides =
                program.function(function).access != Access::ReadOnly || callers(function).next().is_some();
            asked.map |= decides && looks_into(program.model(contract), program.function(function).body, map);
        }
        for contract in contracts {
            let tree = &program.contract(contract).syntax.tree;
            asked.fields.extend(program.model(contract).exprs().filter_map(|(_, expr)| match expr.kind {
                ExprKind::Get { name, .. } => Some(tree.name(name).to_string()),
                _ => None,
            }));
        }
        asked
    }

    fn has(&self, (_, field): &Flag) -> bool {
        match field {
            Some(field) => self.fields.contains(field),
            None => self.map,
        }
    }
}

/// Whether a body asks what a map holds, or whether it holds something already.
fn looks_into(model: &Model, body: ExprId, map: u32) -> bool {
    let body = Body::new(model, body);
    named(model, &body, &[Builtin::MapGet, Builtin::MapInsert, Builtin::MapDelete])
        .any(|it| it == Definition::Map(map))
}

fn report(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    write: &Effect,
    done: &Effect,
    (state, field): &Flag,
) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let map = Show { engine: &lint.engine, function: entrypoint }.state(*state);
    let flag = match field {
        Some(field) => format!("`{field}` of `{map}`"),
        None => format!("`{map}`"),
    };
    let message =
        format!("`{name}` sets {flag}, and nothing ever asks for it: what it does can be done again");
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, program.head(write.site), message)
        .label(program.location(entrypoint), "this does not ask for it either")
        .label(program.head(done.site), evidence::effect(&lint.engine, entrypoint, done))
        .help("ask for the flag before it is set, as in `(asserts! (not (get done entry)) ERR-DONE)`, or remove it")
        .key(flag);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, write);
    diagnostic
}
