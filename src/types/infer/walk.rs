//! The walk over a contract: names in sight, what is noted, and the type of every expression.
//!
//! It mirrors the checker of the chain (`type_checker/v2_1` and `read_only_checker` of clarity-vm) rule by rule, so
//! that what it finds nothing to object to is what the chain accepts.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::doubt::{Doubt, DoubtKind};
use super::interface::Copier;
use super::names::Names;
use super::order::order;
use super::pool::Pool;
use super::presets::{BOOL, INT, OPTIONAL_NOTHING, OPTIONAL_PRINCIPAL, PRINCIPAL, UINT, UNKNOWN};
use super::scope::{Definition, Local, Slot};
use super::shape::{Shape, Ty};
use super::traits::Methods;
use super::{Implemented, Input, Interface};
use crate::builtins::{Builtin, Keyword, Word};
use crate::model::Access;
use crate::project::{QualifiedName, is_principal};
use crate::syntax::{Children, Expr, Kind, NodeId, Symbol};

/// Where interfaces of other contracts come from.
pub type Callees<'a> = &'a dyn Fn(&QualifiedName) -> Option<&'a Interface>;

/// What a function takes and results in.
#[derive(Clone, Debug)]
pub struct Signature {
    pub parameters: Vec<Ty>,
    pub result: Ty,
}

pub struct Function {
    pub name: Symbol,
    pub access: Access,
    pub signature: Rc<Signature>,
    pub writes: bool,
}

pub struct Callee<'a> {
    pub interface: &'a Interface,
    pub copier: Copier,
}

pub struct Walk<'a, 't> {
    pub input: &'a Input<'t>,
    /// Whether the rules of Clarity 2 apply, which are those of all later versions.
    pub clarity2: bool,
    pub known: Callees<'a>,
    /// Contracts by the number that the pool gave them.
    pub callees: FxHashMap<u32, Option<Callee<'a>>>,
    pub pool: Pool,
    pub names: Names<'t>,
    /// By node.
    pub of: Vec<Ty>,
    pub slots: Vec<Slot>,
    /// What names meant outside of the scopes that are open.
    pub hidden: Vec<(Symbol, Option<Local>)>,
    pub functions: Vec<Function>,
    pub methods: FxHashMap<Ty, Option<Rc<Methods>>>,
    /// The traits that the contract defines or uses, by name: what calls through traits go by.
    pub context: FxHashMap<String, Vec<Ty>>,
    /// Pairs of traits that were compared.
    pub compared: FxHashMap<(Ty, Ty), bool>,
    /// How deeply comparing traits has led.
    pub comparing: u32,
    pub implements: Vec<Implemented>,
    /// What the function throws, `None` outside of functions.
    pub thrown: Option<Option<Ty>>,
    /// Whether what was walked since somebody looked writes.
    pub writes: bool,
    /// Whether traits may not be named where the walk is.
    pub without_traits: bool,
    pub types: Vec<Ty>,
    pub fields: Vec<(Symbol, Ty)>,
    pub doubts: Vec<Doubt>,
}

