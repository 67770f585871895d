//! Names of fields and methods as symbols of one contract, also those that only its callees have.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

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

/// Names that are numbered in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    texts: Vec<Box<str>>,
    numbers: FxHashMap<Box<str>, u32>,
}

impl Strings {
    /// The number of a name, which gets one if it has none.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(&known) = self.numbers.get(name) {
            return known;
        }
        let new = self.texts.len() as u32;
        self.texts.push(name.into());
        self.numbers.insert(name.into(), new);
        new
    }

    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

/// The names of an interface, whose symbols number them.
impl Spelling for Strings {
    fn name(&self, symbol: Symbol) -> &str {
        self.text(symbol.0)
    }
}

impl Spelling for Names<'_> {
    fn name(&self, symbol: Symbol) -> &str {
        match (symbol.0 as usize).checked_sub(self.tree.symbols()) {
            Some(at) => &self.foreign.texts[at],
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

    /// The symbol of a name, which gets one if it has none.
    pub fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(known) = self.known(name) {
            return known;
        }
        let at = self.foreign.number(name);
        Symbol(self.tree.symbols() as u32 + at)
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
        self.foreign.texts
    }
}
