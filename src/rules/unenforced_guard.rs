//! `unenforced-guard`: a guard that guards nothing.
//!
//! Judged where it is written, before any caller is put in: what is always true for one caller may be a guard for
//! another.

use rustc_hash::FxHashSet;

use super::tautology::{always_passes, answering};
use super::{Check, Group, Lint, Rule, idle_guard};
use crate::builtins::{Builtin, Effect, Keyword};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Engine, Facts, Mask, Op, Summary, TermId, Terms};
use crate::graph::{FunctionId, Site};
use crate::model::{Access, ExprId, ExprKind, Model};
use crate::project::ContractId;

pub const RULE: Rule = Rule {
    id: "unenforced-guard",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/unenforced-guard.md"),
    checks: &[Check::Function(check), Check::Function(idle_guard::check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(function);
    let contract = function.contract;
    let model = lint.program.model(contract);
    let body = Body::new(model, lint.program.function(function).body);
    let mut found = Vec::new();
    let program = lint.program;
    let mut say = |severity: Severity, expr: ExprId, message: String, help: &str| {
        let at = program.head(Site { contract, expr });
        let mut diagnostic = Diagnostic::new(RULE.id, severity, at, message).help(help);
        diagnostic.function = Some(program.name(function).to_string());
        found.push(diagnostic);
    };
    let mut report = |expr, message, help: &str| say(Severity::Error, expr, message, help);
    let literals: Vec<_> = body.literal_operands(model).collect();
    let is_helper = program.function(function).access != Access::Public;
    let (typing, deciding): (Vec<ExprId>, Vec<_>) =
        literals.iter().partition(|&&it| body.only_types(model, it, is_helper));
    let has = |expr, any_of: &[ExprId]| Body::new(model, expr).exprs.iter().any(|part| any_of.contains(part));
    for (expr, dropped) in dropped(&mut lint.engine, &summary, &body) {
        // The literal that decides it says it better.
        if has(expr, &deciding) {
            continue;
        }
        match dropped {
            Dropped::Boolean(answering) => report(
                expr,
                match answering {
                    Some(helper) => format!("the answer of `{helper}` is dropped: it guards nothing"),
                    None => "this condition is computed and dropped: it guards nothing".to_string(),
                },
                "put it in `asserts!` with the error to fail with",
            ),
            Dropped::Response => report(
                expr,
                "the result of this check is dropped: it guards nothing".to_string(),
                "put it in `try!`",
            ),
            Dropped::Payload(helper) => report(
                expr,
                format!("`{helper}` cannot fail, and its answer is dropped: it guards nothing"),
                "let it return an error when the condition does not hold: `(ok (asserts! condition ERR))`",
            ),
        }
    }
    for &(expr, term) in &summary.statements.asserted {
        if has(expr, &literals) || throws_itself(model, &summary, expr) {
            continue;
        }
        if let Some(message) = always_passes(lint, contract, &body, expr, term) {
            match answers_after_work(lint, contract, expr) {
                true => say(
                    Severity::Note,
                    expr,
                    format!("{message}, and what it does is done"),
                    "call it for what it does, without `asserts!`",
                ),
                // What was unwrapped is some: nobody meant to ask who calls.
                false if asks_for_some(model, expr) => say(
                    Severity::Note,
                    expr,
                    "this is always some: the assertion guards nothing".to_string(),
                    "leave it out, or ask for what may be none",
                ),
                false => say(Severity::Error, expr, message, "compare with what must hold, or remove it"),
            }
        }
    }
    for expr in typing {
        say(
            Severity::Note,
            expr,
            "this condition is a literal: the other side only gives the answer its type".to_string(),
            "if it stands for a check, write the condition that must hold",
        );
    }
    for expr in deciding {
        let (message, help) = match body.decides(model, expr) {
            true => (
                "this condition is a literal: the same side is always taken",
                "write the condition that must hold, or leave the `if` out",
            ),
            false => (
                "this operand is a literal: the condition does not depend on the others",
                "write the condition that must hold, or remove it",
            ),
        };
        say(Severity::Error, expr, message.to_string(), help);
    }
    found
}

/// The expressions of a body, and which locals they use.
pub(super) struct Body {
    pub exprs: Vec<ExprId>,
    used: FxHashSet<u32>,
}

impl Body {
    pub fn new(model: &Model, root: ExprId) -> Self {
        let mut body = Self { exprs: model.below(root), used: FxHashSet::default() };
        body.used.extend(body.exprs.iter().filter_map(|&expr| match model.expr(expr).kind {
            ExprKind::Local(local) => Some(local),
            _ => None,
        }));
        body.exprs.sort_unstable();
        body
    }

    /// Whether an expression of a kind is in it.
    pub fn has(&self, model: &Model, wanted: &dyn Fn(ExprKind) -> bool) -> bool {
        self.exprs.iter().any(|&part| wanted(model.expr(part).kind))
    }

    /// Literal truth values that decide an `and`, an `or` or an `if` by themselves.
    fn literal_operands<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = ExprId> + 'm {
        let literal = |expr: ExprId| match model.expr(expr).kind {
            ExprKind::Keyword(Keyword::True) => Some(true),
            ExprKind::Keyword(Keyword::False) => Some(false),
            _ => None,
        };
        self.exprs.iter().filter_map(move |&expr| {
            let ExprKind::Builtin(builtin, args) = model.expr(expr).kind else { return None };
            let args = model.list(args);
            match builtin {
                Builtin::Or if args.len() > 1 => args.iter().copied().find(|&arg| literal(arg) == Some(true)),
                // `(and (var-set ..) false)` is a way to do something and answer `false`.
                Builtin::And if args.len() > 1 && !args.iter().any(|&arg| writes(model, arg)) => {
                    args.iter().copied().find(|&arg| literal(arg) == Some(false))
                }
                Builtin::If => args.first().copied().filter(|&arg| literal(arg).is_some()),
                _ => None,
            }
        })
    }
}

impl Body {
    /// Whether a literal decides an `if` by itself.
    fn decides(&self, model: &Model, literal: ExprId) -> bool {
        self.sides(model, literal).is_some()
    }

    /// Whether a literal decides an `if` of which one side answers without doing anything and the other only gives that
    /// answer its type: `(if true (ok x) (err u0))`. In a helper the side that is taken may do something: whoever calls it
    /// has asked who may.
    fn only_types(&self, model: &Model, literal: ExprId, is_helper: bool) -> bool {
        self.sides(model, literal).is_some_and(|[taken, other]| {
            only_answers(model, other) && (is_helper || only_answers(model, taken))
        })
    }

    /// The side of an `if` that a literal takes, and the other.
    fn sides(&self, model: &Model, literal: ExprId) -> Option<[ExprId; 2]> {
        self.exprs.iter().find_map(|&expr| match model.expr(expr).kind {
            ExprKind::Builtin(Builtin::If, args) => match *model.list(args) {
                [condition, yes, no] if condition == literal => {
                    let is_true = matches!(model.expr(literal).kind, ExprKind::Keyword(Keyword::True));
                    Some(if is_true { [yes, no] } else { [no, yes] })
                }
                _ => None,
            },
            _ => None,
        })
    }
}

/// Whether an expression is a response that is computed without doing, asking or throwing anything.
fn only_answers(model: &Model, expr: ExprId) -> bool {
    matches!(model.expr(expr).kind, ExprKind::Builtin(Builtin::Ok | Builtin::Err, _) | ExprKind::Constant(_))
        && Body::new(model, expr).exprs.iter().all(|&part| match model.expr(part).kind {
            ExprKind::Call(..) | ExprKind::ContractCall { .. } => false,
            ExprKind::Builtin(builtin, _) => {
                !throws(builtin)
                    && matches!(
                        builtin.spec().effect,
                        Effect::Pure | Effect::ReadState | Effect::ReadTokens | Effect::ReadChain
                    )
            }
            _ => true,
        })
}

fn writes(model: &Model, expr: ExprId) -> bool {
    let is_write =
        |kind| matches!(kind, ExprKind::Builtin(builtin, _) if builtin.spec().effect == Effect::Write);
    Body::new(model, expr).exprs.iter().any(|&part| is_write(model.expr(part).kind))
}

/// Whether a builtin leaves the function, or ends the transaction, where a value is not what it has to be.
fn throws(builtin: Builtin) -> bool {
    use Builtin::{Asserts, Try, Unwrap, UnwrapErr, UnwrapErrPanic, UnwrapPanic};
    matches!(builtin, Asserts | Try | Unwrap | UnwrapErr | UnwrapPanic | UnwrapErrPanic)
}

/// Whether a guard within a condition has thrown already where the condition would not hold:
/// `(asserts! (or A (try! (check))) E)`.
fn throws_itself(model: &Model, summary: &Summary, condition: ExprId) -> bool {
    Body::new(model, condition).exprs.iter().any(|part| {
        matches!(model.expr(*part).kind, ExprKind::Builtin(builtin, _) if throws(builtin))
            && (summary.exits.iter().any(|exit| exit.site == *part)
                || summary.origins.values().any(|origin| origin == part))
    })
}

/// Whether an assertion asks whether a function went well that does something, and answers with nothing else.
fn answers_after_work(lint: &mut Lint<'_>, contract: ContractId, asserted: ExprId) -> bool {
    let model = lint.program.model(contract);
    let Some(index) = answering(model, asserted) else { return false };
    let summary = lint.engine.summary(FunctionId { contract, index });
    let Some(result) = summary.result else { return false };
    let answer = match model.expr(asserted).kind {
        ExprKind::Builtin(Builtin::IsOk | Builtin::IsSome, _) => lint.engine.terms.payload(result, true),
        _ => result,
    };
    (summary.prints || !summary.effects.is_empty()) && lint.engine.terms.mask(answer) == Mask::NOTHING
}

/// Whether an assertion asks of a value that is at hand whether it is some.
fn asks_for_some(model: &Model, asserted: ExprId) -> bool {
    matches!(model.expr(asserted).kind, ExprKind::Builtin(Builtin::IsSome, _))
        && answering(model, asserted).is_none()
}

enum Dropped {
    /// The function whose answer it is, if it is no condition that is written out.
    Boolean(Option<String>),
    Response,
    /// What an unwrapped call that cannot fail holds.
    Payload(String),
}

/// Conditions and checks whose value is dropped, as statements or as bindings that nothing uses.
fn dropped(engine: &mut Engine<'_>, summary: &Summary, body: &Body) -> Vec<(ExprId, Dropped)> {
    let unused: Vec<_> =
        summary.statements.bound.iter().filter(|it| !body.used.contains(&it.local)).collect();
    let mut dropped = Vec::new();
    for &(expr, term) in &summary.statements.dropped {
        if is_decision(engine, term) && !is_established(engine, summary, term) {
            dropped.push((expr, kind_of(engine, term)));
        }
    }
    for bound in unused {
        if is_decision(engine, bound.term)
            && !is_established(engine, summary, bound.term)
            && is_missed(engine, summary, bound.term)
        {
            dropped.push((bound.value, kind_of(engine, bound.term)));
        }
    }
    dropped
}

/// Whether an unused binding was meant to guard: it asks a flag, or about the caller, and nothing else does. What compares
/// numbers is a left-over of a calculation, and a variable that is only read one of a setting.
fn is_missed(engine: &mut Engine<'_>, summary: &Summary, term: TermId) -> bool {
    let asked_elsewhere = engine.unfold(term).unwrap_or(term);
    let knows = |facts: &Facts| facts.iter().any(|fact| [term, asked_elsewhere].contains(&fact.term()));
    let terms = &engine.terms;
    if matches!(terms.op(term), Op::Initial(_)) || summary.effects.iter().any(|effect| knows(&effect.facts)) {
        return false;
    }
    let is_of_caller = |term: TermId| terms.mask(term).has(Mask::CALLER);
    // That the caller's payment has worked is no answer to who they are.
    let asks = |term: TermId| match terms.op(term) {
        Op::Good => matches!(terms.op(terms.arg(term, 0)), Op::Entry(_)),
        op => matches!(op, Op::If | Op::Entry(_) | Op::Pure(Builtin::IsEq)),
    };
    let is_asked = |term: TermId| is_of_caller(term) && asks(term);
    let asked = terms.negated(term).unwrap_or(term);
    let is_of_numbers = matches!(terms.op(asked), Op::Pure(_)) && !is_of_caller(term);
    !is_of_numbers
        && (!is_of_caller(term)
            || summary.effects.is_empty()
            || !summary.effects.iter().all(|it| it.facts.iter().any(|fact| is_asked(fact.term()))))
}

fn kind_of(engine: &mut Engine<'_>, term: TermId) -> Dropped {
    let name = |helper| engine.program.name(helper).to_string();
    match engine.terms.op(term) {
        Op::Payload => match engine.terms.op(engine.terms.arg(term, 0)) {
            Op::Call(helper) => Dropped::Payload(name(helper)),
            _ => Dropped::Boolean(None),
        },
        Op::Call(helper) if is_condition(engine, term) => Dropped::Boolean(Some(name(helper))),
        Op::Call(_) => Dropped::Response,
        Op::If if !is_condition(engine, term) => Dropped::Response,
        _ => Dropped::Boolean(None),
    }
}

/// Whether a value says yes or no about the caller or the state.
fn is_decision(engine: &mut Engine<'_>, term: TermId) -> bool {
    let mask = engine.terms.mask(term);
    if !mask.has(Mask::CALLER.or(Mask::STATE).or(Mask::PARAMETER)) {
        return false;
    }
    if is_condition(engine, term) {
        return true;
    }
    // A check: a response that may be an err, and whose ok says nothing but that.
    let result = match engine.terms.op(term) {
        Op::Call(_) => engine.unfold(term),
        Op::If => Some(term),
        _ => None,
    };
    let Some(result) = result else { return false };
    let good = engine.terms.good(result);
    let payload = engine.terms.payload(result, true);
    let says_nothing = matches!(engine.terms.op(payload), Op::Bool(_)) || is_condition(engine, payload);
    says_nothing && engine.assume(good, false).is_some() && engine.assume(good, true).is_some()
}

/// Whether a term is a comparison, a test, a flag, or made of such.
pub(super) fn is_condition(engine: &mut Engine<'_>, term: TermId) -> bool {
    let (mut seen, mut open) = (FxHashSet::default(), vec![term]);
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match engine.terms.op(term) {
            Op::Good | Op::Pure(Builtin::Less | Builtin::IsEq) => {}
            Op::Initial(state) if engine.is_flag(state) => {}
            Op::If => {
                let sides = engine.terms.args(term)[1..].iter().rev().copied();
                open.extend(sides.filter(|&side| side != Terms::TRUE && side != Terms::FALSE));
            }
            Op::Call(_) => match engine.unfold(term) {
                Some(result) => open.push(result),
                None => return false,
            },
            Op::Payload => {
                let Some(result) = engine.unfold(engine.terms.arg(term, 0)) else { return false };
                let payload = engine.terms.payload(result, true);
                if payload == term {
                    return false;
                }
                open.push(payload);
            }
            _ => return false,
        }
    }
    true
}

/// Whether every way out knows the condition anyway.
fn is_established(engine: &mut Engine<'_>, summary: &Summary, term: TermId) -> bool {
    let good = engine.terms.good(term);
    let mut committing = summary.exits.iter().filter_map(|exit| exit.facts.as_ref()).peekable();
    committing.peek().is_some()
        && committing.all(|facts| {
            [term, good].into_iter().any(|term| facts.knows(term, true) || facts.knows(term, false))
        })
}
