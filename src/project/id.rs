//! Names of contracts, as literals, folders and manifests write them.

use std::fmt;

use crate::config::table::{Decoder, Spanned};
use crate::syntax::Expr;

/// A contract's name together with its deployer's principal; `None` stands for the project's own deployer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    pub issuer: Option<String>,
    pub name: String,
}

impl QualifiedName {
    /// Reads `SP....name`, with or without the quote that literals start with.
    pub fn parse(text: &str) -> Option<Self> {
        let (issuer, name) = text.strip_prefix('\'').unwrap_or(text).split_once('.')?;
        let valid = is_principal(issuer) && is_contract_name(name);
        valid.then(|| Self { issuer: Some(issuer.to_owned()), name: name.to_owned() })
    }

    /// The contract that a literal names, be it a contract's or a trait's, as seen by a contract of `issuer`.
    pub fn of_literal(literal: Expr<'_>, issuer: Option<&str>) -> Option<Self> {
        let contract = literal.contract_literal();
        let of_trait = || literal.trait_identifier().map(|(principal, name, _)| (principal, name));
        let (principal, name) = contract.or_else(of_trait)?;
        let issuer = principal.or(issuer);
        let valid = is_contract_name(name) && issuer.is_none_or(is_principal);
        valid.then(|| Self { issuer: issuer.map(str::to_owned), name: name.to_owned() })
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.issuer {
            Some(issuer) => write!(f, "{issuer}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether `text` has the shape of a Stacks principal: most have 39 to 41 characters, those of the chain itself
/// (`SP000000000000000000002Q6VF78`) fewer. The checksum is the reader's business.
pub fn is_principal(text: &str) -> bool {
    let c32 = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() && !b"ILOU".contains(&byte);
    let bytes = text.as_bytes();
    (28..=41).contains(&bytes.len())
        && bytes[0] == b'S'
        && b"PMTN".contains(&bytes[1])
        && bytes[2..].iter().all(|&byte| c32(byte))
}

/// Whether the chain accepts `text` as the name of a contract.
pub fn is_contract_name(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Reports a name that a file gives to a contract and that the chain does not take.
pub fn check_name(name: &Spanned<String>, decoder: &mut Decoder<'_>) {
    if !is_contract_name(&name.value) {
        let message = format!("the chain takes no contract called `{}`", name.value);
        let help = "a name begins with a letter, and has at most 40 letters, digits, `-` and `_`";
        decoder.report(name.at, message).help = Some(help.into());
    }
}

/// Words in the name of a folder or of a contract that is there for tests.
const WORDS: [&str; 4] = ["mock", "mocks", "test", "tests"];

/// Whether a folder or a contract is called as what is there for tests.
pub fn is_for_tests(name: &str) -> bool {
    name.split(['-', '_']).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{NESTING_LIMIT, parse};

    const POX: &str = "SP000000000000000000002Q6VF78";
    const DEPLOYER: &str = "SP3FBR2AGK5H9QBDH3EEN6DF8EK8JY7RX8QJ5SVTE";

    #[test]
    fn principals_are_recognised_by_shape() {
        assert!(is_principal(DEPLOYER));
        assert!(is_principal(POX));
        assert!(!is_principal("contracts"));
        assert!(!is_principal(&DEPLOYER.to_lowercase()));
        assert!(!is_principal(&DEPLOYER.replace('A', "O")));
    }

    #[test]
    fn literals_name_contracts() {
        let read = |text: &str, issuer| {
            let tree = parse(text.into(), NESTING_LIMIT).tree;
            tree.forms().find_map(|form| QualifiedName::of_literal(form, issuer)).map(|name| name.to_string())
        };
        assert_eq!(read(".vault", None).as_deref(), Some("vault"));
        assert_eq!(read(".vault", Some(POX)).unwrap(), format!("{POX}.vault"));
        assert_eq!(read(&format!("'{DEPLOYER}.traits.ft"), None).unwrap(), format!("{DEPLOYER}.traits"));
        assert_eq!(read(".", None), None);
        assert_eq!(read(".../../etc", None), None);
    }

    #[test]
    fn qualified_names_need_a_principal() {
        assert!(QualifiedName::parse(&format!("{DEPLOYER}.token")).is_some());
        assert!(QualifiedName::parse("token").is_none());
        assert!(QualifiedName::parse(&format!("{DEPLOYER}.a.b")).is_none());
    }
}
