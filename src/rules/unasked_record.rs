//! Records that say what is meant, and are not asked. The function that makes the record keeps in it the contract that it
//! is handed, or the token that it takes in; another one loads the record and calls whichever contract, or sends out
//! whichever token, its caller names.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::transfer::{self, Transfer};
use super::unverified_contract_argument::RULE;
use super::written::Written;
use super::{Lint, dynamic_call};
use crate::builtins::Builtin;
use crate::diagnostic::Diagnostic;
use crate::facts::{Effect, EffectKind, Engine, Mask, Op, Show, StateId, Summary, TermId, TextId};
use crate::graph::{FunctionId, Site};

/// A field of a map, and where what it keeps is put into it.
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
    let principal = lint.engine.terms.pure(Builtin::ContractOf, &[*call.args.first()?]);
    let is_spoken_of = lint.engine.parts(summary.told()).contains(&principal);
    // Where nothing is done, only the caller is told something.
    let acts = |effect: &Effect| !matches!(effect.kind, EffectKind::Dynamic { .. } | EffectKind::External(_));
    if is_spoken_of || !summary.effects.iter().any(acts) {
        return None;
    }
    unasked(lint, entrypoint, summary, call, &BTreeSet::new())
}

/// The same of a contract that is one of several which a list lets in, where a token that the contract holds is sent away:
/// the list, which is asked for what is put into the record, too, does not say which of them is meant.
pub(super) fn of_several(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
) -> Option<Diagnostic> {
    // Of amounts, any of several tokens may be worth as much.
    let out = transfer::of(&lint.engine, call).filter(|_| transfer::is_of_one_token(call))?;
    if !transfer::is_own(&mut lint.engine, call, out)
        || lint.governance.has_role(&mut lint.engine, &call.facts)
    {
        return None;
    }
    let lists = only_lists(&mut lint.engine, summary, *call.args.first()?)?;
    unasked(lint, entrypoint, summary, call, &lists)
}

/// The lists that a contract is looked up in, if that is all that is asked of it.
fn only_lists(engine: &mut Engine<'_>, summary: &Summary, called: TermId) -> Option<BTreeSet<StateId>> {
    let principal = engine.terms.pure(Builtin::ContractOf, &[called]);
    let mut lists = BTreeSet::new();
    for part in engine.parts_within_calls(summary.told()) {
        if !engine.terms.args(part).contains(&principal) {
            continue;
        }
        match engine.terms.op(part) {
            Op::Entry(list) => lists.insert(list),
            // What a helper asks is a part of its own.
            Op::Call(_) if engine.unfold(part).is_some() => continue,
            _ => return None,
        };
    }
    Some(lists).filter(|lists| !lists.is_empty())
}

