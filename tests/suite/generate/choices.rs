//! What a generator decides, decided by a seed or by bytes.

use std::ops::{Bound, RangeBounds};

use fastrand::Rng;

pub enum Choices {
    Seed(Rng),
    /// The bytes that are left, the next one last. Behind the last every choice is the first of its range, so that
    /// fewer bytes make a smaller project.
    Bytes(Vec<u8>),
}

macro_rules! choose {
    ($($number:ident)*) => {
        $(pub fn $number(&mut self, range: impl RangeBounds<$number>) -> $number {
            match self {
                Self::Seed(rng) => rng.$number(range),
                Self::Bytes(bytes) => {
                    let first = match range.start_bound() {
                        Bound::Included(&first) => first,
                        Bound::Excluded(&before) => before + 1,
                        Bound::Unbounded => $number::MIN,
                    };
                    let last = match range.end_bound() {
                        Bound::Included(&last) => last,
                        Bound::Excluded(&behind) => behind - 1,
                        Bound::Unbounded => $number::MAX,
                    };
                    let byte = $number::from(bytes.pop().unwrap_or(0));
                    match (last - first).checked_add(1) {
                        Some(count) => first + byte % count,
                        None => first.wrapping_add(byte),
                    }
                }
            }
        })*
    };
}

impl Choices {
    pub fn seeded(seed: u64) -> Self {
        Self::Seed(Rng::with_seed(seed))
    }

    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.iter().rev().copied().collect())
    }

    choose! { u8 usize u32 u128 }

    pub fn bool(&mut self) -> bool {
        match self {
            Self::Seed(rng) => rng.bool(),
            Self::Bytes(_) => self.u8(..) % 2 == 1,
        }
    }

    /// One of them; there has to be one.
    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.usize(..all.len())].clone()
    }
}
