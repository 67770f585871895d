//! Types: what the chain's own analyser says of a contract of any version, or why it says nothing.
//!
//! This is the only module that knows clarity-vm, which knows Clarity 1 and 2. `analyser` takes a project's contracts
//! in turn, callees first; `order` and `analysis` lead a tree through the chain's passes; `lower` makes Clarity 2 of
//! what is newer; `limits` has the rules that are not about types; `store` holds the interfaces of other contracts;
//! `wording` says what is wrong; `memo` keeps what is still true after an edit. What cannot be analysed is said once,
//! and no contract that needs it is judged.

mod analyser;
mod analysis;
mod bridge;
mod conformance;
pub mod infer;
pub mod known;
mod limits;
mod lower;
mod memo;
mod names;
mod order;
mod read;
mod store;
mod ty;
mod wording;

pub use conformance::{Conformance, Gap, Implementation};
pub use memo::Memo;
pub use ty::{Signature, Type};

use std::fmt;
use std::sync::Arc;

use clarity::vm::analysis::ContractAnalysis;
use clarity::vm::types::FunctionType;

use crate::builtins::{Builtin, ClarityVersion};
use crate::model::Access;
use crate::project::{ContractId, Dialect, Project, QualifiedName};
use crate::source::Span;
use crate::syntax::{Expr, Kind, NodeId, parse};
use analyser::Analyser;
use infer::{Defined, Inferred, Interface, Spelling};

/// How much of the stack the analyser may use. It recurses as deeply as contracts nest and as definitions use each
/// other, with large frames.
const STACK: usize = 256 << 20;

/// What the chain objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub span: Span,
    /// In lower case, code in backticks.
    pub message: String,
}

impl Fault {
    /// A call is as long as what it holds; its head is enough to find it.
    fn at(expr: Expr<'_>, message: impl Into<String>) -> Self {
        let head = expr.call().map(|(head, _)| head).filter(|head| head.kind() == Kind::Atom);
        Self { span: head.unwrap_or(expr).span(), message: message.into() }
    }
}

/// Why a contract has no types, though it may be fine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// It has syntax errors.
    Syntax,
    /// It needs a contract that the project does not have.
    Missing(QualifiedName),
    /// It needs a contract that has no types itself.
    Broken(QualifiedName),
    /// It needs a contract that needs it.
    Cycle(QualifiedName),
    /// It needs one of several contracts of the same name.
    Ambiguous(QualifiedName),
    /// The analyser gave up.
    Internal(String),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str("it has syntax errors"),
            Self::Missing(name) => write!(f, "`{name}` is missing"),
            Self::Broken(name) => write!(f, "`{name}` has no types"),
            Self::Cycle(name) => write!(f, "it and `{name}` need each other"),
            Self::Ambiguous(name) => write!(f, "several contracts are called `{name}`"),
            Self::Internal(reason) => write!(f, "the analyser gave up: {reason}"),
        }
    }
}

/// What is known of a contract's types.
#[derive(Clone)]
pub enum Outcome {
    Checked(Arc<Checked>),
    /// The chain does not take the contract. It has no types, then.
    Rejected(Fault),
    Unavailable(Unavailable),
}

/// When the chain's analyser is asked for a verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ask {
    /// Of no contract; what inference has doubts about has no verdict.
    Never,
    /// Of contracts that inference has doubts about.
    #[default]
    Doubtful,
    /// Of every contract.
    Always,
}

/// What is known of a contract.
#[derive(Clone)]
pub struct Judged {
    /// The verdict; `None` if there are doubts and nobody was asked.
    pub outcome: Option<Outcome>,
    /// The types that were inferred, whatever the verdict is.
    pub inferred: Arc<Inferred>,
    /// Whether the chain's analyser was asked.
    pub asked: bool,
}

/// The types of a contract.
pub struct Checked {
    /// The version that the contract was checked as: not the one that was guessed if only an older one takes it.
    pub version: ClarityVersion,
    /// What the contract says to implement, in order.
    pub implements: Vec<Implementation>,
    /// What others may know of it.
    pub interface: Arc<Interface>,
    inferred: Arc<Inferred>,
    /// What the analyser found out, if it was asked.
    analysis: Option<Box<ContractAnalysis>>,
}

