//! Calls of contracts that the caller chose: what the rules about them share.

use super::{Lint, Rule, evidence};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Mask, Op, Show, Summary, TermId};
use crate::graph::FunctionId;

/// How many helpers are looked into for where a value comes from.
const MAX_HELPERS: u32 = 32;

/// What is said of the calls of an entrypoint through traits. However many entrypoints lead to a call, it is one cause.
pub(super) fn each(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    mut report: impl FnMut(&mut Lint<'_>, FunctionId, &Summary, &Effect) -> Option<Diagnostic>,
) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let program = lint.program;
    let calls = summary.effects.iter().filter(|effect| matches!(effect.kind, EffectKind::Dynamic { .. }));
    let report = |call: &Effect| {
        let diagnostic = report(lint, entrypoint, &summary, call)?;
        Some(diagnostic.cause(program.head(call.site), program.location(entrypoint)))
    };
    calls.filter_map(report).collect()
}

/// A finding about the contract that a call calls, which the entrypoint takes from its caller.
pub(super) fn finding(
    lint: &Lint<'_>,
    rule: &Rule,
    entrypoint: FunctionId,
    call: &Effect,
    message: String,
) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let mut diagnostic = Diagnostic::new(rule.id, Severity::Error, program.head(call.site), message)
        .label(program.location(entrypoint), format!("`{name}` takes it from its caller"))
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, call);
    diagnostic
}

/// Whether the caller chooses the contract that is called, and nothing that holds whenever the call is committed ties it
/// to what the protocol trusts. A path that the deployer's constants open or close is nobody else's choice.
pub(super) fn is_unknown(lint: &mut Lint<'_>, call: &Effect) -> bool {
    let Some(&called) = call.args.first() else { return false };
    let terms = &lint.engine.terms;
    terms.mask(called).has(Mask::PARAMETER)
        && !call.facts.iter().any(|fact| terms.mask(fact.term()) == Mask::NOTHING)
        && !lint
            .governance
            .any(&mut lint.engine, &call.facts, &mut |this, engine, fact| this.is_of_caller(engine, fact))
        && !lint.governance.is_identified(&mut lint.engine, &call.facts, called)
}

/// The map with which alone the contract that is called is compared, although strangers decide on what it holds.
pub(super) fn compared_only(lint: &mut Lint<'_>, entrypoint: FunctionId, call: &Effect) -> Option<String> {
    let engine = &mut lint.engine;
    let principal = engine.terms.pure(Builtin::ContractOf, &[*call.args.first()?]);
    let equations: Vec<_> = call.facts.iter().filter_map(|fact| engine.equation(fact)).collect();
    let others = equations.into_iter().filter_map(|(a, b)| match (a == principal, b == principal) {
        (true, _) => Some(b),
        (_, true) => Some(a),
        _ => None,
    });
    let entry = others.collect::<Vec<_>>().into_iter().find_map(|other| entry_behind(engine, other))?;
    let Op::Entry(map) = engine.terms.op(entry) else { return None };
    Some(Show { engine, function: entrypoint }.state(map))
}

/// The entry out of which a value was taken, also by helpers.
pub(super) fn entry_behind(engine: &mut Engine<'_>, mut value: TermId) -> Option<TermId> {
    for _ in 0..MAX_HELPERS {
        let of = engine.terms.args(value).first().copied();
        value = match engine.terms.op(value) {
            Op::Entry(_) => return Some(value),
            Op::Field(_) => of?,
            Op::Payload => match engine.unfold(of?) {
                Some(result) => engine.terms.payload(result, true),
                None => of?,
            },
            _ => return None,
        };
    }
    None
}
