//! What is found out about a project, once, for everybody who asks: `check` and every view of the command line.
//!
//! Contracts are walked callees first, on all processors. Each is sealed as soon as it is walked, so that its callers
//! can go on, and judged in the same arena, which is dropped then. What contracts say about questions that concern the
//! whole project is joined afterwards.

mod memo;

use std::collections::BTreeSet;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LockResult, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustc_hash::FxHashMap;

use crate::config::Policy;
use crate::facts::{Engine, Governance, Open, PartName, Parts, Reliance, Seals, StateId, Throws};
use crate::graph::Program;
use crate::progress::{Progress, Work};
use crate::project::{ContractId, QualifiedName};
use crate::types::{Ask, Types};

use memo::Outline;

pub use memo::Memo;

/// The stack of a thread that walks: terms nest as deeply as the engine lets them.
pub const STACK: usize = 64 << 20;

/// A project that is analysed as far as somebody asks.
pub struct Analysis<'a> {
    pub program: &'a Program<'a>,
    pub policy: &'a Policy,
    seals: Seals,
    pub throws: Throws,
    types: OnceLock<Types>,
    /// The state that strangers decide on, through whatever contract.
    open: OnceLock<Open>,
    /// When the chain's analyser is asked.
    ask: Ask,
    /// Whether somebody asks where error codes come from.
    asks_codes: AtomicBool,
    pool: ThreadPool,
    /// What the last analysis of much the same project has left.
    memo: Option<&'a Memo>,
    /// Where it is told how many contracts are done.
    progress: Arc<Progress>,
    /// How long walking each contract took.
    walked: Mutex<Vec<(Duration, ContractId)>>,
}

/// A contract while it is judged.
pub struct Judging<'a> {
    pub engine: Engine<'a>,
    pub governance: Governance,
}

/// What was made of a contract, and what that rests on.
#[derive(Clone)]
struct Judged<R> {
    result: Option<R>,
    /// The state that strangers decide on through this contract.
    open: Vec<(StateId, PartName)>,
    relied_on: Reliance,
}

impl<'a> Analysis<'a> {
    /// `jobs`: on how many threads; as many as there are processors if nobody says so.
    pub fn new(program: &'a Program<'a>, policy: &'a Policy, jobs: Option<NonZero<usize>>) -> Self {
        let threads = jobs.map_or(0, usize::from);
        let pool = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
        Self {
            program,
            policy,
            seals: Seals::new(program),
            throws: Throws::new(program),
            types: OnceLock::new(),
            open: OnceLock::new(),
            ask: Ask::default(),
            asks_codes: AtomicBool::new(false),
            pool: pool.expect("the system has room for threads"),
            memo: None,
            progress: Arc::default(),
            walked: Mutex::default(),
        }
    }

    /// Lets it take over what is still true of the last analysis, and leave what it finds to the next.
    pub fn remembering(self, memo: &'a Memo) -> Self {
        Self { memo: Some(memo), ..self }
    }

    /// Lets it count the contracts that are done.
    pub fn with_progress(self, progress: &Arc<Progress>) -> Self {
        Self { progress: progress.clone(), ..self }
    }

    /// Says when the chain's analyser is asked.
    pub fn asking(self, ask: Ask) -> Self {
        Self { ask, ..self }
    }

    /// What is known of types, and whether the chain takes the contracts; found out once, for the first rule that wants to
    /// know.
    pub fn types(&self) -> &Types {
        self.types.get_or_init(|| {
            Types::remembering(self.program.project, self.ask, self.memo.map(|memo| &memo.types))
        })
    }

    /// The same, if anybody has asked.
    pub fn types_if_asked(&self) -> Option<&Types> {
        self.types.get()
    }

    /// From now on it is found out, too, where error codes come from.
    pub fn ask_codes(&self) {
        self.asks_codes.store(true, Ordering::Relaxed);
    }

    /// How long walking, sealing and judging who decides on state took so far, on all processors together.
    pub fn walked(&self) -> Duration {
        unpoisoned(self.walked.lock()).iter().map(|&(took, _)| took).sum()
    }

    /// The contracts that took longest to walk, the longest first.
    pub fn slowest(&self, count: usize) -> Vec<(Duration, ContractId)> {
        let mut all = unpoisoned(self.walked.lock()).clone();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.truncate(count);
        all
    }

