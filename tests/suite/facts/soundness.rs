//! The engine against execution: whatever a summary says of a function must be true of every run of it.
//!
//! Random projects are deployed and their functions called in random states, those of Clarity 2 on the chain's interpreter
//! in memory, those of Clarity 4 in Clarinet's simulated network. For every committed effect all facts that the engine
//! says to hold for it are computed in the state that the transaction began with, and none may be false. So must the
//! result, the state afterwards and the error codes be what the summary says.

use std::collections::{HashMap, HashSet};
use std::num::NonZero;

use clarity::vm::Value;
use clarlint::analysis::Analysis;
use clarlint::builtins::{Builtin, ClarityVersion};
use clarlint::config::Policy;
use clarlint::facts::{Effect, EffectKind, Engine, Op, StateId, Summary, TermId, why};
use clarlint::graph::{FunctionId, Program};
use clarlint::project::{Epoch, Project};

use crate::generate::{Choices, typed};
use crate::{environment, npm, spread};

use super::chain;
use super::evaluate::{Evaluator, Frame, World};
use super::simnet;
use super::transactions::{Outcome, Transaction, transactions};

/// How many projects are run; `CLARLINT_PROGRAMS` asks for more.
const PROGRAMS: u64 = 150;
const STATES: usize = 6;
/// The same in the simulated network, where a call takes a hundred times as long.
const PROGRAMS_IN_SIMNET: u64 = 16;
const STATES_IN_SIMNET: usize = 2;

/// What was compared, so that the test can tell that it compares something.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    committed: usize,
    aborted: usize,
    effects: usize,
    facts: usize,
    results: usize,
    states: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.committed += other.committed;
        self.aborted += other.aborted;
        self.effects += other.effects;
        self.facts += other.facts;
        self.results += other.results;
        self.states += other.states;
    }

    /// Whether much was compared.
    fn suffices(&self, programs: usize) -> bool {
        self.facts > programs && self.effects > programs && self.results > self.runs / 4
    }
}

#[test]
fn what_summaries_say_is_true_of_every_run() {
    let seeds = environment::seeds(PROGRAMS);
    let mut tally = Tally::default();
    let one = |&seed: &u64| {
        let program = typed::program(Choices::seeded(seed), 2);
        let transactions = transactions(&program, seed, STATES, &chain::principals());
        let outcomes = chain::outcomes(&program, &transactions);
        judge(seed, &program, &transactions, &outcomes)
    };
    spread::over(&seeds, one).into_iter().for_each(|one| tally.add(one));
    eprintln!("{tally:?}");
    assert!(seeds.len() < 100 || tally.suffices(seeds.len()), "{tally:?}");
}

/// Contracts that act in their own name, with allowances.
#[test]
fn what_summaries_say_is_true_of_every_run_in_the_simnet() {
    if npm::are_left_out() {
        return;
    }
    let seeds = environment::seeds(PROGRAMS_IN_SIMNET);
    let cases = spread::over(&seeds, |&seed| {
        let program = typed::program(Choices::seeded(seed), 4);
        // A contract sends no transactions.
        let transactions = transactions(&program, seed, STATES_IN_SIMNET, &chain::principals()[..2]);
        (seed, program, transactions)
    });
    let asked: Vec<_> =
        cases.iter().map(|(_, program, transactions)| (program, transactions.as_slice())).collect();
    let outcomes = simnet::outcomes(&asked);
    let mut tally = Tally::default();
    for ((seed, program, transactions), outcomes) in cases.iter().zip(&outcomes) {
        tally.add(judge(*seed, program, transactions, outcomes));
    }
    eprintln!("{tally:?}");
    assert!(seeds.len() < 10 || tally.suffices(seeds.len()), "{tally:?}");
}

