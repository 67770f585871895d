//! Things that have numbers.

use std::borrow::Borrow;
use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Things in the order in which they came, each once.
#[derive(Clone, Debug)]
pub struct Numbered<T> {
    pub items: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

/// The numbers follow from the order.
impl<T: PartialEq> PartialEq for Numbered<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { items: Vec::new(), numbers: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    /// The number of a thing that has one.
    pub fn known<Q: Eq + Hash + ?Sized>(&self, item: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
    {
        self.numbers.get(item).copied()
    }

    /// The number of a thing, which gets one if it has none.
    pub fn number(&mut self, item: T) -> u32 {
        if let Some(known) = self.known(&item) {
            return known;
        }
        let new = self.items.len() as u32;
        self.items.push(item.clone());
        self.numbers.insert(item, new);
        new
    }
}
