//! The rules. A rule is a value; its document is its test.
//!
//! Rules do no IO and cannot fail: they look at the linked program and at what the facts engine says of it, and return
//! what is wrong.

pub(crate) mod about_the_run;
mod allowances;
mod always_fails;
mod as_contract_broad_allowance;
mod as_contract_dynamic_call;
mod as_contract_outflow;
mod as_contract_removed;
mod as_contract_scope;
mod as_contract_self_transfer;
mod at_block_use;
mod attacker_writable_registry;
mod authorisation;
mod bare_error_literal;
mod block_height_as_clock;
mod bool_comparison;
mod breaker;
mod breaker_not_governed;
mod breaker_reset;
mod call_through_constant;
pub mod changes;
mod clarinet;
mod clocks;
mod commented_out_check;
mod dependency_cycle;
mod deprecated_builtin;
mod digest;
mod divide_before_multiply;
mod dynamic_call;
mod edits;
mod entitlement;
mod error_code_mismatch;
mod error_codes;
mod error_constant;
pub mod error_table;
mod evidence;
mod forbidden_dependency;
mod guard_never_trips;
mod habit;
mod hardcoded_address;
mod identity_from_untrusted_return;
mod identity_mismatch;
mod idle_guard;
mod inconsistent_guard;
mod inferred_breaker;
pub(crate) mod internal_error;
mod kept_record;
mod locked_funds;
mod mapped_step;
pub mod matrix;
mod missing_authorisation;
mod missing_circuit_breaker;
mod missing_rate_limit;
mod missing_trait_impl;
mod mixed_clocks;
mod name_clash;
mod names;
mod naming_case;
mod nested_variadic;
mod nonstandard_error_code;
mod noop_expression;
mod open_setter;
mod panicking_unwrap;
mod peers;
mod public_could_be_read_only;
mod purpose;
mod rate_limit;
mod registered;
mod registry;
mod repeatable_claim;
mod repeated_step;
mod resolution_mismatch;
mod runner;
mod settings;
mod shadowed_builtin;
mod stacy;
mod stakes;
mod stale_price;
pub mod standing;
pub mod statistics;
pub mod survey;
mod swallowed_error;
mod tautology;
mod todo_comment;
mod token_move_without_auth;
mod trait_mismatch;
mod transfer;
mod trust;
mod tx_sender_auth;
mod type_error;
mod unasked_flag;
mod unasked_owner;
mod unasked_record;
mod unbounded_setter;
mod unchecked_data;
mod unchecked_list_aggregation;
mod undeclared_trait_impl;
mod unenforced_guard;
mod unknown_breaker;
mod unknown_contract;
mod unknown_function;
mod unnecessary_as_max_len;
mod unnecessary_begin;
mod unnecessary_let;
mod unnecessary_tuple;
mod unregistered_contract;
mod unused_binding;
mod unused_condition;
mod unused_constant;
mod unused_data_var;
mod unused_map;
mod unused_parameter;
mod unused_policy_entry;
mod unused_private_function;
mod unused_token;
mod unused_trait;
mod unused_upgrade_entry;
mod unverified_contract_argument;
mod usage;
mod var_could_be_constant;
mod verified_instead;
mod vouching;
mod written;
mod wrong_argument_count;
mod wrong_names;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::analysis::{Analysis, Judging};
use crate::config::{Asked, Callers, Entrypoints, Policy};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, Engine, Governance, Show, StateId, Summary};
use crate::graph::{FunctionId, Program};
use crate::project::{ContractId, Project};

pub use clarinet::{CLARINET_LINTS, CLARINET_PASS, ClarinetLint, clarinet_lint, clarinet_names};
pub use digest::{Digest, Question};
use runner::gather;
pub use runner::{Outcome, run};
pub use stacy::{stacy_detector, stacy_name};
use usage::Usage;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The protocol's guards, dependencies and calls.
    Architecture,
    /// The contract's own identity.
    AsContract,
    /// Types, traits and versions of the language.
    Types,
    /// What is left over, does nothing, or could be said more simply.
    Hygiene,
    /// The run itself: what could not be read, and what asks for nothing.
    Run,
}

