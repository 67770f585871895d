//! `repeatable-claim`: a path pays what a record grants and leaves everything that it asks for as it was.

use rustc_hash::FxHashSet;

use super::{
    Check, Group, Lint, Rule, entitlement, evidence, kept_record, repeated_step, transfer, unasked_flag,
};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Governance, Mask, Op, Show, StateId, Summary, TermId};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "repeatable-claim",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/repeatable-claim.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &["always-fails"],
};

/// An amount that somebody gets.
#[derive(Clone, Copy)]
pub(super) struct Payment {
    what: TermId,
    to: TermId,
}

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let mut found = Vec::new();
    for effect in &summary.effects {
        let Some(paid) = payment(&mut lint.engine, effect) else { continue };
        let Some(record) = granting(&mut lint.engine, effect, paid) else { continue };
        if has_other_role(lint, effect, record) {
            continue;
        }
        let asked = asked(&mut lint.engine, effect, paid);
        if !rests_on_others(&lint.engine, &asked) && !is_ended(lint, &summary, effect, paid, &asked) {
            let (at, by) = (lint.program.head(effect.site), lint.program.location(entrypoint));
            found.push(report(lint, entrypoint, effect, record).cause(at, by));
        }
    }
    if found.is_empty() {
        found = unasked_flag::of(lint, entrypoint);
        found.extend(kept_record::of(lint, entrypoint));
        found.extend(repeated_step::of(lint, entrypoint));
    }
    found
}

/// The amount that an effect pays out of what the contract owns, or makes. One token by its identifier leaves only once.
pub(super) fn payment(engine: &mut Engine<'_>, effect: &Effect) -> Option<Payment> {
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(Builtin::FtMint, _), &[what, to]) => Some(Payment { what, to }),
        _ if transfer::is_of_one_token(effect) => None,
        _ => {
            let out = transfer::of(engine, effect)?;
            transfer::is_own(engine, effect, out).then_some(Payment { what: out.what, to: out.to })
        }
    }
}

/// Every term that decides whether the payment is made, and how much it is.
fn asked(engine: &mut Engine<'_>, effect: &Effect, paid: Payment) -> FxHashSet<TermId> {
    engine.parts_within_calls(effect.facts.iter().map(Fact::term).chain([paid.what]))
}

/// The record that says how much it is: of the caller or the recipient by its key, or by what stands in it.
fn granting(engine: &mut Engine<'_>, effect: &Effect, paid: Payment) -> Option<TermId> {
    let mut records: Vec<_> = engine
        .parts_within_calls([paid.what])
        .into_iter()
        .filter(|&part| {
            matches!(engine.terms.op(part), Op::Entry(map) if engine.terms.op(engine.terms.arg(part, 1)) == Op::Initial(map))
        })
        .collect();
    records.sort_unstable();
    let holds_record = |engine: &Engine<'_>, term: TermId, record: TermId| {
        engine.terms.mask(term).has(Mask::STATE) && engine.parts([term]).contains(&record)
    };
    let equations: Vec<_> = effect.facts.iter().filter_map(|fact| engine.equation(fact)).collect();
    records.into_iter().find(|&record| {
        let key = engine.parts([engine.terms.arg(record, 0)]);
        let is_party = |term: TermId| entitlement::is_party(engine, term, paid.to);
        key.into_iter().any(is_party)
            || holds_record(engine, paid.to, record)
            || equations.iter().any(|&(a, b)| {
                is_party(a) && holds_record(engine, b, record)
                    || is_party(b) && holds_record(engine, a, record)
            })
    })
}

/// Whether the caller has to be somebody in particular for another reason than that the record is theirs: how often a
/// privileged caller pays is their affair.
fn has_other_role(lint: &mut Lint<'_>, effect: &Effect, record: TermId) -> bool {
    let map = lint.engine.terms.op(record);
    Governance::intended().any(&mut lint.engine, &effect.facts, &mut |this, engine, fact| {
        this.is_role(engine, fact)
            && !engine.parts([fact.term()]).into_iter().any(|part| engine.terms.op(part) == map)
    })
}

