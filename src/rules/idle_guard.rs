//! The part of `unenforced-guard` that is about guards which ask, and stop nobody: one that compares what the caller says of
//! themselves, one that leaves with an ok, and one whose no is an ok, too.

use rustc_hash::FxHashSet;

use super::unenforced_guard::{RULE, is_condition};
use super::{Lint, entitlement};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Engine, Fact, Governance, Mask, Op, StateId, Summary, TermId, shared};
use crate::graph::{FunctionId, Site};
use crate::model::{Access, ExprId, ExprKind, Model};

pub(super) fn check(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(function);
    let mut found = Vec::new();
    if lint.program.function(function).access == Access::Public {
        found.extend(asks_an_argument(lint, function, &summary));
        found.extend(leaves_with_ok(lint, function, &summary));
    }
    found.extend(no_is_ok(lint, function));
    found
}

fn finding(lint: &Lint<'_>, function: FunctionId, expr: ExprId, message: String, help: &str) -> Diagnostic {
    let at = lint.program.head(Site { contract: function.contract, expr });
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).help(help);
    diagnostic.function = Some(lint.program.name(function).to_string());
    diagnostic
}

/// A principal that the caller passes, which is compared with somebody in particular and used for nothing else.
fn asks_an_argument(lint: &mut Lint<'_>, function: FunctionId, summary: &Summary) -> Option<Diagnostic> {
    let known = shared(summary.effects.iter().filter(|effect| !effect.facts.is_empty()))?;
    if summary.effects.iter().any(|effect| lint.engine.terms.op(effect.sender) != Op::Sender) {
        return None;
    }
    for fact in known.iter() {
        let Some(argument) = compared_argument(&mut lint.engine, function, fact) else { continue };
        let engine = &lint.engine;
        // Whoever is asked for by other means, or pays, or is written down, is no caller in disguise.
        let speaks = |term: TermId| {
            engine.terms.mask(term).has(Mask::CALLER.or(Mask::UNKNOWN))
                || engine
                    .parts([term])
                    .into_iter()
                    .any(|part| part == argument || entitlement::is_proof(engine, part))
        };
        let others = known.iter().filter(|&other| other != fact).map(Fact::term);
        let done = summary.effects.iter().flat_map(|effect| effect.args.iter().copied());
        if others.chain(done).any(speaks) {
            continue;
        }
        let Some(&at) = summary.origins.get(&fact) else { continue };
        let Op::Parameter(index) = engine.terms.op(argument) else { continue };
        let name = lint.program.function(function).parameters[index as usize].name;
        let name = lint.program.contract(function.contract).syntax.tree.name(name.symbol);
        return Some(finding(
            lint,
            function,
            at,
            format!("`{name}` is whom the caller says it is: comparing it guards nothing"),
            "compare `contract-caller` or `tx-sender`, which nobody can choose",
        ));
    }
    None
}

/// The argument that a fact says to be a principal in particular, not a contract.
fn compared_argument(engine: &mut Engine<'_>, function: FunctionId, fact: Fact) -> Option<TermId> {
    let (a, b) = engine.equation(fact)?;
    let is_argument = |term: TermId| {
        matches!(engine.terms.op(term), Op::Parameter(_))
            && engine.declared_type(Some(function), term).is_some_and(|(_, it)| it.text() == "principal")
    };
    let is_somebody = |term: TermId| match engine.terms.op(term) {
        Op::Deployer => true,
        Op::Literal(text) => {
            let text = engine.terms.text(text);
            text.starts_with('\'') && !text.contains('.')
        }
        Op::Initial(StateId::Variable(..)) => {
            engine.declared_type(Some(function), term).is_some_and(|(_, it)| it.text() == "principal")
        }
        _ => false,
    };
    if is_argument(a) && is_somebody(b) {
        Some(a)
    } else {
        Some(b).filter(|_| is_argument(b) && is_somebody(a))
    }
}

/// Guards that ask who calls after something was done, and leave with an ok where it is somebody else.
fn leaves_with_ok(lint: &mut Lint<'_>, function: FunctionId, summary: &Summary) -> Vec<Diagnostic> {
    let model = lint.program.model(function.contract);
    let mut found = Vec::new();
    for (index, exit) in (0..).zip(&summary.exits) {
        let ExprKind::Builtin(Builtin::Asserts, args) = model.expr(exit.site).kind else { continue };
        let Some(&condition) = model.list(args).first() else { continue };
        let asserted = summary.statements.asserted.iter().find(|&&(expr, _)| expr == condition);
        let keeps = summary.effects.iter().any(|effect| effect.exits.contains(&index));
        let (Some(&(_, term)), true, Op::Ok) = (asserted, keeps, lint.engine.terms.op(exit.value)) else {
            continue;
        };
        let Some(passed) = lint.engine.assume(term, true) else { continue };
        if Governance::intended().has_role(&mut lint.engine, &passed) {
            let message = "this guard leaves with an ok: what was done before it is kept, whoever calls";
            found.push(finding(
                lint,
                function,
                exit.site,
                message.to_string(),
                "throw an `err`, which undoes it",
            ));
        }
    }
    found
}

/// Checks that answer yes or no in an ok, where only an err is asked for.
fn no_is_ok(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let model = lint.program.model(function.contract);
    let mut found = Vec::new();
    for (expr, index) in dropped_checks(model, lint.program.function(function).body) {
        let callee = FunctionId { contract: function.contract, index };
        let summary = lint.engine.summary(callee);
        let Some(result) = summary.result.filter(|_| summary.effects.is_empty()) else { continue };
        let engine = &mut lint.engine;
        let answer = engine.terms.payload(result, true);
        let may_fail = engine.assume_good(result, false).is_some();
        if may_fail
            && engine.terms.mask(answer).has(Mask::CALLER)
            && is_condition(engine, answer)
            && engine.assume(answer, false).is_some()
        {
            let helper = lint.program.name(callee);
            let message = format!(
                "`{helper}` answers `(ok false)` where it does not hold, and its answer is dropped: it guards nothing"
            );
            found.push(finding(
                lint,
                function,
                expr,
                message,
                "put it in `asserts!`, or let it return an error",
            ));
        }
    }
    found
}

/// Calls of the contract's own functions that are unwrapped in statements, so that what they hold is dropped.
fn dropped_checks(model: &Model, body: ExprId) -> Vec<(ExprId, u32)> {
    use Builtin::{Begin, Try, Unwrap, UnwrapPanic};
    let (mut seen, mut found) = (FxHashSet::default(), Vec::new());
    for expr in model.below(body) {
        let statements = match model.expr(expr).kind {
            ExprKind::Builtin(Begin, list) | ExprKind::Let { body: list, .. } => model.list(list),
            _ => &[],
        };
        let before = statements.split_last().map_or(&[][..], |(_, before)| before);
        for &statement in before {
            if let ExprKind::Builtin(Try | Unwrap | UnwrapPanic, args) = model.expr(statement).kind
                && let Some(&of) = model.list(args).first()
                && let ExprKind::Call(index, _) = model.expr(of).kind
                && seen.insert(statement)
            {
                found.push((statement, index));
            }
        }
    }
    found
}
