//! A project's contracts in the order in which they can be judged: callees first, found as they are needed.
//!
//! Types are inferred, and a contract that inference finds nothing to object to is accepted. About all others the
//! chain's analyser is asked, whose word and message count.

use std::cell::RefCell;
use std::sync::Arc;

use clarity::vm::analysis::ContractAnalysis;
use rustc_hash::FxHashMap;

use super::analysis::{Failure, Source, analyse};
use super::infer::{Doubt, DoubtKind, Inferred, Input, Interface, infer};
use super::memo::{InProject, Kept, Last, Memo, Standing, is_same};
use super::store::Store;
use super::{Ask, Checked, Judged, Outcome, Unavailable, bridge, conformance, known, names};
use crate::builtins::{Builtin, ClarityVersion, Define, Word};
use crate::project::{Contract, ContractId, Dialect, Project, QualifiedName, is_principal};
use crate::syntax::Symbol;

pub struct Analyser<'p> {
    project: &'p Project,
    ask: Ask,
    /// Contracts by name; `None` if several have it.
    by_name: FxHashMap<QualifiedName, Option<ContractId>>,
    /// What others may know of the contracts that were accepted.
    accepted: Vec<Option<Arc<Interface>>>,
    /// What is known of those that were not: enough for facts, nothing for a verdict.
    guessed: Vec<Option<Interface>>,
    store: Store,
    done: Vec<bool>,
    memo: Option<&'p Memo>,
    /// What the last run has left.
    last: Last,
    /// What is left to the next.
    kept: Last,
    /// The contracts that the one at hand has asked for.
    asked: RefCell<Vec<QualifiedName>>,
}

/// Types that were inferred, and what others may know of them.
type Found = (Inferred, Interface);

impl<'p> Analyser<'p> {
    pub fn new(project: &'p Project, ask: Ask, memo: Option<&'p Memo>) -> Self {
        let mut by_name = FxHashMap::default();
        for id in project.contract_ids() {
            let name = project.contract(id).qualified_name();
            by_name.entry(name).and_modify(|known| *known = None).or_insert(Some(id));
        }
        let count = project.contracts.len();
        Self {
            project,
            ask,
            by_name,
            accepted: vec![None; count],
            guessed: vec![None; count],
            store: Store::default(),
            done: vec![false; count],
            memo,
            last: memo.map(Memo::recall).unwrap_or_default(),
            kept: Last::default(),
            asked: RefCell::default(),
        }
    }

    /// Leaves what was found out to the next run.
    pub fn finish(self) {
        if let Some(memo) = self.memo {
            memo.keep(self.kept);
        }
    }

    /// Judges a contract, and before it what it needs.
    pub fn analyse(&mut self, wanted: ContractId, known: &mut impl FnMut(ContractId, Judged)) {
        let mut open = vec![wanted];
        while let Some(&contract) = open.last() {
            if self.done[contract.0 as usize] {
                open.pop();
                continue;
            }
            match self.attempt(contract, &open) {
                Ok(judged) => {
                    self.done[contract.0 as usize] = true;
                    known(contract, judged);
                }
                Err(first) => open.push(first),
            }
        }
    }

    /// The outcome, or the contract that has to be judged first.
    fn attempt(&mut self, id: ContractId, open: &[ContractId]) -> Result<Judged, ContractId> {
        if let Some(judged) = self.recall(id, open)? {
            return Ok(judged);
        }
        self.asked.take();
        let contract = self.project.contract(id);
        let mut lacks = (!contract.syntax.errors.is_empty()).then_some(Unavailable::Syntax);
        // Asking for what is surely needed first saves attempts that cannot succeed.
        let needs = needs(contract);
        for needed in &needs {
            let reason = self.needed(needed, open)?;
            lacks = lacks.or(reason);
        }
        let Some(name) = names::contract(contract.issuer.as_deref(), &contract.name) else {
            let reason = Unavailable::Internal("its deployer is no principal".to_string());
            return self.unjudged(id, lacks.unwrap_or(reason), open);
        };
        if let Some(reason) = lacks {
            return self.unjudged(id, reason, open);
        }
        let source = |version| Source {
            tree: &contract.syntax.tree,
            id: name.clone(),
            issuer: contract.issuer.as_deref(),
            version,
            epoch: contract.epoch,
        };
        // What nobody dated may be older than it looks; what is wrong with it is said of the version that it looks like.
        let oldest = if contract.stated { contract.version.number() } else { 1 };
        let (mut first, mut asked) = (None, false);
        for version in (oldest..=contract.version.number()).rev().filter_map(ClarityVersion::new) {
            let found = self.infer(id, version, false, open)?;
            let doubts = found.0.doubts();
            if self.ask != Ask::Always && doubts.is_empty() {
                return Ok(self.accept(id, version, found, None, asked));
            }
            if found.0.is_overlong() {
                let reason = "a type of it is too long to be written out".to_string();
                let outcome = Outcome::Unavailable(Unavailable::Internal(reason));
                return Ok(self.refused(id, found, Some(outcome), false));
            }
            // What an older version may still take does not have to be asked about where it is surely wrong.
            let put_off =
                self.ask == Ask::Doubtful && version.number() > oldest && doubts.iter().any(Doubt::is_sure);
            if self.ask == Ask::Never || put_off {
                first.get_or_insert((found, None));
                continue;
            }
            match self.chain(&source(version), &needs, open)? {
                Ok(analysis) => return Ok(self.accept(id, version, found, Some(analysis), true)),
                Err(outcome @ Outcome::Rejected(_)) => {
                    first.get_or_insert((found, Some(outcome)));
                    asked = true;
                }
                Err(outcome) => return Ok(self.refused(id, found, Some(outcome), true)),
            }
        }
        let Some((found, outcome)) = first else {
            return self.unjudged(id, Unavailable::Internal("it has no version".to_string()), open);
        };
        if outcome.is_some() || self.ask == Ask::Never {
            return Ok(self.refused(id, found, outcome, asked));
        }
        Ok(match self.chain(&source(contract.version), &needs, open)? {
            Ok(analysis) => self.accept(id, contract.version, found, Some(analysis), true),
            Err(outcome) => self.refused(id, found, Some(outcome), true),
        })
    }

