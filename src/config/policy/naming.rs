//! `[policy.naming]`: how names are written.

use crate::config::table::{
    Choice, Decode, Decoder, Node, Spanned, Table, decode_choice, expected_choice, word,
};

/// How names of each kind are written; nothing is said of kinds that are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    styles: Vec<(NameKind, Spanned<NameStyle>)>,
    pub reason: Option<String>,
}

impl Naming {
    /// How names of a kind are to be written.
    pub fn of(&self, kind: NameKind) -> Option<&Spanned<NameStyle>> {
        self.styles.iter().rev().find(|(of, _)| *of == kind).map(|(_, style)| style)
    }

    pub fn extend(&mut self, other: Self) {
        self.styles.extend(other.styles);
        self.reason = other.reason.or(self.reason.take());
    }
}

impl Decode for Naming {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let styles = NameKind::ALL.iter().filter_map(|&kind| Some((kind, table.optional(kind.key())?)));
        let naming = Self { styles: styles.collect(), reason: table.optional("reason") };
        table.finish();
        Some(naming)
    }
}

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    Constant,
    Variable,
    Map,
    Token,
    Function,
    Trait,
    /// Parameters, and what `let` and `match` bind.
    Binding,
}

impl NameKind {
    pub const ALL: &'static [Self] =
        &[Self::Constant, Self::Variable, Self::Map, Self::Token, Self::Function, Self::Trait, Self::Binding];

    /// As the configuration and messages have it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Variable => "variable",
            Self::Map => "map",
            Self::Token => "token",
            Self::Function => "function",
            Self::Trait => "trait",
            Self::Binding => "binding",
        }
    }
}

/// How the words of a name are put together. Each is called as it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameStyle {
    Kebab,
    ScreamingKebab,
    Snake,
    ScreamingSnake,
    Camel,
    Pascal,
}

impl NameStyle {
    pub fn name(self) -> &'static str {
        word(self)
    }
}

impl Choice for NameStyle {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("camelCase", Self::Camel),
        ("PascalCase", Self::Pascal),
    ];
}

impl Decode for NameStyle {
    fn expected() -> String {
        expected_choice::<Self>()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        decode_choice(node, decoder)
    }
}
