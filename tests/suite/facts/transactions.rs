//! Calls of the functions of a generated project, each in a random state, and what they come to.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use clarity::vm::Value;
use clarity::vm::types::{PrincipalData, TupleData};
use fastrand::Rng;

use crate::generate::typed::{self, CONTRACTS, Type};

use super::chain;
use super::evaluate::World;

/// A call, and what the state is before it.
pub struct Transaction {
    pub contract: &'static str,
    pub function: String,
    pub arguments: Vec<Value>,
    pub sender: PrincipalData,
    pub state: Arc<State>,
}

/// What `seed` sets in each of [`CONTRACTS`].
pub struct State {
    pub seeds: Vec<Vec<Value>>,
    pub world: World,
}

/// What a transaction that was not aborted came to. Of one that is rolled back the result is all.
pub struct Outcome {
    pub result: Value,
    /// The keys of every contract's `log` that are set.
    pub logged: Vec<u32>,
    /// By contract and name.
    pub variables: HashMap<(String, String), Value>,
}

impl Outcome {
    /// The chain rolls every err of a transaction back, of a private function, too.
    pub fn is_rolled_back(&self) -> bool {
        matches!(&self.result, Value::Response(response) if !response.committed)
    }
}

impl Transaction {
    pub fn path(&self) -> String {
        format!("{}.{}", self.contract, self.function)
    }
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<_> = self.arguments.iter().map(Value::to_string).collect();
        write!(f, "{} ({}) by {}", self.path(), arguments.join(" "), self.sender)
    }
}

/// Every function once in each of some states. `senders` are those who may send.
pub fn transactions(
    program: &typed::Program,
    seed: u64,
    states: usize,
    senders: &[PrincipalData],
) -> Vec<Transaction> {
    let mut maker = Maker { rng: Rng::with_seed(seed), principals: chain::principals() };
    let mut all = Vec::new();
    for _ in 0..states {
        let sender = maker.rng.choice(senders).expect("there are some").clone();
        let mut world = World::default();
        let seeds = CONTRACTS.map(|contract| maker.seed_of(contract, &sender, &mut world));
        let state = Arc::new(State { seeds: seeds.into(), world });
        all.extend(program.functions.iter().map(|function| Transaction {
            contract: function.contract,
            function: function.name.clone(),
            arguments: function.parameters.iter().map(|&of| maker.argument(of)).collect(),
            sender: sender.clone(),
            state: Arc::clone(&state),
        }));
    }
    all
}

struct Maker {
    rng: Rng,
    principals: [PrincipalData; 3],
}

impl Maker {
    fn principal(&mut self) -> PrincipalData {
        self.rng.choice(&self.principals).expect("there are some").clone()
    }

    /// The arguments of a contract's `seed`, noted in `world`.
    fn seed_of(&mut self, contract: &str, who: &PrincipalData, world: &mut World) -> Vec<Value> {
        let owner = self.principal();
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
            Type::Principal => Value::Principal(self.principal()),
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
