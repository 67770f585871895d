//! A contract argument that is called although another one was verified in its place.

use std::collections::BTreeMap;

use super::registry::{Lookup, compared, looked_up};
use super::{Lint, evidence, resolution_mismatch::RULE};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::facts::{Effect, Engine, Fact, Facts, Op, Show, Summary, TermId, place_in_key};
use crate::graph::{FunctionId, Site};
use crate::model::{ExprId, ExprKind};
use crate::source::Location;
use crate::syntax::Symbol;

/// Reports a call of an argument, or one that hands it on, if nothing says what that is and another argument was
/// verified instead: one that is used for nothing else, or one that is verified as two things.
pub(super) fn report(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
) -> Option<Diagnostic> {
    let parameters = lint.program.function(entrypoint).parameters.len() as u32;
    for (position, &argument) in call.args.iter().enumerate() {
        let Op::Parameter(index) = lint.engine.terms.op(argument) else { continue };
        let Some(wanted) = trait_of(lint, entrypoint, index) else { continue };
        if lint.governance.is_identified(&mut lint.engine, &call.facts, argument)
            || is_found(&mut lint.engine, &call.facts, argument)
        {
            continue;
        }
        for other in (0..parameters).filter(|&other| other != index) {
            let Some(of) = trait_of(lint, entrypoint, other) else { continue };
            let verified = verified_as(lint, entrypoint, summary, call, other);
            let how = if of == wanted && is_for_nothing(lint, entrypoint, summary, call, other, &verified) {
                "is verified"
            } else if verified.values().flatten().count() > 1 {
                "is verified as two things"
            } else {
                continue;
            };
            let done = if position == 0 { "is called" } else { "is handed on" };
            return Some(diagnose(lint, entrypoint, call, (other, how, verified), (index, done)));
        }
    }
    None
}

/// Whether a contract stands in some map: it was verified itself, whoever may enter contracts there.
fn is_found(engine: &mut Engine<'_>, facts: &Facts, contract: TermId) -> bool {
    let principal = engine.terms.pure(Builtin::ContractOf, &[contract]);
    let is_contract = |_: &Engine<'_>, term: TermId| term == contract || term == principal;
    facts.iter().filter(|fact| fact.holds()).map(Fact::term).any(|asked| {
        engine.terms.op(asked) == Op::Good && {
            let entry = engine.terms.arg(asked, 0);
            matches!(engine.terms.op(entry), Op::Entry(_))
                && place_in_key(engine, engine.terms.arg(entry, 0), &is_contract).is_some()
        }
    })
}

fn diagnose(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    call: &Effect,
    (verified, how, as_what): (u32, &str, BTreeMap<String, Option<Location>>),
    (used, done): (u32, &str),
) -> Diagnostic {
    let program = lint.program;
    let name = |index| name(lint, entrypoint, index);
    let (other, contract) = (name(verified), name(used));
    let contract_of = entrypoint.contract;
    let span = program.function(entrypoint).parameters[verified as usize].name.span;
    let message = format!("`{other}` {how}, and `{contract}` {done}");
    let mut diagnostic =
        Diagnostic::new(RULE.id, Severity::Error, program.location_in(contract_of, span), message)
            .label(program.head(call.site), format!("nothing says what `{contract}` is"))
            .help(format!("verify `{contract}` instead of `{other}`"))
            .key(contract);
    let checks = as_what.into_iter().filter_map(|(what, at)| Some((what, at?)));
    let checks = checks.map(|(what, at)| Label { at, message: format!("`{other}` is verified as `{what}`") });
    diagnostic.labels.extend(checks);
    diagnostic.function = Some(program.name(entrypoint).to_string());
    diagnostic.trace = evidence::trace(program, call);
    diagnostic
}

fn name<'p>(lint: &Lint<'p>, function: FunctionId, index: u32) -> &'p str {
    let tree = &lint.program.contract(function.contract).syntax.tree;
    tree.name(lint.program.function(function).parameters[index as usize].name.symbol)
}

/// The trait that a parameter is declared with.
fn trait_of(lint: &Lint<'_>, function: FunctionId, index: u32) -> Option<Symbol> {
    let tree = &lint.program.contract(function.contract).syntax.tree;
    let parameter = lint.program.function(function).parameters.get(index as usize)?;
    tree.expr(parameter.declared_type?).trait_alias()
}

/// What a parameter must equal for the call to be committed, in words, and where the contract itself asks for it.
fn verified_as(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
    index: u32,
) -> BTreeMap<String, Option<Location>> {
    let principal = principal(lint, index);
    let contract = entrypoint.contract;
    let mut found = BTreeMap::new();
    for fact in call.facts.iter() {
        let Some((_, what)) = compared(&lint.engine, fact, |_, term| term == principal) else { continue };
        if lint.engine.terms.op(what) == Op::Pure(Builtin::ContractOf) {
            continue;
        }
        // The same name is the same thing, through whatever helper and after whatever call it is looked up.
        let what = match looked_up(&mut lint.engine, what) {
            Some(Lookup { name, .. }) => name,
            None => {
                let what = match lint.engine.terms.op(what) {
                    Op::Since(variable) => lint.engine.terms.leaf(Op::Initial(variable)),
                    _ => what,
                };
                Show { engine: &lint.engine, function: entrypoint }.term(what)
            }
        };
        let at = summary.origins.get(&fact).map(|&expr| lint.program.head(Site { contract, expr }));
        let known = found.entry(what).or_insert(at);
        *known = known.or(at);
    }
    found
}

fn principal(lint: &mut Lint<'_>, index: u32) -> TermId {
    let argument = lint.engine.terms.leaf(Op::Parameter(index));
    lint.engine.terms.pure(Builtin::ContractOf, &[argument])
}

/// Whether a parameter is verified and then neither called nor handed on. What is not compared but looked up may not be
/// used in any other way either: the entry may be all that it is for.
fn is_for_nothing(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    call: &Effect,
    index: u32,
    verified: &BTreeMap<String, Option<Location>>,
) -> bool {
    if is_passed_on(lint, entrypoint, index) {
        return false;
    }
    let argument = lint.engine.terms.leaf(Op::Parameter(index));
    let handed = || summary.effects.iter().flat_map(|effect| &effect.args).copied();
    if handed().any(|arg| arg == argument) {
        return false;
    }
    if !verified.is_empty() {
        return true;
    }
    let returned = summary.exits.iter().filter(|exit| exit.facts.is_some()).map(|exit| exit.value);
    !lint.engine.parts(handed().chain(returned)).contains(&argument)
        && lint.governance.is_identified(&mut lint.engine, &call.facts, argument)
}

/// Whether a function passes a parameter to another contract, which verifies it for its own ends.
fn is_passed_on(lint: &Lint<'_>, function: FunctionId, index: u32) -> bool {
    let model = lint.program.model(function.contract);
    let is_it = |&child: &ExprId| matches!(model.expr(child).kind, ExprKind::Parameter(at) if at == index);
    model.below(lint.program.function(function).body).into_iter().any(|expr| {
        // The first child is the contract that is called.
        matches!(model.expr(expr).kind, ExprKind::ContractCall { .. })
            && model.children(expr).iter().skip(1).any(is_it)
    })
}
