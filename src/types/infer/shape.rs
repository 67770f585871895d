//! What types are made of.

use std::ops::Range;

/// A type of one contract: a number that means something to its [`super::Pool`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ty(pub(super) u32);

/// What a type is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Inference could not tell; a doubt says why.
    Unknown,
    /// What nothing decides: the err side of `(ok u1)`, the content of `none`.
    Nothing,
    Int,
    Uint,
    Bool,
    Principal,
    /// Likewise the next two: with the most bytes or characters.
    Buffer(u32),
    Ascii(u32),
    Utf8(u32),
    /// With the most elements.
    List(u32, Ty),
    Optional(Ty),
    /// Ok and err.
    Response(Ty, Ty),
    /// [`super::Pool::fields`] has what is in it.
    Tuple(Run),
    /// Some contract that implements the trait; [`super::Pool::trait_of`] says which.
    Trait(u32),
    /// A contract that is written out; [`super::Pool::contract_of`] says which.
    Contract(u32),
    /// One of several traits and contracts; [`super::Pool::choices`] has them.
    OneOf(Run),
}

/// A run in one of the pool's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Run {
    pub fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// What tells tuples and choices from other shapes.
pub const TUPLE: u32 = 100;
pub const ONE_OF: u32 = 101;

impl Shape {
    /// What tells a shape from others, as numbers.
    pub fn parts(self) -> (u32, [u32; 2]) {
        match self {
            Self::Unknown => (0, [0; 2]),
            Self::Nothing => (1, [0; 2]),
            Self::Int => (2, [0; 2]),
            Self::Uint => (3, [0; 2]),
            Self::Bool => (4, [0; 2]),
            Self::Principal => (5, [0; 2]),
            Self::Buffer(length) => (6, [length, 0]),
            Self::Ascii(length) => (7, [length, 0]),
            Self::Utf8(length) => (8, [length, 0]),
            Self::List(length, of) => (9, [length, of.0]),
            Self::Optional(of) => (10, [of.0, 0]),
            Self::Response(ok, err) => (11, [ok.0, err.0]),
            Self::Trait(index) => (12, [index, 0]),
            Self::Contract(index) => (13, [index, 0]),
            Self::Tuple(run) => (TUPLE, [run.start, run.len]),
            Self::OneOf(run) => (ONE_OF, [run.start, run.len]),
        }
    }
}
