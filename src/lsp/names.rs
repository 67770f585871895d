//! Where names stand in the texts, and what each means there.

use rustc_hash::FxHashMap;

use crate::facts::StateId;
use crate::graph::{FunctionId, Program, Site, Target, TraitId};
use crate::model::{Definition, ExprId, ExprKind, Model, Name};
use crate::project::{ContractId, QualifiedName};
use crate::source::{FileId, Location, Span};
use crate::syntax::Kind;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    Contract(ContractId),
    Defined(ContractId, Definition),
    /// A function that a trait asks for.
    Method(TraitId, u32),
    Parameter(FunctionId, u32),
    /// A name that `let` or `match` binds, in a function or between the definitions.
    Local(ContractId, Option<u32>, u32),
}

impl Named {
    pub fn function(self) -> Option<FunctionId> {
        match self {
            Self::Defined(contract, Definition::Function(index)) => Some(FunctionId { contract, index }),
            _ => None,
        }
    }

    /// The variable, map or token that it is.
    pub fn storage(self) -> Option<StateId> {
        let Self::Defined(contract, definition) = self else { return None };
        match definition {
            Definition::Variable(index) => Some(StateId::Variable(contract, index)),
            Definition::Map(index) => Some(StateId::Map(contract, index)),
            Definition::FungibleToken(index) => Some(StateId::FungibleToken(contract, index)),
            Definition::NonFungibleToken(index) => Some(StateId::NonFungibleToken(contract, index)),
            _ => None,
        }
    }
}

/// A name at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub at: Location,
    pub named: Named,
}

/// The names of all contracts.
#[derive(Debug, Default)]
pub struct Names {
    /// By place. None lies within another.
    all: Vec<Occurrence>,
    definitions: FxHashMap<Named, Location>,
}

impl Names {
    pub fn of(program: &Program<'_>) -> Self {
        let mut names = Self::default();
        for contract in program.project.contract_ids() {
            Reader { program, contract, model: program.model(contract), names: &mut names }.read();
        }
        // A file that is deployed several times has its names several times.
        names.all.sort_by_key(|it| it.at);
        names.all.dedup_by_key(|it| it.at);
        names
    }

    /// The name at a byte of a file, or the one that ends there.
    pub fn at(&self, file: FileId, offset: u32) -> Option<Occurrence> {
        let behind = self.all.partition_point(|it| (it.at.file, it.at.span.start) <= (file, offset));
        let found = self.all[..behind].last()?;
        (found.at.file == file && offset <= found.at.span.end).then_some(*found)
    }

    pub fn definition(&self, named: Named) -> Option<Location> {
        self.definitions.get(&named).copied()
    }

    /// What is defined within a piece of a file, by place.
    pub fn definitions_in(&self, file: FileId, span: Span) -> impl Iterator<Item = Occurrence> {
        let first = self.all.partition_point(|it| (it.at.file, it.at.span.end) < (file, span.start));
        let behind = self.all.partition_point(|it| (it.at.file, it.at.span.start) <= (file, span.end));
        let within = self.all[first..behind.max(first)].iter().copied();
        within.filter(|it| self.definition(it.named) == Some(it.at))
    }

    /// Every place of a name but its definition, by place.
    pub fn uses(&self, named: Named) -> impl Iterator<Item = Location> {
        let definition = self.definition(named);
        let all = self.all.iter().filter(move |it| it.named == named).map(|it| it.at);
        all.filter(move |at| Some(*at) != definition)
    }
}

