//! Terms of one project in the arena of another, so that what two revisions of it say can be compared. Contracts,
//! functions and state are known by their names, parameters by their place; what only one of the two has is a value that
//! nothing is known of there.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::Engine;
use super::govern::Governance;
use super::proof::Proofs;
use super::set::{Fact, Facts};
use super::term::{Op, StateId, TermId};
use crate::graph::FunctionId;
use crate::model::{Model, Name, Storage};
use crate::project::{ContractId, QualifiedName};

/// How deep terms are carried; what is deeper is a value that nothing is known of.
const MAX_DEPTH: u32 = 1_000;

/// Values that nothing is known of, by what they stand for: those of both projects that stand for the same are one.
#[derive(Debug, Default)]
pub struct Strangers(FxHashMap<String, TermId>);

/// What the terms of one entrypoint are in the arena of another project.
pub struct Carrier<'a> {
    /// What stands for each parameter: its place, or its name where places mean nothing.
    parameters: &'a [Parameter],
    strangers: &'a mut Strangers,
    carried: FxHashMap<TermId, TermId>,
    /// How many values of each label were come upon.
    labels: FxHashMap<String, usize>,
    depth: u32,
}

/// What a parameter is to who compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    At(u32),
    /// One that the other does not have.
    Gone(String),
}

/// A project that terms come from: what is known of it, and how calls are put in.
pub struct Source<'o, 'p> {
    pub engine: &'o mut Engine<'p>,
    pub governance: &'o Governance,
    pub proofs: &'o mut Proofs,
    pub renamed: &'o Renamed,
}

/// What contracts of one project are called in the other, where they are called otherwise.
#[derive(Clone, Debug, Default)]
pub struct Renamed(pub BTreeMap<QualifiedName, QualifiedName>);

impl Renamed {
    pub fn of(&self, name: QualifiedName) -> QualifiedName {
        self.0.get(&name).cloned().unwrap_or(name)
    }

    /// The same of a literal.
    fn literal(&self, text: &str) -> Option<String> {
        let name = text.strip_prefix('.').or_else(|| text.strip_prefix('\''))?;
        let (_, other) = self.0.iter().find(|(old, _)| old.to_string() == name)?;
        Some(if other.issuer.is_some() { format!("'{other}") } else { format!(".{other}") })
    }
}

impl<'a> Carrier<'a> {
    pub fn new(parameters: &'a [Parameter], strangers: &'a mut Strangers) -> Self {
        let (carried, labels) = Default::default();
        Self { parameters, strangers, carried, labels, depth: 0 }
    }

    /// The term as the other project would have it, with every call inlined; `None` if that is too much.
    pub fn term(&mut self, from: &mut Source<'_, '_>, to: &mut Engine<'_>, term: TermId) -> Option<TermId> {
        let inlined = from.proofs.inlined(from.engine, from.governance, term)?;
        Some(self.carry(from, to, inlined))
    }

    /// The facts as the other project would have them. What is too much is left out, and `false` comes with the others.
    pub fn facts(&mut self, from: &mut Source<'_, '_>, to: &mut Engine<'_>, facts: &Facts) -> (Facts, bool) {
        let mut is_all = true;
        let mut carried = FxHashSet::default();
        for fact in facts.iter() {
            match self.term(from, to, fact.term()) {
                Some(term) => carried.extend(to.assume(term, fact.holds()).iter().flat_map(Facts::iter)),
                None => is_all = false,
            }
        }
        // Values that nothing is known of may have become one, and deny each other then.
        let is_denied = |fact: &Fact| carried.contains(&Fact::new(fact.term(), !fact.holds()));
        let carried = carried.iter().copied().filter(|fact| !is_denied(fact)).collect();
        (Facts::from_vec(carried).unwrap_or_default(), is_all)
    }

    fn carry(&mut self, from: &mut Source<'_, '_>, to: &mut Engine<'_>, term: TermId) -> TermId {
        if let Some(&known) = self.carried.get(&term) {
            return known;
        }
        let carried = if self.depth < MAX_DEPTH {
            self.depth += 1;
            let carried = self.made(from, to, term);
            self.depth -= 1;
            carried
        } else {
            self.stranger(to, "what is too deep")
        };
        self.carried.insert(term, carried);
        carried
    }

