//! Inference beside the chain's analyser: the type of every expression, the signature of every function, and whether
//! what inference finds nothing to object to is what the chain takes.

use std::collections::BTreeMap;

use clarlint::builtins::{Effect, Word};
use clarlint::project::{Contract, ContractId, Project};
use clarlint::syntax::{Expr, NodeId, Symbol};
use clarlint::types::infer::Inferred;
use clarlint::types::{Ask, Checked, FunctionTypes, Judged, Outcome, Type, each};

/// What was compared, and what was found.
#[derive(Default)]
pub struct Comparison {
    pub contracts: usize,
    pub expressions: usize,
    /// Contracts that the chain takes and that have no doubts: nobody had to ask.
    pub accepted: usize,
    /// Contracts that the chain takes though there are doubts, by the first one.
    pub asked: BTreeMap<&'static str, usize>,
    /// One in a line, with where it is.
    pub differences: Vec<String>,
    pub needless: Vec<String>,
}

/// What is left of a verdict when the types are compared.
struct Said {
    verdict: String,
    functions: Vec<FunctionTypes>,
}

impl Said {
    fn of(outcome: Option<&Outcome>) -> Self {
        let verdict = match outcome {
            Some(Outcome::Checked(checked)) => {
                format!("accepted as {}; {:?}", checked.version, checked.implements)
            }
            Some(Outcome::Rejected(fault)) => format!("rejected: {}", fault.message),
            Some(Outcome::Unavailable(reason)) => format!("not judged: {reason}"),
            None => "nobody was asked".to_owned(),
        };
        let functions = match outcome {
            Some(Outcome::Checked(checked)) => checked.functions(),
            _ => Vec::new(),
        };
        Self { verdict, functions }
    }
}

/// Compares all contracts that are linted, and those that they need: the chain is asked about every contract, and then
/// only where there are doubts.
pub fn compare(project: &Project) -> Comparison {
    let mut comparison = Comparison::default();
    let mut said = BTreeMap::new();
    each(project, Ask::Always, |id, judged| {
        comparison.types(project.contract(id), &judged);
        said.insert(id, Said::of(judged.outcome.as_ref()));
    });
    each(project, Ask::Doubtful, |id, judged| comparison.verdict(project, id, &judged, &said[&id]));
    comparison
}

fn title(contract: &Contract) -> String {
    format!("{} ({} in {})", contract.qualified_name(), contract.version, contract.epoch)
}

impl Comparison {
    fn verdict(&mut self, project: &Project, id: ContractId, judged: &Judged, said: &Said) {
        let contract = project.contract(id);
        let now = Said::of(judged.outcome.as_ref());
        if now.verdict != said.verdict {
            let both = format!("{} where the chain has {}", now.verdict, said.verdict);
            self.differences.push(format!("{}: {both}", title(contract)));
        } else if now.functions != said.functions {
            self.differences.push(format!("{}: signatures differ", title(contract)));
        }
    }

    fn types(&mut self, contract: &Contract, judged: &Judged) {
        self.contracts += 1;
        let inferred = &judged.inferred;
        match &judged.outcome {
            Some(Outcome::Checked(checked)) => self.accepted(contract, checked, inferred),
            Some(Outcome::Rejected(fault)) if inferred.doubts().is_empty() => {
                let said = format!("{}: no doubts, and the chain says: {}", title(contract), fault.message);
                self.differences.push(said);
            }
            _ => {}
        }
    }

    fn accepted(&mut self, contract: &Contract, checked: &Checked, inferred: &Inferred) {
        let tree = &contract.syntax.tree;
        match inferred.doubts().first() {
            None => self.accepted += 1,
            Some(doubt) => {
                *self.asked.entry(doubt.kind.word()).or_default() += 1;
                let text = shortened(tree.expr(doubt.node));
                self.needless.push(format!("{}: {:?} at {text}", title(contract), doubt.kind));
            }
        }
        for node in (0..tree.len() as u32).map(|node| tree.expr(NodeId(node))) {
            let chain = checked.expression(node.id()).filter(|chain| *chain != Type::Unknown);
            let Some(chain) = chain.filter(|_| !is_allowance(node)) else { continue };
            self.expressions += 1;
            let own = inferred.read(inferred.of(node.id()));
            if own != chain {
                let both = format!("`{own}` where the chain has `{chain}`");
                self.differences.push(format!("{}: {both}: {}", title(contract), shortened(node)));
            }
        }
    }
}

fn shortened(node: Expr<'_>) -> String {
    node.text().chars().take(120).collect()
}

/// Allowances are no values; lowering makes calls of them.
fn is_allowance(node: Expr<'_>) -> bool {
    let head = node.call().and_then(|(head, _)| head.symbol()).and_then(Symbol::word);
    matches!(head, Some(Word::Builtin(builtin)) if builtin.spec().effect == Effect::Allowance)
}
