//! The model of one contract, from its file alone: what it defines, and every body with its names resolved.
//!
//! Later stages walk this model and never the syntax: which name means what, which argument is evaluated and which
//! is only a name, is decided here and nowhere else.

mod resolve;

use rustc_hash::FxHashMap;

use crate::builtins::{Builtin, ClarityVersion, Keyword};
use crate::source::Span;
use crate::syntax::{NodeId, Symbol, Tree};

pub use resolve::deployed;

/// What one contract defines.
#[derive(Debug, Default)]
pub struct Model {
    pub constants: Vec<Constant>,
    pub variables: Vec<Storage>,
    pub maps: Vec<Storage>,
    pub fungible_tokens: Vec<Storage>,
    pub non_fungible_tokens: Vec<Storage>,
    pub functions: Vec<Function>,
    pub traits: Vec<Trait>,
    pub trait_aliases: Vec<TraitAlias>,
    pub implements: Vec<TraitPath>,
    /// What is run once, when the contract is deployed: the expressions between the definitions, in their order.
    pub deployment: Deployment,
    /// The forms that only a simulation deploys. Nothing in them is resolved.
    pub simulated: Vec<NodeId>,
    names: FxHashMap<Symbol, Definition>,
    exprs: Vec<Expr>,
    lists: Vec<ExprId>,
}

/// What a name at top level stands for: an index into the list of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Definition {
    Constant(u32),
    Variable(u32),
    Map(u32),
    FungibleToken(u32),
    NonFungibleToken(u32),
    Function(u32),
    Trait(u32),
    TraitAlias(u32),
}

#[derive(Debug)]
pub struct Constant {
    pub name: Name,
    pub value: ExprId,
}

/// A data variable, map or token: state that only this contract can write.
#[derive(Debug)]
pub struct Storage {
    pub name: Name,
    /// The type of a variable, of a map's values or of a token's identifiers.
    pub value_type: Option<NodeId>,
    /// The initial value of a variable, or the largest supply of a fungible token.
    pub initial: Option<ExprId>,
}

/// A name where it is defined.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    pub symbol: Symbol,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    Private,
    Public,
    ReadOnly,
}

#[derive(Debug)]
pub struct Function {
    pub name: Name,
    pub access: Access,
    pub parameters: Vec<Parameter>,
    pub body: ExprId,
    /// How many locals the body binds; they are numbered from 0.
    pub locals: u32,
    /// The whole form.
    pub span: Span,
}

#[derive(Debug, Default)]
pub struct Deployment {
    pub body: Vec<ExprId>,
    /// How many locals the expressions bind; they are numbered from 0.
    pub locals: u32,
}

#[derive(Debug)]
pub struct Parameter {
    pub name: Name,
    pub declared_type: Option<NodeId>,
}

#[derive(Debug)]
pub struct Trait {
    pub name: Name,
    pub methods: Vec<Method>,
}

#[derive(Debug)]
pub struct Method {
    pub name: Name,
    pub parameters: Vec<NodeId>,
    pub result: Option<NodeId>,
}

/// `(use-trait alias path)`.
#[derive(Debug)]
pub struct TraitAlias {
    pub name: Name,
    pub path: TraitPath,
}

/// The trait that `use-trait` and `impl-trait` name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraitPath {
    /// `None` for the same deployer, or the same contract when `contract` is `None`, too.
    pub issuer: Option<String>,
    pub contract: Option<String>,
    pub name: String,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub u32);

/// An expression with its names resolved.
#[derive(Clone, Copy, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    /// The node it was made from.
    pub node: NodeId,
}

/// A run of expressions; [`Model::list`] gives it.
#[derive(Clone, Copy, Debug)]
pub struct List {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
pub enum ExprKind {
    /// A literal; its value is read off the node.
    Literal,
    Keyword(Keyword),
    Parameter(u32),
    Local(u32),
    Constant(u32),
    /// A name that is an argument itself: a variable, map, token or function.
    Name(Definition),
    /// A word that is only text: a field, a property, a type.
    Word(Symbol),
    /// A builtin without a form of its own below.
    Builtin(Builtin, List),
    /// A function of the same contract.
    Call(u32, List),
    /// A call of a name that is neither a builtin of this version nor a function of the contract.
    UnknownCall(Symbol, List),
    /// `contract-call?`: the target, then the arguments.
    ContractCall {
        method: Symbol,
        target_and_arguments: List,
    },
    /// `let`: its bindings in order, then its body.
    Let {
        bindings: List,
        body: List,
    },
    /// One binding of a `let`.
    Binding {
        local: u32,
        value: ExprId,
    },
    /// `match`: input, branch if it is ok or some, branch if it is err or none. The locals of the bindings are
    /// numbered `good`, `bad`; an optional has no `bad`.
    Match {
        good: u32,
        bad: Option<u32>,
        parts: List,
    },
    /// `{ name: expr, .. }`: its [`Self::Field`]s.
    Tuple(List),
    Field {
        name: Symbol,
        value: ExprId,
    },
    /// `(get name tuple)`.
    Get {
        name: Symbol,
        tuple: ExprId,
    },
    /// A name that nothing defines, or a form that is not well made.
    Unknown,
}

impl Model {
    /// Reads what the tree defines. Never fails: what is not well made becomes [`ExprKind::Unknown`].
    pub fn new(tree: &Tree, version: ClarityVersion) -> Self {
        resolve::resolve(tree, version)
    }

    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    pub fn list(&self, list: List) -> &[ExprId] {
        &self.lists[list.start as usize..(list.start + list.len) as usize]
    }

    pub fn definition(&self, name: Symbol) -> Option<Definition> {
        self.names.get(&name).copied()
    }

    /// All expressions, in no particular order.
    pub fn exprs(&self) -> impl Iterator<Item = (ExprId, Expr)> + '_ {
        self.exprs.iter().enumerate().map(|(id, &expr)| (ExprId(id as u32), expr))
    }

    /// The expression and all that stand below it, each before those below it.
    pub fn below(&self, id: ExprId) -> Vec<ExprId> {
        let (mut open, mut all) = (vec![id], Vec::new());
        while let Some(expr) = open.pop() {
            all.push(expr);
            open.extend(self.children(expr));
        }
        all
    }

    /// The expressions directly below `id`, in the order of evaluation.
    pub fn children(&self, id: ExprId) -> Vec<ExprId> {
        match self.expr(id).kind {
            ExprKind::Builtin(_, list)
            | ExprKind::Call(_, list)
            | ExprKind::UnknownCall(_, list)
            | ExprKind::ContractCall { target_and_arguments: list, .. }
            | ExprKind::Match { parts: list, .. }
            | ExprKind::Tuple(list) => self.list(list).to_vec(),
            ExprKind::Let { bindings, body } => [self.list(bindings), self.list(body)].concat(),
            ExprKind::Binding { value, .. } | ExprKind::Field { value, .. } => vec![value],
            ExprKind::Get { tuple, .. } => vec![tuple],
            ExprKind::Literal
            | ExprKind::Keyword(_)
            | ExprKind::Parameter(_)
            | ExprKind::Local(_)
            | ExprKind::Constant(_)
            | ExprKind::Name(_)
            | ExprKind::Word(_)
            | ExprKind::Unknown => Vec::new(),
        }
    }
}