    fn made(&mut self, from: &mut Source<'_, '_>, to: &mut Engine<'_>, term: TermId) -> TermId {
        let terms = &from.engine.terms;
        let text = |id| terms.text(id).to_string();
        let op = match terms.op(term) {
            Op::Literal(id) => {
                let text = from.renamed.literal(terms.text(id)).unwrap_or_else(|| text(id));
                Op::Literal(to.terms.intern(&text))
            }
            Op::Field(id) => Op::Field(to.terms.intern(&text(id))),
            Op::External(id) => Op::External(to.terms.intern(&text(id))),
            Op::Tuple(id) => Op::Tuple(to.terms.shape(&text(id))),
            Op::Parameter(index) => match self.parameters.get(index as usize) {
                Some(&Parameter::At(place)) => Op::Parameter(place),
                Some(Parameter::Gone(name)) => return self.stranger(to, &format!("parameter {name}")),
                None => return self.stranger(to, &format!("parameter {index}")),
            },
            Op::Constant(contract, index) => return self.constant(from, to, contract, index),
            Op::Opaque(..) => {
                // Of what was called, the function: what a parameter is called says nothing.
                let label = terms.label(term).unwrap_or_default();
                let label = label.rsplit('.').next().unwrap_or_default().to_string();
                return self.opaque(to, label);
            }
            // That something was written is all that is known, whichever write it was.
            Op::After(state) => match place(from, to, state) {
                Ok(state) => {
                    let write = self.stranger(to, "some write");
                    return to.terms.make(Op::After(state), &[write]);
                }
                Err(gone) => return self.outside(from, to, term, &gone),
            },
            // What others may have changed since is what it was: a guard may stand before a call or after it.
            Op::Since(state) => match place(from, to, state) {
                Ok(state) => return to.terms.leaf(Op::Initial(state)),
                Err(gone) => return self.outside(from, to, term, &gone),
            },
            Op::Initial(state) | Op::Written(state) | Op::Entry(state) | Op::Token(_, state) => {
                match place(from, to, state) {
                    Ok(state) => of_state(terms.op(term), state),
                    Err(gone) => return self.outside(from, to, term, &gone),
                }
            }
            // What could not be inlined is told by its name, and no more is asked of it.
            Op::Call(function) => return self.outside(from, to, term, &function_name(from, function)),
            Op::Filtered(function) => return self.applied(from, to, term, ("filter", function)),
            Op::Mapped(function) => return self.applied(from, to, term, ("map", function)),
            Op::Folded(_) => return self.folded(from, to, term),
            op => op,
        };
        let args = self.args(from, to, term);
        to.terms.make(op, &args)
    }

    fn args(&mut self, from: &mut Source<'_, '_>, to: &mut Engine<'_>, term: TermId) -> Vec<TermId> {
        let args = from.engine.terms.args(term).to_vec();
        args.into_iter().map(|arg| self.carry(from, to, arg)).collect()
    }

    /// Something of that name about which nothing is known but what it is made of.
    fn outside(
        &mut self,
        from: &mut Source<'_, '_>,
        to: &mut Engine<'_>,
        term: TermId,
        name: &str,
    ) -> TermId {
        let args = self.args(from, to, term);
        self.external(to, name, args)
    }

    fn external(&mut self, to: &mut Engine<'_>, name: &str, mut args: Vec<TermId>) -> TermId {
        // Where others have a sender and the identity of a call.
        args.extend([self.stranger(to, "nobody"); 2]);
        let name = to.terms.intern(name);
        to.terms.make(Op::External(name), &args)
    }

    /// A fold is told by what one step of it makes of an element and of what the steps before have left.
    fn folded(&mut self, from: &mut Source<'_, '_>, to: &mut Engine<'_>, fold: TermId) -> TermId {
        let step = from.engine.fold_step(fold);
        let inlined = step.and_then(|(step, accumulator)| {
            let left = self.stranger(to, "what the steps before have left");
            self.carried.insert(accumulator, left);
            from.proofs.inlined(from.engine, from.governance, step)
        });
        let step = match inlined {
            Some(step) => self.carry(from, to, step),
            None => self.stranger(to, "a step"),
        };
        let args = from.engine.terms.args(fold)[..2].to_vec();
        let mut args: Vec<_> = args.into_iter().map(|arg| self.carry(from, to, arg)).collect();
        args.push(step);
        self.external(to, "fold", args)
    }

    /// A `map` or `filter` is told by what it makes of an element.
    fn applied(
        &mut self,
        from: &mut Source<'_, '_>,
        to: &mut Engine<'_>,
        term: TermId,
        (word, function): (&str, FunctionId),
    ) -> TermId {
        let applied = from.engine.application(term);
        let inlined = applied.and_then(|applied| from.proofs.inlined(from.engine, from.governance, applied));
        let Some(applied) = inlined else {
            let name = format!("applied {}", function_name(from, function));
            return self.outside(from, to, term, &name);
        };
        let applied = self.carry(from, to, applied);
        let lists = from.engine.program.function(function).parameters.len();
        let lists = from.engine.terms.args(term)[..lists].to_vec();
        let mut args: Vec<_> = lists.into_iter().map(|list| self.carry(from, to, list)).collect();
        args.push(applied);
        self.external(to, word, args)
    }

