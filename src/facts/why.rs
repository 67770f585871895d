//! `clarlint why CONTRACT.FUNCTION`: a summary in words. The same text is the snapshot of the engine's tests.

use std::collections::BTreeSet;
use std::fmt::Write;

use rustc_hash::FxHashSet;

use super::engine::Engine;
use super::set::{Fact, Facts};
use super::show::Show;
use super::summary::{Summary, Unchecked, shared};
use super::term::{Op, TermId};
use crate::graph::{FunctionId, Site};
use crate::model::Access;
use crate::source::Location;

/// What the function does, what protects each effect, and how it can end.
pub fn why(engine: &mut Engine<'_>, function: FunctionId) -> String {
    let program = engine.program;
    let summary = engine.summary(function);
    let definition = program.function(function);
    let tree = &program.contract(function.contract).syntax.tree;
    let parameters: Vec<_> = definition
        .parameters
        .iter()
        .map(|parameter| {
            let declared = parameter.declared_type.map_or("?", |declared| tree.expr(declared).text());
            format!("{}: {declared}", tree.name(parameter.name.symbol))
        })
        .collect();
    let mut out = format!(
        "{} ({})  {}\n",
        program.path(function),
        parameters.join(", "),
        place(engine, program.location(function), true)
    );
    match summary.unchecked {
        Some(Unchecked::Cycle) => out += "  not checked: it takes part in a cycle of calls\n",
        Some(Unchecked::TooLarge) => out += "  not checked: it is too large\n",
        None => {}
    }
    describe_effects(engine, function, &summary, &mut out);
    if summary.unchecked.is_none() {
        if summary.effects.is_empty() {
            out += "  no effects\n";
        }
        describe_end(engine, function, &summary, &mut out);
    }
    out
}

/// What holds whenever the function does anything, in words.
pub fn holds(engine: &mut Engine<'_>, function: FunctionId) -> Vec<String> {
    let summary = engine.summary(function);
    let shared = shared(&summary.effects).unwrap_or_default();
    let told = told(engine, &shared).into_iter();
    let texts: BTreeSet<_> = told.map(|fact| Show { engine, function }.fact(fact)).collect();
    texts.into_iter().collect()
}

/// What holds for every effect is told once.
fn describe_effects(engine: &mut Engine<'_>, function: FunctionId, summary: &Summary, out: &mut String) {
    let program = engine.program;
    let shared = shared(&summary.effects).unwrap_or_default();
    let several = summary.effects.len() > 1;
    if several && !shared.is_empty() {
        *out += "  every effect\n";
        describe_facts(engine, function, summary, &shared, None, out);
    }
    for effect in &summary.effects {
        let what = Show { engine, function }.brief_effect(effect);
        let _ = write!(out, "  effect  {what}  {}", here(engine, function, program.head(effect.site)));
        for &call in &effect.calls {
            let _ = write!(out, ", called at {}", here(engine, function, program.head(call)));
        }
        out.push('\n');
        let own = if several { effect.facts.without(&shared) } else { effect.facts.clone() };
        describe_facts(engine, function, summary, &own, effect.calls.first().copied(), out);
    }
}

fn describe_facts(
    engine: &mut Engine<'_>,
    function: FunctionId,
    summary: &Summary,
    facts: &Facts,
    called_at: Option<Site>,
    out: &mut String,
) {
    let program = engine.program;
    let contract = function.contract;
    let mut lines: Vec<_> = told(engine, facts)
        .into_iter()
        .map(|fact| {
            let text = Show { engine, function }.brief_fact(fact);
            let origin = summary.origins.get(&fact).map(|&expr| Site { contract, expr });
            // What the callee made sure of was learned at the call.
            let origin = origin.or(called_at);
            let line =
                origin.map(|site| (program.span(site).start, here(engine, function, program.head(site))));
            (line, text, chain(engine, function, summary, fact))
        })
        .collect();
    lines.sort();
    lines.dedup();
    for (line, text, chain) in lines {
        let _ = write!(out, "    holds  {text}");
        if let Some((_, line)) = line {
            let _ = write!(out, "  {line}");
        }
        if !chain.is_empty() {
            let _ = write!(out, ", through {}", chain.join(" -> "));
        }
        out.push('\n');
    }
}