    /// What the last run has found out about the contract, if that is still true.
    fn recall(&mut self, id: ContractId, open: &[ContractId]) -> Result<Option<Judged>, ContractId> {
        let contract = self.project.contract(id);
        let name = contract.qualified_name();
        let Some(kept) = self.last.get(&name) else { return Ok(None) };
        if !kept.standing.is_of(contract) || self.find(&name) != Some(id) {
            return Ok(None);
        }
        for (asked, found) in &kept.asked {
            self.needed(asked, open)?;
            if !is_same(found, &self.found(asked)) {
                return Ok(None);
            }
        }
        let judged = kept.judged.clone();
        self.accepted[id.0 as usize] = Some(kept.interface.clone());
        self.kept.extend(self.last.remove_entry(&name));
        Ok(Some(judged))
    }

    fn accept(
        &mut self,
        id: ContractId,
        version: ClarityVersion,
        (inferred, interface): Found,
        analysis: Option<ContractAnalysis>,
        asked: bool,
    ) -> Judged {
        let interface = analysis.as_ref().map_or(interface, bridge::interface);
        let contract = self.project.contract(id);
        let name = contract.qualified_name();
        // Whoever asked for an interface that is what it was does not have to ask again.
        let before = self.last.get(&name).map(|kept| &kept.interface);
        let interface =
            before.filter(|before| ***before == interface).cloned().unwrap_or_else(|| interface.into());
        let is_named = self.find(&name) == Some(id);
        if is_named {
            self.accepted[id.0 as usize] = Some(interface.clone());
        }
        let implements =
            conformance::implementations(&inferred.implements, &interface, |name| self.interface(name));
        let inferred = Arc::new(inferred);
        let analysis = analysis.map(Box::new);
        let checked = Checked {
            version,
            implements,
            interface: interface.clone(),
            inferred: inferred.clone(),
            analysis,
        };
        let judged = Judged { outcome: Some(Outcome::Checked(checked.into())), inferred, asked };
        if self.memo.is_some() && is_named {
            let asked = self.asked.take().into_iter().map(|asked| {
                let found = self.found(&asked);
                (asked, found)
            });
            let kept = Kept {
                standing: Standing::of(contract),
                asked: asked.collect(),
                judged: judged.clone(),
                interface,
            };
            self.kept.insert(name, kept);
        }
        judged
    }

    fn refused(
        &mut self,
        id: ContractId,
        (inferred, interface): Found,
        outcome: Option<Outcome>,
        asked: bool,
    ) -> Judged {
        self.guessed[id.0 as usize] = Some(interface);
        Judged { outcome, inferred: Arc::new(inferred), asked }
    }

    /// A contract that nobody can judge; its types are guessed all the same.
    fn unjudged(
        &mut self,
        id: ContractId,
        reason: Unavailable,
        open: &[ContractId],
    ) -> Result<Judged, ContractId> {
        let version = self.project.contract(id).version;
        let found = self.infer(id, version, true, open)?;
        Ok(self.refused(id, found, Some(Outcome::Unavailable(reason)), false))
    }

