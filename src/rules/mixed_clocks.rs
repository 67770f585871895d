//! `mixed-clocks`: a height of one chain, or a time, compared with a point of time of another clock.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::clocks::{Clock, Clocks, History, Known};
use super::written::Place;
use super::{Check, Group, Lint, Rule};
use crate::builtins::{Builtin, Keyword};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Fact, Facts, Mask, Op, Show, TermId};
use crate::graph::{FunctionId, Program, Site};
use crate::model::{ExprId, ExprKind};
use crate::project::ContractId;
use crate::source::Location;

/// The most places that a finding shows at which a value was written.
const MAX_WRITES: usize = 4;

pub const RULE: Rule = Rule {
    id: "mixed-clocks",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/mixed-clocks.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

/// Points of time of different clocks, and what makes them so.
enum Mixed {
    /// Two that an operator brings together.
    Operands(Builtin, [(TermId, Known); 2]),
    /// One of another clock than a question about a block takes.
    Asked(Builtin, Clock, (TermId, Known)),
}

/// What two mixed sides have in common with others that are mixed for the same reason.
type Reason = (BTreeSet<Clock>, BTreeSet<Place>, bool);

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    if clocks_in_reach(lint.program, contract).len() < 2 {
        return Vec::new();
    }
    let (mut history, mut plain) = (History::default(), FxHashSet::default());
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    let functions: Vec<_> = lint.program.functions_of(contract).collect();
    // What a function compares itself is said there, and not where it is called.
    for within_calls in [false, true] {
        for &function in &functions {
            lint.begin(function);
            for mixed in mixed(lint, (&mut history, &mut plain), function, within_calls) {
                if said.insert(mixed.reason(function)) {
                    found.push(report(lint, function, &mixed));
                }
            }
        }
    }
    found
}

/// The clocks that a contract or one that it calls asks.
fn clocks_in_reach(program: &Program<'_>, contract: ContractId) -> BTreeSet<Clock> {
    let reached = program.reached_from([contract]);
    let exprs = reached.into_iter().flat_map(|contract| program.model(contract).exprs());
    exprs.filter_map(|(_, expr)| Clock::of_expression(expr.kind)).collect()
}

impl Mixed {
    fn reason(&self, function: FunctionId) -> (Reason, Option<FunctionId>) {
        let (clocks, places) = match self {
            Mixed::Operands(_, [(_, a), (_, b)]) => {
                ([a.clock, b.clock], a.places.union(&b.places).cloned().collect())
            }
            Mixed::Asked(_, wanted, (_, height)) => ([*wanted, height.clock], height.places.clone()),
        };
        let is_of_function = places.is_empty();
        ((BTreeSet::from(clocks), places, is_of_function), is_of_function.then_some(function))
    }
}

/// The comparisons, sums and differences of points of time of different clocks in what a function asks, does and answers,
/// without those that are known to be `plain`.
fn mixed(
    lint: &mut Lint<'_>,
    (history, plain): (&mut History, &mut FxHashSet<TermId>),
    function: FunctionId,
    within_calls: bool,
) -> Vec<Mixed> {
    let summary = lint.engine.summary(function);
    let asserted = summary.statements.asserted.iter().map(|&(_, condition)| condition);
    let done = summary
        .effects
        .iter()
        .flat_map(|effect| effect.args.iter().copied().chain(effect.facts.iter().map(Fact::term)));
    let roots: Vec<_> = asserted.chain(done).chain(summary.result).collect();
    let roots =
        roots.into_iter().filter(|&root| lint.engine.terms.mask(root).has(Mask::CHAIN.or(Mask::STATE)));
    let roots: Vec<_> = roots.collect();
    let parts = match within_calls {
        true => lint.engine.parts_within_calls(roots),
        false => lint.engine.parts(roots),
    };
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_unstable();
    let mut found = Vec::new();
    for part in parts {
        let Op::Pure(builtin) = lint.engine.terms.op(part) else { continue };
        let is_operator = matches!(builtin, Builtin::Less | Builtin::IsEq | Builtin::Add | Builtin::Subtract);
        let asked = Clock::asked_by(builtin);
        if !is_operator && asked.is_none() || plain.contains(&part) {
            continue;
        }
        let args = lint.engine.terms.args(part).to_vec();
        let mut clocks = Clocks::new(&mut lint.engine, history);
        let known: Vec<_> =
            args.into_iter().filter_map(|arg| Some((arg, clocks.of(arg, &Facts::default())?))).collect();
        let mut known = known.into_iter();
        match (asked, known.next(), known.next()) {
            (None, Some(a), Some(b)) if a.1.clock != b.1.clock => {
                found.push(Mixed::Operands(builtin, [a, b]));
            }
            (Some(wanted), Some(height), None) if height.1.clock != wanted => {
                found.push(Mixed::Asked(builtin, wanted, height));
            }
            // What one function has no more budget for, another one may have.
            _ if lint.engine.is_spent() => {}
            _ => {
                plain.insert(part);
            }
        }
    }
    found
}

