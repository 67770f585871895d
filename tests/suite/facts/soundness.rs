//! The engine against execution: whatever a summary says of a function must be true of every run of it.
//!
//! Random projects are deployed on the chain in memory and their functions called in random states. For every
//! committed effect all facts that the engine says to hold for it are computed in the state that the transaction began
//! with, and none may be false. So must the result, the state afterwards and the error codes be what the summary says.

use std::collections::{HashMap, HashSet};
use std::num::NonZero;

use clarity::vm::Value;
use clarity::vm::errors::Error;
use clarity::vm::types::{PrincipalData, TupleData};
use clarlint::analysis::Analysis;
use clarlint::builtins::Builtin;
use clarlint::config::Policy;
use clarlint::facts::{Effect, EffectKind, Engine, Op, StateId, Summary, TermId, why};
use clarlint::graph::{FunctionId, Program};
use clarlint::project::Project;
use fastrand::Rng;

use crate::generate::Choices;
use crate::generate::typed::{self, CONTRACTS, Type};
use crate::{environment, spread};

use super::chain::{self, Chain};
use super::evaluate::{Evaluator, Frame, World};

/// How many projects are run; `CLARLINT_PROGRAMS` asks for more.
const PROGRAMS: u64 = 150;
const STATES: usize = 6;

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
}

#[test]
fn what_summaries_say_is_true_of_every_run() {
    let seeds = environment::seeds(PROGRAMS);
    let mut tally = Tally::default();
    for one in spread::over(&seeds, |&seed| Run::of(seed)) {
        tally.add(one);
    }
    eprintln!("{tally:?}");
    if seeds.len() > 100 {
        assert!(tally.facts > seeds.len() && tally.effects > seeds.len(), "{tally:?}");
        assert!(tally.results > tally.runs / 4, "{tally:?}");
    }
}

/// One project and its generator.
struct Run {
    seed: u64,
    program: typed::Program,
    base: Chain,
    rng: Rng,
    tally: Tally,
}

impl Run {
    fn of(seed: u64) -> Tally {
        let program = typed::program(Choices::seeded(seed));
        let mut base = Chain::default();
        for (name, text) in &program.contracts {
            base.deploy(name, text);
        }
        let texts: Vec<_> =
            program.contracts.iter().map(|(name, text)| (format!("{name}.clar"), text)).collect();
        let project = Project::from_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        for contract in &project.contracts {
            assert!(contract.syntax.errors.is_empty(), "{:?}", contract.syntax.errors);
        }
        let linked = Program::link(&project);
        let policy = Policy::default();
        let analysis = Analysis::new(&linked, &policy, NonZero::new(1));
        let mut engine = analysis.whole().engine;
        let mut run = Run { seed, program, base, rng: Rng::with_seed(seed), tally: Tally::default() };
        for _ in 0..STATES {
            run.states(&mut engine);
        }
        run.tally
    }

    fn principals() -> [PrincipalData; 3] {
        let other = "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7";
        let other = PrincipalData::parse_standard_principal(other).expect("a principal");
        [chain::deployer().into(), other.into(), chain::contract_principal("core")]
    }

    /// Every function once, in one random state.
    fn states(&mut self, engine: &mut Engine<'_>) {
        let sender = self.rng.choice(Self::principals()).expect("there are some");
        let mut chain = self.base.clone();
        let mut world = World::default();
        for contract in CONTRACTS {
            let seed = self.seed_of(contract, &sender, &mut world);
            let done = chain.call(&sender, contract, "seed", &seed);
            assert!(matches!(done, Ok(Value::Bool(true))), "{done:?}");
        }
        for function in self.program.functions.clone() {
            let arguments: Vec<_> = function.parameters.iter().map(|&of| self.argument(of)).collect();
            let path = format!("{}.{}", function.contract, function.name);
            let id = engine.program.function_named(&path).expect("it is defined");
            let mut after = chain.clone();
            self.tally.runs += 1;
            let result = after.call(&sender, function.contract, &function.name, &arguments);
            let result = match result {
                Ok(result) => result,
                Err(Error::Unchecked(error)) => panic!("seed {}: {path}: {error:?}", self.seed),
                Err(_) => {
                    self.tally.aborted += 1;
                    continue;
                }
            };
            let mut case = Case { engine, world: &world, id, tally: &mut self.tally, rolled_back: false };
            let said = case.check(&mut after, &sender, &arguments, &result, self.program.logged);
            if let Err(fault) = said {
                let texts: Vec<_> =
                    self.program.contracts.iter().map(|(name, text)| format!(";; {name}\n{text}")).collect();
                let arguments: Vec<_> = arguments.iter().map(Value::to_string).collect();
                panic!(
                    "seed {}: {path} ({}) by {sender} gives {result}\n{fault}\n\n{}\n{}\n{world:#?}",
                    self.seed,
                    arguments.join(" "),
                    why(engine, id),
                    texts.join("\n"),
                );
            }
        }
    }