impl Group {
    pub fn as_str(self) -> &'static str {
        match self {
            Group::Architecture => "architecture",
            Group::AsContract => "as-contract",
            Group::Types => "types",
            Group::Hygiene => "hygiene",
            Group::Run => "run",
        }
    }

    /// Whether its findings are about what an attacker could do.
    pub fn is_security(self) -> bool {
        match self {
            Group::Architecture | Group::AsContract => true,
            Group::Types | Group::Hygiene | Group::Run => false,
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
    /// None for what an earlier stage reports.
    pub checks: &'static [Check],
    /// Rules that say more about the same fault: where one of them has a finding, this one has none.
    pub yields_to: &'static [&'static str],
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

/// How a rule is asked. Only contracts that are linted are asked about.
#[derive(Clone, Copy)]
pub enum Check {
    /// Once, of the program as it is linked. No facts are needed.
    Program(fn(&mut Lint<'_>) -> Vec<Diagnostic>),
    /// For every contract without syntax errors, of its text and of what it makes use of. No facts are needed.
    Usage(fn(&Usage<'_>) -> Vec<Diagnostic>),
    /// For every contract.
    Contract(fn(&mut Lint<'_>, ContractId) -> Vec<Diagnostic>),
    /// For every function.
    Function(fn(&mut Lint<'_>, FunctionId) -> Vec<Diagnostic>),
    /// For every public function.
    Entrypoint(fn(&mut Lint<'_>, FunctionId) -> Vec<Diagnostic>),
    /// Once, of what all contracts say to these questions.
    Project(&'static [Question], fn(&mut Lint<'_>) -> Vec<Diagnostic>),
}

/// Every rule, by id.
pub const RULES: &[&Rule] = &[
    &always_fails::RULE,
    &as_contract_broad_allowance::RULE,
    &as_contract_dynamic_call::RULE,
    &as_contract_outflow::RULE,
    &as_contract_removed::RULE,
    &as_contract_scope::RULE,
    &as_contract_self_transfer::RULE,
    &at_block_use::RULE,
    &attacker_writable_registry::RULE,
    &bare_error_literal::RULE,
    &block_height_as_clock::RULE,
    &bool_comparison::RULE,
    &breaker_not_governed::RULE,
    &call_through_constant::RULE,
    &commented_out_check::RULE,
    &dependency_cycle::RULE,
    &deprecated_builtin::RULE,
    &divide_before_multiply::RULE,
    &about_the_run::DUPLICATE_CONTRACT,
    &error_code_mismatch::RULE,
    &error_constant::RULE,
    &forbidden_dependency::RULE,
    &guard_never_trips::RULE,
    &hardcoded_address::RULE,
    &identity_from_untrusted_return::RULE,
    &identity_mismatch::RULE,
    &inconsistent_guard::RULE,
    &internal_error::RULE,
    &about_the_run::INVALID_CONFIG,
    &about_the_run::INVALID_MANIFEST,
    &locked_funds::RULE,
    &missing_authorisation::RULE,
    &missing_circuit_breaker::RULE,
    &missing_rate_limit::RULE,
    &about_the_run::MISSING_REQUIREMENT,
    &missing_trait_impl::RULE,
    &mixed_clocks::RULE,
    &name_clash::RULE,
    &naming_case::RULE,
    &nested_variadic::RULE,
    &nonstandard_error_code::RULE,
    &noop_expression::RULE,
    &open_setter::RULE,
    &panicking_unwrap::RULE,
    &public_could_be_read_only::RULE,
    &repeatable_claim::RULE,
    &resolution_mismatch::RULE,
    &shadowed_builtin::RULE,
    &about_the_run::STALE_BASELINE,
    &stale_price::RULE,
    &swallowed_error::RULE,
    &about_the_run::SYMLINK_LOOP,
    &about_the_run::SYNTAX_ERROR,
    &todo_comment::RULE,
    &token_move_without_auth::RULE,
    &trait_mismatch::RULE,
    &tx_sender_auth::RULE,
    &type_error::RULE,
    &unbounded_setter::RULE,
    &unchecked_data::RULE,
    &unchecked_list_aggregation::RULE,
    &undeclared_trait_impl::RULE,
    &unenforced_guard::RULE,
    &about_the_run::UNEXPLAINED_ALLOW,
    &unknown_breaker::RULE,
    &unknown_contract::RULE,
    &unknown_function::RULE,
    &about_the_run::UNKNOWN_RULE,
    &unnecessary_as_max_len::RULE,
    &unnecessary_begin::RULE,
    &unnecessary_let::RULE,
    &unnecessary_tuple::RULE,
    &about_the_run::UNREADABLE_FILE,
    &unregistered_contract::RULE,
    &about_the_run::UNUSED_ALLOW,
    &unused_binding::RULE,
    &unused_constant::RULE,
    &unused_data_var::RULE,
    &unused_map::RULE,
    &unused_parameter::RULE,
    &unused_policy_entry::RULE,
    &unused_private_function::RULE,
    &unused_token::RULE,
    &unused_trait::RULE,
    &unverified_contract_argument::RULE,
    &var_could_be_constant::RULE,
    &wrong_argument_count::RULE,
];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// Looks at all of a project, and at what its contracts say to some questions.
pub fn look<T>(
    project: &Project,
    policy: &Policy,
    questions: &[Question],
    view: impl FnOnce(&mut Lint<'_>) -> T,
) -> T {
    let program = Program::link(project);
    let analysis = Analysis::new(&program, policy, None);
    let digest = gather(&analysis, questions);
    view(&mut Lint::of_project(&analysis, digest))
}

/// What rules look at: one contract in the arena that it was walked in, or a project whose functions are imported when
/// they are asked for.
pub struct Lint<'a> {
    pub program: &'a Program<'a>,
    pub policy: &'a Policy,
    pub engine: Engine<'a>,
    pub governance: Governance,
    pub analysis: &'a Analysis<'a>,
    /// What all contracts say, for rules that are asked once.
    pub digest: Digest,
    contract: Option<ContractId>,
    /// The function that is worked on, and those that took more work than a function may.
    current: Option<FunctionId>,
    pub too_large: BTreeSet<FunctionId>,
}

impl<'a> Lint<'a> {
    /// A contract that was walked.
    pub fn of_contract(analysis: &'a Analysis<'a>, contract: ContractId, judging: Judging<'a>) -> Self {
        let mut lint = Self::new(analysis, judging);
        lint.contract = Some(contract);
        lint.too_large.extend(lint.governance.verdict().too_large.iter().copied());
        lint
    }

    /// All of a project, every function of it sealed, and what its contracts say.
    pub fn of_project(analysis: &'a Analysis<'a>, digest: Digest) -> Self {
        let mut judging = analysis.whole();
        judging.governance.note_all_answers(&mut judging.engine);
        Self { digest, ..Self::new(analysis, judging) }
    }

    /// All of a project as far as it is sealed, and what its contracts say.
    pub fn of_answers(analysis: &'a Analysis<'a>, digest: Digest) -> Self {
        Self { digest, ..Self::new(analysis, analysis.so_far()) }
    }

    fn new(analysis: &'a Analysis<'a>, Judging { engine, governance }: Judging<'a>) -> Self {
        Self {
            program: analysis.program,
            policy: analysis.policy,
            engine,
            governance,
            analysis,
            digest: Digest::default(),
            contract: None,
            current: None,
            too_large: BTreeSet::new(),
        }
    }

    /// The public functions that are asked about, those of linted contracts, in order.
    pub fn entrypoints(&self) -> Vec<FunctionId> {
        match self.contract {
            Some(contract) => {
                let functions = self.program.functions_of(contract);
                functions.filter(|&function| self.program.is_entrypoint(function)).collect()
            }
            None => self.program.entrypoints().collect(),
        }
    }

    /// The summary of the function that is worked on next. What it takes is taken from no other function.
    pub fn begin(&mut self, function: FunctionId) -> Arc<Summary> {
        self.end();
        self.current = Some(function);
        self.engine.summary(function)
    }

    /// Ends the work on a function; notes if it was too much.
    fn end(&mut self) {
        if self.engine.is_spent() {
            self.too_large.extend(self.current);
        }
        self.current = None;
        self.engine.refill();
    }

    /// The name of a function's contract, as policies write it.
    fn contract_name(&self, function: FunctionId) -> String {
        self.named(function.contract)
    }

    /// How an entry of the policy asks something of an entrypoint, if it does.
    fn asks(&self, entrypoints: &Entrypoints, entrypoint: FunctionId) -> Option<Asked> {
        entrypoints.asks(&self.contract_name(entrypoint), self.program.name(entrypoint))
    }

    /// Whether an entry of the policy is about an effect of an entrypoint that it names: it may leave out what only a
    /// role can do.
    fn concerns(&mut self, entrypoints: &Entrypoints, effect: &Effect) -> bool {
        entrypoints.callers == Callers::All || !self.governance.has_role(&mut self.engine, &effect.facts)
    }

    /// Whether an entry of the policy speaks of an entrypoint, be it to exempt it.
    fn names(&self, entrypoints: &Entrypoints, entrypoint: FunctionId) -> bool {
        entrypoints.names(&self.contract_name(entrypoint), self.program.name(entrypoint))
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
}
