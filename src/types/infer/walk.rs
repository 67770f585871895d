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
use super::pool::{
    BOOL, INT, OPTIONAL_NOTHING, OPTIONAL_PRINCIPAL, PRINCIPAL, Pool, Shape, Ty, UINT, UNKNOWN,
};
use super::traits::Methods;
use super::{Implemented, Input, Interface};
use crate::builtins::{Builtin, Keyword, Word};
use crate::model::Access;
use crate::project::{QualifiedName, is_principal};
use crate::syntax::{Children, Expr, Kind, NodeId, Symbol};

/// Where interfaces of other contracts come from.
pub type Callees<'a> = &'a dyn Fn(&QualifiedName) -> Option<&'a Interface>;

/// What a name means.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    pub definition: Definition,
    /// The trait that it is an alias of.
    pub alias: Option<Ty>,
    /// Whether the chain takes it for a name that is used already.
    pub taken: bool,
    pub local: Option<Local>,
}

#[derive(Clone, Copy, Debug, Default)]
pub enum Definition {
    #[default]
    Nothing,
    Constant(Ty),
    Variable(Ty),
    Map(Ty, Ty),
    FungibleToken,
    NonFungibleToken(Ty),
    /// The number of a function.
    Function(u32),
}

#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub of: Ty,
    /// Whether the chain keeps it apart as a trait, so that it can be called.
    pub callable: bool,
}

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
    known: Callees<'a>,
    /// Contracts by the number that the pool gave them.
    callees: FxHashMap<u32, Option<Callee<'a>>>,
    pub pool: Pool,
    pub names: Names<'t>,
    /// By node.
    pub of: Vec<Ty>,
    pub slots: Vec<Slot>,
    /// What names meant outside of the scopes that are open.
    hidden: Vec<(Symbol, Option<Local>)>,
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
            pool: Pool::new(),
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

    pub fn slot(&self, name: Symbol) -> &Slot {
        &self.slots[name.0 as usize]
    }

    pub fn slot_mut(&mut self, name: Symbol) -> &mut Slot {
        &mut self.slots[name.0 as usize]
    }

    /// Opens a scope; [`Self::leave`] takes what it gives.
    pub fn enter(&self) -> usize {
        self.hidden.len()
    }

    pub fn leave(&mut self, scope: usize) {
        while self.hidden.len() > scope {
            if let Some((name, local)) = self.hidden.pop() {
                self.slot_mut(name).local = local;
            }
        }
    }

    pub fn bind(&mut self, name: Symbol, local: Local) {
        let hidden = self.slot_mut(name).local.replace(local);
        self.hidden.push((name, hidden));
    }

    /// Binds what `let` and `match` name.
    pub fn bind_new(&mut self, name: Symbol, of: Ty) {
        let callable = self.clarity2 && matches!(self.pool.shape(of), Shape::Trait(_));
        self.bind(name, Local { of, callable });
    }

    /// Whether `let` and `match` may give something that name.
    pub fn check_new(&mut self, at: Expr<'_>, name: Symbol) {
        let slot = *self.slot(name);
        if slot.taken || slot.local.is_some_and(|local| !local.callable) {
            self.doubt(at, DoubtKind::Taken);
        } else if slot.local.is_some() {
            // The chain lets it pass and goes on seeing the trait.
            self.doubt(at, DoubtKind::Twice);
        }
        self.check_reserved(at, name);
    }

    /// `block-height` names nothing since it is gone.
    pub fn check_reserved(&mut self, at: Expr<'_>, name: Symbol) {
        let reserved = Keyword::BlockHeight;
        if name.word() == Some(Word::Keyword(reserved)) && self.input.dialect.version > reserved.versions().1
        {
            self.doubt(at, DoubtKind::Name);
        }
    }

    /// The type of an expression.
    pub fn value(&mut self, expr: Expr<'t>) -> Ty {
        let of = self.unnoted(expr);
        self.of[expr.id().0 as usize] = of;
        of
    }

    /// An expression where a type is expected. From Clarity 2 on it has that type then.
    pub fn expects(&mut self, expr: Expr<'t>, wanted: Ty) -> Ty {
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
            return noted;
        }
        if let (Kind::Contract, Shape::Trait(_)) = (expr.kind(), self.pool.shape(wanted)) {
            let contract = self.unnoted(expr);
            if let Err(kind) = self.conforms_1(contract, wanted) {
                self.doubt(expr, kind);
            }
            self.of[expr.id().0 as usize] = wanted;
            return wanted;
        }
        let of = self.value(expr);
        if !self.pool.admits(wanted, of) {
            self.doubt(expr, DoubtKind::Mismatch);
        }
        of
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

    /// A call of a function of the same contract. The chain does not count the arguments.
    fn call(&mut self, name: Symbol, expr: Expr<'t>, arguments: Children<'t>) -> Ty {
        self.check_reserved(expr, name);
        let Some(function) = self.function(name) else {
            self.walk_all(arguments);
            return self.doubt(expr, DoubtKind::Name);
        };
        let signature = Rc::clone(&function.signature);
        self.writes |= function.writes;
        self.arguments(expr, arguments, &signature.parameters);
        signature.result
    }

    pub fn function(&self, name: Symbol) -> Option<&Function> {
        match self.slot(name).definition {
            Definition::Function(at) => Some(&self.functions[at as usize]),
            _ => None,
        }
    }

    /// Arguments against the types that are expected of them.
    pub fn arguments(&mut self, at: Expr<'t>, mut arguments: Children<'t>, wanted: &[Ty]) {
        let mut wanted = wanted.iter();
        for &wanted in wanted.by_ref() {
            match arguments.next() {
                Some(argument) => {
                    self.expects(argument, wanted);
                }
                None => {
                    self.doubt(at, DoubtKind::Count);
                    return;
                }
            }
        }
        if arguments.clone().next().is_some() {
            self.doubt(at, DoubtKind::Count);
            self.walk_all(arguments);
        }
    }

    /// What is known of the contract with that number in the pool.
    pub fn callee(&mut self, contract: u32) -> Option<&mut Callee<'a>> {
        let (known, pool) = (self.known, &self.pool);
        let callee = self.callees.entry(contract).or_insert_with(|| {
            let interface = known(pool.contract_of(contract))?;
            Some(Callee { interface, copier: Copier::default() })
        });
        callee.as_mut()
    }

    /// The function that a contract has for others.
    pub fn callee_function(&mut self, contract: u32, name: &str) -> Result<(Signature, Access), DoubtKind> {
        let missing = self.pool.contract_of(contract).clone();
        let Some(interface) = self.callee(contract).map(|callee| callee.interface) else {
            return Err(DoubtKind::Missing(missing));
        };
        let function = interface.function(name).ok_or(DoubtKind::Callee)?;
        Ok((self.signature_of(contract, interface, function)?, function.access))
    }

    /// The signature in this contract's types.
    pub fn signature_of(
        &mut self,
        contract: u32,
        interface: &Interface,
        function: &super::interface::Function,
    ) -> Result<Signature, DoubtKind> {
        let Some(Some(callee)) = self.callees.get_mut(&contract) else { return Err(DoubtKind::Callee) };
        let mut names = super::interface::Inwards { from: &interface.names, to: &mut self.names };
        let (copier, pool) = (&mut callee.copier, &mut self.pool);
        let mut copy = |of: Ty| copier.copy(of, &interface.pool, pool, &mut names);
        let parameters: Vec<_> = function.parameters.iter().map(|&of| copy(of)).collect();
        let result = copy(function.result);
        Ok(Signature { parameters, result })
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