fn unasked(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
    lists: &BTreeSet<StateId>,
) -> Option<Diagnostic> {
    let called = *call.args.first()?;
    let wanted = declared(&lint.engine, entrypoint, called)?;
    let kept = kept(lint, entrypoint, summary, call, |engine, function, held| {
        if engine.terms.op(held) != Op::Pure(Builtin::ContractOf)
            || declared(engine, function, engine.terms.arg(held, 0)).as_ref() != Some(&wanted)
        {
            return false;
        }
        let told = engine.summary(function);
        let parts =
            if lists.is_empty() { FxHashSet::default() } else { engine.parts_within_calls(told.told()) };
        let is_asked = |list: &StateId| {
            parts.iter().any(|&part| {
                engine.terms.op(part) == Op::Entry(*list) && engine.terms.args(part).contains(&held)
            })
        };
        lists.iter().all(is_asked)
    })?;
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

/// Which record says which token is meant, and where it is kept, if an entrypoint sends out whichever one its caller names.
pub(super) fn of_token(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    effect: &Effect,
    out: Transfer,
) -> Option<(String, Site)> {
    let terms = &lint.engine.terms;
    if !transfer::is_of_one_token(effect)
        || terms.mask(out.what) != Mask::PARAMETER
        || lint.governance.has_role(&mut lint.engine, &effect.facts)
    {
        return None;
    }
    let others = summary.effects.iter().filter(|other| other.site != effect.site);
    let told = summary.known().chain(others.flat_map(|other| other.args.iter().copied()));
    if lint.engine.parts_within_calls(told).contains(&out.what) {
        return None;
    }
    let kept = kept(lint, entrypoint, summary, effect, |engine, function, held| {
        let writer = engine.summary(function);
        let own = engine.principal(function.contract);
        writer.effects.iter().any(|other| {
            let taken = transfer::of(engine, other).filter(|_| transfer::is_of_one_token(other));
            taken.is_some_and(|taken| taken.what == held && taken.to == own)
        })
    })?;
    let show = Show { engine: &lint.engine, function: entrypoint };
    let field = lint.engine.terms.text(kept.field);
    Some((format!("`{field}` of `{}`", show.state(kept.map)), kept.site))
}

/// The field, never asked for, of an entry that the path has found in a map of the contract, in which another function
/// keeps what is wanted.
fn kept(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    effect: &Effect,
    mut is_wanted: impl FnMut(&mut Engine<'_>, FunctionId, TermId) -> bool,
) -> Option<Kept> {
    let engine = &mut lint.engine;
    let found = engine.found_entries(&effect.facts);
    // What the caller has an entry for is said by that, and not by what was put in last.
    let found = found.filter(|&(entry, _)| !engine.terms.mask(entry).has(Mask::CALLER));
    let maps: Vec<_> =
        found.map(|(_, map)| map).filter(|map| map.owner() == Some(entrypoint.contract)).collect();
    let mut written = Written::default();
    let mut kept = maps.into_iter().find_map(|map| {
        written.to(engine, map)?.iter().find_map(|write| {
            let (function, value) = (write.function.filter(|&by| by != entrypoint)?, write.value?);
            let terms = &engine.terms;
            let value = if terms.op(value) == Op::Pure(Builtin::Merge) { terms.arg(value, 1) } else { value };
            let Op::Tuple(shape) = terms.op(value) else { return None };
            let fields = terms.fields(shape).iter().copied().zip(terms.args(value).iter().copied());
            let fields: Vec<_> = fields.collect();
            let (field, _) = fields.into_iter().find(|&(_, held)| is_wanted(engine, function, held))?;
            Some(Kept { map, field, site: write.site })
        })
    });
    kept.take_if(|kept| !is_asked(engine, summary, kept))
}

/// The trait of an argument, as it is written.
fn declared(engine: &Engine<'_>, function: FunctionId, argument: TermId) -> Option<String> {
    let is_argument = matches!(engine.terms.op(argument), Op::Parameter(_));
    let (_, declared) = engine.declared_type(Some(function), argument).filter(|_| is_argument)?;
    Some(declared.text().to_string())
}

/// Whether the function does anything with what the record keeps, other than to keep it.
fn is_asked(engine: &mut Engine<'_>, summary: &Summary, kept: &Kept) -> bool {
    let mut roots: Vec<_> = summary.known().chain(summary.result).collect();
    for effect in &summary.effects {
        match (&effect.kind, &effect.args[..]) {
            (EffectKind::Write(_, map), &[key, value]) if *map == kept.map => {
                roots.push(key);
                changed(engine, kept.map, value, &mut roots);
            }
            (_, args) => roots.extend_from_slice(args),
        }
    }
    engine.parts_within_calls(roots).into_iter().any(|part| {
        let of = engine.terms.args(part).first().copied();
        let of = of.filter(|_| engine.terms.op(part) == Op::Field(kept.field));
        of.is_some_and(|of| {
            engine.parts([of]).into_iter().any(|inner| engine.terms.op(inner) == Op::Entry(kept.map))
        })
    })
}

/// What of a value that is written to a map is not written back as an entry of the map had it.
fn changed(engine: &Engine<'_>, map: StateId, value: TermId, found: &mut Vec<TermId>) {
    let terms = &engine.terms;
    let is_entry =
        |term: TermId| terms.op(term) == Op::Payload && terms.op(terms.arg(term, 0)) == Op::Entry(map);
    match terms.op(value) {
        Op::Pure(Builtin::Merge) => terms.args(value).iter().for_each(|&it| changed(engine, map, it, found)),
        Op::Tuple(shape) => {
            let fields = terms.fields(shape).iter().zip(terms.args(value));
            let is_back = |&(&name, &held): &(&TextId, &TermId)| {
                terms.op(held) == Op::Field(name) && is_entry(terms.arg(held, 0))
            };
            found.extend(fields.filter(|field| !is_back(field)).map(|(_, &held)| held));
        }
        _ if is_entry(value) => {}
        _ => found.push(value),
    }
}
