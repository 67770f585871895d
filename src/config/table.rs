//! Decoding TOML so that every problem of a file is reported at once, each at its place.
//!
//! A section is decoded by asking its [`Table`] for every key it may have; what was not asked for is unknown. The
//! keys of a section thus stand in one place, the function that builds it.

use serde_json::{Value, json};
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, Location, Span};

/// A value and the place that it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub at: Location,
}

/// Where a schema says what a text names. Standards leave keys that begin so to whoever wants them.
pub const NAMES_KEY: &str = "x-names";

/// A TOML file while it is decoded, and what was found wrong with it so far.
pub struct Decoder<'p> {
    file: FileId,
    rule: &'static str,
    problems: &'p mut Vec<Diagnostic>,
    /// What the value being decoded has to look like, when that is asked and there is no file.
    shape: Option<Value>,
}

impl<'p> Decoder<'p> {
    /// Reads the text of `file` and decodes its top-level table; problems are reported as findings of `rule`.
    pub fn read<T>(
        file: FileId,
        text: &str,
        rule: &'static str,
        problems: &'p mut Vec<Diagnostic>,
        decode: impl FnOnce(Table<'_, '_, 'p>) -> T,
    ) -> T {
        let mut decoder = Self { file, rule, problems, shape: None };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = decoder.location(error.span().unwrap_or(0..0));
            decoder.report(at, error.message().trim());
        }
        let at = decoder.location(0..0);
        let entries = root.get_ref();
        decode(Table { entries, at, path: String::new(), asked: Vec::new(), decoder: &mut decoder })
    }

    /// The JSON schema of the files that `decode` reads: it is let to decode nothing, and what it asks for is noted.
    pub fn schema<T>(decode: impl FnOnce(Table<'_, '_, '_>) -> T) -> Value {
        let (mut problems, nothing) = (Vec::new(), DeTable::new());
        let shape = Some(table_shape());
        let mut decoder = Decoder { file: FileId(0), rule: "", problems: &mut problems, shape };
        let at = decoder.location(0..0);
        decode(Table {
            entries: &nothing,
            at,
            path: String::new(),
            asked: Vec::new(),
            decoder: &mut decoder,
        });
        decoder.shape.unwrap_or_default()
    }

    /// Notes what the value has to look like, if that is asked.
    pub fn note(&mut self, shape: impl FnOnce() -> Value) -> Option<()> {
        self.shape.as_mut().map(|noted| *noted = shape())
    }

    /// What a `T` is decoded from, if that is asked.
    fn shape_of<T: Decode>(&mut self) -> Option<Value> {
        let outer = self.shape.take()?;
        self.shape = Some(json!({}));
        let nothing = DeValue::Table(DeTable::new());
        T::decode(Node { value: &nothing, at: self.location(0..0), name: "" }, self);
        let mut shape = self.shape.replace(outer)?;
        if shape["type"] == "string" && T::expected() != String::expected() {
            shape["description"] = T::expected().into();
        }
        if let Some(names) = T::NAMES {
            shape[NAMES_KEY] = word(names).into();
        }
        Some(shape)
    }

    fn location(&self, range: std::ops::Range<usize>) -> Location {
        Location { file: self.file, span: Span::of(range) }
    }

    /// Adds a problem; the caller may go on to give it help.
    pub fn report(&mut self, at: Location, message: impl Into<String>) -> &mut Diagnostic {
        let index = self.problems.len();
        self.problems.push(Diagnostic::new(self.rule, Severity::Error, at, message));
        &mut self.problems[index]
    }
}

/// A value that was found where `name` says, not decoded yet.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub value: &'t DeValue<'t>,
    pub at: Location,
    /// The key under which the value stands, dotted.
    pub name: &'t str,
}

/// What a text names, for editors that complete it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Contract,
    /// A function that others can call, `CONTRACT.FUNCTION`.
    Function,
    /// An entrypoint, or several by a pattern.
    Entrypoint,
    Map,
    Trait,
    /// A role, or a condition that may name one.
    Role,
}

impl Choice for Names {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("contract", Self::Contract),
        ("function", Self::Function),
        ("entrypoint", Self::Entrypoint),
        ("map", Self::Map),
        ("trait", Self::Trait),
        ("role", Self::Role),
    ];
}

