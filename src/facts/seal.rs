//! Sealed contracts: their summaries over a small arena of their own that nobody changes any more, so that callers on
//! any thread can import what they call.

use std::sync::{Arc, OnceLock};

use super::engine::Engine;
use super::govern::Verdict;
use super::summary::Summary;
use super::term::{Declarations, Moved, Terms};
use crate::graph::Program;
use crate::project::ContractId;

/// The summaries of one contract.
#[derive(Debug)]
pub struct Seal {
    pub(super) terms: Terms,
    /// By index.
    pub(super) functions: Vec<Summary>,
    pub(super) deployment: Summary,
    /// What its public functions let whom write.
    pub verdict: Verdict,
}

/// The sealed contracts of a project, as far as they are finished.
pub struct Seals {
    pub(super) declared: Arc<Declarations>,
    sealed: Vec<OnceLock<Arc<Seal>>>,
    /// Contracts that call each other: they can only be walked together. Most are alone.
    cycles: Vec<Vec<ContractId>>,
    /// The place of each contract in that list.
    cycle_of: Vec<u32>,
}

impl Seals {
    pub fn new(program: &Program<'_>) -> Self {
        let sealed: Vec<_> = program.project.contract_ids().map(|_| OnceLock::new()).collect();
        let cycles = program.call_cycles();
        let mut cycle_of = vec![0; sealed.len()];
        for (index, cycle) in (0..).zip(&cycles) {
            cycle.iter().for_each(|contract| cycle_of[contract.0 as usize] = index);
        }
        Self { declared: Arc::new(Declarations::of(program)), sealed, cycles, cycle_of }
    }

    /// The contracts that are walked together with a contract, itself among them.
    pub fn walked_with(&self, contract: ContractId) -> &[ContractId] {
        &self.cycles[self.cycle_of[contract.0 as usize] as usize]
    }

    pub fn get(&self, contract: ContractId) -> Option<&Arc<Seal>> {
        self.sealed[contract.0 as usize].get()
    }

    /// Keeps a contract's seal. One that is there already stays.
    pub fn put(&self, contract: ContractId, seal: Arc<Seal>) {
        let _ = self.sealed[contract.0 as usize].set(seal);
    }
}

impl Engine<'_> {
    /// The summaries of the contract that was walked here, and nothing else of the arena.
    pub fn seal(&mut self, contract: ContractId, verdict: Verdict) -> Seal {
        let mut terms = Terms::new(self.declared());
        let mut moved = Moved::default();
        let functions: Vec<_> =
            self.program.functions_of(contract).map(|function| self.summary(function)).collect();
        let deployment = self.deployment(contract);
        let functions = functions.iter().map(|summary| summary.moved(&mut moved, &self.terms, &mut terms));
        let functions = functions.collect();
        let deployment = deployment.moved(&mut moved, &self.terms, &mut terms);
        terms.freeze();
        Seal { terms, functions, deployment, verdict }
    }
}
