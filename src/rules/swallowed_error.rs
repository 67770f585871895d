//! `swallowed-error`: the response of an operation that can fail is wrapped in an ok, or nothing depends on it although the
//! record of it is kept.

use super::{Check, Group, Lint, Rule, evidence, mapped_step, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Mask, Op, Outcome, Summary, TermId};
use crate::graph::{FunctionId, Site, Target};
use crate::model::{Access, ExprId, ExprKind};

pub const RULE: Rule = Rule {
    id: "swallowed-error",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/swallowed-error.md"),
    checks: &[Check::Function(wrapped), Check::Function(ignored), Check::Entrypoint(mapped_step::check)],
    yields_to: &[],
};

fn wrapped(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let program = lint.program;
    let model = program.model(function.contract);
    let site = |expr| Site { contract: function.contract, expr };
    let mut found = Vec::new();
    for expr in model.below(program.function(function).body) {
        let children = model.children(expr);
        if let (ExprKind::Builtin(Builtin::Ok, _), &[wrapped]) = (model.expr(expr).kind, &children[..])
            && let Some(operation) = failing(lint, function, wrapped)
            && stays(&operation, &lint.engine.summary(function), site(wrapped))
        {
            let name = operation.name;
            let message = format!(
                "`{name}` is wrapped in `ok`: if it fails, that is an ok, too, and what was done stays"
            );
            let mut diagnostic =
                Diagnostic::new(RULE.id, Severity::Warning, program.head(site(expr)), message)
                    .label(program.head(site(wrapped)), "this answers a response itself")
                    .help("leave the `ok` out, or unwrap what is in it, as in `(ok (try! ..))`")
                    .key(name);
            diagnostic.function = Some(program.name(function).to_string());
            found.push(diagnostic);
        }
    }
    found
}

/// Whether something stays that a function has done if an operation in it fails.
fn stays(operation: &Failing, summary: &Summary, at: Site) -> bool {
    match operation.does {
        Does::ItsOwn => true,
        Does::Undone => does_more(summary, at),
        Does::Nothing => !summary.effects.is_empty(),
    }
}

/// Whether a function does something else on a path on which it does what stands at `site`.
fn does_more(summary: &Summary, site: Site) -> bool {
    let is_of_it = |effect: &&Effect| effect.calls.first().copied().unwrap_or(effect.site) == site;
    let (of_it, others): (Vec<_>, Vec<_>) = summary.effects.iter().partition(is_of_it);
    others.iter().any(|other| of_it.iter().any(|effect| effect.facts.and(&other.facts).is_some()))
}

/// Tokens that are moved, if they can be, while what is kept of it stands in any case.
fn ignored(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let program = lint.program;
    let summary = lint.engine.summary(function);
    let mut found = Vec::new();
    for effect in summary.effects.iter().filter(|effect| effect.outcome == Outcome::Ignored) {
        if !matches!(effect.kind, EffectKind::Token(..) | EffectKind::Stx(_)) {
            continue;
        }
        if effect.calls.first().is_some_and(|&call| is_ignored_within(lint, function, call, effect)) {
            continue;
        }
        let Some(kept) = record_of(&lint.engine, &summary, effect) else { continue };
        let at = effect.calls.first().copied().unwrap_or(effect.site);
        let operation = program.node(effect.site).children().next().map_or("", |head| head.text());
        let message = format!(
            "nothing asks whether this `{operation}` works: what is kept of it stands even if it fails"
        );
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, program.head(at), message)
            .label(program.head(kept.site), evidence::effect(&lint.engine, function, kept))
            .help("put it in `try!`, so that all is undone if it fails")
            .key(operation);
        diagnostic.function = Some(program.name(function).to_string());
        found.push(diagnostic);
    }
    found
}

/// Whether the function that is called lets the operation fail itself: it is said there.
fn is_ignored_within(lint: &mut Lint<'_>, function: FunctionId, call: Site, effect: &Effect) -> bool {
    let callees: Vec<_> = lint.program.callees(function, call).collect();
    callees.into_iter().any(|callee| {
        let summary = lint.engine.summary(callee);
        summary.effects.iter().any(|it| it.site == effect.site && it.outcome == Outcome::Ignored)
    })
}

