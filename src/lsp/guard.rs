//! The guard that a peer has, put where the finding says that it is missing.

use rustc_hash::FxHashSet;

use super::state::State;
use crate::diagnostic::Diagnostic;
use crate::graph::FunctionId;
use crate::source::{Location, Span};
use crate::syntax::{Expr, Kind, NESTING_LIMIT, Tree, parse};

/// The guard, and the edits that begin the function's body with it. `None` where it speaks of what only the peer has.
pub fn insertion(state: &State<'_>, found: &Diagnostic) -> Option<(String, Vec<(Location, String)>)> {
    let guard = guard(found.help.as_deref()?)?;
    let function = state.function(found)?;
    let program = state.program();
    let tree = &program.contract(function.contract).syntax.tree;
    let form = tree.forms().find(|form| form.span() == program.function(function).span)?;
    let body = form.define()?.1.nth(1)?;
    let parsed = parse(guard.into(), NESTING_LIMIT);
    let is_one = parsed.errors.is_empty() && parsed.tree.forms().count() == 1;
    if !is_one || !is_known(&parsed.tree, &names(state, function)) {
        return None;
    }
    let source = state.project().file(found.at.file);
    let edit = |at: u32, text: String| (Location { file: found.at.file, span: Span::new(at, at) }, text);
    let first =
        body.call().filter(|(head, _)| head.name() == Some("begin")).and_then(|(_, mut rest)| rest.next());
    let edits = match first {
        Some(first) => {
            // As far from the first expression as that is from what stands before it.
            let before = &source.text[body.span().start as usize..first.span().start as usize];
            let gap = &before[before.trim_end().len()..];
            vec![edit(first.span().start, format!("{guard}{gap}"))]
        }
        None => {
            let start = source.line_starts()[source.line_of(body.span().start) as usize] as usize;
            let line = &source.text[start..];
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            let begin = format!("(begin\n{indent}  {guard}\n{indent}  ");
            vec![edit(body.span().start, begin), edit(body.span().end, ")".to_owned())]
        }
    };
    Some((guard.to_owned(), edits))
}

/// What the help says to write, if a peer has it.
fn guard(help: &str) -> Option<&str> {
    let (_, rest) = help.split_once('`')?;
    let (guard, rest) = rest.split_once('`')?;
    let is_guard = ["(asserts! ", "(try! ", "(unwrap! "].iter().any(|begin| guard.starts_with(begin));
    (is_guard && rest.starts_with(", as `") && rest.contains("` does")).then_some(guard)
}

/// What a function can name: definitions of its contract, and its parameters.
fn names<'p>(state: &State<'p>, function: FunctionId) -> FxHashSet<&'p str> {
    let program = state.program();
    let tree = &program.contract(function.contract).syntax.tree;
    let defined = tree.forms().filter_map(|form| {
        let first = form.define()?.1.next()?;
        first.call().map_or(first, |(name, _)| name).name()
    });
    let parameters = program.function(function).parameters.iter().map(|it| tree.name(it.name.symbol));
    defined.chain(parameters).collect()
}

/// Whether every name of an expression is one of the language or of `known`, or is looked up elsewhere.
fn is_known(tree: &Tree, known: &FxHashSet<&str>) -> bool {
    let mut elsewhere = FxHashSet::default();
    for node in tree.exprs() {
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
    tree.exprs().all(|node| match node.symbol() {
        Some(symbol) if symbol.word().is_none() => {
            elsewhere.contains(&node.id()) || known.contains(tree.name(symbol))
        }
        _ => true,
    })
}
