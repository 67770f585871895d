//! Which type stands where another is expected, and what two types have in common: the rules of epoch 2.1
//! (`admits_type_v2_1`, `least_supertype_v2_1` and `concretize` of clarity-vm's `signatures.rs`).
//!
//! What is unknown fits everywhere, for its doubt is noted already. Types are at most 32 deep, so that all this is.

use super::names::Spelling;
use super::pool::Pool;
use super::presets::{NOTHING, PRINCIPAL, UNKNOWN};
use super::shape::{Shape, Ty};
use super::walk::Signature;

/// There is no such type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

impl Pool {
    /// A contract that is written out is a principal for all that does not call it.
    pub fn concrete(&self, of: Ty) -> Result<Ty, Mismatch> {
        match self.shape(of) {
            Shape::Contract(_) => Ok(PRINCIPAL),
            Shape::OneOf(_) => {
                let contracts = |&of: &Ty| matches!(self.shape(of), Shape::Contract(_));
                if self.choices(of).iter().all(contracts) { Ok(PRINCIPAL) } else { Err(Mismatch) }
            }
            _ => Ok(of),
        }
    }

    /// Whether a value of type `given` may stand where `wanted` is expected.
    pub fn admits(&self, wanted: Ty, given: Ty) -> bool {
        if wanted == given && self.is_plain(wanted) || wanted == UNKNOWN || given == UNKNOWN {
            return true;
        }
        let Ok(given) = self.concrete(given) else { return false };
        match (self.shape(wanted), self.shape(given)) {
            (Shape::List(..), Shape::List(0, _)) => true,
            (Shape::List(most, wanted), Shape::List(length, given)) => {
                most >= length && self.admits(wanted, given)
            }
            (Shape::Buffer(most), Shape::Buffer(length))
            | (Shape::Ascii(most), Shape::Ascii(length))
            | (Shape::Utf8(most), Shape::Utf8(length)) => most >= length,
            (Shape::Optional(wanted), Shape::Optional(given)) => {
                given == NOTHING || self.admits(wanted, given)
            }
            (Shape::Response(_, wanted), Shape::Response(NOTHING, given)) => self.admits(wanted, given),
            (Shape::Response(wanted, _), Shape::Response(given, NOTHING)) => self.admits(wanted, given),
            (Shape::Response(ok, err), Shape::Response(given_ok, given_err)) => {
                self.admits(err, given_err) && self.admits(ok, given_ok)
            }
            (Shape::Tuple(_), Shape::Tuple(_)) => {
                self.pairs(wanted, given).is_some_and(|mut pairs| pairs.all(|(w, g)| self.admits(w, g)))
            }
            (Shape::Nothing, _) => false,
            _ => wanted == given,
        }
    }

    /// Whether a function is what a method of a trait demands: it takes all that it may be given and results in
    /// nothing else.
    pub fn has(&self, found: &Signature, wanted: &Signature) -> bool {
        let (own, demanded) = (&found.parameters, &wanted.parameters);
        own.len() == demanded.len()
            && own.iter().zip(demanded).all(|(&own, &demanded)| self.admits(own, demanded))
            && self.admits(wanted.result, found.result)
            && own.iter().chain([&found.result]).all(|&of| self.is_known(of))
    }

