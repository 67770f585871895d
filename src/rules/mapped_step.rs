//! The part of `swallowed-error` that is about `map`: nobody looks at the answers of its steps, and one that fails halfway
//! leaves behind what it has done. The chain undoes what a public function did, not what a private one did.

use std::collections::BTreeSet;

use super::swallowed_error::RULE;
use super::{Lint, evidence, transfer};
use crate::builtins::{Builtin, Effect as Does};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Facts, Mask, Op, Outcome, Summary, TermId};
use crate::graph::{FunctionId, Program, Site};
use crate::model::{Definition, ExprId, ExprKind};

pub(super) fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let calls = summary.effects.iter().flat_map(|effect| &effect.calls);
    let mapped: BTreeSet<(Site, FunctionId)> =
        calls.filter_map(|&call| Some((call, step_of(lint.program, call)?))).collect();
    let mut found = Vec::new();
    for (map, step) in mapped {
        if is_asked(lint, &summary, step) {
            continue;
        }
        let is_for_a_role = is_for_a_role(lint, &summary, map);
        let committed = committed(&summary, map);
        let half_done =
            half_done(lint, step, &committed).filter(|(_, kept)| !is_for_a_role || is_final(lint, kept));
        let diagnostic = match half_done {
            Some((exit, kept)) => Some(stays(lint, (entrypoint, map), step, exit, &kept)),
            None => unpaid(lint, step, &summary, map)
                .map(|(paid, given)| goes_unpaid(lint, (entrypoint, map), step, paid, given)),
        };
        found.extend(diagnostic.map(|diagnostic| {
            let at = diagnostic.at;
            diagnostic.cause(at, lint.program.location(entrypoint))
        }));
    }
    found
}

/// Whether a role alone has it done: it sees the answers, and what it has to do again.
fn is_for_a_role(lint: &mut Lint<'_>, summary: &Summary, map: Site) -> bool {
    let mut done = summary.effects.iter().filter(|effect| effect.calls.contains(&map));
    done.all(|effect| lint.governance.has_role(&mut lint.engine, &effect.facts))
}

/// Whether a step asks for the entry that it writes: then it cannot be done again.
fn is_final(lint: &mut Lint<'_>, kept: &Effect) -> bool {
    let (EffectKind::Write(_, map), Some(&key)) = (&kept.kind, kept.args.first()) else { return false };
    let asked = lint.engine.parts_within_calls(kept.facts.iter().map(Fact::term));
    let terms = &lint.engine.terms;
    asked.into_iter().any(|part| terms.op(part) == Op::Entry(*map) && terms.arg(part, 0) == key)
}

/// The function that a `map` applies.
fn step_of(program: &Program<'_>, call: Site) -> Option<FunctionId> {
    let model = program.model(call.contract);
    let ExprKind::Builtin(Builtin::Map, args) = model.expr(call.expr).kind else { return None };
    match model.expr(*model.list(args).first()?).kind {
        ExprKind::Name(Definition::Function(index)) => Some(FunctionId { contract: call.contract, index }),
        _ => None,
    }
}

/// Whether anything depends on what the steps answer: whether the entrypoint commits, or what it does.
fn is_asked(lint: &mut Lint<'_>, summary: &Summary, step: FunctionId) -> bool {
    let succeeds = summary.result.map(|result| lint.engine.terms.good(result));
    let asked: Vec<_> = summary.told().chain(succeeds).collect();
    lint.engine
        .parts_within_calls(asked)
        .into_iter()
        .any(|part| lint.engine.terms.op(part) == Op::Mapped(step))
}

/// What holds whenever something that the steps do is committed.
fn committed(summary: &Summary, map: Site) -> Facts {
    let mut steps = summary.effects.iter().filter(|effect| effect.calls.contains(&map));
    let first = steps.next().map(|effect| effect.facts.clone()).unwrap_or_default();
    steps.fold(first, |common, effect| common.common(&effect.facts))
}

/// Whether nothing is committed where a step fails: the entrypoint asks, before or afterwards, for what the step failed
/// by, whatever the step was given, and the step does not change.
fn is_undone(lint: &mut Lint<'_>, step: &Summary, fails: &Facts, committed: &Facts) -> bool {
    let engine = &mut lint.engine;
    let changed: BTreeSet<_> = step.effects.iter().filter_map(|effect| effect.kind.state()).collect();
    let is_told = |fact: &Fact| {
        let mut parts = engine.parts([fact.term()]).into_iter();
        engine.terms.mask(fact.term()).only(Mask::STATE.or(Mask::CHAIN))
            && parts.all(|part| match engine.terms.op(part) {
                Op::Initial(state) | Op::Entry(state) => !changed.contains(&state),
                _ => true,
            })
    };
    let told = Facts::from_vec(fails.iter().filter(is_told).collect());
    told.and_then(|told| told.and(committed)).is_none_or(|all| engine.propagate(&all).is_none())
}

/// A way out of a step on which it fails, and what it has done by then for the element or the caller.
fn half_done(lint: &mut Lint<'_>, step: FunctionId, committed: &Facts) -> Option<(ExprId, Effect)> {
    let summary = lint.engine.summary(step);
    for (index, exit) in (0..).zip(&summary.exits) {
        if !may_be_err(&lint.engine, &summary, exit.value) || !may_fail(lint.program, step, exit.site) {
            continue;
        }
        let fails = lint.engine.assume_good(exit.value, false);
        let Some(fails) = fails.zip(exit.facts.as_ref()).and_then(|(fails, known)| fails.and(known)) else {
            continue;
        };
        if is_undone(lint, &summary, &fails, committed) {
            continue;
        }
        let mut done = summary.effects.iter().filter(|effect| effect.exits.contains(&index));
        if let Some(kept) =
            done.find(|effect| is_for_somebody(lint, step, effect) && is_done(lint, effect, &fails))
        {
            return Some((exit.site, kept.clone()));
        }
    }
    None
}

