//! Calls: of functions of the same contract, of other contracts and of traits.

use std::rc::Rc;

use super::doubt::DoubtKind;
use super::interface::{self, Copier, Renaming};
use super::presets::UNKNOWN;
use super::scope::Definition;
use super::shape::{Shape, Ty};
use super::traits::method;
use super::walk::{Callee, Function, Signature, Walk};
use crate::model::Access;
use crate::syntax::{Children, Expr, Kind, Symbol};

impl<'a, 't> Walk<'a, 't> {
    /// A call of a function of the same contract. The chain does not count the arguments.
    pub fn call(&mut self, name: Symbol, expr: Expr<'t>, arguments: Children<'t>) -> Ty {
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
                Some(argument) => self.expects(argument, wanted),
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

    pub fn contract_call(&mut self, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let (Some(target), Some(name)) = (arguments.next(), arguments.next()) else { return UNKNOWN };
        let found = match name.symbol() {
            Some(name) => self.called(target, name),
            None => Err(DoubtKind::Form),
        };
        match found {
            Ok(signature) => {
                let mut parts = signature.parameters.iter().chain([&signature.result]);
                if !parts.all(|&of| self.pool.is_known(of)) {
                    self.doubt(expr, DoubtKind::Callee);
                }
                self.arguments(expr, arguments, &signature.parameters);
                signature.result
            }
            Err(kind) => {
                self.writes = true;
                self.walk_all(arguments);
                self.doubt(expr, kind)
            }
        }
    }

    /// The function that a call to another contract goes to.
    fn called(&mut self, target: Expr<'t>, name: Symbol) -> Result<Rc<Signature>, DoubtKind> {
        let (contract, written) = match (target.kind(), target.symbol()) {
            (Kind::Contract, _) => (self.contract_literal(target).ok_or(DoubtKind::Form)?, true),
            (Kind::Atom, Some(target)) => match self.slot(target).definition {
                // A call through a constant counts as one that writes.
                Definition::Constant(of) if self.clarity2 => (of, false),
                _ => {
                    self.writes = true;
                    let of = self.callable(target).ok_or(DoubtKind::Name)?;
                    let methods = self.methods_in_context(of)?;
                    return method(&methods, name).cloned().ok_or(DoubtKind::Callee);
                }
            },
            _ => return Err(DoubtKind::Form),
        };
        let Shape::Contract(contract) = self.pool.shape(contract) else { return Err(DoubtKind::Mismatch) };
        let name = self.input.tree.name(name);
        let (signature, access) = self.callee_function(contract, name)?;
        self.writes |= !written || access != Access::ReadOnly;
        Ok(Rc::new(signature))
    }

    /// What is known of the contract with that number in the pool.
    pub fn callee(&mut self, contract: u32) -> Result<&mut Callee<'a>, DoubtKind> {
        let (known, pool) = (self.known, &self.pool);
        let callee = self.callees.entry(contract).or_insert_with(|| {
            let interface = known(pool.contract_of(contract))?;
            Some(Callee { interface, copier: Copier::default() })
        });
        callee.as_mut().ok_or_else(|| DoubtKind::Missing(pool.contract_of(contract).clone()))
    }

    /// The function that a contract has for others.
    pub fn callee_function(&mut self, contract: u32, name: &str) -> Result<(Signature, Access), DoubtKind> {
        let function = self.callee(contract)?.interface.function(name).ok_or(DoubtKind::Callee)?;
        Ok((self.signature_of(contract, function)?, function.access))
    }

    /// The signature of a function of a contract in this contract's types.
    pub fn signature_of(
        &mut self,
        contract: u32,
        function: &interface::Function,
    ) -> Result<Signature, DoubtKind> {
        let Some(Some(callee)) = self.callees.get_mut(&contract) else { return Err(DoubtKind::Callee) };
        let of = callee.interface;
        let mut names = Renaming { from: &of.names, to: &mut self.names };
        let (copier, pool) = (&mut callee.copier, &mut self.pool);
        let mut copy = |part: Ty| copier.copy(part, &of.pool, pool, &mut names);
        let parameters: Vec<_> = function.parameters.iter().map(|&part| copy(part)).collect();
        let result = copy(function.result);
        Ok(Signature { parameters, result })
    }
}
