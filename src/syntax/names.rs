//! The interner: gives every name of a file its symbol. Names are not copied; they are where they stand first.

use std::hash::Hasher;
use std::sync::LazyLock;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::Symbol;
use crate::builtins::Word;
use crate::source::Span;

/// The words of the language, which every interner starts with.
struct Words {
    table: HashTable<Symbol>,
    names: [&'static [u8]; Word::COUNT],
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let names = std::array::from_fn(|index| Word::at(index).map_or("", Word::name).as_bytes());
    // Room for the names of a file of usual size, so that most files never rehash.
    let mut table = HashTable::with_capacity(2 * Word::COUNT);
    for (index, name) in names.iter().enumerate() {
        let symbol = Symbol(index as u32);
        table.insert_unique(hash(name), symbol, |&symbol| hash(names[symbol.0 as usize]));
    }
    Words { table, names }
});

pub(super) struct Names {
    words: &'static Words,
    table: HashTable<Symbol>,
    /// Where the names that are not words of the language stand first.
    pub(super) spans: Vec<Span>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self { words: &WORDS, table: WORDS.table.clone(), spans: Vec::with_capacity(64) }
    }

    /// The symbol of the name at `span`.
    pub(super) fn intern(&mut self, text: &[u8], span: Span) -> Symbol {
        let Self { words, table, spans } = self;
        let name_of = |symbol: Symbol, spans: &[Span]| match words.names.get(symbol.0 as usize) {
            Some(word) => word,
            None => &text[spans[symbol.0 as usize - Word::COUNT].range()],
        };
        let name = &text[span.range()];
        let hash_of_name = hash(name);
        if let Some(&symbol) = table.find(hash_of_name, |&symbol| name_of(symbol, spans) == name) {
            return symbol;
        }
        let symbol = Symbol((Word::COUNT + spans.len()) as u32);
        spans.push(span);
        table.insert_unique(hash_of_name, symbol, |&symbol| hash(name_of(symbol, spans)));
        symbol
    }
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(name);
    hasher.finish()
}
