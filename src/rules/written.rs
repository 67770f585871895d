//! Everything that is ever written to the state of a contract, by whichever of its functions and at deployment.

use std::collections::BTreeMap;
use std::rc::Rc;

use petgraph::Direction;
use rustc_hash::FxHashMap;

use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Engine, Facts, Op, Show, StateId, TermId, TextId};
use crate::graph::{FunctionId, Site};
use crate::model::Access;
use crate::project::ContractId;

/// One write of a variable or a map.
pub(super) struct Write {
    /// `None` for what is done when the contract is deployed.
    pub function: Option<FunctionId>,
    pub site: Site,
    /// What is written; `None` if an entry is deleted.
    pub value: Option<TermId>,
    /// What holds whenever it is committed.
    pub facts: Facts,
}

/// The writes of a contract, by what they write.
type OfContract = BTreeMap<StateId, Rc<[Write]>>;

/// The writes of contracts, found when they are first asked for. Only a contract itself can write its state.
#[derive(Default)]
pub(super) struct Written {
    contracts: FxHashMap<ContractId, Option<OfContract>>,
}

impl Written {
    /// Every write of a state; `None` if not all of them are known.
    pub fn to(&mut self, engine: &mut Engine<'_>, state: StateId) -> Option<Rc<[Write]>> {
        let owner = state.owner()?;
        let known = self.contracts.entry(owner).or_insert_with(|| of_contract(engine, owner));
        known.as_ref().map(|writes| writes.get(&state).cloned().unwrap_or_default())
    }
}

fn of_contract(engine: &mut Engine<'_>, contract: ContractId) -> Option<OfContract> {
    let program = engine.program;
    let mut writes = BTreeMap::<_, Vec<Write>>::new();
    let deployment = engine.deployment(contract);
    // What nobody calls yet may be there for somebody to come.
    let is_asked = |&function: &FunctionId| match program.function(function).access {
        Access::Public => true,
        Access::ReadOnly => false,
        Access::Private => {
            program.calls.neighbors_directed(program.node_of(function), Direction::Incoming).next().is_none()
        }
    };
    let functions: Vec<_> = program.functions_of(contract).filter(is_asked).collect();
    let summaries = functions.into_iter().map(|function| (Some(function), engine.summary(function)));
    for (function, summary) in summaries.chain([(None, deployment)]).collect::<Vec<_>>() {
        if summary.unchecked.is_some() {
            return None;
        }
        for effect in &summary.effects {
            match effect.kind {
                EffectKind::Unchecked => return None,
                EffectKind::Write(builtin, state) if state.owner() == Some(contract) => {
                    writes.entry(state).or_default().push(write(function, builtin, effect));
                }
                _ => {}
            }
        }
    }
    Some(writes.into_iter().map(|(state, writes)| (state, writes.into())).collect())
}

fn write(function: Option<FunctionId>, builtin: Builtin, effect: &Effect) -> Write {
    let value = effect.args.last().copied().filter(|_| builtin != Builtin::MapDelete);
    Write { function, site: effect.site, value, facts: effect.facts.clone() }
}

/// A part of the state: what a variable or the entries of a map hold, or something in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Place {
    pub state: StateId,
    /// How the part is taken out of the whole: fields, and what optionals hold.
    path: Vec<Step>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Step {
    Field(TextId),
    Payload,
    Good,
}

impl Place {
    /// All of a variable, or of the entries of a map.
    pub fn whole(state: StateId) -> Self {
        Self { state, path: Vec::new() }
    }

    /// What it is called: the field that is meant, and the variable or map.
    pub fn name(&self, show: Show<'_, '_>) -> String {
        let state = show.state(self.state);
        match self.field(show.engine) {
            Some(field) => format!("`{field}` of `{state}`"),
            None => format!("`{state}`"),
        }
    }

    /// The field that is meant, if it is not the whole.
    pub fn field<'e>(&self, engine: &'e Engine<'_>) -> Option<&'e str> {
        self.path.iter().find_map(|step| match *step {
            Step::Field(name) => Some(engine.terms.text(name)),
            _ => None,
        })
    }

    /// The part of the state that a term reads, whenever it does.
    pub fn of(engine: &Engine<'_>, term: TermId) -> Option<Self> {
        let (mut path, mut at) = (Vec::new(), term);
        loop {
            let step = match engine.terms.op(at) {
                Op::Initial(state @ StateId::Variable(..))
                | Op::After(state @ StateId::Variable(..))
                | Op::Since(state @ StateId::Variable(..)) => {
                    path.reverse();
                    return Some(Self { state, path });
                }
                // That there is an entry is no part of what it holds.
                Op::Entry(state) if path.pop() == Some(Step::Payload) => {
                    path.reverse();
                    return Some(Self { state, path });
                }
                Op::Field(name) => Step::Field(name),
                Op::Payload => Step::Payload,
                Op::Good => Step::Good,
                _ => return None,
            };
            path.push(step);
            at = engine.terms.arg(at, 0);
        }
    }

    /// The same part of a value that is written.
    pub fn in_value(&self, engine: &mut Engine<'_>, value: TermId) -> TermId {
        self.path.iter().fold(value, |value, step| {
            let op = match *step {
                Step::Field(name) => Op::Field(name),
                Step::Payload => Op::Payload,
                Step::Good => Op::Good,
            };
            engine.terms.make(op, &[value])
        })
    }
}
