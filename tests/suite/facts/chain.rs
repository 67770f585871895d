//! The chain in memory: the interpreter of clarity-vm over a store that is two maps.

use std::collections::HashMap;

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

/// All that is stored: cloning it is a snapshot.
#[derive(Clone, Default)]
pub struct Chain {
    data: HashMap<String, String>,
    metadata: HashMap<(QualifiedContractIdentifier, String), String>,
    hashes: HashMap<QualifiedContractIdentifier, Sha512Trunc256Sum>,
}

impl Chain {
    /// Deploys a contract; panics if the chain does not take it.
    pub fn deploy(&mut self, name: &str, text: &str) {
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
            environment
                .initialize_contract_from_ast(id, version, &mut ast, &analysis, text, None)
                .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        });
    }

    /// A transaction. A private function may be called, too: that is how a test sets the state.
    pub fn call(
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

    /// The value of an expression in the state as it is.
    pub fn read(&mut self, contract: &str, expression: &str) -> Value {
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
