//! Traits: what they demand, who has it, and where a contract or another trait may stand for one.

use std::rc::Rc;

use super::doubt::DoubtKind;
use super::names::Naming;
use super::pool::TraitName;
use super::presets::{NOTHING, UNKNOWN};
use super::shape::{Shape, Ty};
use super::walk::{Signature, Walk};
use crate::syntax::{Expr, Symbol};

/// How far traits that mention traits are followed.
const MOST_COMPARED: u32 = 32;

/// What a trait demands, in the order of the methods' names.
pub type Methods = Vec<Method>;

pub struct Method {
    pub name: Symbol,
    pub signature: Rc<Signature>,
}

pub fn method(methods: &Methods, name: Symbol) -> Option<&Rc<Signature>> {
    methods.iter().find(|method| method.name == name).map(|method| &method.signature)
}

impl<'t> Walk<'_, 't> {
    /// Whether a value of one type may stand where another is expected, traits and contracts looked into
    /// (`clarity2_inner_type_check_type`).
    pub fn fits(&mut self, given: Ty, wanted: Ty) -> Result<(), DoubtKind> {
        if given == wanted && self.pool.is_plain(given) || [given, wanted].contains(&UNKNOWN) {
            return Ok(());
        }
        match (self.pool.shape(given), self.pool.shape(wanted)) {
            (Shape::Optional(given), Shape::Optional(wanted)) => self.fits(given, wanted),
            (Shape::Response(ok, err), Shape::Response(wanted_ok, wanted_err)) => {
                self.fits(ok, wanted_ok)?;
                self.fits(err, wanted_err)
            }
            (Shape::List(length, given), Shape::List(most, wanted)) => {
                if length > most {
                    return Err(DoubtKind::Mismatch);
                }
                self.fits(given, wanted)
            }
            (Shape::Tuple(_), Shape::Tuple(_)) => {
                let pairs: Option<Vec<_>> = self.pool.pairs(given, wanted).map(Iterator::collect);
                for (given, wanted) in pairs.ok_or(DoubtKind::Mismatch)? {
                    self.fits(given, wanted)?;
                }
                Ok(())
            }
            (Shape::Trait(_), Shape::Trait(_)) => self.covers(given, wanted),
            (Shape::Contract(contract), Shape::Trait(_)) => self.conforms(contract, wanted),
            (Shape::OneOf(_), Shape::Trait(_)) => {
                for choice in self.pool.choices(given).to_vec() {
                    self.fits(choice, wanted)?;
                }
                Ok(())
            }
            _ if given == NOTHING => Ok(()),
            _ if self.pool.admits(wanted, given) => Ok(()),
            _ => Err(DoubtKind::Mismatch),
        }
    }

    /// Whether one trait demands all that another does.
    fn covers(&mut self, given: Ty, wanted: Ty) -> Result<(), DoubtKind> {
        if given == wanted {
            return Ok(());
        }
        if let Some(&covers) = self.compared.get(&(given, wanted)) {
            return if covers { Ok(()) } else { Err(DoubtKind::Mismatch) };
        }
        if self.comparing >= MOST_COMPARED {
            return Err(DoubtKind::TooLarge);
        }
        self.comparing += 1;
        let result = self.compare_methods(given, wanted);
        self.comparing -= 1;
        self.compared.insert((given, wanted), result.is_ok());
        result
    }

    fn compare_methods(&mut self, given: Ty, wanted: Ty) -> Result<(), DoubtKind> {
        let (given, wanted) = (self.methods_of(given)?, self.methods_of(wanted)?);
        for wanted in wanted.iter() {
            let given = method(&given, wanted.name).ok_or(DoubtKind::Mismatch)?.clone();
            if given.parameters.len() != wanted.signature.parameters.len() {
                return Err(DoubtKind::Mismatch);
            }
            for (&given, &wanted) in given.parameters.iter().zip(&wanted.signature.parameters) {
                self.fits(given, wanted)?;
            }
            self.fits(given.result, wanted.signature.result)?;
        }
        Ok(())
    }

    /// Whether a contract has what a trait demands (`check_trait_compliance`).
    pub fn conforms(&mut self, contract: u32, wanted: Ty) -> Result<(), DoubtKind> {
        let interface = self.callee(contract)?.interface;
        for wanted in self.methods_of(wanted)?.iter() {
            let name = super::names::Spelling::name(&self.names, wanted.name).to_owned();
            let function = interface.function(&name).ok_or(DoubtKind::Mismatch)?;
            let found = self.signature_of(contract, function)?;
            if !self.pool.has(&found, &wanted.signature) {
                return Err(DoubtKind::Mismatch);
            }
        }
        Ok(())
    }

    /// The same in Clarity 1, which asks the contract that defines the trait and not the one that uses it.
    pub fn conforms_1(&mut self, contract: Ty, wanted: Ty) -> Result<(), DoubtKind> {
        let (Shape::Contract(contract), Shape::Trait(index)) =
            (self.pool.shape(contract), self.pool.shape(wanted))
        else {
            return Err(DoubtKind::Mismatch);
        };
        let definer = self.pool.trait_of(index).contract.clone();
        if definer == self.input.name {
            return Err(DoubtKind::Missing(definer));
        }
        self.conforms(contract, wanted)
    }

    /// What a trait demands, wherever it is defined.
    pub fn methods_of(&mut self, of: Ty) -> Result<Rc<Methods>, DoubtKind> {
        if let Some(known) = self.methods.get(&of) {
            return known.clone().ok_or(DoubtKind::Callee);
        }
        let Shape::Trait(index) = self.pool.shape(of) else { return Err(DoubtKind::Mismatch) };
        let TraitName { contract, name } = self.pool.trait_of(index).clone();
        if contract == self.input.name {
            return Err(DoubtKind::Name);
        }
        let definer = self.pool.contract(contract);
        let Shape::Contract(definer) = self.pool.shape(definer) else { return Err(DoubtKind::Callee) };
        let methods = self.callee(definer)?.interface.trait_of(&name).map(|of| of.methods.iter());
        let methods = methods.map(|methods| {
            methods
                .map(|method| {
                    let signature = self.signature_of(definer, method)?;
                    let name = self.names.symbol(&method.name);
                    Ok(Method { name, signature: Rc::new(signature) })
                })
                .collect::<Result<Methods, DoubtKind>>()
        });
        let methods = methods.transpose()?.map(Rc::new);
        self.methods.insert(of, methods.clone());
        methods.ok_or(DoubtKind::Callee)
    }

    /// The trait that a name stands for, so that it can be called.
    pub fn callable(&self, name: Symbol) -> Option<Ty> {
        self.slot(name).local.filter(|local| local.callable).map(|local| local.of)
    }

    /// The methods of a trait that the contract defines or uses: what its own context knows.
    pub fn methods_in_context(&mut self, of: Ty) -> Result<Rc<Methods>, DoubtKind> {
        let Shape::Trait(index) = self.pool.shape(of) else { return Err(DoubtKind::Mismatch) };
        let in_context = self.context.get(&self.pool.trait_of(index).name).map(Vec::as_slice);
        let found = match in_context {
            Some(traits) if self.clarity2 => traits.contains(&of).then_some(of),
            // Clarity 1 knows traits by name alone, and the last one of a name.
            Some(traits) => traits.last().copied(),
            None => None,
        };
        self.methods_of(found.ok_or(DoubtKind::Name)?)
    }

    /// A trait that is in the contract's own context from now on.
    pub fn add_to_context(&mut self, at: Expr<'t>, of: Ty) {
        if let Shape::Trait(index) = self.pool.shape(of) {
            let name = self.pool.trait_of(index).name.clone();
            self.context.entry(name).or_default().push(of);
            if let Err(kind) = self.methods_of(of) {
                self.doubt(at, kind);
            }
        }
    }
}
