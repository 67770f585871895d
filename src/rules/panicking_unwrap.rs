//! `panicking-unwrap`: a failure that ends the transaction without an error code.

use super::{Check, Group, Lint, Rule, unnecessary_as_max_len};
use crate::builtins::{Builtin, Keyword};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{FunctionId, Site};
use crate::model::{ExprId, ExprKind};
use crate::types::infer::Shape;

pub const RULE: Rule = Rule {
    id: "panicking-unwrap",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/panicking-unwrap.md"),
    checks: &[Check::Function(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let (program, contract) = (lint.program, function.contract);
    let summary = lint.engine.summary(function);
    let mut found = Vec::new();
    for unwrapped in &summary.statements.unwrapped {
        let ExprKind::Builtin(builtin, parts) = program.model(contract).expr(unwrapped.expr).kind else {
            continue;
        };
        let &[of] = program.model(contract).list(parts) else { continue };
        let fails = lint.engine.assume(unwrapped.good, builtin == Builtin::UnwrapErrPanic);
        if fails.is_none_or(|fails| unwrapped.known.and(&fails).is_none()) || is_there(lint, function, of) {
            continue;
        }
        let (name, sort) =
            (builtin.spec().name, if builtin == Builtin::UnwrapPanic { "unwrap!" } else { "unwrap-err!" });
        let message = format!("this `{name}` can fail, and nobody learns why: it ends without an error code");
        let at = program.head(Site { contract, expr: unwrapped.expr });
        let help = match builtin == Builtin::UnwrapPanic && is_response(lint, Site { contract, expr: of }) {
            true => "write `(try! ..)` to hand its error on, or `(unwrap! .. ERR)` with one of your own"
                .to_owned(),
            false => format!("write `({sort} .. ERR)` with an error that says what is missing"),
        };
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message).help(help);
        diagnostic.function = Some(program.name(function).to_string());
        found.push(diagnostic);
    }
    found
}

fn is_response(lint: &Lint<'_>, site: Site) -> bool {
    let inferred = lint.analysis.types().inferred(site.contract);
    inferred.is_some_and(|types| {
        matches!(types.shape(types.of(lint.program.node(site).id())), Shape::Response(..))
    })
}

/// Whether an optional is surely some, for reasons that are no facts: its type, or the past of the chain.
fn is_there(lint: &Lint<'_>, function: FunctionId, of: ExprId) -> bool {
    let contract = function.contract;
    let model = lint.program.model(contract);
    let ExprKind::Builtin(builtin, parts) = model.expr(of).kind else { return false };
    let parts = model.list(parts);
    let node = |expr: ExprId| lint.program.node(Site { contract, expr });
    match (builtin, parts) {
        (Builtin::AsMaxLen, &[value, length]) => {
            let Some(inferred) = lint.analysis.types().inferred(contract) else { return false };
            unnecessary_as_max_len::always_fits(inferred, node(value), node(length))
        }
        (
            Builtin::GetBlockInfo
            | Builtin::GetStacksBlockInfo
            | Builtin::GetTenureInfo
            | Builtin::GetBurnBlockInfo,
            &[_, height],
        ) => match model.expr(height).kind {
            ExprKind::Builtin(Builtin::Subtract, parts) => match *model.list(parts) {
                [now, back] => {
                    let is_height = matches!(
                        model.expr(now).kind,
                        ExprKind::Keyword(
                            Keyword::BlockHeight | Keyword::StacksBlockHeight | Keyword::BurnBlockHeight
                        )
                    );
                    is_height && node(back).uint().is_some_and(|back| back > 0)
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}
