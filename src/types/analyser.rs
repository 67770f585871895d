//! A project's contracts in the order in which they can be analysed: callees first, found as they are needed.

use clarity::vm::types::QualifiedContractIdentifier;
use rustc_hash::FxHashMap;

use super::analysis::{Failure, Source, analyse};
use super::store::Store;
use super::{Checked, Outcome, Unavailable, conformance, names, order};
use crate::builtins::{Builtin, ClarityVersion, Define, Word};
use crate::project::{Contract, ContractId, Project};
use crate::syntax::{NodeId, Symbol};

pub struct Analyser<'p> {
    project: &'p Project,
    /// Contracts by name; `None` if several have it.
    by_id: FxHashMap<QualifiedContractIdentifier, Option<ContractId>>,
    store: Store,
    done: Vec<bool>,
}

impl<'p> Analyser<'p> {
    pub fn new(project: &'p Project) -> Self {
        let mut by_id = FxHashMap::default();
        for id in project.contract_ids() {
            if let Some(name) = identifier(project.contract(id)) {
                by_id.entry(name).and_modify(|known| *known = None).or_insert(Some(id));
            }
        }
        Self { project, by_id, store: Store::default(), done: vec![false; project.contracts.len()] }
    }

    /// Analyses a contract, and before it what it needs.
    pub fn analyse(&mut self, wanted: ContractId, known: &mut impl FnMut(ContractId, Outcome)) {
        let mut open = vec![wanted];
        while let Some(&contract) = open.last() {
            if self.done[contract.0 as usize] {
                open.pop();
                continue;
            }
            match self.attempt(contract, &open) {
                Ok(outcome) => {
                    self.done[contract.0 as usize] = true;
                    known(contract, outcome);
                }
                Err(first) => open.push(first),
            }
        }
    }

    /// The outcome, or the contract that has to be analysed first.
    fn attempt(&mut self, id: ContractId, open: &[ContractId]) -> Result<Outcome, ContractId> {
        let contract = self.project.contract(id);
        let unavailable = |reason| Ok(Outcome::Unavailable(reason));
        if !contract.syntax.errors.is_empty() {
            return unavailable(Unavailable::Syntax);
        }
        let Some(name) = identifier(contract) else {
            return unavailable(Unavailable::Internal("its deployer is no principal".to_string()));
        };
        let mut source = Source {
            tree: &contract.syntax.tree,
            id: name,
            issuer: contract.issuer.as_deref(),
            version: contract.version,
            epoch: contract.epoch,
        };
        // Asking for what is surely needed first saves attempts that cannot succeed.
        for needed in needs(&source) {
            if let Some(reason) = self.needed(&needed, open)? {
                return unavailable(reason);
            }
        }
        // A trait that cannot be had is no reason not to check the rest.
        for definer in conformance::definers(&source) {
            self.needed(&definer, open)?;
        }
        let mut result = analyse(&source, &mut self.store);
        // What nobody dated may be older than it looks; what is wrong with it is said of the version that it looks like.
        for older in (1..contract.version.number()).rev().filter_map(ClarityVersion::new) {
            if contract.stated || !matches!(result, Err(Failure::Fault(_))) {
                break;
            }
            source.version = older;
            match analyse(&source, &mut self.store) {
                Err(Failure::Fault(_)) => {}
                other => result = other,
            }
        }
        match result {
            Ok(analysis) => {
                if self.by_id.get(&source.id) == Some(&Some(id)) {
                    self.store.insert(&analysis);
                }
                let implements = conformance::implementations(&source, &analysis, &mut self.store);
                let version = source.version;
                Ok(Outcome::Checked(Box::new(Checked { version, implements, analysis })))
            }
            Err(Failure::Fault(fault)) => Ok(Outcome::Rejected(fault)),
            Err(Failure::Internal(reason)) => unavailable(Unavailable::Internal(reason)),
            Err(Failure::Needs(missing)) => {
                for needed in &missing {
                    if let Some(reason) = self.needed(needed, open)? {
                        return unavailable(reason);
                    }
                }
                unavailable(Unavailable::Internal("an interface is asked for that is known".to_string()))
            }
        }
    }

    /// Why a contract's interface cannot be had; `Err`: it has to be analysed first.
    fn needed(
        &self,
        needed: &QualifiedContractIdentifier,
        open: &[ContractId],
    ) -> Result<Option<Unavailable>, ContractId> {
        if self.store.contains(needed) {
            return Ok(None);
        }
        let name = names::read_back(needed);
        Ok(Some(match self.by_id.get(needed) {
            None => Unavailable::Missing(name),
            Some(None) => Unavailable::Ambiguous(name),
            Some(Some(id)) if open.contains(id) => Unavailable::Cycle(name),
            Some(Some(id)) if self.done[id.0 as usize] => Unavailable::Broken(name),
            Some(&Some(id)) => return Err(id),
        }))
    }
}

fn identifier(contract: &Contract) -> Option<QualifiedContractIdentifier> {
    names::contract(contract.issuer.as_deref(), &contract.name)
}

/// The contracts whose interfaces a contract surely needs: those that it calls, and whose traits it uses.
fn needs(source: &Source<'_>) -> Vec<QualifiedContractIdentifier> {
    let forms = (0..source.tree.len() as u32).map(|id| source.tree.expr(NodeId(id)));
    let named = forms.filter_map(|form| {
        let (head, mut arguments) = form.call()?;
        match head.symbol().and_then(Symbol::word)? {
            Word::Builtin(Builtin::ContractCall) => {
                let (principal, name) = arguments.next()?.contract_literal()?;
                names::contract(principal.or(source.issuer), name)
            }
            Word::Define(Define::UseTrait) => {
                Some(order::trait_identifier(arguments.nth(1)?, source)?.contract_identifier)
            }
            _ => None,
        }
    });
    let mut needs = Vec::new();
    for name in named {
        if !needs.contains(&name) {
            needs.push(name);
        }
    }
    needs
}
