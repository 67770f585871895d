//! Terms: symbolic values, hash-consed in one arena for the whole project.
//!
//! Two terms with the same identity are the same value. All boolean connectives are one operator, `If`: `a and b` is
//! `If(a, b, false)`, `a or b` is `If(a, true, b)`, `not a` is `If(a, false, true)`. An optional or a response is
//! *good* if it is some or ok; one operator asks for both, since no value is both.

use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};

use crate::builtins::{Builtin, Keyword};
use crate::graph::FunctionId;
use crate::project::ContractId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

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
pub struct TextId(u32);

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
    Opaque(u32),
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

#[derive(Clone, Copy)]
struct Node {
    op: Op,
    start: u32,
    len: u32,
    mask: Mask,
    /// The longest way down; bounds every recursion over terms.
    depth: u16,
    /// Whether it is known to be an optional by how it is made.
    optional: bool,
}

/// The deepest term that is built; what would be deeper is opaque.
const MAX_DEPTH: u16 = 1_500;

/// All terms of a project.
pub struct Terms {
    nodes: Vec<Node>,
    pool: Vec<TermId>,
    index: HashTable<u32>,
    texts: Vec<Box<str>>,
    text_index: FxHashMap<Box<str>, TextId>,
    good: FxHashMap<TermId, TermId>,
    payload: FxHashMap<(TermId, bool), TermId>,
    field: FxHashMap<(TermId, TextId), TermId>,
    opaque: u32,
    scratch: Vec<TermId>,
    optional_variables: FxHashSet<StateId>,
    /// What opaque values are the results of.
    labels: FxHashMap<TermId, TextId>,
    /// Whether a term was asked for that is deeper than terms are built.
    pub(super) too_deep: bool,
}

impl Default for Terms {
    fn default() -> Self {
        let mut terms = Self {
            nodes: Vec::new(),
            pool: Vec::new(),
            index: HashTable::new(),
            texts: Vec::new(),
            text_index: FxHashMap::default(),
            good: FxHashMap::default(),
            payload: FxHashMap::default(),
            field: FxHashMap::default(),
            opaque: 0,
            scratch: Vec::new(),
            optional_variables: FxHashSet::default(),
            labels: FxHashMap::default(),
            too_deep: false,
        };
        let (no, yes) = (terms.leaf(Op::Bool(false)), terms.leaf(Op::Bool(true)));
        debug_assert_eq!((no, yes), (Terms::FALSE, Terms::TRUE));
        terms
    }
}

impl Terms {
    pub const FALSE: TermId = TermId(0);
    pub const TRUE: TermId = TermId(1);

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn op(&self, term: TermId) -> Op {
        self.nodes[term.0 as usize].op
    }

    pub fn args(&self, term: TermId) -> &[TermId] {
        let node = &self.nodes[term.0 as usize];
        &self.pool[node.start as usize..(node.start + node.len) as usize]
    }

    pub fn arg(&self, term: TermId, index: usize) -> TermId {
        self.args(term)[index]
    }

