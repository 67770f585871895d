//! The guard that a peer has, put where the finding says that it is missing.

use rustc_hash::FxHashSet;

use super::state::State;
use crate::diagnostic::Diagnostic;
use crate::graph::{FunctionId, Site};
use crate::source::{Location, Span, indentation, line_end};
use crate::syntax::{Expr, Kind, Symbol};
use crate::types::infer::{Shape, Ty};

/// The guard, and the edits that begin the function's body with it. `None` where it speaks of what only the peer has, or
/// fails with what the function cannot fail with.
pub fn insertion(state: &State<'_>, found: &Diagnostic) -> Option<(String, Vec<(Location, String)>)> {
    let at = found.guard?.span;
    let function = state.function(found)?;
    let (program, contract) = (state.program(), function.contract);
    let tree = &program.contract(contract).syntax.tree;
    let guard = tree.exprs().find(|node| node.span() == at)?;
    let is_guard = matches!(guard.call()?.0.name()?, "asserts!" | "try!" | "unwrap!");
    let holds_guard = |&it: &FunctionId| program.function(it).span.range().contains(&(at.start as usize));
    let peer = program.functions_of(contract).find(holds_guard)?;
    if !is_guard || !fails_alike(state, peer, function) || !is_known(guard, &names(state, function)) {
        return None;
    }
    let guard = guard.one_line();
    let body = program.node(Site { contract, expr: program.function(function).body });
    let text = &state.project().file(found.at.file).text;
    let edit = |at: u32, text: String| (Location { file: found.at.file, span: Span::new(at, at) }, text);
    let first =
        body.call().filter(|(head, _)| head.name() == Some("begin")).and_then(|(_, mut rest)| rest.next());
    let edits = match first {
        Some(first) => {
            // As far from the first expression as that is from what stands before it.
            let before = &text[body.span().start as usize..first.span().start as usize];
            let gap = &before[before.trim_end().len()..];
            vec![edit(first.span().start, format!("{guard}{gap}"))]
        }
        None => {
            let (indent, end) = (indentation(text, body.span().start as usize), line_end(text));
            let begin = format!("(begin{end}{indent}  {guard}{end}{indent}  ");
            vec![edit(body.span().start, begin), edit(body.span().end, ")".to_owned())]
        }
    };
    Some((guard, edits))
}

/// Whether a function fails with what another one fails with, or has not failed so far: all errors of a function are of one
/// type. What is in doubt may fail with anything.
fn fails_alike(state: &State<'_>, peer: FunctionId, function: FunctionId) -> bool {
    let Some(types) = state.analysis.types().inferred(function.contract) else { return false };
    let error = |of: FunctionId| -> Option<Ty> {
        let name = state.program().function(of).name.symbol;
        let found = types.functions().iter().find(|it| it.name == name)?;
        match types.shape(found.result) {
            Shape::Response(_, error) => Some(error).filter(|&error| types.pool().is_known(error)),
            _ => None,
        }
    };
    let (Some(theirs), Some(own)) = (error(peer), error(function)) else { return false };
    own == theirs || types.shape(own) == Shape::Nothing && types.doubts().is_empty()
}

/// What a function can name: definitions of its contract, and its parameters.
fn names(state: &State<'_>, function: FunctionId) -> FxHashSet<Symbol> {
    let program = state.program();
    let tree = &program.contract(function.contract).syntax.tree;
    let defined = tree.forms().filter_map(|form| form.defined()?.symbol());
    let parameters = program.function(function).parameters.iter().map(|it| it.name.symbol);
    defined.chain(parameters).collect()
}

/// Whether every name of an expression is one of the language or of `known`, or is looked up elsewhere.
fn is_known(guard: Expr<'_>, known: &FxHashSet<Symbol>) -> bool {
    let within = || {
        let nodes = guard.tree().exprs().skip_while(|node| node.span().start < guard.span().start);
        nodes.take_while(|node| node.span().start < guard.span().end)
    };
    let mut elsewhere = FxHashSet::default();
    for node in within() {
        match node.call() {
            Some((head, rest)) => match head.name() {
                Some("contract-call?") => elsewhere.extend(rest.skip(1).take(1).map(Expr::id)),
                Some("get") => elsewhere.extend(rest.take(1).map(Expr::id)),
                _ => {}
            },
            None if node.kind() == Kind::Tuple => elsewhere.extend(node.children().step_by(2).map(Expr::id)),
            None => {}
        }
    }
    within().all(|node| match node.symbol() {
        Some(symbol) if symbol.word().is_none() => elsewhere.contains(&node.id()) || known.contains(&symbol),
        _ => true,
    })
}