    /// Makes something of each contract, on all processors, in their order.
    pub fn each<R: Send>(&self, make: impl Fn(ContractId) -> R + Sync + Send) -> Vec<R> {
        let all: Vec<_> = self.program.project.contract_ids().collect();
        self.pool.install(|| all.into_par_iter().map(make).collect())
    }

    /// Walks every contract and makes something of each; `None` where walking or `judge` panicked. What is made is a
    /// function of the contract, of those it calls, and of who decides on the state that it rests on. `asked` names all
    /// else that it depends on.
    pub fn judge<R: Clone + Send + Sync + 'static>(
        &'a self,
        asked: &[&'static str],
        judge: impl Fn(ContractId, Judging<'a>) -> R + Sync,
    ) -> Vec<Option<R>> {
        let all: Vec<_> = self.program.project.contract_ids().collect();
        let memo = self.memo.map(|memo| (memo, Outline::of(self.program, self.policy, asked)));
        let recalled = memo.as_ref().map(|(memo, outline)| memo.recall(self, outline)).unwrap_or_default();
        self.seal_what_the_policy_names();
        let mut judged = self.in_waves_with_progress(&all, |contract| match recalled.get(&contract) {
            Some(recalled) => recalled.clone(),
            None => Arc::new(self.judged(contract, &Open::new(), &judge)),
        });
        if let Some((memo, outline)) = memo {
            memo.keep(self, outline, &judged);
        }
        // A contract that another takes for privileged, and that lets strangers in, opens state of that other. Whoever
        // took that state to be governed is judged again, until there is nobody left.
        let mut known = Open::new();
        loop {
            let mut news = Parts::default();
            for part in judged.iter().flat_map(|judged| &judged.open) {
                if !known.contains(part) {
                    known.insert(part.clone());
                    news.entry(part.0).or_default().push(part.1.clone());
                }
            }
            let is_wrong = |contract: &ContractId| judged[contract.0 as usize].relied_on.is_shaken_by(&news);
            let again: Vec<_> = all.iter().copied().filter(is_wrong).collect();
            if again.is_empty() {
                break;
            }
            let results = self
                .in_waves_with_progress(&again, |contract| Arc::new(self.judged(contract, &known, &judge)));
            for (contract, result) in again.into_iter().zip(results) {
                judged[contract.0 as usize] = result;
            }
        }
        let _ = self.open.set(known);
        judged.into_iter().map(|judged| Arc::unwrap_or_clone(judged).result).collect()
    }

    /// An engine that imports what it is asked for, and what all contracts say of state. Every contract is sealed.
    pub fn whole(&'a self) -> Judging<'a> {
        if self.open.get().is_none() {
            self.judge(&[], |_, _| ());
        }
        self.so_far()
    }

    /// The same of the contracts that are sealed so far.
    pub fn so_far(&'a self) -> Judging<'a> {
        let mut engine = Engine::importing(self.program, &self.seals);
        let none = Open::new();
        let governance = Governance::of_all(&mut engine, self.open.get().unwrap_or(&none));
        Judging { engine, governance }
    }

    /// The contracts that the policy names are asked about from everywhere, whoever calls them.
    fn seal_what_the_policy_names(&'a self) {
        let named = named_by(self.policy, self.program);
        let mut contracts: Vec<_> = self.program.reached_from(named).into_iter().collect();
        contracts.retain(|&contract| self.seals.get(contract).is_none());
        self.in_waves(&contracts, |contract| {
            // What cannot be walked is reported where it is judged.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(self.walk(contract, &Open::new()))));
        });
    }

    fn walk(&'a self, contract: ContractId, known: &Open) -> Judging<'a> {
        let began = Instant::now();
        let mut engine = Engine::walking(self.program, &self.seals, contract);
        let governance = Governance::of(&mut engine, contract, known);
        // Before callers can go on, who ask what is thrown here.
        if self.asks_codes.load(Ordering::Relaxed) {
            for &member in self.seals.walked_with(contract) {
                self.throws.look_into(&mut engine, member);
            }
        }
        if self.seals.get(contract).is_none() {
            self.seals.put(contract, engine.seal(contract, governance.verdict().clone()).into());
        }
        unpoisoned(self.walked.lock()).push((began.elapsed(), contract));
        Judging { engine, governance }
    }

    fn judged<R>(
        &'a self,
        contract: ContractId,
        known: &Open,
        judge: &impl Fn(ContractId, Judging<'a>) -> R,
    ) -> Judged<R> {
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let judging = self.walk(contract, known);
            let open = judging.governance.verdict().open.keys().cloned().collect();
            let relied_on = judging.governance.reliance();
            let result = judge(contract, judging);
            Judged { result: Some(result), open, relied_on: relied_on.take() }
        }));
        judged.unwrap_or_else(|_| Judged { result: None, open: Vec::new(), relied_on: Reliance::default() })
    }

    /// Like [`Self::in_waves`], and counts the contracts that are done.
    fn in_waves_with_progress<R: Send>(
        &self,
        contracts: &[ContractId],
        work: impl Fn(ContractId) -> R + Sync,
    ) -> Vec<R> {
        self.progress.begin(Work::Analysing { done: 0, of: contracts.len() });
        let results = self.in_waves(contracts, |contract| {
            let result = work(contract);
            self.progress.step();
            result
        });
        self.progress.begin(Work::Other);
        results
    }

    /// Does something for contracts, callees before callers, on all processors. Results come in the order of `contracts`.
    fn in_waves<R: Send>(&self, contracts: &[ContractId], work: impl Fn(ContractId) -> R + Sync) -> Vec<R> {
        let place: FxHashMap<ContractId, usize> =
            contracts.iter().enumerate().map(|(place, &contract)| (contract, place)).collect();
        let mut callers = vec![Vec::new(); contracts.len()];
        let mut waits = Vec::with_capacity(contracts.len());
        for (caller, &contract) in contracts.iter().enumerate() {
            // Contracts of a cycle cannot wait for each other: each is walked with all of them.
            let together = self.seals.walked_with(contract);
            let called = together.iter().flat_map(|&it| self.program.called_contracts(it));
            let called: BTreeSet<_> = called.copied().filter(|called| !together.contains(called)).collect();
            let called: Vec<_> = called.iter().filter_map(|called| place.get(called).copied()).collect();
            called.iter().for_each(|&callee| callers[callee].push(caller));
            waits.push(AtomicUsize::new(called.len()));
        }
        let results: Vec<Mutex<Option<R>>> = contracts.iter().map(|_| Mutex::new(None)).collect();
        let wave = Wave { contracts, callers, waits, results: &results, work };
        let ready: Vec<_> =
            (0..contracts.len()).filter(|&it| wave.waits[it].load(Ordering::Relaxed) == 0).collect();
        self.pool.scope(|scope| {
            for it in ready {
                let wave = &wave;
                scope.spawn(move |scope| wave.run(scope, it));
            }
        });
        results.into_iter().filter_map(|result| unpoisoned(result.into_inner())).collect()
    }
}

/// Work that is done callees first.
struct Wave<'w, R, W> {
    contracts: &'w [ContractId],
    callers: Vec<Vec<usize>>,
    /// How many callees of each are not done.
    waits: Vec<AtomicUsize>,
    results: &'w [Mutex<Option<R>>],
    work: W,
}

impl<R: Send, W: Fn(ContractId) -> R + Sync> Wave<'_, R, W> {
    fn run<'s>(&'s self, scope: &rayon::Scope<'s>, it: usize) {
        let result = (self.work)(self.contracts[it]);
        *unpoisoned(self.results[it].lock()) = Some(result);
        for &caller in &self.callers[it] {
            if self.waits[caller].fetch_sub(1, Ordering::AcqRel) == 1 {
                scope.spawn(move |scope| self.run(scope, caller));
            }
        }
    }
}

/// What is under a lock. Nothing panics while it holds one.
fn unpoisoned<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

/// The contracts whose functions or state a policy asks about.
fn named_by(policy: &Policy, program: &Program<'_>) -> Vec<ContractId> {
    let breakers = policy.circuit_breakers.iter().map(|entry| entry.check.value.contract.to_string());
    let limits = policy.rate_limits.iter().map(|entry| entry.check.value.contract.to_string());
    let asked = policy.authorisation.iter().map(|entry| &entry.holds.value);
    let conditions = policy.roles.iter().map(|(_, condition)| &condition.value).chain(asked);
    let in_conditions = conditions.flat_map(|condition| {
        let tree = condition.tree();
        let literals = tree.exprs().filter_map(|expr| QualifiedName::of_literal(expr, None));
        literals.map(|name| name.to_string()).collect::<Vec<_>>()
    });
    let names: BTreeSet<String> = breakers.chain(limits).chain(in_conditions).collect();
    names.iter().filter_map(|name| program.contract_named(name)).collect()
}
