//! `as-contract-dynamic-call`: a contract that the caller chose is called with the contract's own identity.

use super::{Check, Group, Lint, Rule, dynamic_call};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Allowance, Effect, Engine, Op, Show, Summary, TermId};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "as-contract-dynamic-call",
    group: Group::AsContract,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/as-contract-dynamic-call.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    dynamic_call::each(lint, entrypoint, report)
}

fn report(lint: &mut Lint<'_>, entrypoint: FunctionId, _: &Summary, call: &Effect) -> Option<Diagnostic> {
    let called = *call.args.first().filter(|_| is_harmful(lint, call))?;
    let allowances = call.allowances.as_ref();
    let allowed = allowances.and_then(|allowances| unbound(&mut lint.engine, allowances, called));
    let compared = dynamic_call::compared_only(lint, entrypoint, call);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (contract, identity) = (show.term(called), show.term(call.sender));
    let message = match compared {
        Some(map) => format!(
            "`{contract}`, which the caller chooses, is called as `{identity}`, and compared only with what strangers may write to `{map}`"
        ),
        None => format!(
            "`{contract}`, which the caller chooses, is called as `{identity}` without a check of what it is"
        ),
    };
    let help = format!(
        "compare `(contract-of {contract})` with an address that is constant or governed, or look it up in an \
         allow-list that only a privileged caller can write"
    );
    let diagnostic = dynamic_call::finding(lint, &RULE, entrypoint, call, message).help(help);
    Some(match allowed {
        Some(allowance) => diagnostic.label(
            lint.program.head(call.site),
            format!("and `{allowance}` lets it take what is not its own"),
        ),
        None => diagnostic,
    })
}

/// Whether a contract that the caller chooses is called in the contract's own name, and may take what is not its own.
pub(super) fn is_harmful(lint: &mut Lint<'_>, call: &Effect) -> bool {
    let Some(&called) = call.args.first() else { return false };
    matches!(lint.engine.terms.op(call.sender), Op::Literal(_))
        && dynamic_call::is_unknown(lint, call)
        && call.allowances.as_ref().is_none_or(|it| unbound(&mut lint.engine, it, called).is_some())
}

/// The allowance that lets the called contract move assets that are not its own, if one does.
fn unbound(engine: &mut Engine<'_>, allowances: &[Allowance], called: TermId) -> Option<&'static str> {
    let principal = engine.terms.pure(Builtin::ContractOf, &[called]);
    let is_own = |allowance: &&Allowance| match allowance.builtin {
        Builtin::WithFt | Builtin::WithNft => {
            allowance.args.first().is_some_and(|&asset| asset == principal || asset == called)
        }
        _ => false,
    };
    allowances.iter().find(|allowance| !is_own(allowance)).map(|allowance| allowance.builtin.spec().name)
}