/// The facts worth telling. A call is told by what it makes sure of; a condition of several parts is told by the
/// innermost call that stands for it, if there is one.
pub fn told(engine: &mut Engine<'_>, facts: &Facts) -> Vec<Fact> {
    let known: Vec<_> = facts.iter().filter(|&fact| !is_unknown(engine, fact)).collect();
    let (calls, others): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|&fact| called(engine, fact).is_some());
    let mut told = Vec::new();
    for fact in others {
        let mut standing_for_it = Vec::new();
        if engine.terms.op(fact.term()) == Op::If {
            for &call in &calls {
                if consequences(engine, call).contains(&fact) {
                    standing_for_it.push((weight(engine, call), call));
                }
            }
        }
        told.push(standing_for_it.into_iter().min().map_or(fact, |(_, call)| call));
    }
    for call in calls {
        if consequences(engine, call).is_empty() {
            told.push(call);
        }
    }
    told
}

/// Whether a fact is only that an operation went well.
fn is_unknown(engine: &Engine<'_>, fact: Fact) -> bool {
    let term = fact.term();
    let of = if engine.terms.op(term) == Op::Good { engine.terms.arg(term, 0) } else { term };
    matches!(engine.terms.op(of), Op::Opaque(..))
}

/// What a call's outcome makes sure of beyond being a call's outcome.
fn consequences(engine: &mut Engine<'_>, fact: Fact) -> Vec<Fact> {
    let all = engine.assume(fact.term(), fact.holds()).unwrap_or_default();
    all.iter().filter(|&other| called(engine, other).is_none()).collect()
}

/// How many facts a call's outcome makes sure of: of two calls, one within the other, the inner has fewer.
fn weight(engine: &mut Engine<'_>, fact: Fact) -> usize {
    engine.assume(fact.term(), fact.holds()).map_or(0, |all| all.len())
}

/// The call whose outcome a fact is.
fn called(engine: &Engine<'_>, fact: Fact) -> Option<TermId> {
    let term = fact.term();
    let of = if engine.terms.op(term) == Op::Good { engine.terms.arg(term, 0) } else { term };
    matches!(engine.terms.op(of), Op::Call(_)).then_some(of)
}

/// The helpers through which a fact was learned, outermost first.
fn chain(engine: &mut Engine<'_>, function: FunctionId, summary: &Summary, fact: Fact) -> Vec<String> {
    let Some(origin) = summary.origins.get(&fact) else { return Vec::new() };
    let learned: Vec<_> =
        summary.origins.iter().filter(|(_, at)| *at == origin).map(|(&learned, _)| learned).collect();
    let mut helpers = Vec::new();
    for helper in learned {
        if helper == fact || called(engine, helper).is_none() {
            continue;
        }
        let needs = engine.assume(helper.term(), helper.holds()).unwrap_or_default();
        if needs.contains(fact) {
            helpers.push((std::cmp::Reverse(needs.len()), helper));
        }
    }
    helpers.sort();
    let show = Show { engine, function };
    helpers
        .into_iter()
        .filter_map(|(_, helper)| match engine.terms.op(called(engine, helper)?) {
            Op::Call(callee) => Some(show.function_name(callee)),
            _ => None,
        })
        .collect()
}

fn describe_end(engine: &mut Engine<'_>, function: FunctionId, summary: &Summary, out: &mut String) {
    let Some(result) = summary.result else { return };
    let good = engine.terms.good(result);
    let codes = engine.codes(function);
    let responds = engine.program.function(function).access == Access::Public || responds(engine, result);
    let show = Show { engine, function };
    if !responds {
        let _ = writeln!(out, "  returns {}", show.term(result));
        return;
    }
    let mut failures: Vec<_> = codes.known.into_iter().collect();
    if codes.more {
        failures.push("codes that are not known".to_string());
    }
    let _ = match (engine.terms.op(good), failures.is_empty()) {
        (Op::Bool(false), _) => writeln!(out, "  never commits; fails with {}", failures.join(" ")),
        (_, true) => writeln!(out, "  never fails"),
        _ => writeln!(out, "  fails with {}", failures.join(" ")),
    };
}

/// Whether a result is a response by how it is made.
pub(super) fn responds(engine: &mut Engine<'_>, result: TermId) -> bool {
    let mut open = vec![result];
    let mut seen = FxHashSet::default();
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match engine.terms.op(term) {
            Op::Ok | Op::Err => return true,
            Op::If => open.extend_from_slice(&engine.terms.args(term)[1..]),
            Op::Folded(_) => open.push(engine.terms.arg(term, 1)),
            Op::Call(_) => open.extend(engine.unfold(term)),
            _ => {}
        }
    }
    false
}

/// A line of the function's own file, or a file and a line.
fn here(engine: &Engine<'_>, function: FunctionId, at: Location) -> String {
    place(engine, at, engine.program.location(function).file != at.file)
}

fn place(engine: &Engine<'_>, at: Location, with_path: bool) -> String {
    let file = engine.program.project.file(at.file);
    let line = file.line_of(at.span.start) + 1;
    if with_path { format!("{}:{line}", file.path) } else { format!("line {line}") }
}
