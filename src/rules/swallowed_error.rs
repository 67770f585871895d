//! `swallowed-error`: the response of an operation that can fail is wrapped in an ok.

use super::{Check, Group, Lint, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Engine, Op, TermId};
use crate::graph::{FunctionId, Site, Target};
use crate::model::{Access, ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "swallowed-error",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/swallowed-error.md"),
    checks: &[Check::Function(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let program = lint.program;
    let model = program.model(function.contract);
    let mut open = vec![program.function(function).body];
    let mut found = Vec::new();
    while let Some(expr) = open.pop() {
        let children = model.children(expr);
        if let (ExprKind::Builtin(Builtin::Ok, _), &[wrapped]) = (model.expr(expr).kind, &children[..])
            && let Some(operation) = failing(lint, function, wrapped)
        {
            let site = |expr| Site { contract: function.contract, expr };
            let message = format!(
                "`{operation}` is wrapped in `ok`: if it fails, that is an ok, too, and nothing is undone"
            );
            let mut diagnostic =
                Diagnostic::new(RULE.id, Severity::Warning, program.head(site(expr)), message)
                    .label(program.head(site(wrapped)), "this answers a response itself")
                    .help("leave the `ok` out, or unwrap what is in it, as in `(ok (try! ..))`")
                    .key(operation);
            diagnostic.function = Some(program.name(function).to_string());
            found.push(diagnostic);
        }
        open.extend(children);
    }
    found
}

/// The name of the operation whose response an expression is, if it does something and can fail.
fn failing(lint: &mut Lint<'_>, function: FunctionId, expr: ExprId) -> Option<String> {
    use Builtin::{FtBurn, FtMint, FtTransfer, NftBurn, NftMint, NftTransfer};
    use Builtin::{StxBurn, StxTransfer, StxTransferMemo};
    let program = lint.program;
    let contract = function.contract;
    let callee = match program.model(contract).expr(expr).kind {
        ExprKind::Builtin(
            builtin @ (FtBurn | FtMint | FtTransfer | NftBurn | NftMint | NftTransfer | StxBurn | StxTransfer
            | StxTransferMemo),
            _,
        ) => return Some(builtin.spec().name.to_string()),
        ExprKind::Call(index, _) => FunctionId { contract, index },
        ExprKind::ContractCall { method, .. } => match program.target(Site { contract, expr })? {
            &Target::Contract(called) => {
                program.callable(called, program.contract(contract).syntax.tree.name(method))?
            }
            _ => return None,
        },
        _ => return None,
    };
    let summary = lint.engine.summary(callee);
    let result = summary.result?;
    let answers = program.function(callee).access == Access::Public || is_response(&lint.engine, result);
    // What only reads has nothing to undo.
    let can_fail = !summary.effects.is_empty() && lint.engine.assume_good(result, false).is_some();
    (answers && can_fail).then(|| program.name(callee).to_string())
}

/// Whether a result is known to be a response by how it is made.
fn is_response(engine: &Engine<'_>, result: TermId) -> bool {
    match engine.terms.op(result) {
        Op::Ok | Op::Err => true,
        Op::If => engine.terms.args(result)[1..].iter().any(|&side| is_response(engine, side)),
        _ => false,
    }
}
