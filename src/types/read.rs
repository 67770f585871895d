//! Inferred types as everybody else has them: on their own, without the contract that they are of.

use super::Type;
use super::infer::{Inferred, Interface, Pool, Shape, Spelling, Ty};

impl Inferred {
    /// The type on its own.
    pub fn read(&self, of: Ty) -> Type {
        read(self.pool(), of, self)
    }
}

impl Interface {
    /// The type on its own.
    pub fn read(&self, of: Ty) -> Type {
        read(self.pool(), of, self.names())
    }
}

fn read(pool: &Pool, of: Ty, names: &impl Spelling) -> Type {
    let boxed = |of| Box::new(read(pool, of, names));
    match pool.shape(of) {
        Shape::Unknown | Shape::Nothing => Type::Unknown,
        Shape::Int => Type::Int,
        Shape::Uint => Type::Uint,
        Shape::Bool => Type::Bool,
        Shape::Principal | Shape::OneOf(_) => Type::Principal,
        Shape::Buffer(length) => Type::Buffer(length),
        Shape::Ascii(length) => Type::Ascii(length),
        Shape::Utf8(length) => Type::Utf8(length),
        Shape::List(length, of) => Type::List(length, boxed(of)),
        Shape::Optional(of) => Type::Optional(boxed(of)),
        Shape::Response(ok, err) => Type::Response(Box::new((read(pool, ok, names), read(pool, err, names)))),
        Shape::Tuple(_) => {
            let fields = pool.fields(of).iter();
            let mut fields: Vec<_> =
                fields.map(|&(symbol, of)| (names.name(symbol).to_owned(), read(pool, of, names))).collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            Type::Tuple(fields)
        }
        Shape::Trait(index) => {
            let of = pool.trait_of(index);
            Type::Trait(of.contract.clone(), of.name.clone())
        }
        Shape::Contract(index) => Type::Contract(pool.contract_of(index).clone()),
    }
}
