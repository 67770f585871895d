//! The part of `repeatable-claim` that is about steps: what adds up is added again by whoever takes the step again, although
//! a flag says that it was taken.

use rustc_hash::FxHashSet;

use super::repeatable_claim::{self, RULE};
use super::tautology::named;
use super::unenforced_guard::Body;
use super::{Lint, evidence};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, StateId, Summary, TermId, Terms};
use crate::graph::{FunctionId, Program};
use crate::model::Definition;

/// Says so of an entrypoint, once.
pub(super) fn of(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Option<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let own = |state: StateId| (state.owner() == Some(entrypoint.contract)).then_some(state);
    let writes: Vec<_> = summary
        .effects
        .iter()
        .filter_map(|effect| match (&effect.kind, &effect.args[..]) {
            (&EffectKind::Write(Builtin::VarSet, state), &[value]) => Some((own(state)?, value, effect)),
            _ => None,
        })
        .collect();
    for &(sum, value, added) in &writes {
        if !adds_up(&lint.engine, sum, value) || lint.governance.has_role(&mut lint.engine, &added.facts) {
            continue;
        }
        let asked = lint.engine.parts_within_calls(added.facts.iter().map(Fact::term));
        let marks = |&&(flag, value, effect): &&(StateId, TermId, &Effect)| {
            value == Terms::TRUE
                && effect.facts.and(&added.facts).is_some()
                && is_asked_elsewhere(lint.program, entrypoint, flag)
        };
        let Some(&(flag, _, marked)) = writes.iter().find(marks) else { continue };
        if !is_ended(&mut lint.engine, &summary, added, &asked) {
            return Some(report(lint, entrypoint, (sum, added), (flag, marked)));
        }
    }
    None
}

/// Whether a variable grows by what the contract's state holds: neither a counter nor what the caller brings.
fn adds_up(engine: &Engine<'_>, sum: StateId, value: TermId) -> bool {
    let terms = &engine.terms;
    let is_before = |term: TermId| terms.op(term) == Op::Initial(sum);
    let (Op::Pure(Builtin::Add), &[a, b]) = (terms.op(value), terms.args(value)) else { return false };
    let added = if is_before(a) { b } else { a };
    let mask = terms.mask(added);
    (is_before(a) || is_before(b)) && mask.has(Mask::STATE) && mask.only(Mask::STATE)
}

/// Whether another function of the contract reads a flag.
fn is_asked_elsewhere(program: &Program<'_>, entrypoint: FunctionId, flag: StateId) -> bool {
    let StateId::Variable(contract, variable) = flag else { return false };
    let model = program.model(contract);
    let mut others = program.functions_of(contract).filter(|&function| function != entrypoint);
    others.any(|function| {
        let body = Body::new(model, program.function(function).body);
        named(model, &body, &[Builtin::VarGet]).any(|it| it == Definition::Variable(variable))
    })
}

/// Whether something that the path asks for is different afterwards, or decided by others.
fn is_ended(engine: &mut Engine<'_>, summary: &Summary, added: &Effect, asked: &FxHashSet<TermId>) -> bool {
    repeatable_claim::rests_on_others(engine, asked)
        || summary.effects.iter().filter(|other| other.facts.and(&added.facts).is_some()).any(|other| {
            !matches!(other.kind, EffectKind::Write(..)) || repeatable_claim::is_changed(engine, other, asked)
        })
}

fn report(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    (sum, added): (StateId, &Effect),
    (flag, marked): (StateId, &Effect),
) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (sum, flag) = (show.state(sum), show.state(flag));
    let message = format!(
        "anybody can call `{name}` again, and it adds to `{sum}` again: it does not ask for `{flag}`, which it sets"
    );
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, program.head(added.site), message)
        .label(program.head(marked.site), format!("`{flag}` is set here"))
        .help(format!("ask for it first, as in `(asserts! (not (var-get {flag})) ERR-DONE)`"))
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, added);
    diagnostic
}