/// Something that is written, made or moved in the same amount, or of the same token, beside the operation.
fn record_of<'s>(engine: &Engine<'_>, summary: &'s Summary, effect: &Effect) -> Option<&'s Effect> {
    let &what = effect.args.first()?;
    // Another payment out of the same purse is no account of this one.
    let payer = |effect: &Effect| transfer::of(engine, effect).map(|it| it.from);
    let is_kept = |other: &&Effect| {
        !std::ptr::eq(*other, effect)
            && other.kind.changes_state()
            && payer(other).is_none_or(|paid| Some(paid) != payer(effect))
            && other.outcome != Outcome::Ignored
            // What one call does is undone together.
            && (other.calls.is_empty() || other.calls.first() != effect.calls.first())
            && other.facts.and(&effect.facts).is_some()
            && engine.parts(other.args.iter().copied()).contains(&what)
    };
    // What is written out, and how much somebody has, is the same elsewhere without being about this payment.
    let is_balance = |part: TermId| {
        matches!(engine.terms.op(part), Op::Token(Builtin::StxGetBalance | Builtin::FtGetBalance, _))
    };
    let is_any = engine.terms.mask(what) == Mask::NOTHING || engine.parts([what]).into_iter().any(is_balance);
    summary.effects.iter().find(|other| !is_any && is_kept(other))
}

/// An operation that can fail.
struct Failing {
    name: String,
    does: Does,
}

/// What becomes of what an operation has done before it fails.
enum Does {
    /// It stays: what a private function does is its caller's affair.
    ItsOwn,
    /// The chain undoes what a public function did.
    Undone,
    /// It only checks.
    Nothing,
}

/// The operation whose response an expression is, if it does something and can fail.
fn failing(lint: &mut Lint<'_>, function: FunctionId, expr: ExprId) -> Option<Failing> {
    use Builtin::{FtBurn, FtMint, FtTransfer, NftBurn, NftMint, NftTransfer};
    use Builtin::{StxBurn, StxTransfer, StxTransferMemo};
    let program = lint.program;
    let contract = function.contract;
    let callee = match program.model(contract).expr(expr).kind {
        ExprKind::Builtin(
            builtin @ (FtBurn | FtMint | FtTransfer | NftBurn | NftMint | NftTransfer | StxBurn | StxTransfer
            | StxTransferMemo),
            _,
        ) => {
            return Some(Failing { name: builtin.spec().name.to_string(), does: Does::Undone });
        }
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
    let access = program.function(callee).access;
    if access != Access::Public && !is_response(&lint.engine, result) {
        return None;
    }
    let does = match (access, summary.effects.is_empty()) {
        (Access::Public, false) => Does::Undone,
        (_, false) => Does::ItsOwn,
        // What a getter of another value finds nothing of has nothing to undo.
        (Access::Private, true) if is_check(&lint.engine, result) => Does::Nothing,
        (_, true) => return None,
    };
    let can_fail = lint.engine.assume_good(result, false).is_some();
    can_fail.then(|| Failing { name: program.name(callee).to_string(), does })
}

/// Whether a result is known to be a response by how it is made.
fn is_response(engine: &Engine<'_>, result: TermId) -> bool {
    match engine.terms.op(result) {
        Op::Ok | Op::Err => true,
        Op::If => engine.terms.args(result)[1..].iter().any(|&side| is_response(engine, side)),
        _ => false,
    }
}

/// Whether an ok says nothing but that it is one.
fn is_check(engine: &Engine<'_>, result: TermId) -> bool {
    match (engine.terms.op(result), engine.terms.args(result)) {
        (Op::Ok, &[held]) => matches!(engine.terms.op(held), Op::Bool(_)),
        (Op::Err, _) => true,
        (Op::If, &[_, yes, no]) => is_check(engine, yes) && is_check(engine, no),
        _ => false,
    }
}
