//! The chain in memory: the interpreter of clarity-vm over a store that is two maps.

use std::collections::HashMap;
use std::sync::Arc;

use clarity::types::StacksEpochId;
use clarity::types::chainstate::{BlockHeaderHash, StacksBlockId};
use clarity::util::hash::Sha512Trunc256Sum;
use clarity::vm::analysis::ContractAnalysis;
use clarity::vm::ast::{ASTRules, build_ast_with_rules};
use clarity::vm::contexts::OwnedEnvironment;
use clarity::vm::costs::LimitedCostTracker;
use clarity::vm::database::{ClarityBackingStore, ClarityDatabase, NULL_BURN_STATE_DB, NULL_HEADER_DB};
use clarity::vm::errors::{CheckErrors, Error, InterpreterResult};
use clarity::vm::types::{PrincipalData, QualifiedContractIdentifier, StandardPrincipalData};
use clarity::vm::{ClarityVersion, SymbolicExpression, Value};

use crate::generate::typed::{self, CONTRACTS, VARIABLES};

use super::transactions::{Outcome, State, Transaction};

const EPOCH: StacksEpochId = StacksEpochId::Epoch24;

/// Whoever deploys; every contract of a project is its.
pub fn deployer() -> StandardPrincipalData {
    StandardPrincipalData::transient()
}

pub fn contract_id(name: &str) -> QualifiedContractIdentifier {
    QualifiedContractIdentifier::new(deployer(), name.into())
}

pub fn contract_principal(name: &str) -> PrincipalData {
    PrincipalData::Contract(contract_id(name))
}

/// Who may be somebody: the deployer, somebody else, a contract.
pub fn principals() -> [PrincipalData; 3] {
    let other = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
    let other = PrincipalData::parse_standard_principal(other).expect("a principal");
    [deployer().into(), other.into(), contract_principal(CONTRACTS[0])]
}

/// What the transactions come to; `None` for those that are aborted.
pub fn outcomes(program: &typed::Program, transactions: &[Transaction]) -> Vec<Option<Outcome>> {
    let mut base = Chain::default();
    for (name, text) in &program.contracts {
        base.deploy(name, text);
    }
    // The last state, which the next transactions begin with, too.
    let mut seeded: Option<(&Arc<State>, Chain)> = None;
    let mut outcomes = Vec::new();
    for transaction in transactions {
        let Transaction { contract, function, arguments, sender, state } = transaction;
        let mut after = match &seeded {
            Some((of, chain)) if Arc::ptr_eq(of, state) => chain.clone(),
            _ => {
                let chain = base.seeded(sender, state);
                seeded.insert((state, chain)).1.clone()
            }
        };
        outcomes.push(match after.call(sender, contract, function, arguments) {
            Ok(result) => Some(after.outcome(result, program.logged)),
            Err(Error::Unchecked(error)) => panic!("{transaction}: {error:?}"),
            Err(_) => None,
        });
    }
    outcomes
}

/// Whether the chain refuses a contract when it is deployed, or fails to run a function of it that takes nothing.
pub fn fails(text: &str, function: &str) -> bool {
    let mut chain = Chain::default();
    let deployed = chain.try_deploy("contract", text);
    deployed.is_err() || chain.call(&deployer().into(), "contract", function, &[]).is_err()
}

/// All that is stored: cloning it is a snapshot.
#[derive(Clone, Default)]
struct Chain {
    data: HashMap<String, String>,
    metadata: HashMap<(QualifiedContractIdentifier, String), String>,
    hashes: HashMap<QualifiedContractIdentifier, Sha512Trunc256Sum>,
}