    pub fn mask(&self, term: TermId) -> Mask {
        self.nodes[term.0 as usize].mask
    }

    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize]
    }

    pub fn intern(&mut self, text: &str) -> TextId {
        if let Some(&id) = self.text_index.get(text) {
            return id;
        }
        let id = TextId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.text_index.insert(text.into(), id);
        id
    }

    /// A text that was interned before.
    pub fn interned(&self, text: &str) -> Option<TextId> {
        self.text_index.get(text).copied()
    }

    pub fn literal(&mut self, text: &str) -> TermId {
        let text = self.intern(text);
        self.leaf(Op::Literal(text))
    }

    pub fn bool(value: bool) -> TermId {
        if value { Self::TRUE } else { Self::FALSE }
    }

    pub fn leaf(&mut self, op: Op) -> TermId {
        self.raw(op, &[])
    }

    /// A new value that nothing is known of.
    pub fn opaque(&mut self) -> TermId {
        self.opaque += 1;
        self.leaf(Op::Opaque(self.opaque))
    }

    /// The result of something that nothing is known of, by its name.
    pub fn result_of(&mut self, name: &str) -> TermId {
        let (term, name) = (self.opaque(), self.intern(name));
        self.labels.insert(term, name);
        term
    }

    /// Another value of the same kind.
    pub fn another(&mut self, opaque: TermId) -> TermId {
        let term = self.opaque();
        if let Some(&name) = self.labels.get(&opaque) {
            self.labels.insert(term, name);
        }
        term
    }

    /// What an opaque value is the result of.
    pub fn label(&self, opaque: TermId) -> Option<&str> {
        self.labels.get(&opaque).map(|&name| self.text(name))
    }

    /// The one term with this operator and these arguments, without simplifying.
    fn raw(&mut self, op: Op, args: &[TermId]) -> TermId {
        let mut hasher = FxHasher::default();
        (op, args).hash(&mut hasher);
        let hash = hasher.finish();
        let found = self.index.find(hash, |&at| {
            let node = &self.nodes[at as usize];
            node.op == op && &self.pool[node.start as usize..(node.start + node.len) as usize] == args
        });
        if let Some(&at) = found {
            return TermId(at);
        }
        let depth = args.iter().map(|arg| self.nodes[arg.0 as usize].depth + 1).max().unwrap_or(0);
        let mask = args.iter().fold(own_mask(op), |mask, &arg| mask.or(self.mask(arg)));
        if depth > MAX_DEPTH {
            self.too_deep = true;
            return self.opaque();
        }
        let at = self.nodes.len() as u32;
        let start = self.pool.len() as u32;
        self.pool.extend_from_slice(args);
        let optional = self.makes_optional(op, args);
        self.nodes.push(Node { op, start, len: args.len() as u32, mask, depth, optional });
        let (nodes, pool) = (&self.nodes, &self.pool);
        self.index.insert_unique(hash, at, |&at| {
            let node = &nodes[at as usize];
            let mut hasher = FxHasher::default();
            (node.op, &pool[node.start as usize..(node.start + node.len) as usize]).hash(&mut hasher);
            hasher.finish()
        });
        TermId(at)
    }

    /// The term with this operator and these arguments, simplified as far as its parts decide.
    pub fn make(&mut self, op: Op, args: &[TermId]) -> TermId {
        match (op, args) {
            (Op::If, &[condition, yes, no]) => self.if_(condition, yes, no),
            (Op::Good, &[of]) => self.good(of),
            (Op::Payload, &[of]) => self.payload(of, true),
            (Op::Failure, &[of]) => self.payload(of, false),
            (Op::Field(name), &[of]) => self.field(name, of),
            (Op::Element, &[list]) => self.element(list),
            (Op::Entry(map), &[key, version]) => self.entry(map, key, version),
            (Op::Pure(builtin), args) => self.pure(builtin, args),
            _ => self.raw(op, args),
        }
    }

    /// What a map holds under a key: what was written last under the same key, if nothing in between may have been
    /// written there.
    fn entry(&mut self, map: StateId, key: TermId, mut version: TermId) -> TermId {
        while let (Op::Written(_), &[before, written, held]) = (self.op(version), self.args(version)) {
            if written == key {
                return held;
            }
            if self.equal(written, key) != Self::FALSE {
                break;
            }
            version = before;
        }
        self.raw(Op::Entry(map), &[key, version])
    }

    /// How many writes a map's version is known to have behind it.
    pub fn writes(&self, mut version: TermId) -> usize {
        let mut count = 0;
        while let (Op::Written(_), &[before, ..]) = (self.op(version), self.args(version)) {
            count += 1;
            version = before;
        }
        count
    }

    /// Any element of a list; of a list of one value it is that value.
    fn element(&mut self, list: TermId) -> TermId {
        match (self.op(list), self.args(list)) {
            (Op::Pure(Builtin::List), &[first, ref rest @ ..])
                if rest.iter().all(|&other| other == first) =>
            {
                first
            }
            _ => self.raw(Op::Element, &[list]),
        }
    }

    pub fn not(&mut self, a: TermId) -> TermId {
        self.if_(a, Self::FALSE, Self::TRUE)
    }

    pub fn and(&mut self, a: TermId, b: TermId) -> TermId {
        self.if_(a, b, Self::FALSE)
    }

    pub fn or(&mut self, a: TermId, b: TermId) -> TermId {
        self.if_(a, Self::TRUE, b)
    }

    /// The negated term, if this is a negation.
    pub fn negated(&self, term: TermId) -> Option<TermId> {
        match (self.op(term), self.args(term)) {
            (Op::If, &[a, Self::FALSE, Self::TRUE]) => Some(a),
            _ => None,
        }
    }

    pub fn if_(&mut self, condition: TermId, yes: TermId, no: TermId) -> TermId {
        match (condition, yes, no) {
            (Self::TRUE, yes, _) => yes,
            (Self::FALSE, _, no) => no,
            (_, yes, no) if yes == no => yes,
            (condition, Self::TRUE, Self::FALSE) => condition,
            (condition, yes, no) if condition == yes => self.if_(condition, Self::TRUE, no),
            (condition, yes, no) if condition == no => self.if_(condition, yes, Self::FALSE),
            (condition, yes, no) => match self.negated(condition) {
                Some(inner) => self.if_(inner, no, yes),
                None => self.raw(Op::If, &[condition, yes, no]),
            },
        }
    }

    pub fn good(&mut self, of: TermId) -> TermId {
        match self.op(of) {
            Op::Some | Op::Ok => Self::TRUE,
            Op::None | Op::Err => Self::FALSE,
            Op::If => {
                if let Some(&known) = self.good.get(&of) {
                    return known;
                }
                let &[condition, yes, no] = self.args(of) else {
                    unreachable!("an `If` has three arguments")
                };
                let (yes, no) = (self.good(yes), self.good(no));
                let term = self.if_(condition, yes, no);
                self.good.insert(of, term);
                term
            }
            _ => self.raw(Op::Good, &[of]),
        }
    }

    /// What a good value (`wanted` true) or an err holds.
    pub fn payload(&mut self, of: TermId, wanted: bool) -> TermId {
        match self.op(of) {
            Op::Some | Op::Ok if wanted => self.arg(of, 0),
            Op::Err if !wanted => self.arg(of, 0),
            Op::Some | Op::Ok | Op::Err | Op::None | Op::Absurd => self.leaf(Op::Absurd),
            Op::If => {
                if let Some(&known) = self.payload.get(&(of, wanted)) {
                    return known;
                }
                let &[condition, yes, no] = self.args(of) else {
                    unreachable!("an `If` has three arguments")
                };
                let impossible = Self::bool(!wanted);
                let term = match (self.good(yes) == impossible, self.good(no) == impossible) {
                    (true, _) => self.payload(no, wanted),
                    (_, true) => self.payload(yes, wanted),
                    _ => {
                        let (yes, no) = (self.payload(yes, wanted), self.payload(no, wanted));
                        self.if_(condition, yes, no)
                    }
                };
                self.payload.insert((of, wanted), term);
                term
            }
            _ => self.raw(if wanted { Op::Payload } else { Op::Failure }, &[of]),
        }
    }

    /// Notes that a variable is declared as an optional.
    pub fn declare_optional(&mut self, variable: StateId) {
        self.optional_variables.insert(variable);
    }

    /// Whether the term is known to be an optional by how it is made.
    pub fn is_optional(&self, term: TermId) -> bool {
        self.nodes[term.0 as usize].optional
    }

    fn makes_optional(&self, op: Op, args: &[TermId]) -> bool {
        match op {
            Op::None | Op::Some | Op::Entry(_) => true,
            Op::Initial(state) | Op::After(state) | Op::Since(state) => {
                self.optional_variables.contains(&state)
            }
            Op::If => args[1..].iter().any(|&side| self.is_optional(side)),
            Op::Token(builtin, _) => builtin == Builtin::NftGetOwner,
            Op::Keyword(keyword) => keyword == Keyword::TxSponsor,
            Op::Pure(builtin) => matches!(
                builtin,
                Builtin::AsMaxLen
                    | Builtin::ElementAt
                    | Builtin::ElementAtOptional
                    | Builtin::IndexOf
                    | Builtin::IndexOfOptional
                    | Builtin::Slice
                    | Builtin::ReplaceAt
                    | Builtin::StringToInt
                    | Builtin::StringToUint
                    | Builtin::ToConsensusBuff
                    | Builtin::FromConsensusBuff
                    | Builtin::GetBlockInfo
                    | Builtin::GetBurnBlockInfo
                    | Builtin::GetStacksBlockInfo
                    | Builtin::GetTenureInfo
            ),
            _ => false,
        }
    }

    /// `(get name of)`; of an optional tuple it is the optional field.
    pub fn field(&mut self, name: TextId, of: TermId) -> TermId {
        if self.is_optional(of) {
            let payload = self.payload(of, true);
            let field = self.field(name, payload);
            let (good, some, none) = (self.good(of), self.raw(Op::Some, &[field]), self.leaf(Op::None));
            return self.if_(good, some, none);
        }
        match self.op(of) {
            Op::Tuple(shape) => {
                match self.text(shape).split(' ').position(|field| field == self.text(name)) {
                    Some(index) => self.arg(of, index),
                    None => self.leaf(Op::Absurd),
                }
            }
            Op::If => {
                let &[condition, yes, no] = self.args(of) else {
                    unreachable!("an `If` has three arguments")
                };
                if let Some(&known) = self.field.get(&(of, name)) {
                    return known;
                }
                let (yes, no) = (self.field(name, yes), self.field(name, no));
                let term = self.if_(condition, yes, no);
                self.field.insert((of, name), term);
                term
            }
            // The right side of a merge wins.
            Op::Pure(Builtin::Merge) => {
                let (left, right) = (self.arg(of, 0), self.arg(of, 1));
                match self.op(right) {
                    Op::Tuple(shape) if self.has_field(shape, name) => self.field(name, right),
                    Op::Tuple(_) => self.field(name, left),
                    _ => self.raw(Op::Field(name), &[of]),
                }
            }
            _ => self.raw(Op::Field(name), &[of]),
        }
    }

    fn has_field(&self, shape: TextId, name: TextId) -> bool {
        self.text(shape).split(' ').any(|field| field == self.text(name))
    }

    /// A tuple; its fields are put in the order of their names.
    pub fn tuple(&mut self, mut fields: Vec<(&str, TermId)>) -> TermId {
        fields.sort_by_key(|&(name, _)| name);
        let shape = fields.iter().map(|&(name, _)| name).collect::<Vec<_>>().join(" ");
        let shape = self.intern(&shape);
        let values: Vec<_> = fields.into_iter().map(|(_, value)| value).collect();
        self.raw(Op::Tuple(shape), &values)
    }

    pub fn equal(&mut self, a: TermId, b: TermId) -> TermId {
        if a == b {
            return Self::TRUE;
        }
        // Equality is symmetric; the order of creation makes it one term.
        let (a, b) = (a.min(b), a.max(b));
        match (self.op(a), self.op(b)) {
            (Op::Bool(value), _) => {
                if value {
                    b
                } else {
                    self.not(b)
                }
            }
            (Op::Literal(a), Op::Literal(b)) if self.are_distinct(a, b) => Self::FALSE,
            (Op::Tuple(_), Op::Tuple(_)) => self.equal_tuples(a, b),
            (Op::None, _) => {
                let good = self.good(b);
                self.not(good)
            }
            (_, Op::None) => {
                let good = self.good(a);
                self.not(good)
            }
            (Op::Some | Op::Ok, _) => self.equal_payload(a, b),
            (_, Op::Some | Op::Ok) => self.equal_payload(b, a),
            _ => self.raw(Op::Pure(Builtin::IsEq), &[a, b]),
        }
    }

    /// Whether two literals that are written differently are different values: a contract may be named with and without
    /// its deployer.
    fn are_distinct(&self, a: TextId, b: TextId) -> bool {
        let is_relative = |text: TextId| self.text(text).starts_with('.');
        let is_absolute = |text: TextId| self.text(text).starts_with('\'');
        !(is_relative(a) && is_absolute(b) || is_absolute(a) && is_relative(b))
    }

    /// Tuples are different if one of their fields is.
    fn equal_tuples(&mut self, a: TermId, b: TermId) -> TermId {
        let fields: Vec<_> = self.args(a).iter().copied().zip(self.args(b).iter().copied()).collect();
        let differ =
            self.op(a) == self.op(b) && fields.into_iter().any(|(a, b)| self.equal(a, b) == Self::FALSE);
        if differ { Self::FALSE } else { self.raw(Op::Pure(Builtin::IsEq), &[a, b]) }
    }

    /// `wrapped` is some or ok: the other is, too, and what they hold is equal.
    fn equal_payload(&mut self, wrapped: TermId, other: TermId) -> TermId {
        let good = self.good(other);
        let (inside, payload) = (self.arg(wrapped, 0), self.payload(other, true));
        let equal = self.equal(inside, payload);
        self.and(good, equal)
    }

    /// Nothing is below itself, and no uint below zero.
    fn less(&mut self, a: TermId, b: TermId) -> TermId {
        let is_zero = matches!(self.op(b), Op::Literal(text) if self.text(text) == "u0");
        if a == b || is_zero { Self::FALSE } else { self.raw(Op::Pure(Builtin::Less), &[a, b]) }
    }

    pub fn pure(&mut self, builtin: Builtin, args: &[TermId]) -> TermId {
        match (builtin, args) {
            (Builtin::Not, &[a]) => self.not(a),
            (Builtin::And, args) => args.iter().rev().fold(Self::TRUE, |all, &a| self.and(a, all)),
            (Builtin::Or, args) => args.iter().rev().fold(Self::FALSE, |any, &a| self.or(a, any)),
            (Builtin::IsOk | Builtin::IsSome, &[a]) => self.good(a),
            (Builtin::IsErr | Builtin::IsNone, &[a]) => {
                let good = self.good(a);
                self.not(good)
            }
            (Builtin::Ok, &[a]) => self.raw(Op::Ok, &[a]),
            (Builtin::Err, &[a]) => self.raw(Op::Err, &[a]),
            (Builtin::Some, &[a]) => self.raw(Op::Some, &[a]),
            (Builtin::DefaultTo, &[default, of]) => {
                let (good, payload) = (self.good(of), self.payload(of, true));
                self.if_(good, payload, default)
            }
            (Builtin::IsEq, &[first, ref rest @ ..]) => {
                let equal: Vec<_> = rest.iter().map(|&other| self.equal(first, other)).collect();
                equal.into_iter().rev().fold(Self::TRUE, |all, a| self.and(a, all))
            }
            (Builtin::Xor, &[_, Self::TRUE] | &[Self::TRUE, _]) => {
                let other = if args[0] == Self::TRUE { args[1] } else { args[0] };
                self.not(other)
            }
            // Every comparison is a `<`, so that both ways of writing it are one fact.
            (Builtin::Less, &[a, b]) => self.less(a, b),
            (Builtin::Greater, &[a, b]) => self.less(b, a),
            (Builtin::GreaterOrEqual, &[a, b]) => {
                let less = self.less(a, b);
                self.not(less)
            }
            (Builtin::LessOrEqual, &[a, b]) => {
                let less = self.less(b, a);
                self.not(less)
            }
            (Builtin::IndexOfOptional, args) => self.raw(Op::Pure(Builtin::IndexOf), args),
            (Builtin::ElementAtOptional, args) => self.raw(Op::Pure(Builtin::ElementAt), args),
            // A contract that is written out is its own principal.
            (Builtin::ContractOf, &[a]) if matches!(self.op(a), Op::Literal(_)) => a,
            (Builtin::Concat, args) => self.concat(args),
            (_, args) => self.raw(Op::Pure(builtin), args),
        }
    }

    /// Strings that are written out are joined: `(concat "action-" "deposit")`.
    fn concat(&mut self, args: &[TermId]) -> TermId {
        let mut whole = String::from("\"");
        for &arg in args {
            let piece = match self.op(arg) {
                Op::Literal(text) => {
                    self.text(text).strip_prefix('"').and_then(|text| text.strip_suffix('"'))
                }
                _ => None,
            };
            match piece {
                Some(piece) => whole.push_str(piece),
                None => return self.raw(Op::Pure(Builtin::Concat), args),
            }
        }
        whole.push('"');
        self.literal(&whole)
    }

    /// The term with its leaves replaced. `leaf` answers for every leaf and every opaque value; `memo` remembers.
    pub fn replace(
        &mut self,
        term: TermId,
        memo: &mut FxHashMap<TermId, TermId>,
        leaf: &mut dyn FnMut(&mut Terms, TermId, Op) -> TermId,
    ) -> TermId {
        if self.args(term).is_empty() {
            if let Some(&known) = memo.get(&term) {
                return known;
            }
            let op = self.op(term);
            let replaced = leaf(self, term, op);
            memo.insert(term, replaced);
            return replaced;
        }
        if self.mask(term) == Mask::NOTHING {
            return term;
        }
        if let Some(&known) = memo.get(&term) {
            return known;
        }
        let node = self.nodes[term.0 as usize];
        let base = self.scratch.len();
        for at in node.start..node.start + node.len {
            let arg = self.pool[at as usize];
            let replaced = self.replace(arg, memo, leaf);
            self.scratch.push(replaced);
        }
        let args = self.scratch.split_off(base);
        let replaced = if args == self.args(term) { term } else { self.make(node.op, &args) };
        memo.insert(term, replaced);
        replaced
    }
}