fn report(lint: &Lint<'_>, function: FunctionId, mixed: &Mixed) -> Diagnostic {
    let program = lint.program;
    let named = |(side, known): &(TermId, Known)| named(lint, function, *side, known);
    let (message, help, at, known) = match mixed {
        Mixed::Operands(operator, [a, b]) => {
            let does = match operator {
                Builtin::Add => "added to",
                Builtin::Subtract => "set off against",
                _ => "compared with",
            };
            let message = format!("{} is {does} {}", named(a), named(b).trim_end_matches(','));
            let help = "take both from one clock: ask for the height that was stored, or store the one that is asked for";
            let keyword = [a.0, b.0].into_iter().find_map(|side| match lint.engine.terms.op(side) {
                Op::Keyword(keyword) => Some(keyword),
                _ => None,
            });
            let at = keyword.and_then(|keyword| place_of(lint, function, keyword));
            (message, help, at, vec![&a.1, &b.1])
        }
        Mixed::Asked(question, wanted, height) => {
            let (question, given) = (question.spec().name, named(height));
            let message =
                format!("`{question}` takes {}, and is given {}", wanted.name(), given.trim_end_matches(','));
            let help = "store the height that is asked for, or ask the chain whose height it is";
            (message, help, place_of_question(lint, function, question), vec![&height.1])
        }
    };
    let at = at.unwrap_or_else(|| program.location(function));
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message);
    for known in known {
        for &site in known.written.iter().take(MAX_WRITES) {
            let label = format!("{} is written here", known.clock.name());
            diagnostic = diagnostic.label(program.head(site), label);
        }
    }
    diagnostic = diagnostic.help(help).key(program.name(function));
    diagnostic.function = Some(program.name(function).to_string());
    diagnostic
}

/// What a side is called: a clock by its name, a part of the state by that and by what it is.
fn named(lint: &Lint<'_>, function: FunctionId, side: TermId, known: &Known) -> String {
    let show = Show { engine: &lint.engine, function };
    if let Op::Keyword(keyword) = lint.engine.terms.op(side) {
        return format!("`{}`", keyword.name());
    }
    let mut places = known.places.iter();
    let name = match (places.next(), places.next()) {
        (Some(place), None) => place.name(show),
        _ => format!("`{}`", show.term(side)),
    };
    format!("{name}, {},", known.clock.name())
}

/// The first comparison or sum in a function's text that has the clock as an operand.
fn place_of(lint: &Lint<'_>, function: FunctionId, clock: Keyword) -> Option<Location> {
    use Builtin::{Add, Greater, GreaterOrEqual, IsEq, Less, LessOrEqual, Subtract};
    let model = lint.program.model(function.contract);
    let is_clock = |expr: &ExprId| matches!(model.expr(*expr).kind, ExprKind::Keyword(it) if it == clock);
    first(lint, function, |expr| {
        matches!(
            model.expr(expr).kind,
            ExprKind::Builtin(Add | Subtract | Less | Greater | LessOrEqual | GreaterOrEqual | IsEq, _)
        ) && model.children(expr).iter().any(is_clock)
    })
}

/// The first question of that name in a function's text.
fn place_of_question(lint: &Lint<'_>, function: FunctionId, name: &str) -> Option<Location> {
    let model = lint.program.model(function.contract);
    first(
        lint,
        function,
        |expr| matches!(model.expr(expr).kind, ExprKind::Builtin(builtin, _) if builtin.spec().name == name),
    )
}

/// The first expression in a function's text that is wanted.
fn first(lint: &Lint<'_>, function: FunctionId, is_wanted: impl Fn(ExprId) -> bool) -> Option<Location> {
    let program = lint.program;
    let below = program.model(function.contract).below(program.function(function).body);
    let found = below.into_iter().filter(|&expr| is_wanted(expr));
    found.map(|expr| program.head(Site { contract: function.contract, expr })).min()
}
