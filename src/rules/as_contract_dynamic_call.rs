//! `as-contract-dynamic-call`: a contract that the caller chose is called with the contract's own identity.

use super::{Check, Group, Lint, Rule, dynamic_call, evidence};
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

pub(super) fn report(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    _: &Summary,
    call: &Effect,
) -> Option<Diagnostic> {
    let called = *call.args.first()?;
    let has_identity = matches!(lint.engine.terms.op(call.sender), Op::Literal(_));
    if !has_identity || !dynamic_call::is_unknown(lint, call) {
        return None;
    }
    let allowed = match &call.allowances {
        Some(allowances) => Some(unbound(&mut lint.engine, allowances, called)?),
        None => None,
    };
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
    let program = lint.program;
    let name = program.name(entrypoint);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(call.site), message)
        .label(program.location(entrypoint), format!("`{name}` takes it from its caller"))
        .help(help)
        .key(name);
    if let Some(allowance) = allowed {
        let text = format!("and `{allowance}` lets it take what is not its own");
        diagnostic.labels.push(crate::diagnostic::Label { at: program.head(call.site), message: text });
    }
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, call);
    Some(diagnostic)
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
