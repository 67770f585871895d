//! The part of `unenforced-guard` that is about conditions which hold whatever happens.

use rustc_hash::FxHashMap;

use super::Lint;
use super::unenforced_guard::Body;
use crate::builtins::{Builtin, Effect, Keyword};
use crate::facts::{Engine, Facts, Op, TermId};
use crate::graph::{FunctionId, Site};
use crate::model::{Definition, ExprId, ExprKind, Model};
use crate::project::ContractId;
use crate::syntax::Expr;

/// Why an assertion holds whatever happens.
pub(super) fn always_passes(
    lint: &mut Lint<'_>,
    contract: ContractId,
    body: &Body,
    expr: ExprId,
    term: TermId,
) -> Option<String> {
    let model = lint.program.model(contract);
    if let ExprKind::Keyword(Keyword::True) = model.expr(expr).kind {
        return Some("this asserts `true`: it guards nothing".to_string());
    }
    // `(asserts! (map-set ..) E)` writes.
    if matches!(model.expr(expr).kind, ExprKind::Builtin(builtin, _) if builtin.spec().effect == Effect::Write)
    {
        return None;
    }
    if lint.engine.assume(term, false).is_some_and(|facts| !deny_each_other(&lint.engine, &facts)) {
        return None;
    }
    let below = Body::new(model, expr);
    let has = |wanted: &dyn Fn(ExprKind) -> bool| below.has(model, wanted);
    let on_purpose = is_on_purpose(lint, contract, body, &below);
    let calls = has(&|kind| matches!(kind, ExprKind::Call(..)));
    let compares = has(&|kind| matches!(kind, ExprKind::Builtin(..)));
    match answering(model, expr) {
        Some(index) => {
            let helper = lint.program.name(FunctionId { contract, index });
            Some(format!("`{helper}` cannot fail: this assertion guards nothing"))
        }
        None if calls || compares && !on_purpose => {
            Some(match is_of_least(lint.program.node(Site { contract, expr })) {
                true => "no uint is below `u0`, so this always holds: it guards nothing".to_string(),
                false => "this condition always holds: it guards nothing".to_string(),
            })
        }
        None => None,
    }
}

/// Whether an assertion that is made of what differs from run to run fails whatever happens.
pub(super) fn never_passes(
    lint: &mut Lint<'_>,
    contract: ContractId,
    body: &Body,
    (expr, term): (ExprId, TermId),
) -> bool {
    let below = Body::new(lint.program.model(contract), expr);
    lint.engine.assume(term, true).is_none() && !is_on_purpose(lint, contract, body, &below)
}

/// Whether a condition may be meant to come out the same in all runs: a switch that the author sets in the source,
/// literals that are compared, and what was just written.
fn is_on_purpose(lint: &mut Lint<'_>, contract: ContractId, body: &Body, condition: &Body) -> bool {
    let model = lint.program.model(contract);
    let is_switch = |lint: &mut Lint<'_>, kind: ExprKind| match kind {
        ExprKind::Constant(index) => {
            let value = lint.engine.constant(contract, index);
            !is_principal(&lint.engine, value)
        }
        ExprKind::Keyword(Keyword::True | Keyword::False) => true,
        _ => false,
    };
    let writes =
        |kind| matches!(kind, ExprKind::Builtin(builtin, _) if builtin.spec().effect == Effect::Write);
    condition.exprs.iter().any(|&part| is_switch(lint, model.expr(part).kind))
        || !condition.has(model, &is_variable)
        || condition.has(model, &writes)
        || reads(model, condition).any(|read| writes_of(model, body).any(|written| written == read))
}

/// Whether a condition asks whether something is at least `u0`.
fn is_of_least(condition: Expr<'_>) -> bool {
    let parts: Vec<_> = condition.children().map(|part| part.text()).collect();
    matches!(parts[..], [">=", _, "u0"] | ["<=", "u0", _])
}

/// The function whose answer alone a condition is.
pub(super) fn answering(model: &Model, expr: ExprId) -> Option<u32> {
    match model.expr(expr).kind {
        ExprKind::Call(index, _) => Some(index),
        ExprKind::Builtin(
            Builtin::Not | Builtin::IsOk | Builtin::IsErr | Builtin::IsSome | Builtin::IsNone,
            args,
        ) => answering(model, *model.list(args).first()?),
        _ => None,
    }
}

/// Whether facts say that one value equals two numbers.
fn deny_each_other(engine: &Engine<'_>, facts: &Facts) -> bool {
    let number = |term: TermId| match engine.terms.op(term) {
        Op::Literal(text) => {
            Some(engine.terms.text(text)).filter(|text| text.ends_with(|it: char| it.is_ascii_digit()))
        }
        _ => None,
    };
    let mut numbers = FxHashMap::default();
    facts.iter().filter_map(|fact| engine.equation(fact)).any(|(a, b)| {
        number(b).is_some_and(|value| numbers.insert(a, value).is_some_and(|other| other != value))
    })
}

/// Whether a value is a principal that is written out, or the deployer.
pub(super) fn is_principal(engine: &Engine<'_>, value: TermId) -> bool {
    match engine.terms.op(value) {
        Op::Deployer => true,
        Op::Literal(text) => engine.terms.text(text).starts_with(['\'', '.']),
        _ => false,
    }
}

/// Whether a value is another in other runs.
fn is_variable(kind: ExprKind) -> bool {
    match kind {
        ExprKind::Parameter(_) | ExprKind::Local(_) | ExprKind::Call(..) | ExprKind::ContractCall { .. } => {
            true
        }
        ExprKind::Keyword(keyword) => !matches!(keyword, Keyword::True | Keyword::False | Keyword::None),
        ExprKind::Builtin(builtin, _) => {
            matches!(builtin.spec().effect, Effect::ReadState | Effect::ReadTokens | Effect::ReadChain)
        }
        _ => false,
    }
}

/// The variables and maps that expressions read.
fn reads<'m>(model: &'m Model, body: &'m Body) -> impl Iterator<Item = Definition> + 'm {
    named(model, body, &[Builtin::VarGet, Builtin::MapGet])
}

fn writes_of<'m>(model: &'m Model, body: &'m Body) -> impl Iterator<Item = Definition> + 'm {
    named(model, body, &[Builtin::VarSet, Builtin::MapSet, Builtin::MapInsert, Builtin::MapDelete])
}

/// The variables and maps that stand first in calls of these builtins.
pub(super) fn named<'m>(
    model: &'m Model,
    body: &'m Body,
    any_of: &'m [Builtin],
) -> impl Iterator<Item = Definition> + 'm {
    body.exprs.iter().filter_map(move |&expr| match model.expr(expr).kind {
        ExprKind::Builtin(builtin, args) if any_of.contains(&builtin) => {
            match model.expr(*model.list(args).first()?).kind {
                ExprKind::Name(definition) => Some(definition),
                _ => None,
            }
        }
        _ => None,
    })
}