/// Whether another contract, a signature or the answer to a riddle decides: what changes with each claim cannot be told.
pub(super) fn rests_on_others(engine: &Engine<'_>, asked: &FxHashSet<TermId>) -> bool {
    asked.iter().any(|&term| {
        matches!(engine.terms.op(term), Op::External(_) | Op::Since(_))
            || engine.terms.label(term).is_some_and(|label| label.contains('.'))
            || entitlement::is_proof(engine, term)
    })
}

/// Whether the path changes something that it asks for, takes something from the caller, or calls a contract that may do
/// either.
fn is_ended(
    lint: &mut Lint<'_>,
    summary: &Summary,
    effect: &Effect,
    paid: Payment,
    asked: &FxHashSet<TermId>,
) -> bool {
    let others = summary.effects.iter().filter(|other| other.facts.and(&effect.facts).is_some());
    others.into_iter().any(|other| match other.kind {
        EffectKind::Unchecked => true,
        EffectKind::Write(..) => is_changed(&mut lint.engine, other, asked),
        EffectKind::Token(Builtin::FtMint | Builtin::NftMint, token) => {
            is_measured(&lint.engine, token, paid, asked)
        }
        EffectKind::Token(..) | EffectKind::Stx(_) | EffectKind::Dynamic { .. } | EffectKind::External(_) => {
            let is_own = transfer::of(&lint.engine, other)
                .is_some_and(|out| transfer::is_own(&mut lint.engine, other, out));
            !is_own
                || match other.kind {
                    EffectKind::Token(_, token) => is_measured(&lint.engine, token, paid, asked),
                    EffectKind::Stx(_) => is_measured(&lint.engine, StateId::Stx, paid, asked),
                    _ => false,
                }
        }
    })
}

/// Whether a write leaves something else than what was asked for.
pub(super) fn is_changed(engine: &mut Engine<'_>, write: &Effect, asked: &FxHashSet<TermId>) -> bool {
    let EffectKind::Write(_, state) = write.kind else { return false };
    match (state, &write.args[..]) {
        (StateId::Map(..), &[key, ref value @ ..]) => {
            let key = engine.chosen(&write.facts, key);
            let is_entry = |&term: &TermId| engine.terms.op(term) == Op::Entry(state);
            let entries: Vec<_> = asked.iter().copied().filter(is_entry).collect();
            entries.into_iter().any(|entry| match (engine.terms.arg(entry, 0) == key, value) {
                // Another key may be the same after all.
                (false, _) | (true, []) => true,
                (true, &[value, ..]) => entitlement::is_changed(engine, asked, entry, value),
            })
        }
        (_, &[value]) => {
            let before = engine.terms.leaf(Op::Initial(state));
            value != before && asked.contains(&before)
        }
        _ => true,
    }
}

/// Whether the path asks how much of the token somebody has, who then has more of it.
fn is_measured(engine: &Engine<'_>, token: StateId, paid: Payment, asked: &FxHashSet<TermId>) -> bool {
    asked.iter().any(|&term| {
        matches!(engine.terms.op(term), Op::Token(_, of) if of == token)
            && engine.terms.args(term).iter().any(|&of| entitlement::is_party(engine, of, paid.to))
    })
}

fn report(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, record: TermId) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let record = Show { engine: &lint.engine, function: entrypoint }.term(record);
    let message = format!(
        "`{name}` pays what `{record}` grants and leaves it as it was: it can be claimed again and again"
    );
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(effect.site), message)
        .label(program.location(entrypoint), "nothing that it asks for is different afterwards")
        .help("take the amount off the record before it is paid, `map-delete` the record, or note in it that it was paid and ask for that")
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, effect);
    diagnostic
}