/// A function of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionTypes {
    pub name: String,
    pub access: Access,
    pub signature: Signature,
}

impl Checked {
    /// Every function by name: public, read-only and private ones in turn.
    pub fn functions(&self) -> Vec<FunctionTypes> {
        let mut functions = match &self.analysis {
            Some(analysis) => analysed_functions(analysis, self.version),
            None => self.inferred_functions(),
        };
        functions
            .sort_by(|one, other| (order(one.access), &one.name).cmp(&(order(other.access), &other.name)));
        functions
    }

    fn inferred_functions(&self) -> Vec<FunctionTypes> {
        let functions = self.inferred.functions().iter().map(|function| {
            let read = |of: &infer::Ty| self.inferred.read(*of);
            let parameters = function.parameters.iter().map(read).collect();
            let signature = Signature { parameters, result: read(&function.result) };
            FunctionTypes {
                name: self.inferred.name(function.name).to_owned(),
                access: function.access,
                signature,
            }
        });
        functions.collect()
    }

    /// The type of a constant.
    pub fn constant(&self, name: &str) -> Option<Type> {
        match (&self.analysis, self.defined(name)?) {
            (Some(analysis), _) => analysis.get_variable_type(name).map(Type::from),
            (None, Defined::Constant(of)) => Some(self.inferred.read(of)),
            _ => None,
        }
    }

    /// The type of a data variable.
    pub fn variable(&self, name: &str) -> Option<Type> {
        match (&self.analysis, self.defined(name)?) {
            (Some(analysis), _) => analysis.get_persisted_variable_type(name).map(Type::from),
            (None, Defined::Variable(of)) => Some(self.inferred.read(of)),
            _ => None,
        }
    }

    /// The types of a map's keys and values.
    pub fn map(&self, name: &str) -> Option<(Type, Type)> {
        match (&self.analysis, self.defined(name)?) {
            (Some(analysis), _) => analysis.get_map_type(name).map(|(key, value)| (key.into(), value.into())),
            (None, Defined::Map(key, value)) => Some((self.inferred.read(key), self.inferred.read(value))),
            _ => None,
        }
    }

    /// The type of a non-fungible token's identifiers.
    pub fn token(&self, name: &str) -> Option<Type> {
        match (&self.analysis, self.defined(name)?) {
            (Some(analysis), _) => analysis.non_fungible_tokens.get(name).map(Type::from),
            (None, Defined::Token(of)) => Some(self.inferred.read(of)),
            _ => None,
        }
    }

    /// The methods of a trait that the contract defines.
    pub fn methods(&self, of: &str) -> Option<Vec<(String, Signature)>> {
        let methods = self.interface.trait_of(of)?.methods.iter();
        let signature = |method| conformance::signature(&self.interface, method);
        Some(methods.map(|method| (method.name.to_string(), signature(method))).collect())
    }

    /// The type of an expression.
    pub fn expression(&self, node: NodeId) -> Option<Type> {
        match &self.analysis {
            Some(analysis) => lower::type_of(analysis, node),
            None => match self.inferred.of(node) {
                of if self.inferred.shape(of) == infer::Shape::Unknown => None,
                of => Some(self.inferred.read(of)),
            },
        }
    }

    fn defined(&self, name: &str) -> Option<Defined> {
        self.inferred.definition_named(name)
    }
}

fn order(access: Access) -> u8 {
    match access {
        Access::Public => 0,
        Access::ReadOnly => 1,
        Access::Private => 2,
    }
}