/// What the operator itself depends on.
fn own_mask(op: Op) -> Mask {
    match op {
        Op::Parameter(_) => Mask::PARAMETER,
        Op::Sender | Op::Caller => Mask::CALLER,
        Op::Keyword(Keyword::TxSponsor) => Mask::CALLER,
        Op::Keyword(_) => Mask::CHAIN,
        Op::Initial(_) | Op::Written(_) | Op::Entry(_) | Op::Token(..) => Mask::STATE,
        Op::After(_) | Op::Since(_) => Mask::STATE.or(Mask::UNKNOWN),
        Op::Opaque(_) | Op::External(_) | Op::Mapped(_) | Op::Folded(_) => Mask::UNKNOWN,
        Op::Element => Mask::ELEMENT,
        Op::Pure(builtin) if builtin.spec().effect == crate::builtins::Effect::ReadChain => Mask::CHAIN,
        _ => Mask::NOTHING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectives_are_one_operator() {
        let mut terms = Terms::default();
        let (a, b) = (terms.leaf(Op::Parameter(0)), terms.leaf(Op::Parameter(1)));
        let not_a = terms.not(a);
        assert_eq!(terms.not(not_a), a);
        let either = terms.or(not_a, b);
        let implied = terms.if_(a, b, Terms::TRUE);
        assert_eq!(either, implied);
        assert_eq!(terms.and(a, a), a);
        assert_eq!(terms.equal(Terms::FALSE, a), not_a);
    }

    #[test]
    fn payloads_and_fields_see_through_conditionals() {
        let mut terms = Terms::default();
        let (c, x) = (terms.leaf(Op::Parameter(0)), terms.leaf(Op::Parameter(1)));
        let code = terms.literal("u1");
        let (ok, err) = (terms.pure(Builtin::Ok, &[x]), terms.pure(Builtin::Err, &[code]));
        let result = terms.if_(c, ok, err);
        assert_eq!(terms.good(result), c);
        assert_eq!(terms.payload(result, true), x);
        assert_eq!(terms.payload(result, false), code);
        let tuple = terms.tuple(vec![("b", x), ("a", c)]);
        let name = terms.intern("b");
        assert_eq!(terms.field(name, tuple), x);
    }

    #[test]
    fn deep_terms_become_opaque() {
        let mut terms = Terms::default();
        let mut term = terms.leaf(Op::Parameter(0));
        for _ in 0..100_000 {
            term = terms.pure(Builtin::Ok, &[term]);
        }
        assert!(terms.nodes.iter().all(|node| node.depth <= MAX_DEPTH));
    }
}