/// What can be read from a TOML value. Decoding reports what is wrong and then gives `None`.
pub trait Decode: Sized {
    /// What the value names, if it is a text that does.
    const NAMES: Option<Names> = None;

    /// What a value of this type is called in messages, with its article.
    fn expected() -> String;

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self>;
}

/// A table while it is decoded: ask for every key it may have, then [`Table::finish`] reports all others.
pub struct Table<'t, 'd, 'p> {
    entries: &'t DeTable<'t>,
    at: Location,
    path: String,
    asked: Vec<&'static str>,
    decoder: &'d mut Decoder<'p>,
}

impl<'t, 'd, 'p> Table<'t, 'd, 'p> {
    /// Opens `node` as a table.
    pub fn open(node: Node<'t>, decoder: &'d mut Decoder<'p>) -> Option<Self> {
        decoder.note(table_shape);
        let Some(entries) = node.value.as_table() else {
            wrong_type(node, "a table", decoder);
            return None;
        };
        Some(Self { entries, at: node.at, path: node.name.to_owned(), asked: Vec::new(), decoder })
    }

    /// Where the table stands.
    pub fn at(&self) -> Location {
        self.at
    }

    pub fn decoder(&mut self) -> &mut Decoder<'p> {
        self.decoder
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub fn optional<T: Decode>(&mut self, key: &'static str) -> Option<T> {
        self.asked.push(key);
        if let Some(shape) = self.decoder.shape_of::<T>() {
            self.decoder.shape.as_mut().map(|table| std::mem::replace(&mut table["properties"][key], shape));
            return None;
        }
        let value = self.entries.get(key)?;
        let name = join(&self.path, key);
        let at = self.decoder.location(value.span());
        T::decode(Node { value: value.get_ref(), at, name: &name }, self.decoder)
    }

    pub fn or_default<T: Decode + Default>(&mut self, key: &'static str) -> T {
        self.optional(key).unwrap_or_default()
    }

    pub fn required<T: Decode>(&mut self, key: &'static str) -> Option<T> {
        if let Some(required) = self.decoder.shape.as_mut().and_then(|table| table["required"].as_array_mut())
        {
            required.push(key.into());
        } else if !self.has(key) {
            let message = match self.path.as_str() {
                "" => format!("`{key}` is missing"),
                path => format!("`{path}` needs `{key}`"),
            };
            self.decoder.report(self.at, message).help =
                Some(format!("add `{key} = ...`, {}", T::expected()));
        }
        self.optional(key)
    }

    /// Reports the keys that nothing asked for.
    pub fn finish(self) {
        let known = self.asked;
        for (key, _) in self.entries {
            if known.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let at = self.decoder.location(key.span());
            let message = match self.path.as_str() {
                "" => format!("unknown key `{}`", key.get_ref()),
                path => format!("unknown key `{}` in `{path}`", key.get_ref()),
            };
            self.decoder.report(at, message).help = Some(suggestion(key.get_ref(), known.iter().copied()));
        }
    }
}

/// "did you mean `x`?", or the list of what there is.
pub fn suggestion<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match closest(word, known.clone()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => {
            let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
            format!("write one of {}", known.join(", "))
        }
    }
}

/// The name that `word` is most likely a misspelling of.
pub fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let rated = known.map(|name| (name, strsim::jaro_winkler(&word, name)));
    let likely = rated.filter(|&(_, likeness)| likeness > 0.85);
    likely.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(name, _)| name)
}

