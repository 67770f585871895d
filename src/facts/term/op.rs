//! What terms are made with, and what they depend on.

use crate::builtins::{self, Builtin, Keyword};
use crate::graph::FunctionId;
use crate::project::ContractId;

/// A piece of the state of the chain: what one contract stores under one name, or all STX balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateId {
    Variable(ContractId, u32),
    Map(ContractId, u32),
    FungibleToken(ContractId, u32),
    NonFungibleToken(ContractId, u32),
    Stx,
}

impl StateId {
    /// The contract that alone can write it.
    pub fn owner(self) -> Option<ContractId> {
        match self {
            StateId::Variable(contract, _)
            | StateId::Map(contract, _)
            | StateId::FungibleToken(contract, _)
            | StateId::NonFungibleToken(contract, _) => Some(contract),
            StateId::Stx => None,
        }
    }
}

/// A text that was interned: a literal's canonical text, or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub(super) u32);

/// Where an opaque value comes from. Values are numbered within their place, so that no other contract and no question
/// that was asked before changes what one is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The summary of a function.
    Function(FunctionId),
    /// A contract's constants, or what it does when it is deployed.
    Contract(ContractId),
    /// A question about summaries that are finished.
    Question,
}

/// How a term is made from its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Bool(bool),
    /// A literal by its canonical text: `u1`, `"a"`, `0x00`, `'SP..`, `.pool`.
    Literal(TextId),
    /// The principal that deployed the project.
    Deployer,
    /// A constant whose value is not a literal.
    Constant(ContractId, u32),
    Parameter(u32),
    /// `tx-sender`.
    Sender,
    /// `contract-caller`.
    Caller,
    Keyword(Keyword),
    /// The value of a variable, or the version of everything else, when the function is entered.
    Initial(StateId),
    /// The same after a write on the path: the argument tells which.
    After(StateId),
    /// A map's version after a write: the version before, the key, and what the key holds now, as an optional.
    Written(StateId),
    /// The same after a call that may have changed it, by others than this path: the argument tells which call.
    Since(StateId),
    /// A value that nothing is known of; each is its own.
    Opaque(Place, u32),
    /// What the walk has shown to be impossible.
    Absurd,
    /// `none`.
    None,
    Some,
    Ok,
    Err,
    /// Condition, value if true, value if false.
    If,
    /// Whether the argument is some or ok.
    Good,
    /// What a good value holds.
    Payload,
    /// What an err holds.
    Failure,
    /// Fields in the order of their names; the text names them all.
    Tuple(TextId),
    Field(TextId),
    /// What a map holds, as an optional: key, version.
    Entry(StateId),
    /// A token's balance, supply or owner: arguments, version.
    Token(Builtin, StateId),
    /// A builtin that only computes.
    Pure(Builtin),
    /// The result of a function of the project: its arguments, then its inputs.
    Call(FunctionId),
    /// The result of a function of a contract that is not in the project.
    External(TextId),
    /// Any element of a list.
    Element,
    /// `filter`, `map`, `fold` with a function of the project: lists (and the initial value), then inputs.
    Filtered(FunctionId),
    Mapped(FunctionId),
    Folded(FunctionId),
}

impl Op {
    /// The order in which the two sides of an equation are kept: what is asked about first, what it is compared with
    /// last. Terms of one rank are ordered by their structure.
    pub(super) fn rank(self) -> u8 {
        match self {
            Op::Bool(_) => 0,
            Op::None => 1,
            Op::Sender | Op::Caller | Op::Parameter(_) => 2,
            Op::Element | Op::Field(_) | Op::Payload | Op::Failure | Op::Pure(_) => 3,
            Op::Literal(_) => 7,
            Op::Constant(..) | Op::Deployer => 6,
            Op::Initial(_) | Op::After(_) | Op::Since(_) | Op::Written(_) => 5,
            _ => 4,
        }
    }
}

/// What a term depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mask(u8);

impl Mask {
    pub const NOTHING: Mask = Mask(0);
    /// tx-sender, contract-caller.
    pub const CALLER: Mask = Mask(1);
    pub const PARAMETER: Mask = Mask(2);
    pub const STATE: Mask = Mask(4);
    /// Heights and other facts of the chain.
    pub const CHAIN: Mask = Mask(8);
    /// Results of operations and of calls that are not known.
    pub const UNKNOWN: Mask = Mask(16);
    pub const ELEMENT: Mask = Mask(32);

    pub fn has(self, other: Mask) -> bool {
        self.0 & other.0 != 0
    }

    pub fn or(self, other: Mask) -> Mask {
        Mask(self.0 | other.0)
    }

    /// Whether it depends on nothing but `other`.
    pub fn only(self, other: Mask) -> bool {
        self.0 & !other.0 == 0
    }
}

/// What the operator itself depends on.
pub(super) fn own_mask(op: Op) -> Mask {
    match op {
        Op::Parameter(_) => Mask::PARAMETER,
        Op::Sender | Op::Caller => Mask::CALLER,
        Op::Keyword(Keyword::TxSponsor) => Mask::CALLER,
        Op::Keyword(_) => Mask::CHAIN,
        Op::Initial(_) | Op::Written(_) | Op::Entry(_) | Op::Token(..) => Mask::STATE,
        Op::After(_) | Op::Since(_) => Mask::STATE.or(Mask::UNKNOWN),
        Op::Opaque(..) | Op::External(_) | Op::Mapped(_) | Op::Folded(_) => Mask::UNKNOWN,
        Op::Element => Mask::ELEMENT,
        Op::Pure(builtin) if builtin.spec().effect == builtins::Effect::ReadChain => Mask::CHAIN,
        _ => Mask::NOTHING,
    }
}