impl Chain {
    /// Deploys a contract; panics if the chain does not take it.
    fn deploy(&mut self, name: &str, text: &str) {
        self.try_deploy(name, text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    }

    fn try_deploy(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let id = contract_id(name);
        self.hashes.insert(id.clone(), Sha512Trunc256Sum::from_data(text.as_bytes()));
        let version = ClarityVersion::Clarity2;
        let mut ast = build_ast_with_rules(&id, text, &mut (), version, EPOCH, ASTRules::PrecheckSize)
            .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        let analysis = ContractAnalysis::new(
            id.clone(),
            ast.expressions.clone(),
            LimitedCostTracker::new_free(),
            EPOCH,
            version,
        );
        self.run(|environment| {
            environment.initialize_contract_from_ast(id, version, &mut ast, &analysis, text, None).map(|_| ())
        })
    }

    /// A transaction. A private function may be called, too: that is how a test sets the state.
    fn call(
        &mut self,
        sender: &PrincipalData,
        contract: &str,
        function: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        let id = contract_id(contract);
        let arguments: Vec<_> = arguments.iter().cloned().map(SymbolicExpression::atom_value).collect();
        self.run(|environment| {
            let done = environment.execute_in_env(sender.clone(), None, None, |environment| {
                environment.execute_contract_allow_private(&id, function, &arguments, false)
            });
            done.map(|(value, ..)| value)
        })
    }

    fn seeded(&self, sender: &PrincipalData, state: &State) -> Self {
        let mut chain = self.clone();
        for (contract, seed) in CONTRACTS.iter().zip(&state.seeds) {
            let done = chain.call(sender, contract, "seed", seed);
            assert!(matches!(done, Ok(Value::Bool(true))), "{done:?}");
        }
        chain
    }

    fn outcome(&mut self, result: Value, logged: u32) -> Outcome {
        let mut outcome = Outcome { result, logged: Vec::new(), variables: HashMap::new() };
        if outcome.is_rolled_back() {
            return outcome;
        }
        let entries: Vec<_> = (0..logged).map(|key| format!("(is-some (map-get? log u{key}))")).collect();
        let variables = VARIABLES.map(|name| format!("{name}: (var-get {name})"));
        let read = format!("{{log: (list {}), {}}}", entries.join(" "), variables.join(", "));
        for contract in CONTRACTS {
            let Value::Tuple(holds) = self.read(contract, &read) else { panic!("{read} is no tuple") };
            let log = holds.get("log").and_then(|log| log.clone().expect_list()).expect("a list");
            let log = log.into_iter().zip(0..).filter(|(is_set, _)| *is_set == Value::Bool(true));
            outcome.logged.extend(log.map(|(_, key)| key));
            for name in VARIABLES {
                let value = holds.get(name).expect("it was read").clone();
                outcome.variables.insert((contract.to_owned(), name.to_owned()), value);
            }
        }
        outcome
    }

    /// The value of an expression in the state as it is.
    fn read(&mut self, contract: &str, expression: &str) -> Value {
        let id = contract_id(contract);
        let read = self.run(|environment| {
            environment.eval_read_only_with_rules(&id, expression, ASTRules::PrecheckSize)
        });
        read.unwrap_or_else(|error| panic!("{error:?}: {expression}")).0
    }

    fn run<T>(&mut self, action: impl FnOnce(&mut OwnedEnvironment<'_>) -> T) -> T {
        let database = ClarityDatabase::new(self, &NULL_HEADER_DB, &NULL_BURN_STATE_DB);
        action(&mut OwnedEnvironment::new_free(true, 1, database, EPOCH))
    }
}

impl ClarityBackingStore for Chain {
    fn put_all(&mut self, items: Vec<(String, String)>) -> InterpreterResult<()> {
        self.data.extend(items);
        Ok(())
    }

    fn get(&mut self, key: &str) -> InterpreterResult<Option<String>> {
        Ok(self.data.get(key).cloned())
    }

    fn get_with_proof(&mut self, key: &str) -> InterpreterResult<Option<(String, Vec<u8>)>> {
        Ok(self.data.get(key).map(|value| (value.clone(), Vec::new())))
    }

    fn set_block_hash(&mut self, hash: StacksBlockId) -> InterpreterResult<StacksBlockId> {
        Ok(hash)
    }

    fn get_block_at_height(&mut self, _height: u32) -> Option<StacksBlockId> {
        Some(self.get_open_chain_tip())
    }

    fn get_current_block_height(&mut self) -> u32 {
        1
    }

    fn get_open_chain_tip_height(&mut self) -> u32 {
        1
    }

    fn get_open_chain_tip(&mut self) -> StacksBlockId {
        StacksBlockId::from(BlockHeaderHash([0; 32]).0)
    }

    fn get_contract_hash(
        &mut self,
        contract: &QualifiedContractIdentifier,
    ) -> InterpreterResult<(StacksBlockId, Sha512Trunc256Sum)> {
        match self.hashes.get(contract) {
            Some(&hash) => Ok((StacksBlockId([0; 32]), hash)),
            None => Err(CheckErrors::NoSuchContract(contract.to_string()).into()),
        }
    }

    fn insert_metadata(
        &mut self,
        contract: &QualifiedContractIdentifier,
        key: &str,
        value: &str,
    ) -> InterpreterResult<()> {
        self.metadata.insert((contract.clone(), key.to_string()), value.to_string());
        Ok(())
    }

    fn get_metadata(
        &mut self,
        contract: &QualifiedContractIdentifier,
        key: &str,
    ) -> InterpreterResult<Option<String>> {
        Ok(self.metadata.get(&(contract.clone(), key.to_string())).cloned())
    }

    fn get_metadata_manual(
        &mut self,
        _height: u32,
        contract: &QualifiedContractIdentifier,
        key: &str,
    ) -> InterpreterResult<Option<String>> {
        self.get_metadata(contract, key)
    }
}
