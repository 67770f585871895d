//! `call-through-constant`: `contract-call?` of a constant, which the analyser takes and the interpreter does not.

use super::{Check, Group, Lint, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Site;
use crate::model::ExprKind;
use crate::project::Epoch;

pub const RULE: Rule = Rule {
    id: "call-through-constant",
    group: Group::Types,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/call-through-constant.md"),
    checks: &[Check::Program(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let program = lint.program;
    let mut found = Vec::new();
    for id in program.project.contract_ids().filter(|&id| program.contract(id).linted) {
        let (contract, model) = (program.contract(id), program.model(id));
        // Clarity 1 has never taken it, and the interpreter of epoch 3.4 learned it.
        if contract.version.number() < 2 || contract.epoch >= Epoch::EPOCH_3_4 {
            continue;
        }
        for (expr, kind) in model.exprs().map(|(expr, found)| (expr, found.kind)) {
            let ExprKind::ContractCall { method, target_and_arguments } = kind else { continue };
            let Some(&target) = model.list(target_and_arguments).first() else { continue };
            let ExprKind::Constant(index) = model.expr(target).kind else { continue };
            let constant = &model.constants[index as usize];
            let value = program.node(Site { contract: id, expr: constant.value });
            let Some((principal, name)) = value.contract_literal() else { continue };
            let tree = &contract.syntax.tree;
            let at = program.head(Site { contract: id, expr: target });
            let shown = tree.name(constant.name.symbol);
            let message = format!("the call of `{}` through `{shown}` always aborts", tree.name(method));
            let principal = principal.map_or(String::new(), |principal| format!("'{principal}"));
            let help = format!(
                "write `{principal}.{name}` in the call: until epoch 3.4 the interpreter looks for a trait there"
            );
            let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message)
                .label(program.location_in(id, constant.name.span), "a constant")
                .help(help)
                .key(shown);
            let within = program.functions_of(id).find(|&function| {
                let span = program.function(function).span;
                let call = program.span(Site { contract: id, expr });
                span.start <= call.start && call.end <= span.end
            });
            diagnostic.function = within.map(|function| program.name(function).to_string());
            found.push(diagnostic);
        }
    }
    found
}
