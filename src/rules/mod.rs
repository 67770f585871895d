//! The rules. A rule is a value; its document is its test.
//!
//! Rules do no IO and cannot fail: they look at the linked program and at what the facts engine says of it, and return
//! what is wrong.

mod allowances;
mod as_contract_broad_allowance;
mod as_contract_dynamic_call;
mod as_contract_outflow;
mod as_contract_removed;
mod as_contract_scope;
mod as_contract_self_transfer;
mod attacker_writable_registry;
mod authorisation;
mod bare_error_literal;
mod breaker;
mod breaker_not_governed;
mod breaker_reset;
mod call_through_constant;
mod dependency_cycle;
mod deprecated_builtin;
mod dynamic_call;
mod entitlement;
mod error_code_mismatch;
mod error_codes;
pub mod error_table;
mod evidence;
mod forbidden_dependency;
mod hardcoded_address;
mod inconsistent_guard;
mod inferred_breaker;
pub(crate) mod internal_error;
pub mod matrix;
mod missing_authorisation;
mod missing_circuit_breaker;
mod missing_rate_limit;
mod missing_trait_impl;
mod names;
mod nonstandard_error_code;
mod peers;
mod purpose;
mod rate_limit;
mod registered;
mod registry;
mod resolution_mismatch;
pub(crate) mod run;
mod settings;
pub mod standing;
pub mod statistics;
pub mod survey;
mod trait_mismatch;
mod transfer;
mod type_error;
mod undeclared_trait_impl;
mod unenforced_guard;
mod unknown_breaker;
mod unknown_contract;
mod unknown_function;
mod unregistered_contract;
mod unused_condition;
mod unused_policy_entry;
mod unused_upgrade_entry;
mod unverified_contract_argument;
mod verified_instead;
mod wrong_argument_count;
mod wrong_names;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::config::{Entrypoints, Policy};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Engine, Governance, Show, StateId, Throws};
use crate::graph::{FunctionId, Program};
use crate::project::ContractId;
use crate::stopwatch::Stopwatch;
use crate::types::{Ask, Outcome, Types, Unavailable};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The protocol's guards, dependencies and calls.
    Architecture,
    /// The contract's own identity.
    AsContract,
    /// Types, traits and versions of the language.
    Types,
    /// The run itself: what could not be read, and what asks for nothing.
    Run,
}

impl Group {
    pub fn as_str(self) -> &'static str {
        match self {
            Group::Architecture => "architecture",
            Group::AsContract => "as-contract",
            Group::Types => "types",
            Group::Run => "run",
        }
    }

    /// Whether its findings are about what an attacker could do.
    pub fn is_security(self) -> bool {
        match self {
            Group::Architecture | Group::AsContract => true,
            Group::Types | Group::Run => false,
        }
    }
}

/// One rule of the linter.
pub struct Rule {
    /// Names the fault; reads well after "allow".
    pub id: &'static str,
    pub group: Group,
    /// The default severity; `None` for rules that are off unless asked for.
    pub level: Option<Severity>,
    /// Its manual page, explanation and tests at once.
    pub doc: &'static str,
    pub check: Check,
}

impl Rule {
    /// What it reports: the first paragraph of its document.
    pub fn summary(&self) -> String {
        paragraph(self.doc)
    }

    /// Why that matters, in a paragraph.
    pub fn why(&self) -> String {
        self.doc.split_once("\n## Why\n").map(|(_, why)| paragraph(why)).unwrap_or_default()
    }
}

