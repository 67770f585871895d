//! What an analysis leaves to the next one of the same process: an editor's project is analysed at every key, and most
//! of it is what it was.
//!
//! What is found out about a contract rests on its text, on the texts of those that it reaches, and on the outline of
//! the project: everything but comments and the bodies of functions. So it is kept as long as all these stay.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::{Analysis, Judged, named_by, unpoisoned};
use crate::builtins::{ClarityVersion, Define};
use crate::config::Policy;
use crate::facts::{OfContract, Seal};
use crate::graph::Program;
use crate::model::deployed;
use crate::project::{Contract, ContractId, Epoch, Project, QualifiedName};
use crate::source::FileId;
use crate::syntax::Parse;
use crate::types;

/// What was found out by the last analysis that was given this.
#[derive(Default)]
pub struct Memo {
    last: Mutex<Option<Last>>,
    pub(super) types: types::Memo,
}

struct Last {
    outline: Outline,
    /// In the order of the project.
    contracts: Vec<Option<Kept>>,
}

/// What everything may rest on besides the bodies of functions.
pub(super) struct Outline {
    /// What was asked of each contract.
    asked: Vec<&'static str>,
    policy: Policy,
    absent: Vec<QualifiedName>,
    /// The functions that are called of contracts outside of the project.
    outside: BTreeSet<(String, String)>,
    contracts: Vec<Standing>,
}

/// What a contract is in its project.
struct Standing {
    place: (QualifiedName, FileId, ClarityVersion, Epoch, bool, bool),
    syntax: Arc<Parse>,
}

/// What was found out about a contract.
struct Kept {
    seal: Arc<Seal>,
    throws: Option<Arc<OfContract>>,
    /// What was made of it, as long as nobody else has had a say.
    judged: Arc<dyn Any + Send + Sync>,
}

impl Memo {
    /// What is still true, by contract. What others may ask for is handed to the analysis.
    pub(super) fn recall<R: Send + Sync + 'static>(
        &self,
        analysis: &Analysis<'_>,
        outline: &Outline,
    ) -> BTreeMap<ContractId, Arc<Judged<R>>> {
        let mut recalled = BTreeMap::new();
        let last = unpoisoned(self.last.lock());
        let Some(last) = last.as_ref().filter(|last| last.outline.is_kept_in(outline)) else {
            return recalled;
        };
        let shaken = shaken(analysis, &last.outline.changed(outline));
        let contracts = analysis.program.project.contract_ids().zip(&last.contracts);
        for (contract, kept) in contracts.filter(|(contract, _)| !shaken.contains(contract)) {
            let Some(kept) = kept else { continue };
            let Ok(judged) = kept.judged.clone().downcast() else { continue };
            analysis.seals.put(contract, kept.seal.clone());
            if let Some(throws) = &kept.throws {
                analysis.throws.put(contract, throws.clone());
            }
            recalled.insert(contract, judged);
        }
        recalled
    }

    /// Keeps what was found out about every contract, before others had a say.
    pub(super) fn keep<R: Send + Sync + 'static>(
        &self,
        analysis: &Analysis<'_>,
        outline: Outline,
        judged: &[Arc<Judged<R>>],
    ) {
        let contracts = analysis.program.project.contract_ids().zip(judged);
        let contracts = contracts.map(|(contract, judged)| {
            // What could not be found out is tried again.
            judged.result.as_ref()?;
            let (seal, throws) = (analysis.seals.get(contract)?, analysis.throws.of_contract(contract));
            Some(Kept { seal: seal.clone(), throws: throws.cloned(), judged: judged.clone() })
        });
        *unpoisoned(self.last.lock()) = Some(Last { outline, contracts: contracts.collect() });
    }
}

impl Outline {
    pub(super) fn of(program: &Program<'_>, policy: &Policy, asked: &[&'static str]) -> Self {
        let Project { absent, contracts, .. } = program.project;
        let standing = |contract: &Contract| Standing {
            place: (
                contract.qualified_name(),
                contract.file,
                contract.version,
                contract.epoch,
                contract.linted,
                contract.reported,
            ),
            syntax: contract.syntax.clone(),
        };
        Self {
            asked: asked.to_vec(),
            policy: policy.clone(),
            absent: absent.clone(),
            outside: program.outside_calls().map(|(of, name)| (of.to_owned(), name.to_owned())).collect(),
            contracts: contracts.iter().map(standing).collect(),
        }
    }

    /// Whether nothing but bodies and comments is different in another.
    fn is_kept_in(&self, other: &Self) -> bool {
        let Self { asked, policy, absent, outside, contracts } = self;
        let is_kept = |(before, after): (&Standing, &Standing)| {
            before.place == after.place && (before.is_same(after) || before.declared() == after.declared())
        };
        (asked, policy, absent, outside) == (&other.asked, &other.policy, &other.absent, &other.outside)
            && contracts.len() == other.contracts.len()
            && contracts.iter().zip(&other.contracts).all(is_kept)
    }

    /// The contracts whose texts are different in another.
    fn changed(&self, other: &Self) -> Vec<ContractId> {
        let pairs = (0..).map(ContractId).zip(self.contracts.iter().zip(&other.contracts));
        pairs.filter(|(_, (before, after))| !before.is_same(after)).map(|(contract, _)| contract).collect()
    }
}

impl Standing {
    /// Texts that are the same are read once.
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.syntax, &other.syntax)
    }

    /// What the contract declares, and what it does when it is deployed, in its own words.
    fn declared(&self) -> Vec<&str> {
        let mut declared = Vec::new();
        for form in deployed(&self.syntax.tree).0 {
            let is_function =
                matches!(form.define(), Some((Define::Public | Define::Private | Define::ReadOnly, _)));
            let parts: Vec<_> = form.children().collect();
            match parts[..] {
                [define, signature, _] if is_function => declared.extend([define.text(), signature.text()]),
                _ => declared.push(form.text()),
            }
        }
        declared
    }
}

/// The contracts that reach one that has changed.
fn shaken(analysis: &Analysis<'_>, changed: &[ContractId]) -> BTreeSet<ContractId> {
    let program = analysis.program;
    let mut reached_by = vec![Vec::new(); program.project.contracts.len()];
    for contract in program.project.contract_ids() {
        for (needed, _) in program.needs(contract) {
            reached_by[needed.0 as usize].push(contract);
        }
    }
    for call in &program.trait_calls {
        for callee in program.implementations(call.site) {
            reached_by[callee.contract.0 as usize].push(call.site.contract);
        }
    }
    let mut open = changed.to_vec();
    let mut shaken = BTreeSet::new();
    while let Some(contract) = open.pop() {
        if shaken.insert(contract) {
            open.extend_from_slice(&reached_by[contract.0 as usize]);
        }
    }
    // What the policy asks about concerns everybody.
    match named_by(analysis.policy, program).iter().any(|named| shaken.contains(named)) {
        true => program.project.contract_ids().collect(),
        false => shaken,
    }
}
