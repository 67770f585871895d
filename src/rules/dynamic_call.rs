//! Calls of contracts that the caller chose: what the rules about them share.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Lint;
use crate::diagnostic::Diagnostic;
use crate::facts::{Effect, EffectKind, Mask, Summary};
use crate::graph::{FunctionId, Site};

/// Reports each call once, however many entrypoints lead to it: at the first of them, naming the others.
pub(super) fn once_each(
    lint: &mut Lint<'_>,
    mut report: impl FnMut(&mut Lint<'_>, FunctionId, &Summary, &Effect) -> Option<Diagnostic>,
) -> Vec<Diagnostic> {
    let entrypoints: Vec<_> = lint.program.entrypoints().collect();
    let mut found: BTreeMap<Site, (Diagnostic, Vec<FunctionId>)> = BTreeMap::new();
    for entrypoint in entrypoints {
        let summary: Rc<Summary> = lint.engine.summary(entrypoint);
        let calls = summary.effects.iter().filter(|effect| matches!(effect.kind, EffectKind::Dynamic { .. }));
        for call in calls {
            if let Some((_, others)) = found.get_mut(&call.site)
                && others.contains(&entrypoint)
            {
                continue;
            }
            let Some(diagnostic) = report(lint, entrypoint, &summary, call) else { continue };
            found.entry(call.site).or_insert_with(|| (diagnostic, Vec::new())).1.push(entrypoint);
        }
    }
    let program = lint.program;
    let named = |(diagnostic, entrypoints): (Diagnostic, Vec<FunctionId>)| {
        let others = entrypoints.iter().skip(1);
        others.fold(diagnostic, |diagnostic, &other| {
            let message = format!("so does `{}`", program.name(other));
            diagnostic.label(program.location(other), message)
        })
    };
    found.into_values().map(named).collect()
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
