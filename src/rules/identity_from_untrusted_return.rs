//! `identity-from-untrusted-return`: money moves by what a contract of the caller's choice says of itself or of others.

use std::collections::BTreeMap;

use super::{Check, Group, Lint, Rule, dynamic_call, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, Summary, TermId};
use crate::graph::{FunctionId, Site};

pub const RULE: Rule = Rule {
    id: "identity-from-untrusted-return",
    group: Group::Architecture,
    level: None,
    doc: include_str!("../../rules/identity-from-untrusted-return.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &["unverified-contract-argument", "as-contract-dynamic-call"],
};

/// A contract that the caller chose, and the calls of it that answer.
struct Asked<'s> {
    called: TermId,
    principal: TermId,
    calls: Vec<&'s Effect>,
}

/// What is done with what a contract has answered.
enum Use {
    Compared(Fact),
    Key,
}

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let calls = summary.effects.iter().filter(|effect| matches!(effect.kind, EffectKind::Dynamic { .. }));
    let mut contracts: BTreeMap<TermId, Vec<&Effect>> = BTreeMap::new();
    for call in calls.filter(|call| call.result.is_some()) {
        if let Some(&called) = call.args.first()
            && dynamic_call::is_unknown(lint, call)
        {
            contracts.entry(called).or_default().push(call);
        }
    }
    let mut found = Vec::new();
    for (called, calls) in contracts {
        let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
        found.extend(report(lint, entrypoint, &summary, &Asked { called, principal, calls }));
    }
    found
}

fn report(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    summary: &Summary,
    asked: &Asked<'_>,
) -> Option<Diagnostic> {
    // Whatever is asked of which contract it is may settle it, also where another contract decides.
    if asked.calls.iter().any(|call| asked.is_spoken_of(&lint.engine, call)) {
        return None;
    }
    let (moved, call, used) = summary.effects.iter().find_map(|effect| {
        let (call, used) = asked.decides(&mut lint.engine, effect)?;
        Some((effect, call, used))
    })?;
    let EffectKind::Dynamic { method, .. } = call.kind else { return None };
    let program = lint.program;
    let contract = Show { engine: &lint.engine, function: entrypoint }.term(asked.called);
    let (name, method) = (program.name(entrypoint), lint.engine.terms.text(method));
    let by = match used {
        Use::Compared(_) => "goes by",
        Use::Key => "looks up",
    };
    let message = format!(
        "`{name}` {by} what `{contract}` answers to `{method}`, and the caller chooses which contract that is"
    );
    let (at, by) = (program.head(call.site), program.location(entrypoint));
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message)
        .label(program.head(moved.site), evidence::effect(&lint.engine, entrypoint, moved))
        .help(format!(
            "ask first which contract it is, as in `(asserts! (is-eq (contract-of {contract}) KNOWN) ERR-UNKNOWN)`"
        ))
        .key(name);
    if let Use::Compared(fact) = used
        && let Some(&expr) = summary.origins.get(&fact)
    {
        let decides = program.head(Site { contract: entrypoint.contract, expr });
        diagnostic = diagnostic.label(decides, "its answer decides here");
    }
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, call);
    Some(diagnostic.cause(at, by))
}

impl<'s> Asked<'s> {
    /// The call whose answer decides on an effect, and how: as one side of an equation about somebody, or in the key of an
    /// entry.
    fn decides(&self, engine: &mut Engine<'_>, effect: &Effect) -> Option<(&'s Effect, Use)> {
        // Of its own token, and of a record of its own, a contract may say what it likes.
        let is_own = effect.args.iter().any(|&arg| arg == self.called || arg == self.principal)
            || self.is_spoken_of(engine, effect);
        if is_own || !self.is_at_stake(engine, effect) {
            return None;
        }
        for fact in effect.facts.iter() {
            let Some((a, b)) = engine.equation(fact) else { continue };
            let told = self.answered(engine, content(engine, a)).filter(|_| is_somebody(engine, b));
            let told =
                told.or_else(|| self.answered(engine, content(engine, b)).filter(|_| is_somebody(engine, a)));
            if let Some(call) = told {
                return Some((call, Use::Compared(fact)));
            }
        }
        let roots: Vec<_> = effect.args.iter().copied().chain(effect.facts.iter().map(Fact::term)).collect();
        let entries = engine.parts_within_calls(roots).into_iter();
        let entries: Vec<_> = entries.filter(|&part| matches!(engine.terms.op(part), Op::Entry(_))).collect();
        let keys: Vec<_> = entries.into_iter().map(|entry| engine.terms.arg(entry, 0)).collect();
        let mut keys = engine.parts_within_calls(keys).into_iter();
        keys.find_map(|part| self.answered(engine, part)).map(|call| (call, Use::Key))
    }

    /// The call that a value is the answer of. That of a helper is another value at each call, of the same name.
    fn answered(&self, engine: &Engine<'_>, value: TermId) -> Option<&'s Effect> {
        let label = engine.terms.label(value);
        let is_it =
            |answer: TermId| value == answer || label.is_some() && engine.terms.label(answer) == label;
        self.calls.iter().copied().find(|call| call.result.is_some_and(is_it))
    }

    /// Whether an effect moves STX or a token of others than the caller, or as the contract says. What callers pay of their
    /// own accord is theirs.
    fn is_at_stake(&self, engine: &mut Engine<'_>, effect: &Effect) -> bool {
        let moves = matches!(effect.kind, EffectKind::Stx(_) | EffectKind::Token(..));
        match transfer::of(engine, effect) {
            Some(moved) if engine.is_caller(&effect.facts, moved.from) => {
                let parts = engine.parts_within_calls([moved.what, moved.to]);
                parts.into_iter().any(|part| self.answered(engine, part).is_some())
            }
            Some(_) => true,
            None => moves,
        }
    }

    /// Whether anything that holds for an effect says something of the contract.
    fn is_spoken_of(&self, engine: &Engine<'_>, effect: &Effect) -> bool {
        engine.parts(effect.facts.iter().map(Fact::term)).contains(&self.principal)
    }
}

/// What is within a response, an optional or a tuple.
fn content(engine: &Engine<'_>, mut value: TermId) -> TermId {
    while let Op::Payload | Op::Field(_) = engine.terms.op(value) {
        value = engine.terms.arg(value, 0);
    }
    value
}

/// Whether a value is who calls, whom the caller names, or what the protocol keeps.
fn is_somebody(engine: &Engine<'_>, term: TermId) -> bool {
    let mask = engine.terms.mask(term);
    matches!(engine.terms.op(term), Op::Sender | Op::Caller | Op::Parameter(_))
        || mask.has(Mask::STATE) && !mask.has(Mask::UNKNOWN)
}
