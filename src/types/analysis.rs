//! One contract through the chain's analyser.

use clarity::types::StacksEpochId;
use clarity::vm::analysis::read_only_checker::ReadOnlyChecker;
use clarity::vm::analysis::type_checker::v2_1::TypeChecker;
use clarity::vm::analysis::{AnalysisDatabase, AnalysisPass, CheckErrors, ContractAnalysis};
use clarity::vm::costs::LimitedCostTracker;
use clarity::vm::types::QualifiedContractIdentifier;
use clarity::vm::{ClarityVersion as CheckerVersion, SymbolicExpression};
use rustc_hash::FxHashMap;

use super::lower::Lowering;
use super::store::Store;
use super::{Fault, limits, order, wording};
use crate::builtins::ClarityVersion;
use crate::project::Epoch;
use crate::syntax::Tree;

/// The last epoch that the analyser knows; what came later is lowering's business.
pub const EPOCH: StacksEpochId = StacksEpochId::Epoch25;

/// How often the lengths of what `to-ascii?` makes are computed anew. Each round settles one more level of nesting.
const MAX_ROUNDS: usize = 16;

/// A contract to be analysed; its text is without syntax errors.
pub struct Source<'t> {
    pub tree: &'t Tree,
    pub id: QualifiedContractIdentifier,
    pub issuer: Option<&'t str>,
    pub version: ClarityVersion,
    pub epoch: Epoch,
}

impl Source<'_> {
    /// The version that the analyser checks the lowered contract as.
    pub fn checker_version(&self) -> CheckerVersion {
        match self.version.number() {
            1 => CheckerVersion::Clarity1,
            _ => CheckerVersion::Clarity2,
        }
    }
}

/// Why there are no types.
#[derive(Debug)]
pub enum Failure {
    /// The chain does not take the contract.
    Fault(Fault),
    /// Contracts whose interfaces are needed first.
    Needs(Vec<QualifiedContractIdentifier>),
    /// The analyser itself gave up.
    Internal(String),
}

impl Failure {
    pub fn internal(reason: impl Into<String>) -> Self {
        Self::Internal(reason.into())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Everything that the analyser finds out, as long as the contract is accepted. Whether it has what the traits that
/// it declares demand is not asked here.
pub fn analyse(source: &Source<'_>, store: &mut Store) -> Result<ContractAnalysis, Failure> {
    let sorted = order::sort(source)?;
    limits::check(&sorted.forms, source)?;
    let mut lengths = FxHashMap::default();
    for _ in 0..MAX_ROUNDS {
        let mut lowering = Lowering::new(source, &sorted.traits, &lengths);
        let expressions = lowering.contract(&sorted.forms)?;
        let conditions = lowering.conditions;
        let mut analysis = run(source, expressions, store)?;
        let mut found = FxHashMap::default();
        for condition in &conditions {
            condition.check(&analysis, source, &mut found)?;
        }
        if found == lengths {
            analysis.expressions = Vec::new();
            return Ok(analysis);
        }
        lengths = found;
    }
    Err(Failure::internal("the lengths of strings do not settle"))
}

#[expect(clippy::result_large_err, reason = "the analyser's errors are its own")]
fn run(
    source: &Source<'_>,
    expressions: Vec<SymbolicExpression>,
    store: &mut Store,
) -> Result<ContractAnalysis, Failure> {
    let mut analysis = ContractAnalysis::new(
        source.id.clone(),
        expressions,
        LimitedCostTracker::new_free(),
        EPOCH,
        source.checker_version(),
    );
    store.missed.clear();
    let passed = AnalysisDatabase::new(store).execute(|database| {
        ReadOnlyChecker::run_pass(&EPOCH, &mut analysis, database)?;
        TypeChecker::run_pass(&EPOCH, &mut analysis, database)
    });
    match passed {
        Ok(()) => Ok(analysis),
        Err(error) if matches!(error.err, CheckErrors::NoSuchContract(_)) && !store.missed.is_empty() => {
            Err(Failure::Needs(std::mem::take(&mut store.missed)))
        }
        Err(error) => Err(wording::of_check_error(&error, source)),
    }
}