fn analysed_functions(analysis: &ContractAnalysis, version: ClarityVersion) -> Vec<FunctionTypes> {
    let public = analysis.public_function_types.iter().map(|function| (Access::Public, function));
    let read_only = analysis.read_only_function_types.iter().map(|function| (Access::ReadOnly, function));
    let private = analysis.private_function_types.iter().map(|function| (Access::Private, function));
    // What a builtin is lowered to is no function of the contract. A name that is a builtin's no longer, or not
    // yet, is one that the contract may have.
    let is_builtin = |name: &str| {
        Builtin::ALL.iter().map(|it| it.spec()).any(|it| it.name == name && it.exists_in(version))
    };
    let private = private.filter(|(_, (name, _))| !name.strip_suffix(lower::MADE).is_some_and(is_builtin));
    let functions = public.chain(read_only).chain(private);
    let functions = functions.filter_map(|(access, (name, function))| match function {
        FunctionType::Fixed(function) => {
            let name = name.trim_end_matches(lower::MADE).to_string();
            Some(FunctionTypes { name, access, signature: function.into() })
        }
        _ => None,
    });
    functions.collect()
}

/// The types of a project's contracts.
pub struct Types {
    judged: Vec<Option<Judged>>,
}

impl Types {
    /// Judges the contracts that are linted, and what they need.
    pub fn of(project: &Project, ask: Ask) -> Self {
        Self::remembering(project, ask, None)
    }

    /// The same; what is still true of the last run is taken from `memo`.
    pub fn remembering(project: &Project, ask: Ask, memo: Option<&Memo>) -> Self {
        let mut judged: Vec<_> = project.contracts.iter().map(|_| None).collect();
        each_remembering(project, ask, memo, |contract, known| judged[contract.0 as usize] = Some(known));
        Self { judged }
    }

    /// The verdict; `None` of a contract that nobody asked for.
    pub fn outcome(&self, contract: ContractId) -> Option<&Outcome> {
        self.judged[contract.0 as usize].as_ref()?.outcome.as_ref()
    }

    /// The types that were inferred, whatever the verdict is; `None` of a contract that nobody asked for.
    pub fn inferred(&self, contract: ContractId) -> Option<&Inferred> {
        self.judged[contract.0 as usize].as_ref().map(|judged| &*judged.inferred)
    }

    /// The types of a contract, if there are any.
    pub fn checked(&self, contract: ContractId) -> Option<&Checked> {
        match self.outcome(contract)? {
            Outcome::Checked(checked) => Some(checked),
            _ => None,
        }
    }

    /// What `contract` lacks of a trait that `definer` defines; `None` if one has no types or there is no such trait.
    pub fn gaps(&self, contract: ContractId, definer: ContractId, of: &str) -> Option<Vec<Gap>> {
        conformance::gaps(&self.checked(contract)?.interface, &self.checked(definer)?.interface, of)
    }

    /// About how many contracts the chain's analyser was asked, and of how many.
    pub fn asked(&self) -> (usize, usize) {
        let judged = self.judged.iter().flatten();
        (judged.clone().filter(|judged| judged.asked).count(), judged.count())
    }
}

/// Hands out what is known of the contracts that are linted and of those that they need, callees first.
pub fn each(project: &Project, ask: Ask, known: impl FnMut(ContractId, Judged) + Send) {
    each_remembering(project, ask, None, known);
}

fn each_remembering(
    project: &Project,
    ask: Ask,
    memo: Option<&Memo>,
    mut known: impl FnMut(ContractId, Judged) + Send,
) {
    on_a_large_stack(|| {
        let mut analyser = Analyser::new(project, ask, memo);
        for contract in project.contract_ids().filter(|&id| project.contract(id).linted) {
            analyser.analyse(contract, &mut known);
        }
        analyser.finish();
    });
}

/// The verdict on a single text that needs no other contract.
pub fn check_source(text: &str, dialect: Dialect, ask: Ask) -> Outcome {
    let mut project = Project::from_texts([("contract.clar", text)]);
    for contract in &mut project.contracts {
        contract.syntax = parse(text.into(), dialect.epoch.nesting_limit()).into();
        (contract.version, contract.epoch, contract.stated) = (dialect.version, dialect.epoch, true);
    }
    let mut verdict = None;
    each(&project, ask, |_, judged| verdict = judged.outcome);
    verdict.unwrap_or(Outcome::Unavailable(Unavailable::Syntax))
}

fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let worker = worker.expect("the system has room for one more thread");
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