    fn infer(
        &self,
        id: ContractId,
        version: ClarityVersion,
        guess: bool,
        open: &[ContractId],
    ) -> Result<Found, ContractId> {
        let contract = self.project.contract(id);
        let input = Input {
            tree: &contract.syntax.tree,
            name: contract.qualified_name(),
            issuer: contract.issuer.as_deref(),
            dialect: Dialect { version, epoch: contract.epoch },
        };
        let known = |name: &QualifiedName| {
            let guessed = || self.guessed[self.find(name)?.0 as usize].as_ref();
            self.interface(name).or_else(|| if guess { guessed() } else { None })
        };
        let found = infer(&input, &known);
        for doubt in found.0.doubts() {
            if let DoubtKind::Missing(name) = &doubt.kind {
                self.needed(name, open)?;
            }
        }
        for implemented in &found.0.implements {
            // A trait that cannot be had is no reason not to check the rest.
            self.needed(&implemented.of.contract, open)?;
        }
        Ok(found)
    }

    /// What the chain's analyser says.
    fn chain(
        &mut self,
        source: &Source<'_>,
        needs: &[QualifiedName],
        open: &[ContractId],
    ) -> Result<Result<ContractAnalysis, Outcome>, ContractId> {
        let internal =
            |reason: &str| Ok(Err(Outcome::Unavailable(Unavailable::Internal(reason.to_string()))));
        for needed in needs {
            self.provide(needed);
        }
        loop {
            let missing = match analyse(source, &mut self.store) {
                Ok(analysis) => return Ok(Ok(analysis)),
                Err(Failure::Fault(fault)) => return Ok(Err(Outcome::Rejected(fault))),
                Err(Failure::Internal(reason)) => return internal(&reason),
                Err(Failure::Needs(missing)) => missing,
            };
            for needed in &missing {
                let name = names::read_back(needed);
                if let Some(reason) = self.needed(&name, open)? {
                    return Ok(Err(Outcome::Unavailable(reason)));
                }
                if !self.provide(&name) {
                    return internal("an interface is asked for that cannot be told");
                }
            }
        }
    }

    /// Tells the chain's analyser what it may know of a contract; whether that was news.
    fn provide(&mut self, name: &QualifiedName) -> bool {
        let Some(contract) = names::contract(name.issuer.as_deref(), &name.name) else { return false };
        if self.store.contains(&contract) {
            return false;
        }
        let analysis = self.interface(name).and_then(|interface| bridge::analysis(interface, &contract));
        analysis.is_some_and(|analysis| {
            self.store.insert(&analysis);
            true
        })
    }

    fn find(&self, name: &QualifiedName) -> Option<ContractId> {
        self.by_name.get(name).copied().flatten()
    }

    /// What the project has under a name.
    fn found(&self, name: &QualifiedName) -> InProject {
        let found = self.by_name.get(name)?;
        Some(found.and_then(|id| self.accepted[id.0 as usize].clone()))
    }

    /// What others may know of a contract that was accepted, or that everybody knows.
    fn interface(&self, name: &QualifiedName) -> Option<&Interface> {
        if self.memo.is_some() {
            let mut asked = self.asked.borrow_mut();
            if !asked.contains(name) {
                asked.push(name.clone());
            }
        }
        match self.by_name.get(name) {
            Some(found) => self.accepted[(*found)?.0 as usize].as_deref(),
            None => known::interface(name),
        }
    }

    /// Why a contract's interface cannot be had; `Err`: it has to be judged first.
    fn needed(&self, name: &QualifiedName, open: &[ContractId]) -> Result<Option<Unavailable>, ContractId> {
        Ok(Some(match self.by_name.get(name) {
            None if known::interface(name).is_some() => return Ok(None),
            None => Unavailable::Missing(name.clone()),
            Some(None) => Unavailable::Ambiguous(name.clone()),
            Some(Some(id)) if self.accepted[id.0 as usize].is_some() => return Ok(None),
            Some(Some(id)) if open.contains(id) => Unavailable::Cycle(name.clone()),
            Some(Some(id)) if self.done[id.0 as usize] => Unavailable::Broken(name.clone()),
            Some(&Some(id)) => return Err(id),
        }))
    }
}

/// The contracts whose interfaces a contract surely needs: those that it calls, and whose traits it uses.
fn needs(contract: &Contract) -> Vec<QualifiedName> {
    let tree = &contract.syntax.tree;
    let named = tree.exprs().filter_map(|form| {
        let (head, mut arguments) = form.call()?;
        match head.symbol().and_then(Symbol::word)? {
            Word::Builtin(Builtin::ContractCall) => {
                let (principal, name) = arguments.next()?.contract_literal()?;
                qualified(principal, name, contract)
            }
            Word::Define(Define::UseTrait) => {
                let (principal, name, _) = arguments.nth(1)?.trait_identifier()?;
                qualified(principal, name, contract)
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

/// The name that a literal has, whatever spelling of a principal it has.
fn qualified(principal: Option<&str>, name: &str, of: &Contract) -> Option<QualifiedName> {
    let issuer = principal.or(of.issuer.as_deref());
    if issuer.is_none_or(is_principal) {
        return Some(QualifiedName { issuer: issuer.map(str::to_owned), name: name.to_owned() });
    }
    Some(names::read_back(&names::contract(issuer, name)?))
}