fn project(program: &typed::Program) -> Project {
    let texts: Vec<_> = program.contracts.iter().map(|(name, text)| (format!("{name}.clar"), text)).collect();
    let mut project = Project::from_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let version = ClarityVersion::new(program.version).expect("a version");
    for contract in &mut project.contracts {
        assert!(contract.syntax.errors.is_empty(), "{:?}", contract.syntax.errors);
        contract.version = version;
        contract.epoch = Epoch::introducing(version);
        contract.stated = true;
    }
    project
}

/// Holds what the engine says against what the transactions came to: `None` where one was aborted.
fn judge(
    seed: u64,
    program: &typed::Program,
    transactions: &[Transaction],
    outcomes: &[Option<Outcome>],
) -> Tally {
    let project = project(program);
    let linked = Program::link(&project);
    let policy = Policy::default();
    // The seeds are spread over the cores already.
    let analysis = Analysis::new(&linked, &policy, NonZero::new(1));
    let mut engine = analysis.whole().engine;
    let mut tally = Tally::default();
    for (transaction, outcome) in transactions.iter().zip(outcomes) {
        tally.runs += 1;
        let Some(outcome) = outcome else {
            tally.aborted += 1;
            continue;
        };
        let path = transaction.path();
        let id = engine.program.function_named(&path).expect("it is defined");
        let world = &transaction.state.world;
        let mut case = Case { engine: &mut engine, world, id, tally: &mut tally };
        if let Err(fault) = case.check(transaction, outcome) {
            let texts: Vec<_> =
                program.contracts.iter().map(|(name, text)| format!(";; {name}\n{text}")).collect();
            panic!(
                "seed {seed}: {transaction} gives {}\n{fault}\n\n{}\n{}\n{world:#?}",
                outcome.result,
                why(&mut engine, id),
                texts.join("\n"),
            );
        }
    }
    tally
}

/// One call of one function.
struct Case<'e, 'p> {
    engine: &'e mut Engine<'p>,
    world: &'e World,
    id: FunctionId,
    tally: &'e mut Tally,
}

impl Case<'_, '_> {
    /// What the summary says that is not true.
    fn check(&mut self, transaction: &Transaction, outcome: &Outcome) -> Result<(), String> {
        let summary = self.engine.summary(self.id);
        if let Some(unchecked) = summary.unchecked {
            return Err(format!("it is not checked: {unchecked:?}"));
        }
        let frame = || Frame::new(transaction.arguments.clone(), &transaction.sender);
        self.result(&summary, frame(), &outcome.result)?;
        self.codes(&outcome.result)?;
        if outcome.is_rolled_back() {
            return Ok(());
        }
        self.tally.committed += 1;
        self.effects(&summary, &frame, outcome)?;
        self.state(&summary, &mut frame(), outcome)
    }

    fn result(&mut self, summary: &Summary, mut frame: Frame, result: &Value) -> Result<(), String> {
        let term = summary.result.expect("it is checked");
        let mut evaluator = Evaluator { engine: self.engine, world: self.world };
        let said = evaluator.value(term, &mut frame);
        self.tally.results += usize::from(said.is_some());
        match said {
            Some(said) if said != *result => Err(format!("the result is said to be {said}")),
            _ => Ok(()),
        }
    }

    fn codes(&mut self, result: &Value) -> Result<(), String> {
        let Value::Response(response) = result else { return Ok(()) };
        let codes = self.engine.codes(self.id);
        if response.committed || codes.more || codes.known.contains(&response.data.to_string()) {
            return Ok(());
        }
        Err(format!("{} is not among the codes {:?}", response.data, codes.known))
    }

    /// Every effect that stayed must be known, with facts none of which is false.
    fn effects(
        &mut self,
        summary: &Summary,
        frame: &dyn Fn() -> Frame,
        outcome: &Outcome,
    ) -> Result<(), String> {
        for key in &outcome.logged {
            self.tally.effects += 1;
            self.effect(summary, frame, &format!("u{key}"))?;
        }
        Ok(())
    }

