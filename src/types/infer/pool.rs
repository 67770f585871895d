//! The types of a contract, each kept once: a type is a number, and equal types have equal numbers.

use std::hash::Hasher;
use std::sync::LazyLock;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::names::Spelling;
use super::numbered::Numbered;
use super::presets::{PRESETS, UNKNOWN};
use super::shape::{ONE_OF, Run, Shape, TUPLE, Ty};
use crate::project::QualifiedName;
use crate::syntax::Symbol;

/// The largest value of the chain, in bytes (`MAX_VALUE_SIZE` of clarity-vm).
pub const LARGEST_VALUE: u32 = 1 << 20;
/// How large all that is larger than any value counts.
const SIZE_OF_TOO_LARGE: u32 = 2 * LARGEST_VALUE;
/// The deepest nesting of types (`MAX_TYPE_DEPTH`).
const DEEPEST: u8 = 32;
/// The longest description of a type that is taken. Types share their parts, so that a short text can describe one
/// that is astronomically large when it is written out; what compares types has to stay cheap.
const LONGEST_DESCRIPTION: u32 = 1 << 14;

/// A type would be larger or nested more deeply than the chain takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// A trait of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraitName {
    pub contract: QualifiedName,
    pub name: String,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    shape: Shape,
    /// The most bytes of a value.
    size: u32,
    /// How long the description of the type is, as the chain counts it.
    description: u32,
    depth: u8,
    /// Whether nothing in it is unknown.
    known: bool,
    /// Whether nothing in it is open, neither unknown nor undecided nor a contract that is written out: such a type
    /// admits itself.
    plain: bool,
}

#[derive(Clone, Debug)]
pub struct Pool {
    entries: Vec<Entry>,
    fields: Vec<(Symbol, Ty)>,
    choices: Vec<Ty>,
    traits: Numbered<TraitName>,
    contracts: Numbered<QualifiedName>,
    table: HashTable<Ty>,
    /// Whether a type was refused because its description is too long.
    pub overlong: bool,
}

static START: LazyLock<Pool> = LazyLock::new(|| {
    let mut pool = Pool {
        entries: Vec::new(),
        fields: Vec::new(),
        choices: Vec::new(),
        traits: Numbered::default(),
        contracts: Numbered::default(),
        table: HashTable::with_capacity(2 * PRESETS.len()),
        overlong: false,
    };
    for (at, &shape) in PRESETS.iter().enumerate() {
        let made = pool.keep(shape);
        debug_assert_eq!(made, Ok(Ty(at as u32)), "presets are in order and each is there once");
    }
    pool
});

/// All else follows from the shapes.
impl PartialEq for Pool {
    fn eq(&self, other: &Self) -> bool {
        self.entries.iter().map(|entry| entry.shape).eq(other.entries.iter().map(|entry| entry.shape))
            && (&self.fields, &self.choices) == (&other.fields, &other.choices)
            && (&self.traits, &self.contracts) == (&other.traits, &other.contracts)
    }
}

/// With the presets.
impl Default for Pool {
    fn default() -> Self {
        START.clone()
    }
}