/// What a table looks like before anything is asked of it.
fn table_shape() -> Value {
    json!({ "type": "object", "properties": {}, "required": [], "additionalProperties": false })
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn wrong_type(node: Node<'_>, expected: &str, decoder: &mut Decoder<'_>) {
    let found = match node.value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    decoder.report(node.at, format!("`{}` must be {expected}, not {found}", node.name));
}

impl<T: Decode> Decode for Spanned<T> {
    const NAMES: Option<Names> = T::NAMES;

    fn expected() -> String {
        T::expected()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        T::decode(node, decoder).map(|value| Spanned { value, at: node.at })
    }
}

impl Decode for String {
    fn expected() -> String {
        "a string".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if decoder.note(|| json!({ "type": "string" })).is_some() {
            return None;
        }
        let text = node.value.as_str();
        if text.is_none() {
            wrong_type(node, &Self::expected(), decoder);
        }
        text.map(str::to_owned)
    }
}

impl Decode for bool {
    fn expected() -> String {
        "true or false".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if decoder.note(|| json!({ "type": "boolean" })).is_some() {
            return None;
        }
        let value = node.value.as_bool();
        if value.is_none() {
            wrong_type(node, &Self::expected(), decoder);
        }
        value
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn expected() -> String {
        format!("a list, each element {}", T::expected())
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Some(item) = decoder.shape_of::<T>() {
            decoder.note(|| json!({ "type": "array", "items": item }));
            return None;
        }
        let Some(items) = node.value.as_array() else {
            wrong_type(node, &Self::expected(), decoder);
            return None;
        };
        let decode = |item: &toml::Spanned<DeValue<'_>>| {
            let at = decoder.location(item.span());
            T::decode(Node { value: item.get_ref(), at, name: node.name }, decoder)
        };
        Some(items.iter().filter_map(decode).collect())
    }
}

/// A table whose keys are names of the user's choice, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Decode> Decode for Entries<T> {
    fn expected() -> String {
        format!("a table, each value {}", T::expected())
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Some(value) = decoder.shape_of::<T>() {
            decoder.note(|| json!({ "type": "object", "additionalProperties": value }));
            return None;
        }
        let table = Table::open(node, decoder)?;
        let mut in_order: Vec<_> = table.entries.iter().collect();
        in_order.sort_by_key(|(key, _)| key.span().start);
        let mut entries = Vec::with_capacity(in_order.len());
        for (key, value) in in_order {
            let name = join(node.name, key.get_ref());
            let at = table.decoder.location(value.span());
            if let Some(decoded) = T::decode(Node { value: value.get_ref(), at, name: &name }, table.decoder)
            {
                let at = table.decoder.location(key.span());
                entries.push((Spanned { value: key.get_ref().to_string(), at }, decoded));
            }
        }
        Some(Self(entries))
    }
}

/// Types that are written as one of a few words.
pub trait Choice: Sized + Copy + 'static {
    const CHOICES: &'static [(&'static str, Self)];
}

/// Reads one of the words of `T`; the error says which there are.
pub fn choose<T: Choice>(word: &str) -> Result<T, String> {
    let found = T::CHOICES.iter().find(|(name, _)| *name == word);
    found.map(|&(_, choice)| choice).ok_or_else(|| suggestion(word, T::CHOICES.iter().map(|&(name, _)| name)))
}

/// The word for a choice.
pub fn word<T: Choice + PartialEq>(choice: T) -> &'static str {
    T::CHOICES.iter().find(|(_, known)| *known == choice).map_or("", |(word, _)| word)
}

/// Decodes a string through a function that says what is wrong with it and what to write instead.
pub fn parse_string<T>(
    node: Node<'_>,
    decoder: &mut Decoder<'_>,
    parse: impl FnOnce(&str) -> Result<T, Fault>,
) -> Option<T> {
    let text = String::decode(node, decoder)?;
    match parse(&text) {
        Ok(value) => Some(value),
        Err(fault) => {
            decoder.report(node.at, fault.message).help = Some(fault.help);
            None
        }
    }
}

/// What is wrong with a text, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub help: String,
}

/// Implements [`Decode`] for a [`Choice`].
pub fn decode_choice<T: Choice>(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<T> {
    let words = || T::CHOICES.iter().map(|(word, _)| *word).collect::<Vec<_>>();
    if decoder.note(|| json!({ "enum": words() })).is_some() {
        return None;
    }
    parse_string(node, decoder, |word| {
        choose(word).map_err(|help| Fault { message: format!("`{}` cannot be `{word}`", node.name), help })
    })
}

/// [`Decode::expected`] of a [`Choice`].
pub fn expected_choice<T: Choice>() -> String {
    let words: Vec<_> = T::CHOICES.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    words.join(" or ")
}

/// The text of a value that people write with or without quotes: `3.3`, `"3.3"`, `4`.
pub fn scalar_text(node: Node<'_>, expected: &str, decoder: &mut Decoder<'_>) -> Option<String> {
    match node.value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        _ => {
            wrong_type(node, expected, decoder);
            None
        }
    }
}