/// Whether an operation stands where a step is left, or a call of another contract: they fail for reasons that the step
/// does not know. What the step asks for itself it may have asked for before.
fn may_fail(program: &Program<'_>, step: FunctionId, exit: ExprId) -> bool {
    let model = program.model(step.contract);
    let body = program.function(step).body;
    exit == body
        || model.below(exit).into_iter().any(|expr| match model.expr(expr).kind {
            ExprKind::ContractCall { .. } => true,
            ExprKind::Builtin(builtin, _) => {
                matches!(builtin.spec().effect, Does::Mint | Does::Burn | Does::Transfer)
            }
            _ => false,
        })
}

/// Whether a value is an err on some way, or the answer of an operation.
fn may_be_err(engine: &Engine<'_>, summary: &Summary, value: TermId) -> bool {
    match engine.terms.op(value) {
        Op::Err => true,
        Op::If => engine.terms.args(value)[1..].iter().any(|&side| may_be_err(engine, summary, side)),
        _ => summary.effects.iter().any(|effect| effect.outcome == Outcome::Asked(value)),
    }
}

/// Whether something may have been done, and gone well, where these facts hold.
fn is_done(lint: &mut Lint<'_>, effect: &Effect, facts: &Facts) -> bool {
    let went_well = match effect.outcome {
        Outcome::Asked(response) => lint.engine.assume_good(response, true),
        Outcome::Settled | Outcome::Ignored => Some(Facts::default()),
    };
    let all = went_well.and_then(|well| well.and(&effect.facts)).and_then(|known| known.and(facts));
    all.is_some_and(|all| lint.engine.propagate(&all).is_some())
}

/// Whether an effect moves tokens, or writes an entry of the contract for who calls or for what the step is given. Counters
/// are no loss.
fn is_for_somebody(lint: &Lint<'_>, step: FunctionId, effect: &Effect) -> bool {
    let given = Mask::PARAMETER.or(Mask::CALLER);
    match effect.kind {
        EffectKind::Write(builtin, state) => {
            let is_own_entry = builtin != Builtin::VarSet && state.owner() == Some(step.contract);
            let key = effect.args.first().filter(|_| is_own_entry);
            key.is_some_and(|&key| lint.engine.terms.mask(key).has(given))
        }
        EffectKind::Token(..) | EffectKind::Stx(_) => true,
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => false,
    }
}

/// A payment by the caller that the steps make, and what the caller is given beside it in any case.
fn unpaid<'s>(
    lint: &mut Lint<'_>,
    step: FunctionId,
    summary: &'s Summary,
    map: Site,
) -> Option<(&'s Effect, &'s Effect)> {
    let answers = lint.engine.summary(step).result?;
    lint.engine.assume_good(answers, false)?;
    let engine = &lint.engine;
    let is_caller = |term: TermId| engine.terms.is_caller(term);
    let (steps, others): (Vec<_>, Vec<_>) =
        summary.effects.iter().partition(|effect| effect.calls.contains(&map));
    let is_payment = |effect: &&Effect| {
        effect.calls.last() == Some(&map)
            && transfer::of(engine, effect).is_some_and(|it| is_caller(it.from))
            && !is_covered(engine, effect)
    };
    let paid = steps.into_iter().find(is_payment)?;
    let is_given = |effect: &&Effect| {
        transfer::recipient(engine, effect).is_some_and(is_caller) && paid.facts.and(&effect.facts).is_some()
    };
    others.into_iter().find(is_given).map(|given| (paid, given))
}

/// Whether the path has asked how much somebody has before they pay.
fn is_covered(engine: &Engine<'_>, paid: &Effect) -> bool {
    use Builtin::{FtGetBalance, StxGetBalance};
    let parts = engine.parts(paid.facts.iter().map(Fact::term));
    parts.into_iter().any(|part| matches!(engine.terms.op(part), Op::Token(FtGetBalance | StxGetBalance, _)))
}

fn goes_unpaid(
    lint: &Lint<'_>,
    (entrypoint, map): (FunctionId, Site),
    step: FunctionId,
    paid: &Effect,
    given: &Effect,
) -> Diagnostic {
    let program = lint.program;
    let (name, step_name) = (program.name(entrypoint), program.name(step));
    let message =
        format!("if this payment fails, `{name}` goes on: it asks for none of the answers of `{step_name}`");
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, program.head(paid.site), message)
        .label(program.head(map), "nothing depends on the answers of this `map`")
        .label(program.head(given.site), "what is paid for is handed out here in any case")
        .help("let one failure fail all, with `fold` instead of `map` and `try!`")
        .key(step_name);
    diagnostic.function = Some(name.to_string());
    diagnostic
}

fn stays(
    lint: &Lint<'_>,
    (entrypoint, map): (FunctionId, Site),
    step: FunctionId,
    exit: ExprId,
    kept: &Effect,
) -> Diagnostic {
    let program = lint.program;
    let (name, step_name) = (program.name(entrypoint), program.name(step));
    let at = program.head(Site { contract: step.contract, expr: exit });
    let message = format!(
        "if `{step_name}` fails here, what it has done before stays: it is private, and `{name}` asks for none of its answers"
    );
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message)
        .label(program.head(kept.site), evidence::effect(&lint.engine, step, kept))
        .label(program.head(map), "nothing depends on the answers of this `map`")
        .help(
            "do first what may fail, and write afterwards; or let one failure fail all, with `fold` instead of `map` \
             and `try!`",
        )
        .key(step_name);
    diagnostic.function = Some(name.to_string());
    diagnostic
}
