//! Inference beside the chain's analyser: the type of every expression, the signature of every function, and whether
//! what inference finds nothing to object to is what the chain takes.

use std::collections::BTreeMap;

use clarlint::builtins::{Effect, Word};
use clarlint::project::{Contract, Dialect, Project, QualifiedName};
use clarlint::syntax::{Expr, NodeId, Symbol};
use clarlint::types::infer::{Inferred, Input, Interface, infer};
use clarlint::types::{Checked, Outcome, Type, each};

/// What was compared, and what was found.
#[derive(Default)]
pub struct Comparison {
    pub contracts: usize,
    pub expressions: usize,
    /// Contracts that the chain takes and that have no doubts: nobody would have had to ask.
    pub accepted: usize,
    /// Contracts that the chain takes and that have doubts, by the first one.
    pub asked: BTreeMap<&'static str, usize>,
    /// One in a line, with where it is.
    pub differences: Vec<String>,
    pub needless: Vec<String>,
}

/// Compares all contracts that are linted, and those that they need.
pub fn compare(project: &Project) -> Comparison {
    let mut comparison = Comparison::default();
    let mut interfaces = BTreeMap::<QualifiedName, Interface>::new();
    each(project, |id, outcome| {
        let contract = project.contract(id);
        let name = contract.qualified_name();
        let version = match &outcome {
            Outcome::Checked(checked) => checked.version,
            Outcome::Rejected(_) => contract.version,
            Outcome::Unavailable(_) => return,
        };
        let input = Input {
            tree: &contract.syntax.tree,
            name: name.clone(),
            issuer: contract.issuer.as_deref(),
            dialect: Dialect { version, epoch: contract.epoch },
        };
        let known = |name: &QualifiedName| interfaces.get(name);
        let (inferred, interface) = infer(&input, &known);
        comparison.contracts += 1;
        match outcome {
            Outcome::Checked(checked) => {
                comparison.accepted(contract, &checked, &inferred);
                interfaces.insert(name, interface);
            }
            Outcome::Rejected(fault) if inferred.doubts().is_empty() => {
                let said = format!("{}: accepted, and the chain says: {}", title(contract), fault.message);
                comparison.differences.push(said);
            }
            _ => {}
        }
    });
    comparison
}

fn title(contract: &Contract) -> String {
    format!("{} ({} in {})", contract.qualified_name(), contract.version, contract.epoch)
}

impl Comparison {
    fn accepted(&mut self, contract: &Contract, checked: &Checked, inferred: &Inferred) {
        let tree = &contract.syntax.tree;
        match inferred.doubts().first() {
            None => self.accepted += 1,
            Some(doubt) => {
                *self.asked.entry(doubt.kind.word()).or_default() += 1;
                let at = tree.expr(doubt.node);
                let text: String = at.text().chars().take(120).collect();
                self.needless.push(format!("{}: {:?} at {text}", title(contract), doubt.kind));
            }
        }
        for node in (0..tree.len() as u32).map(|node| tree.expr(NodeId(node))) {
            let Some(chain) = checked.expression(node.id()).filter(|chain| *chain != Type::Unknown) else {
                continue;
            };
            if is_allowance(node) {
                continue;
            }
            self.expressions += 1;
            let own = inferred.read(inferred.of(node.id()), tree);
            if own != chain {
                let text: String = node.text().chars().take(120).collect();
                let said = format!("{}: `{own}` where the chain has `{chain}`: {text}", title(contract));
                self.differences.push(said);
            }
        }
        self.signatures(contract, checked, inferred);
    }

    fn signatures(&mut self, contract: &Contract, checked: &Checked, inferred: &Inferred) {
        let tree = &contract.syntax.tree;
        let shown =
            |name: &str, parameters: &[Type], result: &Type| format!("{name} {parameters:?} {result:?}");
        let mut chain: Vec<_> = checked
            .functions()
            .map(|it| shown(&it.name, &it.signature.parameters, &it.signature.result))
            .collect();
        let read = |of| inferred.read(of, tree);
        let mut own: Vec<_> = inferred
            .functions()
            .iter()
            .map(|it| {
                let parameters: Vec<_> = it.parameters.iter().map(|&of| read(of)).collect();
                shown(inferred.name(tree, it.name), &parameters, &read(it.result))
            })
            .collect();
        chain.sort();
        own.sort();
        if chain != own {
            let mut wrong = own.iter().filter(|it| !chain.contains(it));
            let said = format!("{}: signatures differ: {:?}", title(contract), wrong.next());
            self.differences.push(said);
        }
    }
}

/// Allowances are no values; lowering makes calls of them.
fn is_allowance(node: Expr<'_>) -> bool {
    let head = node.call().and_then(|(head, _)| head.symbol()).and_then(Symbol::word);
    matches!(head, Some(Word::Builtin(builtin)) if builtin.spec().effect == Effect::Allowance)
}
