//! `unchecked-list-aggregation`: value is added up over a list of the caller's, in which something may stand twice.

use rustc_hash::FxHashSet;

use super::{Check, Group, Lint, Rule, evidence, stakes};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, Engine, Fact, Mask, Op, Show, Summary, TermId};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "unchecked-list-aggregation",
    group: Group::Architecture,
    level: None,
    doc: include_str!("../../rules/unchecked-list-aggregation.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &[],
};

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let (mut found, mut said, mut seen) = (Vec::new(), FxHashSet::default(), FxHashSet::default());
    for effect in &summary.effects {
        for (sum, list) in sums(&mut lint.engine, effect, &mut seen) {
            if !said.contains(&list)
                && adds_what_is_looked_up(&mut lint.engine, sum, list)
                && !is_once_each(&mut lint.engine, &summary, effect, sum, list)
            {
                said.insert(list);
                found.push(report(lint, entrypoint, effect, list));
            }
        }
    }
    found
}

/// What is made of lists of the caller's, where an effect's amount or a bound of it is computed from that: the sum and the
/// list. What was looked at for an effect before is not looked at again.
fn sums(engine: &mut Engine<'_>, effect: &Effect, seen: &mut FxHashSet<TermId>) -> Vec<(TermId, TermId)> {
    let compared = effect.facts.iter().map(Fact::term);
    let compared = compared.filter(|&term| engine.terms.op(term) == Op::Pure(Builtin::Less));
    let roots: Vec<_> =
        compared.chain(effect.args.iter().copied()).filter(|&root| seen.insert(root)).collect();
    let mut found = Vec::new();
    for part in stakes::values(engine, roots) {
        let list = match engine.terms.op(part) {
            Op::Folded(_) => engine.terms.arg(part, 0),
            Op::Pure(Builtin::Fold) => match engine.terms.args(part) {
                &[mapped, ..] if matches!(engine.terms.op(mapped), Op::Mapped(_)) => {
                    engine.terms.arg(mapped, 0)
                }
                _ => continue,
            },
            _ => continue,
        };
        if is_of_caller(engine, list) {
            found.push((part, list));
        }
    }
    found
}

/// Whether a list is an argument, or stands in one.
fn is_of_caller(engine: &Engine<'_>, mut list: TermId) -> bool {
    while let Op::Field(_) | Op::Payload = engine.terms.op(list) {
        list = engine.terms.arg(list, 0);
    }
    matches!(engine.terms.op(list), Op::Parameter(_))
}

/// Whether what is added is asked of state, of a token or of a contract for each element.
fn adds_what_is_looked_up(engine: &mut Engine<'_>, sum: TermId, list: TermId) -> bool {
    let mapped = engine.terms.arg(sum, 0);
    if let (Op::Pure(_), Op::Mapped(function)) = (engine.terms.op(sum), engine.terms.op(mapped)) {
        return engine.summary(function).mask.has(Mask::STATE.or(Mask::UNKNOWN));
    }
    let element = engine.terms.make(Op::Element, &[list]);
    let within = engine.parts_within_calls([sum]);
    let is_of_element =
        |engine: &Engine<'_>, args: &[TermId]| engine.parts(args.iter().copied()).contains(&element);
    let looks_up = within.iter().any(|&part| match engine.terms.op(part) {
        Op::Entry(_) | Op::Token(..) => is_of_element(engine, &engine.terms.args(part)[..1]),
        Op::External(_) => is_of_element(engine, engine.terms.args(part)),
        _ => false,
    });
    looks_up && within.iter().any(|&part| engine.terms.op(part) == Op::Pure(Builtin::Add))
}

/// Whether something keeps an element from counting twice: a mark, a token that moves, a comparison with what is known, or
/// a list of those that were seen.
fn is_once_each(
    engine: &mut Engine<'_>,
    summary: &Summary,
    effect: &Effect,
    sum: TermId,
    list: TermId,
) -> bool {
    let element = engine.terms.make(Op::Element, &[list]);
    let is_marked = summary.effects.iter().any(|other| {
        other.kind.state().is_some() && engine.parts(other.args.iter().copied()).contains(&element)
    });
    let seen = engine.parts_within_calls([sum]);
    let is_searched = seen.iter().any(|&part| engine.terms.op(part) == Op::Pure(Builtin::IndexOf));
    is_marked || is_searched || effect.facts.iter().any(|fact| is_compared(engine, fact, list, element))
}

/// Whether a fact says of each element, or of all the list, what it is.
fn is_compared(engine: &mut Engine<'_>, fact: Fact, list: TermId, element: TermId) -> bool {
    let term = fact.term();
    if let Some((a, b)) = engine.equation(fact) {
        let names = |side: TermId| side == list || engine.parts([side]).contains(&element);
        return names(a) && !engine.terms.mask(b).only(Mask::PARAMETER)
            || names(b) && !engine.terms.mask(a).only(Mask::PARAMETER);
    }
    let mut of = term;
    while let Op::Good | Op::Payload | Op::Field(_) = engine.terms.op(of) {
        of = engine.terms.arg(of, 0);
    }
    matches!(engine.terms.op(of), Op::Folded(_) | Op::Pure(Builtin::Fold))
        && engine.parts([of]).contains(&list)
}

fn report(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, list: TermId) -> Diagnostic {
    let name = lint.program.name(entrypoint);
    let list = Show { engine: &lint.engine, function: entrypoint }.term(list);
    let message = format!(
        "`{name}` adds up what stands under each of `{list}`, and what its caller names twice counts twice"
    );
    let mut diagnostic = evidence::finding(lint, &RULE, entrypoint, effect, message)
        .help(
            "mark each as counted where it is counted, or keep those that were seen and ask with `index-of?`",
        )
        .key(format!("{name} {list}"));
    diagnostic.severity = Severity::Warning;
    diagnostic
}
