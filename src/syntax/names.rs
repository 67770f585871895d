//! The interner: gives every name of a file its symbol. Names are not copied; they are where they stand first.

use std::hash::Hasher;
use std::sync::LazyLock;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::Symbol;
use crate::builtins::Word;
use crate::source::Span;

/// A name's hash beside its symbol: growing the table then does not go back to the text, nor do most misses.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    symbol: Symbol,
}

impl Entry {
    /// The table takes the bucket from the low bits and a tag from the high ones.
    fn spread(self) -> u64 {
        u64::from(self.hash) << 32 | u64::from(self.hash)
    }
}

/// The words of the language, which every interner starts with.
struct Words {
    table: HashTable<Entry>,
    names: [&'static [u8]; Word::COUNT],
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let names = std::array::from_fn(|index| Word::at(index).map_or("", Word::name).as_bytes());
    // Room for the names of a file of usual size, so that most files never grow their table.
    let mut table = HashTable::with_capacity(2 * Word::COUNT);
    for (index, name) in names.iter().enumerate() {
        let entry = Entry { hash: hash(name), symbol: Symbol(index as u32) };
        table.insert_unique(entry.spread(), entry, |entry| entry.spread());
    }
    Words { table, names }
});

pub(super) struct Names {
    words: &'static Words,
    table: HashTable<Entry>,
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
        let name = &text[span.range()];
        let new = Entry { hash: hash(name), symbol: Symbol((Word::COUNT + spans.len()) as u32) };
        let is_name = |entry: &Entry| {
            let index = entry.symbol.0 as usize;
            let known = || match words.names.get(index) {
                Some(word) => word,
                None => &text[spans[index - Word::COUNT].range()],
            };
            entry.hash == new.hash && known() == name
        };
        if let Some(known) = table.find(new.spread(), is_name) {
            return known.symbol;
        }
        table.insert_unique(new.spread(), new, |entry| entry.spread());
        spans.push(span);
        new.symbol
    }
}

fn hash(name: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(name);
    hasher.finish() as u32
}
