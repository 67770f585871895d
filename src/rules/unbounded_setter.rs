//! `unbounded-setter`: a share of what somebody gets can be set above the whole.

use std::collections::BTreeMap;

use super::{Check, Group, Lint, Rule, evidence, stakes};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, StateId, TermId};
use crate::graph::FunctionId;
use crate::project::ContractId;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "unbounded-setter",
    group: Group::Architecture,
    level: None,
    doc: include_str!("../../rules/unbounded-setter.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

/// A variable that is used as a share: `(- amount (/ (* amount VARIABLE) WHOLE))`.
struct Share {
    whole: TermId,
    by: FunctionId,
    at: Location,
}

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let mut shares: BTreeMap<StateId, Share> = BTreeMap::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        for effect in &summary.effects {
            for (state, whole) in taken_off(&mut lint.engine, effect) {
                if state.owner() == Some(contract) {
                    let at = evidence::here(lint.program, entrypoint, effect);
                    shares.entry(state).or_insert(Share { whole, by: entrypoint, at });
                }
            }
        }
    }
    let mut found = Vec::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        for effect in &summary.effects {
            let (EffectKind::Write(Builtin::VarSet, state), &[value]) = (&effect.kind, &effect.args[..])
            else {
                continue;
            };
            if let Some(share) = shares.get(state)
                && matches!(lint.engine.terms.op(value), Op::Parameter(_))
                && !is_bounded(&mut lint.engine, effect, value)
                && lint.governance.has_role(&mut lint.engine, &effect.facts)
            {
                found.push(report(lint, entrypoint, effect, *state, share));
            }
        }
    }
    found
}

/// The variables whose share of something is taken off it, and what the whole is.
fn taken_off(engine: &mut Engine<'_>, effect: &Effect) -> Vec<(StateId, TermId)> {
    let differences = stakes::values(engine, effect.args.clone());
    let mut found = Vec::new();
    for difference in differences {
        let (Op::Pure(Builtin::Subtract), &[all, ref taken @ ..]) =
            (engine.terms.op(difference), engine.terms.args(difference))
        else {
            continue;
        };
        for part in stakes::values(engine, taken.to_vec()) {
            found.extend(share(engine, part, all));
        }
    }
    found
}

/// The variable and the whole of `(/ (* all VARIABLE) WHOLE)`.
fn share(engine: &Engine<'_>, part: TermId, all: TermId) -> Option<(StateId, TermId)> {
    let (Op::Pure(Builtin::Divide), &[product, whole]) = (engine.terms.op(part), engine.terms.args(part))
    else {
        return None;
    };
    if engine.terms.mask(whole) != Mask::NOTHING || engine.terms.op(product) != Op::Pure(Builtin::Multiply) {
        return None;
    }
    let factors = engine.terms.args(product);
    // Of something else it is a price, and no share.
    if !factors.contains(&all) {
        return None;
    }
    let shares = factors.iter().filter(|&&factor| factor != all);
    let mut variables = shares.filter_map(|&factor| match engine.terms.op(factor) {
        Op::Initial(state @ StateId::Variable(..)) => Some(state),
        _ => None,
    });
    variables.next().map(|variable| (variable, whole))
}

/// Whether what is known where a value is set compares it, alone or in a sum, with something.
fn is_bounded(engine: &mut Engine<'_>, write: &Effect, value: TermId) -> bool {
    let compares = |engine: &Engine<'_>, fact: Fact| {
        matches!(engine.terms.op(fact.term()), Op::Pure(Builtin::Less | Builtin::IsEq) | Op::Good | Op::If)
    };
    let facts: Vec<_> = write.facts.iter().filter(|&fact| compares(engine, fact)).collect();
    facts.into_iter().any(|fact| is_bound_from_above(engine, fact, value))
}

/// Whether a fact says that a value is less than something that is not nothing.
fn is_bound_from_above(engine: &mut Engine<'_>, fact: Fact, value: TermId) -> bool {
    let has = |engine: &Engine<'_>, term: TermId| engine.parts([term]).contains(&value);
    match (engine.terms.op(fact.term()), engine.terms.args(fact.term())) {
        (Op::Pure(Builtin::Less), &[less, more]) => {
            let (small, big) = if fact.holds() { (less, more) } else { (more, less) };
            has(engine, small) && !has(engine, big)
        }
        _ => has(engine, fact.term()),
    }
}

fn report(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    write: &Effect,
    state: StateId,
    share: &Share,
) -> Diagnostic {
    let program = lint.program;
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (name, by) = (program.name(entrypoint), program.name(share.by));
    let (state, whole) = (show.state(state), show.term(share.whole));
    let message = format!(
        "`{name}` sets `{state}` to any number, and `{by}` takes off that many of `{whole}` parts: above `{whole}` it always fails"
    );
    let at = evidence::here(program, entrypoint, write);
    let value = write.args.first().map(|&value| show.term(value)).unwrap_or_default();
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message)
        .label(share.at, format!("`{by}` computes with it here"))
        .help(format!("bound it first, as in `(asserts! (<= {value} {whole}) ERR-TOO-MUCH)`"))
        .key(state);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, write);
    diagnostic
}
