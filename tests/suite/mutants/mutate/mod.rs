//! Making mutants: edits of one contract's text at places that the model of its tree gives.

mod guards;
mod kinds;
mod rest;
mod traits;

use std::collections::BTreeMap;
use std::ops::Range;

use clarlint::graph::{FunctionId, Program, Site};
use clarlint::model::{Access, ExprId, ExprKind, List, Model};
use clarlint::project::ContractId;
use clarlint::source::{FileId, Span};

/// The protocol broken in one place.
#[derive(Debug)]
pub struct Mutant {
    pub kind: &'static str,
    /// Kind, function, the text that was changed, and a number where that is the same several times.
    pub id: String,
    pub contract: ContractId,
    pub file: FileId,
    /// The function that was broken, as it stands in the mutant.
    pub span: Span,
    /// The function's name and those of all that reach it.
    pub reached_from: Vec<String>,
    /// The rules that are there for it: one of them must report it.
    pub expected: Vec<&'static str>,
    edits: Vec<Edit>,
}

/// A piece of text and what stands there instead.
type Edit = (Range<usize>, String);

impl Mutant {
    pub fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (range, new) in self.edits.iter().rev() {
            text.replace_range(range.clone(), new);
        }
        text
    }
}

/// Every mutant of the protocol.
pub fn mutants(program: &Program<'_>) -> Vec<Mutant> {
    let mut maker = Maker { program, mutants: Vec::new(), seen: BTreeMap::new() };
    for function in program.functions().filter(|&function| is_protocol(program, function)) {
        for guard in guards::of(program, function) {
            kinds::of_guard(&mut maker, &guard);
        }
        rest::of_function(&mut maker, function);
    }
    rest::against_the_layers(&mut maker);
    traits::of_implementors(&mut maker);
    maker.mutants
}

/// The token is there for tests alone, and asks nobody anything.
fn is_protocol(program: &Program<'_>, function: FunctionId) -> bool {
    let contract = program.contract(function.contract);
    contract.linted && contract.name != "mock-token"
}

struct Maker<'a, 'p> {
    program: &'a Program<'p>,
    mutants: Vec<Mutant>,
    seen: BTreeMap<String, u32>,
}

impl Maker<'_, '_> {
    fn add(
        &mut self,
        kind: &'static str,
        function: FunctionId,
        what: &str,
        expected: &[&'static str],
        mut edits: Vec<Edit>,
    ) {
        let program = self.program;
        edits.sort_by_key(|(range, _)| range.start);
        let what: String = what.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(90).collect();
        let mut id = format!("{kind} | {} | {}", program.path(function), what.trim_end());
        let count = self.seen.entry(id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            id += &format!(" | {count}");
        }
        let contract = function.contract;
        let span = program.function(function).span;
        let longer: i64 = edits.iter().map(|(range, new)| new.len() as i64 - range.len() as i64).sum();
        let end = (i64::from(span.end) + longer) as u32;
        self.mutants.push(Mutant {
            kind,
            id,
            contract,
            file: program.contract(contract).file,
            span: Span::new(span.start, end.max(span.start)),
            reached_from: reached_from(program, function),
            expected: expected.to_vec(),
            edits,
        });
    }

    fn text(&self, site: Site) -> &str {
        self.program.node(site).text()
    }

    fn range(&self, site: Site) -> Range<usize> {
        self.program.span(site).range()
    }
}

/// The names of the function and of everything that calls it, in whatever way.
fn reached_from(program: &Program<'_>, function: FunctionId) -> Vec<String> {
    let mut reached = vec![function];
    let mut next = 0;
    while let Some(&callee) = reached.get(next) {
        next += 1;
        let node = program.node_of(callee);
        for caller in program.calls.neighbors_directed(node, petgraph::Direction::Incoming) {
            let caller = program.calls[caller];
            if !reached.contains(&caller) {
                reached.push(caller);
            }
        }
    }
    reached.into_iter().map(|function| program.name(function).to_owned()).collect()
}

/// The forms of a body, if `expr` is one.
fn sequence(model: &Model, expr: ExprId) -> Option<Vec<ExprId>> {
    use clarlint::builtins::Builtin;
    let all = |list: List| model.list(list).to_vec();
    match model.expr(expr).kind {
        ExprKind::Let { body, .. } => Some(all(body)),
        ExprKind::Builtin(Builtin::Begin | Builtin::AsContractSafe, list) => Some(all(list)),
        _ => None,
    }
}

/// Every expression below `expr`, and itself.
fn below(model: &Model, expr: ExprId) -> Vec<ExprId> {
    let mut all = vec![expr];
    let mut next = 0;
    while let Some(&at) = all.get(next) {
        next += 1;
        all.extend(model.children(at));
    }
    all
}

fn is_public(program: &Program<'_>, function: FunctionId) -> bool {
    program.function(function).access == Access::Public
}