    fn effect(&mut self, summary: &Summary, frame: &dyn Fn() -> Frame, key: &str) -> Result<(), String> {
        let is_it = |engine: &Engine<'_>, effect: &Effect| {
            let EffectKind::Write(Builtin::MapSet, StateId::Map(..)) = effect.kind else { return false };
            matches!(engine.terms.op(effect.args[0]), Op::Literal(text) if engine.terms.text(text) == key)
                && effect.args[1] == clarlint::facts::Terms::TRUE
        };
        let known: Vec<_> =
            summary.effects.iter().filter(|effect| is_it(self.engine, effect)).cloned().collect();
        if known.is_empty() {
            return Err(format!("the effect on log[{key}] is not known"));
        }
        let mut denied = Vec::new();
        for effect in &known {
            match self.denied(effect, frame) {
                None => return Ok(()),
                Some(fact) => denied.push(fact),
            }
        }
        Err(format!("log[{key}] was set although it is said that\n{}", denied.join("\n")))
    }

    /// A fact of the effect that is false, for all choices of the elements that it speaks of.
    fn denied(&mut self, effect: &Effect, frame: &dyn Fn() -> Frame) -> Option<String> {
        let parts = self.engine.parts(effect.facts.iter().map(|fact| fact.term()));
        let mut elements: Vec<_> =
            parts.into_iter().filter(|&part| self.engine.terms.op(part) == Op::Element).collect();
        elements.sort_unstable();
        self.denied_with(effect, frame(), &elements)
    }

    fn denied_with(&mut self, effect: &Effect, mut frame: Frame, elements: &[TermId]) -> Option<String> {
        let mut evaluator = Evaluator { engine: self.engine, world: self.world };
        let Some((&element, rest)) = elements.split_first() else {
            for fact in effect.facts.iter() {
                let said = evaluator.bool(fact.term(), &mut frame);
                self.tally.facts += usize::from(said.is_some());
                if said.is_some_and(|said| said != fact.holds()) {
                    let show = clarlint::facts::Show { engine: evaluator.engine, function: self.id };
                    return Some(show.fact(fact));
                }
            }
            return None;
        };
        let choices = evaluator.elements(element, &mut frame);
        if choices.is_empty() {
            return self.denied_with(effect, frame, rest);
        }
        let mut denied = None;
        for choice in choices {
            let mut elements: HashMap<_, _> = frame.elements.clone();
            elements.insert(element, choice);
            denied = self.denied_with(effect, frame.with_elements(elements), rest);
            denied.as_ref()?;
        }
        denied
    }

    /// Variables hold what the summary says that they hold afterwards.
    fn state(&mut self, summary: &Summary, frame: &mut Frame, outcome: &Outcome) -> Result<(), String> {
        let program = self.engine.program;
        let home = self.id.contract;
        let written: HashSet<_> = summary.post.iter().map(|&(state, _)| state).collect();
        for id in program.project.contract_ids() {
            let name = &program.contract(id).name;
            for (index, variable) in program.model(id).variables.iter().enumerate() {
                let state = StateId::Variable(id, index as u32);
                // A call through a trait may have changed it.
                if summary.havocs && id != home && !written.contains(&state) {
                    continue;
                }
                let before = self.engine.terms.leaf(Op::Initial(state));
                let said = summary.post.iter().find(|&&(of, _)| of == state).map_or(before, |&(_, v)| v);
                let mut evaluator = Evaluator { engine: self.engine, world: self.world };
                let Some(said) = evaluator.value(said, frame) else { continue };
                let variable = program.contract(id).syntax.tree.name(variable.name.symbol);
                let holds = &outcome.variables[&(name.clone(), variable.to_owned())];
                self.tally.states += 1;
                if said != *holds {
                    return Err(format!("{name}.{variable} holds {holds}, and is said to hold {said}"));
                }
            }
        }
        Ok(())
    }
}