    /// The arguments of a contract's `seed`, noted in `world`.
    fn seed_of(&mut self, contract: &str, who: &PrincipalData, world: &mut World) -> Vec<Value> {
        let owner = self.rng.choice(Self::principals()).expect("there are some");
        let variables = [
            ("flag", Value::Bool(self.rng.bool())),
            ("open", Value::Bool(self.rng.bool())),
            ("count", Value::UInt(self.rng.u128(0..4))),
            ("limit", Value::UInt(self.rng.u128(0..4))),
            ("owner", Value::Principal(owner)),
        ];
        let record =
            vec![("a".into(), Value::UInt(self.rng.u128(0..4))), ("b".into(), Value::Bool(self.rng.bool()))];
        let who = Value::Principal(who.clone());
        let entries = [
            ("amounts", Value::UInt(0), Value::UInt(self.rng.u128(0..4))),
            ("amounts", Value::UInt(1), Value::UInt(self.rng.u128(0..4))),
            ("permitted", who.clone(), Value::Bool(self.rng.bool())),
            ("records", who.clone(), TupleData::from_data(record).expect("a tuple").into()),
        ];
        let mut arguments = Vec::new();
        for (name, value) in variables {
            world.variables.insert((contract.into(), name.into()), value.clone());
            arguments.push(value);
        }
        for (map, key, value) in entries {
            if self.rng.bool() {
                arguments.push(Value::none());
            } else {
                world.entries.insert((contract.into(), map.into(), key.to_string()), value.clone());
                arguments.push(Value::some(value).expect("an optional"));
            }
        }
        arguments.push(who);
        arguments
    }

    fn argument(&mut self, of: Type) -> Value {
        match of {
            Type::Bool => Value::Bool(self.rng.bool()),
            Type::Uint => Value::UInt(self.rng.u128(0..5)),
            Type::Principal => Value::Principal(self.rng.choice(Self::principals()).expect("there are some")),
            Type::Optional if self.rng.bool() => Value::none(),
            Type::Optional => Value::some(Value::UInt(self.rng.u128(0..4))).expect("an optional"),
            Type::List => {
                let count = self.rng.usize(0..4);
                Value::cons_list_unsanitized((0..count).map(|_| Value::UInt(self.rng.u128(0..4))).collect())
                    .expect("a list")
            }
            Type::Check if self.rng.bool() => Value::okay(Value::Bool(self.rng.bool())).expect("ok"),
            Type::Amount if self.rng.bool() => Value::okay(Value::UInt(self.rng.u128(0..4))).expect("ok"),
            Type::Check | Type::Amount => Value::error(Value::UInt(self.rng.u128(0..4))).expect("err"),
            Type::Trait => Value::Principal(chain::contract_principal("actor")),
            Type::Tuple => panic!("no function takes a tuple"),
        }
    }
}

/// One call of one function.
struct Case<'e, 'p> {
    engine: &'e mut Engine<'p>,
    world: &'e World,
    id: FunctionId,
    tally: &'e mut Tally,
    rolled_back: bool,
}

impl Case<'_, '_> {
    /// What the summary says that is not true.
    fn check(
        &mut self,
        after: &mut Chain,
        sender: &PrincipalData,
        arguments: &[Value],
        result: &Value,
        logged: u32,
    ) -> Result<(), String> {
        let summary = self.engine.summary(self.id);
        if let Some(unchecked) = summary.unchecked {
            return Err(format!("it is not checked: {unchecked:?}"));
        }
        let frame = || Frame::new(arguments.to_vec(), sender);
        self.result(&summary, frame(), result)?;
        self.codes(result)?;
        // The chain rolls every err of a transaction back, of a private function, too.
        self.rolled_back = matches!(result, Value::Response(response) if !response.committed);
        if self.rolled_back {
            return Ok(());
        }
        self.tally.committed += 1;
        self.effects(&summary, &frame, after, logged)?;
        self.state(&summary, &mut frame(), after)
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
        after: &mut Chain,
        logged: u32,
    ) -> Result<(), String> {
        for contract in CONTRACTS {
            let keys: Vec<_> = (0..logged).map(|key| format!("(is-some (map-get? log u{key}))")).collect();
            if keys.is_empty() {
                continue;
            }
            let stayed = after.read(contract, &format!("(list {})", keys.join(" ")));
            let stayed = stayed.expect_list().expect("a list");
            for (key, stayed) in stayed.into_iter().enumerate() {
                if stayed == Value::Bool(true) {
                    self.tally.effects += 1;
                    self.effect(summary, frame, &format!("u{key}"))?;
                }
            }
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
    fn state(&mut self, summary: &Summary, frame: &mut Frame, after: &mut Chain) -> Result<(), String> {
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
                let holds = after.read(name, &format!("(var-get {variable})"));
                self.tally.states += 1;
                if said != holds {
                    return Err(format!("{name}.{variable} holds {holds}, and is said to hold {said}"));
                }
            }
        }
        Ok(())
    }
}
