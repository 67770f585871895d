//! What contracts may know of each other: functions that can be called, and traits.

use super::names::{Naming, Spelling, Strings};
use super::pool::Pool;
use super::shape::{Shape, Ty};
use super::walk::Signature;
use crate::model::Access;

/// A contract as its callers see it. It stands on its own: it needs neither the contract's text nor its tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interface {
    pub(super) pool: Pool,
    /// The names of fields, by symbol.
    pub(super) names: Strings,
    /// Public and read-only functions, by name.
    functions: Vec<Function>,
    /// Traits by name.
    traits: Vec<Trait>,
}

/// A function that can be called from outside, or a method of a trait.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: Box<str>,
    pub access: Access,
    pub parameters: Vec<Ty>,
    pub result: Ty,
}

/// A trait that others may use; its methods are by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Trait {
    pub name: Box<str>,
    pub methods: Vec<Function>,
}

impl Interface {
    pub fn function(&self, name: &str) -> Option<&Function> {
        find(&self.functions, name, |function| &function.name)
    }

    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    pub fn trait_of(&self, name: &str) -> Option<&Trait> {
        find(&self.traits, name, |of| &of.name)
    }

    pub fn traits(&self) -> &[Trait] {
        &self.traits
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    pub fn names(&self) -> &Strings {
        &self.names
    }
}

fn find<'a, T>(sorted: &'a [T], name: &str, of: impl Fn(&T) -> &str) -> Option<&'a T> {
    sorted.binary_search_by(|item| of(item).cmp(name)).ok().map(|at| &sorted[at])
}

/// Makes an interface of what is there.
#[derive(Default)]
pub struct Builder {
    interface: Interface,
}

impl Builder {
    /// What types are to be made in, and their names.
    pub fn parts(&mut self) -> (&mut Pool, &mut Strings) {
        (&mut self.interface.pool, &mut self.interface.names)
    }

    pub fn function(&mut self, function: Function) {
        self.interface.functions.push(function);
    }

    pub fn trait_of(&mut self, mut of: Trait) {
        of.methods.sort_by(|one, other| one.name.cmp(&other.name));
        self.interface.traits.push(of);
    }

    pub fn build(mut self) -> Interface {
        self.interface.functions.sort_by(|one, other| one.name.cmp(&other.name));
        self.interface.traits.sort_by(|one, other| one.name.cmp(&other.name));
        self.interface
    }
}

/// Takes types from one pool into another, each once.
#[derive(Default)]
pub struct Copier {
    /// What became of each type.
    made: Vec<Option<Ty>>,
}

impl Copier {
    /// The type in `to`; `names` gives the names of fields their symbols there.
    pub fn copy<F: Spelling, T: Naming>(
        &mut self,
        of: Ty,
        from: &Pool,
        to: &mut Pool,
        names: &mut Renaming<'_, F, T>,
    ) -> Ty {
        if self.made.len() < from.count() {
            self.made.resize(from.count(), None);
        }
        if let Some(made) = self.made[of.0 as usize] {
            return made;
        }
        let made = match from.shape(of) {
            Shape::List(length, part) => {
                let part = self.copy(part, from, to, names);
                to.copied(Shape::List(length, part))
            }
            Shape::Optional(part) => {
                let part = self.copy(part, from, to, names);
                to.copied(Shape::Optional(part))
            }
            Shape::Response(ok, err) => {
                let (ok, err) = (self.copy(ok, from, to, names), self.copy(err, from, to, names));
                to.copied(Shape::Response(ok, err))
            }
            Shape::Tuple(_) => {
                let fields = from.fields(of).iter();
                let mut fields: Vec<_> = fields
                    .map(|&(name, part)| {
                        (names.to.symbol(names.from.name(name)), self.copy(part, from, to, names))
                    })
                    .collect();
                match to.tuple(&mut fields, &*names.to) {
                    Some(Ok(made)) => made,
                    _ => super::presets::UNKNOWN,
                }
            }
            Shape::Trait(index) => to.implementer(from.trait_of(index).clone()),
            Shape::Contract(index) => to.contract(from.contract_of(index).clone()),
            Shape::OneOf(_) => {
                let mut choices: Vec<_> =
                    from.choices(of).iter().map(|&of| self.copy(of, from, to, names)).collect();
                choices.sort_unstable();
                to.one_of(&choices)
            }
            shape => to.copied(shape),
        };
        self.made[of.0 as usize] = Some(made);
        made
    }
}

/// Where the types of several contracts meet that have no pool in common.
#[derive(Default)]
pub struct Scratch {
    pub pool: Pool,
    names: Strings,
}

impl Scratch {
    /// The signature in the types of this place.
    pub fn signature(&mut self, interface: &Interface, function: &Function) -> Signature {
        let mut copier = Copier::default();
        let mut names = Renaming { from: &interface.names, to: &mut self.names };
        let mut copy = |of: Ty| copier.copy(of, &interface.pool, &mut self.pool, &mut names);
        let parameters = function.parameters.iter().map(|&of| copy(of)).collect();
        Signature { parameters, result: copy(function.result) }
    }
}

/// From the names of one pool to those of another.
pub struct Renaming<'n, F, T> {
    pub from: &'n F,
    pub to: &'n mut T,
}
