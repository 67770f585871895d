//! `[policy.errors]`: the codes that the protocol fails with, and what they are called.

use crate::config::pattern::NamePattern;
use crate::config::table::{Decode, Decoder, Entries, Fault, Node, Spanned, Table, parse_string};

/// The protocol's error standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorStandard {
    /// Names and codes. A code may have several names; a name has one code.
    pub codes: Vec<(Spanned<String>, Code)>,
    /// Codes that some contracts may fail with besides.
    pub extra: Vec<ExtraCodes>,
    pub reason: Option<String>,
}

impl ErrorStandard {
    pub fn extend(&mut self, other: Self) {
        self.codes.extend(other.codes);
        self.extra.extend(other.extra);
        self.reason = other.reason.or(self.reason.take());
    }

    /// Whether a contract may fail with a code.
    pub fn knows(&self, contract: &str, code: &str) -> bool {
        self.codes.iter().any(|(_, known)| known.0 == code)
            || self.extra.iter().any(|extra| {
                extra.contracts.iter().any(|pattern| pattern.value.matches(contract))
                    && extra.codes.iter().any(|range| range.contains(code))
            })
    }

    /// What the standard calls a code.
    pub fn names_of(&self, code: &str) -> impl Iterator<Item = &str> {
        self.codes.iter().filter(move |(_, known)| known.0 == code).map(|(name, _)| name.value.as_str())
    }
}

impl Decode for ErrorStandard {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let codes: Option<Entries<Code>> = table.required("codes");
        let extra = table.or_default("extra");
        let reason = table.optional("reason");
        table.finish();
        Some(Self { codes: codes?.0, extra, reason })
    }
}

/// Codes of single contracts, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraCodes {
    pub contracts: Vec<Spanned<NamePattern>>,
    pub codes: Vec<CodeRange>,
    pub reason: String,
}

impl Decode for ExtraCodes {
    fn expected() -> String {
        "{ contracts = [..], codes = [\"u1..u9\"], reason = \"..\" }".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let contracts = table.required("contracts");
        let codes = table.required("codes");
        let reason = table.required("reason");
        table.finish();
        Some(Self { contracts: contracts?, codes: codes?, reason: reason? })
    }
}

/// A code as contracts write it: `u404`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(pub String);

impl Code {
    fn parse(text: &str) -> Result<Self, Fault> {
        number(text).map(|_| Self(text.to_owned())).ok_or_else(|| Fault {
            message: format!("`{text}` is not a code"),
            help: "write it as contracts do: `u404`".into(),
        })
    }
}

impl Decode for Code {
    fn expected() -> String {
        "a code, \"u404\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, Self::parse)
    }
}

/// A code, or the first and the last of several: `u1000..u1999`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRange {
    unsigned: bool,
    first: i128,
    last: i128,
}

impl CodeRange {
    fn parse(text: &str) -> Result<Self, Fault> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some((unsigned, first)), Some((same, last))) if unsigned == same && first <= last => {
                Ok(Self { unsigned, first, last })
            }
            _ => Err(Fault {
                message: format!("`{text}` is not a range of codes"),
                help: "write one code, `u404`, or the first and the last: `u1000..u1999`".into(),
            }),
        }
    }

    fn contains(&self, code: &str) -> bool {
        number(code).is_some_and(|(unsigned, code)| {
            unsigned == self.unsigned && (self.first..=self.last).contains(&code)
        })
    }
}

impl Decode for CodeRange {
    fn expected() -> String {
        "a range of codes, \"u1000..u1999\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, Self::parse)
    }
}

/// A number of Clarity, and whether it is a uint.
fn number(text: &str) -> Option<(bool, i128)> {
    match text.strip_prefix('u') {
        Some(digits) => Some((true, digits.parse().ok()?)),
        None => Some((false, text.parse().ok()?)),
    }
}