    /// A constant whose value is not known.
    fn constant(
        &mut self,
        from: &Source<'_, '_>,
        to: &mut Engine<'_>,
        contract: ContractId,
        index: u32,
    ) -> TermId {
        match same_name(from, to, contract, constants, index) {
            Ok((contract, index)) => to.terms.leaf(Op::Constant(contract, index)),
            Err(name) => self.stranger(to, &format!("constant {name}")),
        }
    }

    /// Values of one label are told apart by the order in which they are come upon.
    fn opaque(&mut self, to: &mut Engine<'_>, label: String) -> TermId {
        let count = self.labels.entry(label.clone()).or_default();
        *count += 1;
        let name = format!("{label} {count}");
        self.stranger(to, &name)
    }

    fn stranger(&mut self, to: &mut Engine<'_>, name: &str) -> TermId {
        if let Some(&known) = self.strangers.0.get(name) {
            return known;
        }
        let stranger = to.terms.opaque();
        self.strangers.0.insert(name.to_string(), stranger);
        stranger
    }
}

/// What the other project calls a contract.
fn contract_name(from: &Source<'_, '_>, contract: ContractId) -> QualifiedName {
    from.renamed.of(from.engine.program.contract(contract).qualified_name())
}

fn function_name(from: &Source<'_, '_>, function: FunctionId) -> String {
    format!("{}.{}", contract_name(from, function.contract), from.engine.program.name(function))
}

/// The contract of that name in the other project.
fn twin(from: &Source<'_, '_>, to: &Engine<'_>, contract: ContractId) -> Option<ContractId> {
    to.program.project.find(&contract_name(from, contract))
}

/// What has the same name in the other project, among what `names` lists of a contract, or what it was called.
fn same_name(
    from: &Source<'_, '_>,
    to: &Engine<'_>,
    contract: ContractId,
    names: fn(&Model) -> Vec<Name>,
    index: u32,
) -> Result<(ContractId, u32), String> {
    let known = names(from.engine.program.model(contract));
    let name = name_in(from.engine, contract, known[index as usize]);
    let same = twin(from, to, contract).and_then(|twin| {
        let mut names = names(to.program.model(twin)).into_iter();
        let index = names.position(|other| name_in(to, twin, other) == name)?;
        Some((twin, index as u32))
    });
    same.ok_or_else(|| format!("{}.{name}", contract_name(from, contract)))
}

/// The state of that name in the other project, or what it was called.
fn place(from: &Source<'_, '_>, to: &Engine<'_>, state: StateId) -> Result<StateId, String> {
    let Some(contract) = state.owner() else { return Ok(state) };
    let found = |names: fn(&Model) -> Vec<Name>, index: u32, make: fn(ContractId, u32) -> StateId| {
        same_name(from, to, contract, names, index).map(|(twin, index)| make(twin, index))
    };
    match state {
        StateId::Variable(_, index) => found(|model| names(&model.variables), index, StateId::Variable),
        StateId::Map(_, index) => found(|model| names(&model.maps), index, StateId::Map),
        StateId::FungibleToken(_, index) => {
            found(|model| names(&model.fungible_tokens), index, StateId::FungibleToken)
        }
        StateId::NonFungibleToken(_, index) => {
            found(|model| names(&model.non_fungible_tokens), index, StateId::NonFungibleToken)
        }
        StateId::Stx => Ok(state),
    }
}

fn names(of: &[Storage]) -> Vec<Name> {
    of.iter().map(|storage| storage.name).collect()
}

fn constants(model: &Model) -> Vec<Name> {
    model.constants.iter().map(|constant| constant.name).collect()
}

fn name_in<'p>(engine: &Engine<'p>, contract: ContractId, name: Name) -> &'p str {
    engine.program.contract(contract).syntax.tree.name(name.symbol)
}

/// The same operator on other state.
fn of_state(op: Op, state: StateId) -> Op {
    match op {
        Op::Initial(_) => Op::Initial(state),
        Op::Written(_) => Op::Written(state),
        Op::Entry(_) => Op::Entry(state),
        Op::Token(builtin, _) => Op::Token(builtin, state),
        other => other,
    }
}
