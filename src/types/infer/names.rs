//! Names of fields and methods as symbols of one contract, also those that only its callees have.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::numbered::Numbered;
use crate::builtins::Word;
use crate::syntax::{Symbol, Tree};

/// The words of the language, which are symbols of every contract.
static WORDS: LazyLock<FxHashMap<&'static str, Symbol>> = LazyLock::new(|| {
    let words = (0..Word::COUNT).filter_map(|index| Some((Word::at(index)?.name(), Symbol(index as u32))));
    words.collect()
});

/// What symbols are called.
pub trait Spelling {
    fn name(&self, symbol: Symbol) -> &str;
}

/// Names that can become more.
pub trait Naming: Spelling {
    /// The symbol of a name, which gets one if it has none.
    fn symbol(&mut self, name: &str) -> Symbol;
}

/// Names that are numbered in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strings(Numbered<Box<str>>);

impl Strings {
    /// The number of a name, which gets one if it has none.
    pub fn number(&mut self, name: &str) -> u32 {
        self.0.known(name).unwrap_or_else(|| self.0.number(name.into()))
    }

    pub fn text(&self, number: u32) -> &str {
        &self.0.items[number as usize]
    }
}

/// The names of an interface, whose symbols number them.
impl Spelling for Strings {
    fn name(&self, symbol: Symbol) -> &str {
        self.text(symbol.0)
    }
}

impl Naming for Strings {
    fn symbol(&mut self, name: &str) -> Symbol {
        Symbol(self.number(name))
    }
}

impl Spelling for Names<'_> {
    fn name(&self, symbol: Symbol) -> &str {
        match (symbol.0 as usize).checked_sub(self.tree.symbols()) {
            Some(at) => self.foreign.text(at as u32),
            None => self.tree.name(symbol),
        }
    }
}

/// The names of a contract, and behind them those that its callees brought along.
pub struct Names<'t> {
    tree: &'t Tree,
    foreign: Strings,
    /// Symbols of names; made when the first name is looked for, for few contracts ask.
    symbols: Option<FxHashMap<&'t str, Symbol>>,
}

impl<'t> Names<'t> {
    pub fn new(tree: &'t Tree) -> Self {
        Self { tree, foreign: Strings::default(), symbols: None }
    }

    /// The symbol of a name that stands in the contract, or of a word of the language.
    pub fn known(&mut self, name: &str) -> Option<Symbol> {
        if let Some(&word) = WORDS.get(name) {
            return Some(word);
        }
        let tree = self.tree;
        let symbols = self.symbols.get_or_insert_with(|| {
            let own = (Word::COUNT..tree.symbols()).map(|index| Symbol(index as u32));
            own.map(|symbol| (tree.name(symbol), symbol)).collect()
        });
        symbols.get(name).copied()
    }

    /// The names that are not the contract's own.
    pub fn into_foreign(self) -> Vec<Box<str>> {
        self.foreign.0.items
    }
}

impl Naming for Names<'_> {
    fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(known) = self.known(name) {
            return known;
        }
        let at = self.foreign.number(name);
        Symbol(self.tree.symbols() as u32 + at)
    }
}