    /// The types of the fields of two tuples that have the same ones.
    pub fn pairs(&self, one: Ty, other: Ty) -> Option<impl Iterator<Item = (Ty, Ty)> + '_> {
        let (one, other) = (self.fields(one), self.fields(other));
        let same = one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.0 == other.0);
        same.then(|| one.iter().zip(other).map(|(one, other)| (one.1, other.1)))
    }

    /// The narrowest type that admits both.
    pub fn common(&mut self, one: Ty, other: Ty, names: &impl Spelling) -> Result<Ty, Mismatch> {
        if one == other || other == NOTHING || other == UNKNOWN {
            return Ok(one);
        }
        if one == NOTHING || one == UNKNOWN {
            return Ok(other);
        }
        let made = match (self.shape(one), self.shape(other)) {
            (Shape::Tuple(_), Shape::Tuple(_)) => {
                // What only the other one has is lost, as on the chain.
                let mut fields = self.fields(one).to_vec();
                for (name, of) in &mut fields {
                    let there = self.field(other, *name).ok_or(Mismatch)?;
                    *of = self.common(*of, there, names)?;
                }
                self.tuple(&mut fields, names).ok_or(Mismatch)?
            }
            (Shape::List(length, one), Shape::List(other_length, other)) => {
                let of = match (length, other_length) {
                    (0, _) => other,
                    (_, 0) => one,
                    _ => self.common(one, other, names)?,
                };
                self.list(length.max(other_length), of)
            }
            (Shape::Response(ok, err), Shape::Response(other_ok, other_err)) => {
                let (ok, err) = (self.common(ok, other_ok, names)?, self.common(err, other_err, names)?);
                self.response(ok, err)
            }
            (Shape::Optional(one), Shape::Optional(other)) => {
                let of = self.common(one, other, names)?;
                self.optional(of)
            }
            (Shape::Buffer(length), Shape::Buffer(other)) => self.buffer(length.max(other)),
            (Shape::Ascii(length), Shape::Ascii(other)) => self.ascii(length.max(other)),
            (Shape::Utf8(length), Shape::Utf8(other)) => self.utf8(length.max(other)),
            (Shape::Principal, Shape::Contract(_)) | (Shape::Contract(_), Shape::Principal) => Ok(PRINCIPAL),
            (Shape::Principal, Shape::OneOf(_)) => Ok(self.concrete(other)?),
            (Shape::OneOf(_), Shape::Principal) => Ok(self.concrete(one)?),
            (
                Shape::Trait(_) | Shape::Contract(_) | Shape::OneOf(_),
                Shape::Trait(_) | Shape::Contract(_) | Shape::OneOf(_),
            ) => {
                let mut choices = [self.alternatives(one), self.alternatives(other)].concat();
                choices.sort_unstable();
                choices.dedup();
                Ok(self.one_of(&choices))
            }
            _ => return Err(Mismatch),
        };
        made.map_err(|_| Mismatch)
    }

    /// The traits and contracts that a value may be.
    fn alternatives(&self, of: Ty) -> Vec<Ty> {
        match self.shape(of) {
            Shape::OneOf(_) => self.choices(of).to_vec(),
            _ => vec![of],
        }
    }

    /// How many bytes the longest value of the type takes when it is serialised; `None` if nothing tells.
    pub fn serialised(&self, of: Ty, names: &impl Spelling) -> Option<u32> {
        let bytes = match self.shape(of) {
            Shape::Unknown | Shape::Nothing | Shape::OneOf(_) => return None,
            Shape::Int | Shape::Uint => 16,
            Shape::Bool => 0,
            // A byte for the version, 20 of the hash, one for the length of the name, and the name.
            Shape::Principal | Shape::Trait(_) | Shape::Contract(_) => 150,
            Shape::Buffer(length) | Shape::Ascii(length) => length.checked_add(4)?,
            Shape::Utf8(length) => length.checked_mul(4)?.checked_add(4)?,
            Shape::List(length, of) => length.checked_mul(self.serialised(of, names)?)?.checked_add(4)?,
            // Of a side that nothing tells there is no value.
            Shape::Optional(of) => self.serialised(of, names).unwrap_or(0),
            Shape::Response(ok, err) => self.serialised(ok, names).max(self.serialised(err, names))?,
            Shape::Tuple(_) => {
                let mut bytes = 4u32;
                for &(name, of) in self.fields(of) {
                    let name = 1 + names.name(name).len() as u32;
                    bytes = bytes.checked_add(name)?.checked_add(self.serialised(of, names)?)?;
                }
                bytes
            }
        };
        bytes.checked_add(1)
    }

    /// What a sequence is made of: the element of a list, or a sequence of the length 1.
    pub fn unit(&mut self, of: Ty) -> Option<Ty> {
        match self.shape(of) {
            Shape::List(_, of) => Some(of),
            Shape::Buffer(_) => self.buffer(1).ok(),
            Shape::Ascii(_) => self.ascii(1).ok(),
            Shape::Utf8(_) => self.utf8(1).ok(),
            _ => None,
        }
    }

    /// The most elements of a sequence.
    pub fn length(&self, of: Ty) -> Option<u32> {
        match self.shape(of) {
            Shape::List(length, _) | Shape::Buffer(length) | Shape::Ascii(length) | Shape::Utf8(length) => {
                Some(length)
            }
            _ => None,
        }
    }
}