impl Pool {
    /// How many types there are.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    pub fn shape(&self, of: Ty) -> Shape {
        self.entries[of.0 as usize].shape
    }

    /// The fields of a tuple, in the order of their symbols; empty for all else.
    pub fn fields(&self, of: Ty) -> &[(Symbol, Ty)] {
        match self.shape(of) {
            Shape::Tuple(run) => &self.fields[run.range()],
            _ => &[],
        }
    }

    /// A field of a tuple.
    pub fn field(&self, of: Ty, name: Symbol) -> Option<Ty> {
        let fields = self.fields(of);
        let at = fields.binary_search_by_key(&name, |&(name, _)| name).ok()?;
        Some(fields[at].1)
    }

    /// The traits and contracts of [`Shape::OneOf`].
    pub fn choices(&self, of: Ty) -> &[Ty] {
        match self.shape(of) {
            Shape::OneOf(run) => &self.choices[run.range()],
            _ => &[],
        }
    }

    pub fn trait_of(&self, index: u32) -> &TraitName {
        &self.traits.items[index as usize]
    }

    pub fn contract_of(&self, index: u32) -> &QualifiedName {
        &self.contracts.items[index as usize]
    }

    /// The most bytes of a value.
    pub fn size(&self, of: Ty) -> u32 {
        self.entries[of.0 as usize].size
    }

    /// Whether nothing in it is unknown.
    pub fn is_known(&self, of: Ty) -> bool {
        self.entries[of.0 as usize].known
    }

    /// Whether nothing in it is open.
    pub fn is_plain(&self, of: Ty) -> bool {
        self.entries[of.0 as usize].plain
    }

    pub fn buffer(&mut self, length: u32) -> Result<Ty, TooLarge> {
        self.text(length, 1, Shape::Buffer(length))
    }

    pub fn ascii(&mut self, length: u32) -> Result<Ty, TooLarge> {
        self.text(length, 1, Shape::Ascii(length))
    }

    pub fn utf8(&mut self, length: u32) -> Result<Ty, TooLarge> {
        self.text(length, 4, Shape::Utf8(length))
    }

    fn text(&mut self, length: u32, width: u32, shape: Shape) -> Result<Ty, TooLarge> {
        let fits = length.checked_mul(width).is_some_and(|bytes| bytes <= LARGEST_VALUE);
        if fits { self.keep(shape) } else { Err(TooLarge) }
    }

    /// The type that another pool has, its parts being this one's.
    pub fn copied(&mut self, shape: Shape) -> Ty {
        self.keep(shape).unwrap_or(UNKNOWN)
    }

    pub fn optional(&mut self, of: Ty) -> Result<Ty, TooLarge> {
        if self.size(of) + 1 > LARGEST_VALUE {
            return Err(TooLarge);
        }
        self.keep(Shape::Optional(of))
    }

    /// An optional of what is as large as may be; some builtins result in one.
    pub fn large_optional(&mut self, of: Ty) -> Result<Ty, TooLarge> {
        self.keep(Shape::Optional(of))
    }

    pub fn response(&mut self, ok: Ty, err: Ty) -> Result<Ty, TooLarge> {
        if self.size(ok).max(self.size(err)) + 1 > LARGEST_VALUE {
            return Err(TooLarge);
        }
        self.keep(Shape::Response(ok, err))
    }

    pub fn list(&mut self, length: u32, of: Ty) -> Result<Ty, TooLarge> {
        self.keep(Shape::List(length, of))
    }

    /// A tuple; the fields may stand in any order. `None` if a name is there twice or there are none.
    pub fn tuple(
        &mut self,
        fields: &mut [(Symbol, Ty)],
        names: &impl Spelling,
    ) -> Option<Result<Ty, TooLarge>> {
        let made = self.large_tuple(fields, names)?;
        Some(made.and_then(|of| if self.size(of) > LARGEST_VALUE { Err(TooLarge) } else { Ok(of) }))
    }

    /// A tuple that may be larger than any value: the chain lets `merge` make one and objects to what is made of it.
    pub fn large_tuple(
        &mut self,
        fields: &mut [(Symbol, Ty)],
        names: &impl Spelling,
    ) -> Option<Result<Ty, TooLarge>> {
        fields.sort_unstable_by_key(|&(name, _)| name);
        if fields.is_empty() || fields.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        Some(self.sorted_tuple(fields, names))
    }

    /// A tuple whose fields stand in order; there are some.
    fn sorted_tuple(&mut self, fields: &[(Symbol, Ty)], names: &impl Spelling) -> Result<Ty, TooLarge> {
        let hash = hash(TUPLE, fields.iter().flat_map(|&(name, of)| [name.0, of.0]));
        if let Some(&known) = self.table.find(hash, |&of| self.fields(of) == fields) {
            return Ok(known);
        }
        let entries = fields.iter().map(|&(_, of)| self.entries[of.0 as usize]);
        let letters: usize = fields.iter().map(|&(name, _)| names.name(name).len()).sum();
        let names = 2 * fields.len() as u32 + letters as u32;
        let description =
            entries.clone().map(|entry| u64::from(entry.description)).sum::<u64>() + u64::from(names);
        let description = description.min(u64::from(u32::MAX)) as u32;
        let size = entries.clone().map(|entry| u64::from(entry.size)).sum::<u64>();
        let size = (size + u64::from(names) + u64::from(description)).min(u64::from(SIZE_OF_TOO_LARGE));
        let depth = 1 + entries.clone().map(|entry| entry.depth).max().unwrap_or(0);
        let plain = entries.clone().all(|entry| entry.plain);
        let known = entries.clone().all(|entry| entry.known);
        let run = Run { start: self.fields.len() as u32, len: fields.len() as u32 };
        let shape = Shape::Tuple(run);
        let entry = Entry { hash, shape, size: size as u32, description, depth, known, plain };
        let entry = entry.bounded(&mut self.overlong)?;
        self.fields.extend_from_slice(fields);
        Ok(self.add(entry))
    }

    /// One of several traits and contracts, which stand in order, each once.
    pub fn one_of(&mut self, choices: &[Ty]) -> Ty {
        let hash = hash(ONE_OF, choices.iter().map(|of| of.0));
        if let Some(&known) = self.table.find(hash, |&of| self.choices(of) == choices && !choices.is_empty())
        {
            return known;
        }
        let run = Run { start: self.choices.len() as u32, len: choices.len() as u32 };
        self.choices.extend_from_slice(choices);
        let shape = Shape::OneOf(run);
        self.add(Entry { hash, shape, size: 148, description: 1, depth: 1, known: true, plain: false })
    }

    pub fn contract(&mut self, name: QualifiedName) -> Ty {
        let index = self.contracts.number(name);
        self.keep(Shape::Contract(index)).unwrap_or(UNKNOWN)
    }

    pub fn implementer(&mut self, of: TraitName) -> Ty {
        let index = self.traits.number(of);
        self.keep(Shape::Trait(index)).unwrap_or(UNKNOWN)
    }

    /// The type of that shape, which is no tuple and no choice; size and depth are the chain's.
    fn keep(&mut self, shape: Shape) -> Result<Ty, TooLarge> {
        let (tag, parts) = shape.parts();
        let hash = hash(tag, parts);
        if let Some(&known) = self.table.find(hash, |&of| self.shape(of) == shape) {
            return Ok(known);
        }
        let of = |part: Ty| self.entries[part.0 as usize];
        let (size, description, depth, known, plain) = match shape {
            Shape::Unknown => (1, 1, 1, false, false),
            Shape::Nothing => (1, 1, 1, true, false),
            Shape::Int | Shape::Uint => (16, 1, 1, true, true),
            Shape::Bool => (1, 1, 1, true, true),
            Shape::Principal => (148, 1, 1, true, true),
            Shape::Trait(_) => (276, 1, 1, true, true),
            Shape::Contract(_) => (148, 1, 1, true, false),
            Shape::Buffer(length) | Shape::Ascii(length) => (4 + length, 5, 1, true, true),
            Shape::Utf8(length) => (4 + 4 * length, 5, 1, true, true),
            Shape::List(length, part) => {
                let part = of(part);
                let description = part.description + 5;
                let size = u64::from(length) * u64::from(part.size) + u64::from(description);
                if size > u64::from(LARGEST_VALUE) {
                    return Err(TooLarge);
                }
                (size as u32, description, part.depth + 1, part.known, part.plain)
            }
            Shape::Optional(part) => {
                let part = of(part);
                (part.size + 1, part.description + 1, part.depth + 1, part.known, part.plain)
            }
            Shape::Response(ok, err) => {
                let (ok, err) = (of(ok), of(err));
                let description = ok.description + err.description + 1;
                (
                    ok.size.max(err.size) + 1,
                    description,
                    ok.depth.max(err.depth) + 1,
                    ok.known && err.known,
                    ok.plain && err.plain,
                )
            }
            Shape::Tuple(_) | Shape::OneOf(_) => return Err(TooLarge),
        };
        let entry = Entry { hash, shape, size, description, depth, known, plain };
        let entry = entry.bounded(&mut self.overlong)?;
        Ok(self.add(entry))
    }

    fn add(&mut self, entry: Entry) -> Ty {
        let Self { entries, table, .. } = self;
        let new = Ty(entries.len() as u32);
        entries.push(entry);
        table.insert_unique(entry.hash, new, |&of| entries[of.0 as usize].hash);
        new
    }
}

impl Entry {
    fn bounded(self, overlong: &mut bool) -> Result<Self, TooLarge> {
        *overlong |= self.description > LONGEST_DESCRIPTION;
        let fits = self.depth <= DEEPEST && self.description <= LONGEST_DESCRIPTION;
        if fits { Ok(self) } else { Err(TooLarge) }
    }
}

fn hash(tag: u32, parts: impl IntoIterator<Item = u32>) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u32(tag);
    parts.into_iter().for_each(|part| hasher.write_u32(part));
    hasher.finish()
}