impl<'a, 't> Walk<'a, 't> {
    pub fn new(input: &'a Input<'t>, known: Callees<'a>) -> Self {
        Self {
            input,
            clarity2: input.dialect.version.number() >= 2,
            known,
            callees: FxHashMap::default(),
            pool: Pool::default(),
            names: Names::new(input.tree),
            of: vec![UNKNOWN; input.tree.len()],
            slots: vec![Slot::default(); input.tree.symbols()],
            hidden: Vec::new(),
            functions: Vec::new(),
            methods: FxHashMap::default(),
            context: FxHashMap::default(),
            compared: FxHashMap::default(),
            comparing: 0,
            implements: Vec::new(),
            thrown: None,
            writes: false,
            without_traits: false,
            types: Vec::new(),
            fields: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// Walks all forms in the order in which the chain reads them.
    pub fn contract(&mut self) {
        self.collect_aliases();
        let order = order(self.input.tree);
        if order.circular {
            self.doubt_at(NodeId(0), DoubtKind::Circular);
        }
        for form in order.forms {
            self.form(form);
        }
    }

    pub fn doubt(&mut self, at: Expr<'_>, kind: DoubtKind) -> Ty {
        self.doubt_at(at.id(), kind)
    }

    pub fn doubt_at(&mut self, node: NodeId, kind: DoubtKind) -> Ty {
        self.doubts.push(Doubt { node, kind });
        UNKNOWN
    }

    /// The type, or that it is too large.
    pub fn bounded<E>(&mut self, at: Expr<'_>, of: Result<Ty, E>) -> Ty {
        of.unwrap_or_else(|_| self.doubt(at, DoubtKind::TooLarge))
    }

    /// The type, or that there is none.
    pub fn matched<E>(&mut self, at: Expr<'_>, of: Result<Ty, E>) -> Ty {
        of.unwrap_or_else(|_| self.doubt(at, DoubtKind::Mismatch))
    }

    /// The type of an expression.
    pub fn value(&mut self, expr: Expr<'t>) -> Ty {
        let of = self.unnoted(expr);
        self.of[expr.id().0 as usize] = of;
        of
    }

    /// An expression where a type is expected. From Clarity 2 on it has that type then.
    pub fn expects(&mut self, expr: Expr<'t>, wanted: Ty) {
        if self.clarity2 {
            let of = self.unnoted(expr);
            let noted = match self.fits(of, wanted) {
                Ok(()) if wanted == UNKNOWN => of,
                Ok(()) => wanted,
                Err(kind) => {
                    self.doubt(expr, kind);
                    of
                }
            };
            self.of[expr.id().0 as usize] = noted;
            return;
        }
        if let (Kind::Contract, Shape::Trait(_)) = (expr.kind(), self.pool.shape(wanted)) {
            let contract = self.unnoted(expr);
            if let Err(kind) = self.conforms_1(contract, wanted) {
                self.doubt(expr, kind);
            }
            self.of[expr.id().0 as usize] = wanted;
            return;
        }
        let of = self.value(expr);
        if !self.pool.admits(wanted, of) {
            self.doubt(expr, DoubtKind::Mismatch);
        }
    }

    /// Nesting is bounded by the reader, so recursion is, too.
    fn unnoted(&mut self, expr: Expr<'t>) -> Ty {
        match expr.kind() {
            Kind::Atom => self.variable(expr),
            Kind::List => self.application(expr),
            Kind::Tuple => self.tuple_literal(expr),
            Kind::Int => INT,
            Kind::Uint => UINT,
            Kind::Ascii => {
                let length = expr.string().map_or(0, |text| text.len());
                let of = self.pool.ascii(u32::try_from(length).unwrap_or(u32::MAX));
                self.bounded(expr, of)
            }
            Kind::Utf8 => {
                let length = expr.string().map_or(0, |text| text.chars().count());
                let of = self.pool.utf8(u32::try_from(length).unwrap_or(u32::MAX));
                self.bounded(expr, of)
            }
            Kind::Buffer => {
                let of = self.pool.buffer((expr.text().len() as u32).saturating_sub(2) / 2);
                self.bounded(expr, of)
            }
            Kind::Principal => PRINCIPAL,
            Kind::Contract => self.contract_literal(expr).unwrap_or(UNKNOWN),
            Kind::TraitIdentifier | Kind::TraitReference | Kind::Comment | Kind::Invalid => {
                self.doubt(expr, DoubtKind::Form)
            }
        }
    }

    /// The type of a contract that is written out. The decoder of the chain takes other spellings of a principal,
    /// too, which are no doubt the same one.
    pub fn contract_literal(&mut self, expr: Expr<'t>) -> Option<Ty> {
        let (issuer, name) = expr.contract_literal()?;
        let name = self.qualified(expr, issuer, name)?;
        Some(self.pool.contract(name))
    }

    pub fn qualified(&mut self, at: Expr<'t>, issuer: Option<&str>, name: &str) -> Option<QualifiedName> {
        if !issuer.is_none_or(is_principal) {
            self.doubt(at, DoubtKind::Form);
            return None;
        }
        let issuer = issuer.or(self.input.issuer).map(str::to_owned);
        Some(QualifiedName { issuer, name: name.to_owned() })
    }

    /// A name, looked up as the chain does: keywords, then constants, then traits, then what is bound.
    fn variable(&mut self, expr: Expr<'t>) -> Ty {
        let Some(name) = expr.symbol() else { return UNKNOWN };
        if let Some(Word::Keyword(keyword)) = name.word() {
            let (first, last) = keyword.versions();
            if (first..=last).contains(&self.input.dialect.version) {
                return of_keyword(keyword);
            }
            if self.input.dialect.version > last {
                return self.doubt(expr, DoubtKind::Name);
            }
        }
        let slot = self.slot(name);
        match (slot.definition, slot.local) {
            (Definition::Constant(of), _) => of,
            (_, Some(local)) => local.of,
            _ => self.doubt(expr, DoubtKind::Name),
        }
    }

    fn application(&mut self, expr: Expr<'t>) -> Ty {
        let Some((head, arguments)) = expr.call() else { return self.doubt(expr, DoubtKind::Form) };
        match (head.symbol(), head.symbol().and_then(Symbol::word)) {
            (Some(_), Some(Word::Builtin(builtin))) if self.exists(builtin) => {
                self.builtin(builtin, expr, arguments)
            }
            (Some(_), Some(Word::Define(_))) | (None, _) => {
                self.walk_all(arguments);
                self.doubt(head, DoubtKind::Form)
            }
            (Some(name), _) => self.call(name, expr, arguments),
        }
    }

    pub fn exists(&self, builtin: Builtin) -> bool {
        builtin.spec().exists_in(self.input.dialect.version)
    }

    /// Arguments of which nothing is known.
    pub fn walk_all(&mut self, arguments: Children<'t>) {
        for argument in arguments {
            self.value(argument);
        }
    }
}

fn of_keyword(keyword: Keyword) -> Ty {
    match keyword {
        Keyword::ContractCaller | Keyword::TxSender | Keyword::CurrentContract => PRINCIPAL,
        Keyword::BlockHeight
        | Keyword::BurnBlockHeight
        | Keyword::StxLiquidSupply
        | Keyword::ChainId
        | Keyword::StacksBlockHeight
        | Keyword::TenureHeight
        | Keyword::StacksBlockTime => UINT,
        Keyword::None => OPTIONAL_NOTHING,
        Keyword::True | Keyword::False | Keyword::IsInRegtest | Keyword::IsInMainnet => BOOL,
        Keyword::TxSponsor => OPTIONAL_PRINCIPAL,
    }
}
