//! The part of `unverified-contract-argument` that is about records which say which contract is meant: the function that
//! makes the record keeps the contract in it, and another one loads the record and calls whichever contract it is handed.

use super::unverified_contract_argument::RULE;
use super::written::Written;
use super::{Lint, dynamic_call};
use crate::builtins::Builtin;
use crate::diagnostic::Diagnostic;
use crate::facts::{Effect, EffectKind, Engine, Fact, Op, Show, StateId, Summary, TermId, TextId};
use crate::graph::{FunctionId, Site};

/// A field of a map that keeps contracts, and where one is put into it.
struct Kept {
    map: StateId,
    field: TextId,
    site: Site,
}

/// What is said of a call of a contract that nothing tells, if a record that the path has loaded would tell it.
pub(super) fn of(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
) -> Option<Diagnostic> {
    let called = *call.args.first()?;
    let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
    let is_spoken_of = lint.engine.parts(summary.told()).contains(&principal);
    // Where nothing is done, only the caller is told something.
    let acts = |effect: &Effect| !matches!(effect.kind, EffectKind::Dynamic { .. } | EffectKind::External(_));
    if is_spoken_of || !summary.effects.iter().any(acts) {
        return None;
    }
    let mut written = Written::default();
    let mut maps = loaded(lint, entrypoint, call).into_iter();
    let kept = maps.find_map(|map| kept(&mut lint.engine, &mut written, (entrypoint, called), map))?;
    if is_asked(&mut lint.engine, summary, &kept) {
        return None;
    }
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (contract, map) = (show.term(called), show.state(kept.map));
    let field = lint.engine.terms.text(kept.field);
    let message = format!(
        "`{contract}` is called whichever contract it is, although `{field}` of `{map}` says which one is meant"
    );
    let help =
        format!("compare them, as in `(asserts! (is-eq (contract-of {contract}) (get {field} ..)) ERR)`");
    let at = lint.program.head(kept.site);
    let diagnostic = dynamic_call::finding(lint, &RULE, entrypoint, call, message);
    Some(diagnostic.label(at, "the record keeps the contract here").help(help))
}

/// The maps of the contract in which the path has found an entry.
fn loaded(lint: &Lint<'_>, entrypoint: FunctionId, call: &Effect) -> Vec<StateId> {
    let terms = &lint.engine.terms;
    let entry = |fact: Fact| {
        let of = *terms.args(fact.term()).first()?;
        match (terms.op(fact.term()), terms.op(of)) {
            (Op::Good, Op::Entry(map)) if fact.holds() => Some(map),
            _ => None,
        }
    };
    let maps = call.facts.iter().filter_map(entry);
    maps.filter(|map| map.owner() == Some(entrypoint.contract)).collect()
}

/// The field of a map in which contracts of the same trait are kept that somebody has handed to the writer.
fn kept(
    engine: &mut Engine<'_>,
    written: &mut Written,
    (entrypoint, called): (FunctionId, TermId),
    map: StateId,
) -> Option<Kept> {
    let wanted = declared(engine, entrypoint, called)?;
    let writes = written.to(engine, map)?;
    let terms = &engine.terms;
    writes.iter().find_map(|write| {
        let (function, value) = (write.function?, write.value?);
        let value = if terms.op(value) == Op::Pure(Builtin::Merge) { terms.arg(value, 1) } else { value };
        let Op::Tuple(shape) = terms.op(value) else { return None };
        let mut fields = terms.fields(shape).iter().zip(terms.args(value));
        let is_contract = |&(_, &held): &(&TextId, &TermId)| {
            terms.op(held) == Op::Pure(Builtin::ContractOf)
                && declared(engine, function, terms.arg(held, 0)).as_ref() == Some(&wanted)
        };
        let (&field, _) = fields.find(is_contract)?;
        Some(Kept { map, field, site: write.site })
    })
}

/// The trait of an argument, as it is written.
fn declared(engine: &Engine<'_>, function: FunctionId, argument: TermId) -> Option<String> {
    let is_argument = matches!(engine.terms.op(argument), Op::Parameter(_));
    let (_, declared) = engine.declared_type(Some(function), argument).filter(|_| is_argument)?;
    Some(declared.text().to_string())
}

/// Whether the function does anything with what the record keeps.
fn is_asked(engine: &mut Engine<'_>, summary: &Summary, kept: &Kept) -> bool {
    let roots: Vec<_> = summary.told().chain(summary.result).collect();
    engine.parts_within_calls(roots).into_iter().any(|part| {
        let of = engine.terms.args(part).first().copied();
        let of = of.filter(|_| engine.terms.op(part) == Op::Field(kept.field));
        of.is_some_and(|of| {
            engine.parts([of]).into_iter().any(|inner| engine.terms.op(inner) == Op::Entry(kept.map))
        })
    })
}
