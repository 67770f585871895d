//! Things that have numbers.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Things in the order in which they came, each once.
#[derive(Clone, Debug)]
pub struct Numbered<T> {
    pub items: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { items: Vec::new(), numbers: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    /// The number of a thing, which gets one if it has none.
    pub fn number(&mut self, item: T) -> u32 {
        if let Some(&known) = self.numbers.get(&item) {
            return known;
        }
        let new = self.items.len() as u32;
        self.items.push(item.clone());
        self.numbers.insert(item, new);
        new
    }
}
