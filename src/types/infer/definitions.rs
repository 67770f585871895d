//! The forms at top level, in the order in which the chain reads them.

use std::rc::Rc;

use super::Implemented;
use super::annotation::two;
use super::doubt::DoubtKind;
use super::pool::TraitName;
use super::presets::UINT;
use super::scope::{Definition, Local};
use super::shape::{Shape, Ty};
use super::traits::{Method, Methods};
use super::walk::{Function, Signature, Walk};
use crate::builtins::Define;
use crate::model::Access;
use crate::project::Epoch;
use crate::syntax::{Expr, Kind, Symbol};
use crate::types::limits::MOST;

impl<'t> Walk<'_, 't> {
    /// Notes which trait each alias stands for, and names that are defined twice.
    pub fn collect_aliases(&mut self) {
        let mut seen = vec![false; self.slots.len()];
        for form in self.input.tree.forms() {
            let (Some((define, _)), Some(name)) = (form.define(), form.defined()) else { continue };
            let Some(symbol) = name.symbol() else { continue };
            if define != Define::ImplTrait && std::mem::replace(&mut seen[symbol.0 as usize], true) {
                self.doubt(name, DoubtKind::Twice);
            }
            let trait_name = match define {
                Define::Trait => {
                    let name = self.input.tree.name(symbol).to_owned();
                    Some(TraitName { contract: self.input.name.clone(), name })
                }
                Define::UseTrait => form.children().nth(2).and_then(|path| self.trait_path(path)),
                _ => None,
            };
            if let Some(trait_name) = trait_name {
                let of = self.pool.implementer(trait_name);
                self.slot_mut(symbol).alias = Some(of);
            }
        }
    }

    fn trait_path(&mut self, path: Expr<'t>) -> Option<TraitName> {
        let (issuer, contract, name) = path.trait_identifier()?;
        let contract = self.qualified(path, issuer, contract)?;
        Some(TraitName { contract, name: name.to_owned() })
    }

    pub fn form(&mut self, form: Expr<'t>) {
        let Some((define, arguments)) = form.define() else {
            self.writes = false;
            self.value(form);
            return;
        };
        let arguments: Vec<_> = arguments.collect();
        self.without_traits = !matches!(
            define,
            Define::Private
                | Define::Public
                | Define::ReadOnly
                | Define::Trait
                | Define::UseTrait
                | Define::ImplTrait
        );
        match (define, &*arguments) {
            (Define::Constant, &[name, value]) => {
                let of = self.value(value);
                self.define(name, Definition::Constant(of));
            }
            (Define::DataVar, &[name, of, initial]) => {
                let of = self.annotation(of);
                self.expects(initial, of);
                self.define(name, Definition::Variable(of));
            }
            (Define::Map, &[name, key, value]) => {
                let (key, value) = (self.annotation(key), self.annotation(value));
                self.define(name, Definition::Map(key, value));
            }
            (Define::FungibleToken, &[name]) => self.define(name, Definition::FungibleToken),
            (Define::FungibleToken, &[name, supply]) => {
                self.expects(supply, UINT);
                self.define(name, Definition::FungibleToken);
            }
            (Define::NonFungibleToken, &[name, of]) => {
                let of = self.annotation(of);
                self.define(name, Definition::NonFungibleToken(of));
            }
            (Define::Private, &[signature, body]) => self.define_function(Access::Private, signature, body),
            (Define::Public, &[signature, body]) => self.define_function(Access::Public, signature, body),
            (Define::ReadOnly, &[signature, body]) => self.define_function(Access::ReadOnly, signature, body),
            (Define::Trait, &[name, methods]) => self.define_trait(name, methods),
            (Define::UseTrait, &[name, path]) => self.use_trait(name, path),
            (Define::ImplTrait, &[path]) => match self.trait_path(path) {
                Some(of) => self.implements.push(Implemented { node: path.id(), of }),
                None => {
                    self.doubt(path, DoubtKind::Form);
                }
            },
            _ => {
                self.doubt(form, DoubtKind::Count);
                // What stands in it may still be asked for.
                for argument in arguments.into_iter().skip(1) {
                    self.value(argument);
                }
            }
        }
        self.without_traits = false;
    }

    /// Gives a name its meaning, if it has none yet.
    fn define(&mut self, name: Expr<'t>, definition: Definition) {
        let Some(symbol) = name.symbol() else {
            self.doubt(name, DoubtKind::Form);
            return;
        };
        self.check_reserved(name, symbol);
        if self.slot(symbol).taken {
            self.doubt(name, DoubtKind::Taken);
            return;
        }
        let slot = self.slot_mut(symbol);
        slot.definition = definition;
        slot.taken = true;
    }

    fn define_function(&mut self, access: Access, signature: Expr<'t>, body: Expr<'t>) {
        let Some((name, parameters)) = signature.call() else {
            self.doubt(signature, DoubtKind::Form);
            self.value(body);
            return;
        };
        let scope = self.enter();
        let mut types = Vec::new();
        for parameter in parameters {
            match two(parameter).and_then(|(name, of)| Some((name, name.symbol()?, of))) {
                Some((name, symbol, of)) => {
                    let of = self.annotation(of);
                    types.push(of);
                    self.parameter(name, symbol, of);
                }
                None => {
                    self.doubt(parameter, DoubtKind::Form);
                }
            }
        }
        self.check_most(signature, types.len());
        self.writes = false;
        self.thrown = Some(None);
        let of = self.value(body);
        let result = self.result(body, of);
        self.leave(scope);
        if access == Access::Public
            && !matches!(self.pool.shape(result), Shape::Response(..) | Shape::Unknown)
        {
            self.doubt(name, DoubtKind::Mismatch);
        }
        if access == Access::ReadOnly && self.writes {
            self.doubt(name, DoubtKind::Writes);
        }
        let at = self.functions.len() as u32;
        self.define(name, Definition::Function(at));
        let Some(symbol) = name.symbol() else { return };
        if access == Access::ReadOnly {
            // The chain forgets read-only functions when it asks whether a name is taken.
            self.slot_mut(symbol).taken = false;
        }
        let signature = Rc::new(Signature { parameters: types, result });
        self.functions.push(Function { name: symbol, access, signature, writes: self.writes });
    }

    fn parameter(&mut self, name: Expr<'t>, symbol: Symbol, of: Ty) {
        self.check_reserved(name, symbol);
        if self.slot(symbol).taken {
            self.doubt(name, DoubtKind::Taken);
        }
        let callable = matches!(self.pool.shape(of), Shape::Trait(_));
        self.bind(symbol, Local { of, callable });
    }

    /// What a function results in: the value of its body, or what it throws.
    fn result(&mut self, body: Expr<'t>, of: Ty) -> Ty {
        let of = match self.thrown.take().flatten() {
            Some(thrown) => {
                let common = self.pool.common(thrown, of, &self.names);
                self.matched(body, common)
            }
            None => of,
        };
        let concrete = self.pool.concrete(of);
        self.matched(body, concrete)
    }

    fn check_most(&mut self, at: Expr<'t>, count: usize) {
        if count > MOST && self.input.dialect.epoch >= Epoch::EPOCH_3_3 {
            self.doubt(at, DoubtKind::TooLarge);
        }
    }

    /// From Clarity 3 on a trait needs a name of its own; until then only what is defined after it does.
    fn name_trait(&mut self, name: Expr<'t>) {
        let Some(symbol) = name.symbol() else {
            self.doubt(name, DoubtKind::Form);
            return;
        };
        self.check_reserved(name, symbol);
        let is_new = self.input.dialect.version.number() >= 3;
        if is_new && self.slot(symbol).taken {
            self.doubt(name, DoubtKind::Taken);
        }
        if self.clarity2 {
            self.slot_mut(symbol).taken = true;
        }
    }

    fn define_trait(&mut self, name: Expr<'t>, methods: Expr<'t>) {
        self.name_trait(name);
        if methods.kind() != Kind::List {
            self.doubt(methods, DoubtKind::Form);
            return;
        }
        let mut found = Methods::new();
        for method in methods.children() {
            let mut parts = method.children();
            let (Kind::List, Some(name), Some(parameters), Some(result), None) =
                (method.kind(), parts.next(), parts.next(), parts.next(), parts.next())
            else {
                self.doubt(method, DoubtKind::Form);
                continue;
            };
            let (Some(symbol), Kind::List) = (name.symbol(), parameters.kind()) else {
                self.doubt(method, DoubtKind::Form);
                continue;
            };
            let parameters: Vec<_> = parameters.children().map(|of| self.annotation(of)).collect();
            self.check_most(method, parameters.len());
            let result = self.annotation(result);
            if !matches!(self.pool.shape(result), Shape::Response(..) | Shape::Unknown) {
                self.doubt(method, DoubtKind::Mismatch);
            }
            let signature = Rc::new(Signature { parameters, result });
            found.push(Method { name: symbol, signature });
        }
        self.check_most(name, methods.children().count());
        found.sort_by_key(|method| method.name);
        let count = found.len();
        // In Clarity 1 the last method of a name counts.
        found.reverse();
        found.dedup_by_key(|method| method.name);
        if self.clarity2 && found.len() < count {
            self.doubt(name, DoubtKind::Twice);
        }
        let Some(symbol) = name.symbol() else { return };
        if !self.clarity2 {
            self.slot_mut(symbol).taken = true;
        }
        if let Some(of) = self.slot(symbol).alias {
            self.methods.insert(of, Some(Rc::new(found)));
            self.add_to_context(name, of);
        }
    }

    fn use_trait(&mut self, name: Expr<'t>, path: Expr<'t>) {
        self.name_trait(name);
        let Some((_, _, original)) = path.trait_identifier() else {
            self.doubt(path, DoubtKind::Form);
            return;
        };
        // Clarity 1 takes the name that the trait has where it is defined.
        if !self.clarity2
            && let Some(symbol) = self.names.known(original)
        {
            self.slot_mut(symbol).taken = true;
        }
        if let Some(of) = name.symbol().and_then(|name| self.slot(name).alias) {
            self.add_to_context(path, of);
        }
    }
}
