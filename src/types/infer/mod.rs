//! clarlint's own types: one for every expression, in one pass, from the contract's text, its dialect and the
//! interfaces of the contracts that it calls. Nothing is rejected: what does not fit is [`Shape::Unknown`] and noted
//! as a [`Doubt`], and a contract without doubts is one that the chain takes.
//!
//! `order` puts definitions before their uses, `definitions` goes through them, `walk` through expressions. `builtins`
//! knows what each builtin takes and leads to `fixed`, `forms`, `outcomes`, `sequences`, `state`, `calls` and
//! `allowances`; `annotation` reads types that are written out. `pool` keeps types, `relate` compares them, `traits`
//! looks into contracts and traits; `interface` is what others see.

mod allowances;
mod annotation;
mod builtins;
mod calls;
mod definitions;
mod doubt;
mod fixed;
mod forms;
mod interface;
mod names;
mod numbered;
mod order;
mod outcomes;
mod pool;
mod presets;
mod relate;
mod scope;
mod sequences;
mod shape;
mod state;
mod traits;
mod walk;

pub use doubt::{Doubt, DoubtKind};
pub use interface::{Builder, Function, Interface, Scratch, Trait};
pub use names::{Spelling, Strings};
pub use order::order;
pub use pool::{Pool, TooLarge, TraitName};
pub use shape::{Shape, Ty};

use crate::model::Access;
use crate::project::{Dialect, QualifiedName};
use crate::syntax::{NodeId, Symbol, SymbolNames, Tree};
use interface::{Copier, Renaming};
use scope::Definition;
use walk::Walk;

/// A contract whose types are wanted.
#[derive(Clone, Debug)]
pub struct Input<'t> {
    pub tree: &'t Tree,
    pub name: QualifiedName,
    /// Whose contracts those without a deployer are; `None` stands for the project's own.
    pub issuer: Option<&'t str>,
    pub dialect: Dialect,
}

/// The types of a contract.
#[derive(Debug)]
pub struct Inferred {
    pool: Pool,
    /// The names of the contract, and those that only its callees have.
    names: SymbolNames,
    foreign: Vec<Box<str>>,
    of: Vec<Ty>,
    functions: Vec<FunctionType>,
    definitions: Vec<(Symbol, Defined)>,
    doubts: Vec<Doubt>,
    /// The traits that it says to implement, in order.
    pub implements: Vec<Implemented>,
}

/// A function in the types of its own contract.
#[derive(Clone, Debug)]
pub struct FunctionType {
    pub name: Symbol,
    pub access: Access,
    pub parameters: Vec<Ty>,
    pub result: Ty,
}

/// What a name at top level has types of.
#[derive(Clone, Copy, Debug)]
pub enum Defined {
    Constant(Ty),
    Variable(Ty),
    /// Keys and values.
    Map(Ty, Ty),
    /// The identifiers of a non-fungible token.
    Token(Ty),
}

/// A trait that a contract says to implement.
#[derive(Clone, Debug)]
pub struct Implemented {
    /// The trait's identifier in `impl-trait`.
    pub node: NodeId,
    pub of: TraitName,
}

/// Infers the types of a contract. `callees` gives the interfaces of others; of a contract that it does not have the
/// doubts say so.
pub fn infer<'a>(
    input: &'a Input<'_>,
    callees: &'a dyn Fn(&QualifiedName) -> Option<&'a Interface>,
) -> (Inferred, Interface) {
    let mut walk = Walk::new(input, callees);
    walk.contract();
    let interface = interface_of(&mut walk);
    let symbols = (0..walk.slots.len()).map(|at| Symbol(at as u32));
    let definitions = symbols.filter_map(|symbol| {
        let defined = match walk.slots[symbol.0 as usize].definition {
            Definition::Constant(of) => Defined::Constant(of),
            Definition::Variable(of) => Defined::Variable(of),
            Definition::Map(key, value) => Defined::Map(key, value),
            Definition::NonFungibleToken(of) => Defined::Token(of),
            Definition::Nothing | Definition::FungibleToken | Definition::Function(_) => return None,
        };
        Some((symbol, defined))
    });
    let definitions = definitions.collect();
    let functions = walk.functions.iter().map(|function| FunctionType {
        name: function.name,
        access: function.access,
        parameters: function.signature.parameters.clone(),
        result: function.signature.result,
    });
    let mut functions: Vec<_> = functions.collect();
    functions.sort_by_key(|function| function.name);
    let inferred = Inferred {
        functions,
        definitions,
        pool: walk.pool,
        names: input.tree.symbol_names(),
        foreign: walk.names.into_foreign(),
        of: walk.of,
        doubts: walk.doubts,
        implements: walk.implements,
    };
    (inferred, interface)
}

/// What others may ask for.
fn interface_of(walk: &mut Walk<'_, '_>) -> Interface {
    let mut builder = Builder::default();
    let mut copier = Copier::default();
    let (pool, names) = (&walk.pool, &walk.names);
    let mut function = |builder: &mut Builder, name: Symbol, access, signature: &walk::Signature| {
        let (to, texts) = builder.parts();
        let mut outwards = Renaming { from: names, to: texts };
        let mut copy = |of: Ty| copier.copy(of, pool, to, &mut outwards);
        let parameters: Vec<_> = signature.parameters.iter().map(|&of| copy(of)).collect();
        let result = copy(signature.result);
        Function { name: names.name(name).into(), access, parameters, result }
    };
    for own in walk.functions.iter().filter(|own| own.access != Access::Private) {
        let made = function(&mut builder, own.name, own.access, &own.signature);
        builder.function(made);
    }
    for (name, traits) in &walk.context {
        // Clarity 1 hands on the traits that it uses, by name, the last one of a name.
        let own = |of: &&Ty| match walk.pool.shape(**of) {
            Shape::Trait(index) => !walk.clarity2 || walk.pool.trait_of(index).contract == walk.input.name,
            _ => false,
        };
        let Some(of) = traits.iter().rev().find(own) else { continue };
        let Some(Some(methods)) = walk.methods.get(of) else { continue };
        let methods = methods.iter();
        let methods = methods.map(|it| function(&mut builder, it.name, Access::Public, &it.signature));
        let methods = methods.collect();
        builder.trait_of(Trait { name: name.as_str().into(), methods });
    }
    builder.build()
}

impl Inferred {
    /// The type of an expression; [`Shape::Unknown`] of what is none.
    pub fn of(&self, node: NodeId) -> Ty {
        self.of[node.0 as usize]
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    pub fn shape(&self, of: Ty) -> Shape {
        self.pool.shape(of)
    }

    /// Every function, in the order of their symbols.
    pub fn functions(&self) -> &[FunctionType] {
        &self.functions
    }

    /// What a constant, variable, map or non-fungible token of that name has types of.
    pub fn definition_named(&self, name: &str) -> Option<Defined> {
        self.definitions.iter().find(|(symbol, _)| self.name(*symbol) == name).map(|&(_, defined)| defined)
    }

    /// Whether a type was too long to be written out. The chain's analyser writes all types out; it must not be asked.
    pub fn is_overlong(&self) -> bool {
        self.pool.overlong
    }

    /// What keeps the contract from being accepted out of hand, in the order in which it was found.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }
}

/// The contract's own names, and behind them those of its callees.
impl Spelling for Inferred {
    fn name(&self, symbol: Symbol) -> &str {
        match (symbol.0 as usize).checked_sub(self.names.len()) {
            Some(at) => &self.foreign[at],
            None => self.names.name(symbol),
        }
    }
}
