//! Calls of contracts that the caller chose: what the rules about them share.

use super::Lint;
use crate::diagnostic::Diagnostic;
use crate::facts::{Effect, EffectKind, Mask, Summary};
use crate::graph::FunctionId;

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

/// Whether the caller chooses the contract that is called, and nothing that holds whenever the call is committed ties it
/// to what the protocol trusts. A path that the deployer's constants open or close is nobody else's choice.
pub(super) fn is_unknown(lint: &mut Lint<'_>, call: &Effect) -> bool {
    let Some(&called) = call.args.first() else { return false };
    let terms = &lint.engine.terms;
    terms.mask(called).has(Mask::PARAMETER)
        && !call.facts.iter().any(|fact| terms.mask(fact.term()) == Mask::NOTHING)
        && !lint.governance.has_role(&mut lint.engine, &call.facts)
        && !lint.governance.is_identified(&mut lint.engine, &call.facts, called)
}