/// The first paragraph of a document, on one line.
fn paragraph(doc: &str) -> String {
    let lines = doc.lines().skip_while(|line| line.is_empty() || line.starts_with('#'));
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// How a rule is asked.
#[derive(Clone, Copy)]
pub enum Check {
    /// Once.
    Program(fn(&mut Lint<'_>) -> Vec<Diagnostic>),
    /// For every function of the contracts that are linted.
    Function(fn(&mut Lint<'_>, FunctionId) -> Vec<Diagnostic>),
    /// For every public function of the contracts that are linted.
    Entrypoint(fn(&mut Lint<'_>, FunctionId) -> Vec<Diagnostic>),
    /// Never: an earlier stage reports it.
    Elsewhere,
}

/// Every rule, by id.
pub const RULES: &[&Rule] = &[
    &as_contract_broad_allowance::RULE,
    &as_contract_dynamic_call::RULE,
    &as_contract_outflow::RULE,
    &as_contract_removed::RULE,
    &as_contract_scope::RULE,
    &as_contract_self_transfer::RULE,
    &attacker_writable_registry::RULE,
    &bare_error_literal::RULE,
    &breaker_not_governed::RULE,
    &call_through_constant::RULE,
    &dependency_cycle::RULE,
    &deprecated_builtin::RULE,
    &run::DUPLICATE_CONTRACT,
    &error_code_mismatch::RULE,
    &forbidden_dependency::RULE,
    &hardcoded_address::RULE,
    &inconsistent_guard::RULE,
    &internal_error::RULE,
    &run::INVALID_CONFIG,
    &run::INVALID_MANIFEST,
    &missing_authorisation::RULE,
    &missing_circuit_breaker::RULE,
    &missing_rate_limit::RULE,
    &run::MISSING_REQUIREMENT,
    &missing_trait_impl::RULE,
    &nonstandard_error_code::RULE,
    &resolution_mismatch::RULE,
    &run::STALE_BASELINE,
    &run::SYMLINK_LOOP,
    &run::SYNTAX_ERROR,
    &trait_mismatch::RULE,
    &type_error::RULE,
    &undeclared_trait_impl::RULE,
    &unenforced_guard::RULE,
    &run::UNEXPLAINED_ALLOW,
    &unknown_breaker::RULE,
    &unknown_contract::RULE,
    &unknown_function::RULE,
    &run::UNKNOWN_RULE,
    &run::UNREADABLE_FILE,
    &unregistered_contract::RULE,
    &run::UNUSED_ALLOW,
    &unused_policy_entry::RULE,
    &unverified_contract_argument::RULE,
    &wrong_argument_count::RULE,
];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// What rules look at.
pub struct Lint<'a> {
    pub program: &'a Program<'a>,
    pub policy: &'a Policy,
    pub engine: Engine<'a>,
    pub governance: Governance,
    throws: Option<Rc<Throws>>,
    /// When the chain's analyser is asked.
    pub ask: Ask,
    types: Option<Rc<Types>>,
}

impl<'a> Lint<'a> {
    pub fn new(program: &'a Program<'a>, policy: &'a Policy) -> Self {
        let mut engine = Engine::new(program);
        let governance = Governance::new(&mut engine);
        Self { program, policy, engine, governance, throws: None, ask: Ask::default(), types: None }
    }

    /// Where error codes come from; found out once, for the first rule that asks.
    fn throws(&mut self) -> Rc<Throws> {
        self.throws.get_or_insert_with(|| Rc::new(Throws::new(&mut self.engine))).clone()
    }

    /// What is known of types, and whether the chain takes the contracts; found out once, for the first rule that
    /// wants to know.
    fn types(&mut self) -> Rc<Types> {
        let (project, ask) = (self.program.project, self.ask);
        self.types.get_or_insert_with(|| Rc::new(Types::of(project, ask))).clone()
    }

    /// About how many contracts the chain's analyser was asked, and of how many; `None` if no rule wanted types.
    pub fn asked(&self) -> Option<(usize, usize)> {
        self.types.as_ref().map(|types| types.asked())
    }

    /// How many contracts that are reported on have no types though they may be fine, if any rule asked for types. What has
    /// syntax errors is not fine.
    pub fn types_unavailable(&self) -> usize {
        let Some(types) = &self.types else { return 0 };
        let contracts = self.program.project.contract_ids();
        let reported = contracts.filter(|&id| self.program.contract(id).reported);
        let unavailable = reported.filter(|&id| match types.outcome(id) {
            Some(Outcome::Unavailable(reason)) => *reason != Unavailable::Syntax,
            Some(Outcome::Checked(_) | Outcome::Rejected(_)) | None => false,
        });
        unavailable.count()
    }

    /// The name of a function's contract, as policies write it.
    fn contract_name(&self, function: FunctionId) -> String {
        self.named(self.program.contract_of(function))
    }

    /// Whether an entry of the policy asks something of an entrypoint.
    fn covers(&self, entrypoints: &Entrypoints, entrypoint: FunctionId) -> bool {
        entrypoints.covers(&self.contract_name(entrypoint), self.program.name(entrypoint))
    }

    /// The name of a contract, as policies write it.
    fn named(&self, contract: ContractId) -> String {
        self.program.contract(contract).qualified_name().to_string()
    }

    /// The name of a function, as policies write it.
    fn path(&self, function: FunctionId) -> String {
        format!("{}.{}", self.contract_name(function), self.program.name(function))
    }

    /// The name of a variable, map or token with its contract, as policies write it. `None` for STX, and where no
    /// function is there to read it.
    fn state_path(&self, state: StateId) -> Option<String> {
        let owner = state.owner()?;
        let function = self.program.functions_of(owner).next()?;
        Some(format!("{}.{}", self.named(owner), Show { engine: &self.engine, function }.state(state)))
    }

    /// Everything that the rules find. A rule that panics is a finding itself and loses only its own findings.
    pub fn run(&mut self, is_on: impl Fn(&Rule) -> bool, watch: &mut Stopwatch) -> Vec<Diagnostic> {
        let functions: Vec<_> = self
            .program
            .functions()
            .filter(|&function| self.program.contract(self.program.contract_of(function)).linted)
            .collect();
        let entrypoints: Vec<_> = self.program.entrypoints().collect();
        let mut found = Vec::new();
        for rule in RULES.iter().filter(|rule| is_on(rule)) {
            let outcome = catch_unwind(AssertUnwindSafe(|| match rule.check {
                Check::Program(check) => check(self),
                Check::Function(check) => {
                    functions.iter().flat_map(|&function| check(self, function)).collect()
                }
                Check::Entrypoint(check) => {
                    entrypoints.iter().flat_map(|&entrypoint| check(self, entrypoint)).collect()
                }
                Check::Elsewhere => Vec::new(),
            }));
            match outcome {
                Ok(diagnostics) => found.extend(diagnostics),
                Err(_) => found.extend(internal_error::of(self.program, rule)),
            }
            if !matches!(rule.check, Check::Elsewhere) {
                watch.lap(rule.id);
            }
        }
        found
    }
}