struct Reader<'r, 'p> {
    program: &'r Program<'p>,
    contract: ContractId,
    model: &'r Model,
    names: &'r mut Names,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        let (contract, model) = (self.contract, self.model);
        let file = self.program.contract(contract).file;
        let beginning = Location { file, span: Span::default() };
        self.names.definitions.insert(Named::Contract(contract), beginning);
        self.definitions();
        self.literals();
        for trait_ in model.trait_aliases.iter().map(|alias| &alias.path).chain(&model.implements) {
            if let Some(TraitId { contract, index }) = self.program.find_trait(contract, trait_) {
                self.add(trait_.span, Named::Defined(contract, Definition::Trait(index)));
            }
        }
        let initial = model.variables.iter().chain(&model.fungible_tokens).filter_map(|it| it.initial);
        let constants = model.constants.iter().map(|constant| constant.value);
        let loose = model.deployment.body.iter().copied().chain(constants).chain(initial);
        self.body(None, loose.collect());
        for (index, function) in (0..).zip(&model.functions) {
            self.body(Some(index), vec![function.body]);
        }
    }

    fn definitions(&mut self) {
        let (contract, model) = (self.contract, self.model);
        let storages = [
            (&model.variables, Definition::Variable as fn(u32) -> Definition),
            (&model.maps, Definition::Map),
            (&model.fungible_tokens, Definition::FungibleToken),
            (&model.non_fungible_tokens, Definition::NonFungibleToken),
        ];
        for (storages, definition) in storages {
            for (index, storage) in (0..).zip(storages) {
                self.define(storage.name, Named::Defined(contract, definition(index)));
            }
        }
        for (index, constant) in (0..).zip(&model.constants) {
            self.define(constant.name, Named::Defined(contract, Definition::Constant(index)));
        }
        for (index, alias) in (0..).zip(&model.trait_aliases) {
            self.define(alias.name, Named::Defined(contract, Definition::TraitAlias(index)));
        }
        for (index, trait_) in (0..).zip(&model.traits) {
            self.define(trait_.name, Named::Defined(contract, Definition::Trait(index)));
            for (method, it) in (0..).zip(&trait_.methods) {
                self.define(it.name, Named::Method(TraitId { contract, index }, method));
            }
        }
        for (index, function) in (0..).zip(&model.functions) {
            self.define(function.name, Named::Defined(contract, Definition::Function(index)));
            for (parameter, it) in (0..).zip(&function.parameters) {
                self.define(it.name, Named::Parameter(FunctionId { contract, index }, parameter));
            }
        }
    }

    /// Contracts and traits that are written out, wherever that is.
    fn literals(&mut self) {
        let contract = self.program.contract(self.contract);
        let tree = &contract.syntax.tree;
        for node in tree.exprs() {
            let named = match node.kind() {
                Kind::Contract => {
                    let name = QualifiedName::of_literal(node, contract.issuer.as_deref());
                    let named = name.and_then(|it| {
                        self.program.find_contract(self.contract, it.issuer.as_deref(), &it.name)
                    });
                    named.map(Named::Contract)
                }
                Kind::TraitReference => {
                    let alias = node.trait_alias().and_then(|alias| self.model.definition(alias));
                    alias.map(|alias| Named::Defined(self.contract, alias))
                }
                _ => None,
            };
            if let Some(named) = named {
                self.add(node.span(), named);
            }
        }
    }

    /// What expressions of a function name, or those between the definitions.
    fn body(&mut self, function: Option<u32>, mut open: Vec<ExprId>) {
        let (contract, model) = (self.contract, self.model);
        let local = |local| Named::Local(contract, function, local);
        while let Some(id) = open.pop() {
            open.extend(model.children(id));
            let site = Site { contract, expr: id };
            let node = self.program.node(site);
            let child = |index| node.children().nth(index).map(|child| child.span());
            let head = self.program.head(site).span;
            match model.expr(id).kind {
                ExprKind::Constant(index) => {
                    self.add(head, Named::Defined(contract, Definition::Constant(index)));
                }
                ExprKind::Name(definition) => self.add(head, Named::Defined(contract, definition)),
                ExprKind::Call(index, _) => {
                    self.add(head, Named::Defined(contract, Definition::Function(index)));
                }
                ExprKind::Parameter(index) => {
                    let of = |function| Named::Parameter(FunctionId { contract, index: function }, index);
                    function.map(of).into_iter().for_each(|named| self.add(head, named));
                }
                ExprKind::Local(index) => self.add(head, local(index)),
                ExprKind::Binding { local: index, .. } => self.bind(child(0), local(index)),
                ExprKind::Match { good, bad, .. } => {
                    self.bind(child(2), local(good));
                    bad.into_iter().for_each(|bad| self.bind(child(4), local(bad)));
                }
                ExprKind::ContractCall { .. } => {
                    let method = node.children().nth(2);
                    let named = method.and_then(|method| self.callee(site, method.name()?));
                    if let (Some(method), Some(named)) = (method, named) {
                        self.add(method.span(), named);
                    }
                }
                _ => {}
            }
        }
    }

    /// What a `contract-call?` calls under a name.
    fn callee(&self, site: Site, method: &str) -> Option<Named> {
        match *self.program.target(site)? {
            Target::Contract(contract) => {
                let function = self.program.callable(contract, method)?;
                Some(Named::Defined(contract, Definition::Function(function.index)))
            }
            Target::Dynamic(Some(of)) => {
                let tree = &self.program.contract(of.contract).syntax.tree;
                let methods = &self.program.model(of.contract).traits[of.index as usize].methods;
                let place = methods.iter().position(|it| tree.name(it.name.symbol) == method)?;
                Some(Named::Method(of, place as u32))
            }
            _ => None,
        }
    }

    fn define(&mut self, name: Name, named: Named) {
        self.bind(Some(name.span), named);
    }

    fn bind(&mut self, span: Option<Span>, named: Named) {
        let Some(span) = span else { return };
        self.names.definitions.insert(named, self.program.location_in(self.contract, span));
        self.add(span, named);
    }

    fn add(&mut self, span: Span, named: Named) {
        // A name that was left out has no place.
        if span.start < span.end {
            let at = self.program.location_in(self.contract, span);
            self.names.all.push(Occurrence { at, named });
        }
    }
}
