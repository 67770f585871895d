//! Names of functions and patterns over them, as policies write them.

use crate::config::table::{Decode, Decoder, Fault, Names, Node, parse_string};
use crate::project::QualifiedName;

/// `CONTRACT.FUNCTION`; the contract may carry its deployer's principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionPath {
    pub contract: QualifiedName,
    pub function: String,
}

impl FunctionPath {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (contract, function) = named(text, "function", "vault.deposit")?;
        Ok(Self { contract, function })
    }
}

impl std::fmt::Display for FunctionPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.contract, self.function)
    }
}

impl Decode for FunctionPath {
    const NAMES: Option<Names> = Some(Names::Function);

    fn expected() -> String {
        "a function, \"CONTRACT.FUNCTION\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, Self::parse)
    }
}

/// `CONTRACT.MAP`; the contract may carry its deployer's principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapPath {
    pub contract: QualifiedName,
    pub map: String,
}

impl MapPath {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (contract, map) = named(text, "map", "upgrade-manager.contracts")?;
        Ok(Self { contract, map })
    }
}

impl std::fmt::Display for MapPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.contract, self.map)
    }
}

impl Decode for MapPath {
    const NAMES: Option<Names> = Some(Names::Map);

    fn expected() -> String {
        "a map, \"CONTRACT.MAP\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, Self::parse)
    }
}

/// The contract and the name of what it defines; `what` that is, and how it may be written.
pub fn named(text: &str, what: &str, example: &str) -> Result<(QualifiedName, String), Fault> {
    defined(text).ok_or_else(|| Fault {
        message: format!("`{text}` is not the name of a {what}"),
        help: format!("write CONTRACT.{}, such as `{example}`", what.to_uppercase()),
    })
}

fn defined(text: &str) -> Option<(QualifiedName, String)> {
    let (contract, name) = text.rsplit_once('.')?;
    let contract = match contract.contains('.') {
        true => QualifiedName::parse(contract)?,
        false => QualifiedName { issuer: None, name: contract.to_owned() },
    };
    (!contract.name.is_empty() && !name.is_empty()).then(|| (contract, name.to_owned()))
}

/// `CONTRACT.FUNCTION` in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionPattern {
    contract: String,
    function: String,
}

impl FunctionPattern {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match text.rsplit_once('.') {
            Some((contract, function)) if !contract.is_empty() && !function.is_empty() => {
                Ok(Self { contract: contract.to_owned(), function: function.to_owned() })
            }
            _ => Err(Fault {
                message: format!("`{text}` is not a pattern: expected CONTRACT.FUNCTION"),
                help: match text.trim_matches('.') {
                    "" => "`*` stands for any characters: `vault.*`, `*.set-*`".into(),
                    name => format!("did you mean `{name}.*`? `*` stands for any characters"),
                },
            }),
        }
    }

    /// `contract` is the name as [`QualifiedName`] displays it.
    pub fn matches(&self, contract: &str, function: &str) -> bool {
        self.speaks_of(contract) && matches(&self.function, function)
    }

    /// Whether it may match a function of the contract.
    pub fn speaks_of(&self, contract: &str) -> bool {
        matches(&self.contract, contract)
    }
}

impl std::fmt::Display for FunctionPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.contract, self.function)
    }
}

impl Decode for FunctionPattern {
    const NAMES: Option<Names> = Some(Names::Entrypoint);

    fn expected() -> String {
        "a pattern, \"CONTRACT.FUNCTION\"".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, Self::parse)
    }
}

/// The name of a contract in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// `contract` is the name as [`QualifiedName`] displays it.
    pub fn matches(&self, contract: &str) -> bool {
        matches(&self.0, contract)
    }
}

impl std::fmt::Display for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Decode for NamePattern {
    const NAMES: Option<Names> = Some(Names::Contract);

    fn expected() -> String {
        "the name of a contract".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        String::decode(node, decoder).map(Self)
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any characters, none included. Linear in practice: only
/// the last star is ever tried again.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            (p, t) = (star + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text) in
            [("*", ""), ("*", "vault"), ("set-*", "set-owner"), ("*-*", "a-b-c"), ("a*b*c", "aXbXbYc")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("set-*", "reset-x"), ("a*b", "abc"), ("vault", "vaults")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn patterns_split_at_the_last_dot() {
        let pattern = FunctionPattern::parse("*.vault.deposit").unwrap();
        assert!(pattern.matches("SP2X.vault", "deposit"));
        assert!(!pattern.matches("vault", "deposit"));
        assert!(FunctionPattern::parse("vault").is_err());
        assert!(FunctionPattern::parse("vault.").is_err());
    }

    #[test]
    fn functions_are_named_with_their_contract() {
        assert_eq!(FunctionPath::parse("vault.deposit").unwrap().to_string(), "vault.deposit");
        assert!(FunctionPath::parse("deposit").is_err());
        assert!(FunctionPath::parse("a.b.c").is_err());
    }
}
