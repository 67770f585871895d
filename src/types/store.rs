//! What the analyser may know of other contracts: their interfaces, and nothing else of the chain.

use clarity::types::chainstate::{BlockHeaderHash, StacksBlockId};
use clarity::util::hash::Sha512Trunc256Sum;
use clarity::vm::analysis::{AnalysisDatabase, ContractAnalysis};
use clarity::vm::database::{ClarityBackingStore, ClaritySerializable};
use clarity::vm::errors::{CheckErrors, InterpreterResult};
use clarity::vm::types::QualifiedContractIdentifier;
use rustc_hash::FxHashMap;

/// The interfaces of the contracts that were analysed, as the analyser stores them.
#[derive(Default)]
pub struct Store {
    interfaces: FxHashMap<QualifiedContractIdentifier, String>,
    /// Contracts that were asked for and are not there, in order.
    pub missed: Vec<QualifiedContractIdentifier>,
}

impl Store {
    /// Remembers what others may ask of a contract. The analyser decodes it again at every call, so that `interface`
    /// holds nothing else.
    pub fn insert(&mut self, interface: &ContractAnalysis) {
        self.interfaces.insert(interface.contract_identifier.clone(), interface.serialize());
    }

    pub fn contains(&self, contract: &QualifiedContractIdentifier) -> bool {
        self.interfaces.contains_key(contract)
    }
}

/// The chain, as far as the analyser asks for it: it wants the interfaces of contracts and never a block or a value.
impl ClarityBackingStore for Store {
    fn get_metadata(
        &mut self,
        contract: &QualifiedContractIdentifier,
        key: &str,
    ) -> InterpreterResult<Option<String>> {
        if key != AnalysisDatabase::storage_key() {
            return Ok(None);
        }
        let interface = self.interfaces.get(contract).cloned();
        if interface.is_none() && !self.missed.contains(contract) {
            self.missed.push(contract.clone());
        }
        Ok(interface)
    }

    fn get_metadata_manual(
        &mut self,
        _height: u32,
        contract: &QualifiedContractIdentifier,
        key: &str,
    ) -> InterpreterResult<Option<String>> {
        self.get_metadata(contract, key)
    }

    fn insert_metadata(
        &mut self,
        _contract: &QualifiedContractIdentifier,
        _key: &str,
        _value: &str,
    ) -> InterpreterResult<()> {
        Ok(())
    }

    fn get_contract_hash(
        &mut self,
        contract: &QualifiedContractIdentifier,
    ) -> InterpreterResult<(StacksBlockId, Sha512Trunc256Sum)> {
        Err(CheckErrors::NoSuchContract(contract.to_string()).into())
    }

    fn put_all(&mut self, _items: Vec<(String, String)>) -> InterpreterResult<()> {
        Ok(())
    }

    fn get(&mut self, _key: &str) -> InterpreterResult<Option<String>> {
        Ok(None)
    }

    fn get_with_proof(&mut self, _key: &str) -> InterpreterResult<Option<(String, Vec<u8>)>> {
        Ok(None)
    }

    fn set_block_hash(&mut self, hash: StacksBlockId) -> InterpreterResult<StacksBlockId> {
        Ok(hash)
    }

    fn get_block_at_height(&mut self, _height: u32) -> Option<StacksBlockId> {
        None
    }

    fn get_current_block_height(&mut self) -> u32 {
        0
    }

    fn get_open_chain_tip_height(&mut self) -> u32 {
        0
    }

    fn get_open_chain_tip(&mut self) -> StacksBlockId {
        StacksBlockId::from(BlockHeaderHash([0; 32]).0)
    }
}
