//! Names and literals of our tree as the analyser has them.

use clarity::vm::ClarityName;
use clarity::vm::types::{PrincipalData, QualifiedContractIdentifier, StandardPrincipalData, Value};
use serde::de::DeserializeOwned;

use crate::project::QualifiedName;
use crate::syntax::{Expr, Kind};

/// A name as it stands. The reader has checked it, and checking it again costs more than all else; besides, what is
/// made up in lowering must be a name that no text can have.
pub fn name(text: &str) -> ClarityName {
    unchecked(text)
}

/// A name as the analyser's own store reads it.
fn unchecked<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(text.into()).expect("names are stored as strings")
}

/// The principal that stands for the project's own deployer.
fn deployer() -> StandardPrincipalData {
    StandardPrincipalData::transient()
}

/// The contract as the analyser knows it; `None` if its deployer is no principal.
pub fn contract(issuer: Option<&str>, name: &str) -> Option<QualifiedContractIdentifier> {
    let issuer = match issuer {
        Some(issuer) => PrincipalData::parse_standard_principal(issuer).ok()?,
        None => deployer(),
    };
    Some(QualifiedContractIdentifier::new(issuer, unchecked(name)))
}

/// The contract's name as the project has it.
pub fn read_back(contract: &QualifiedContractIdentifier) -> QualifiedName {
    let own = contract.issuer == deployer();
    QualifiedName { issuer: (!own).then(|| contract.issuer.to_address()), name: contract.name.to_string() }
}

/// What the analyser says of contracts and traits, with the names that the project has for them.
pub fn readable(text: &str) -> String {
    text.replace(&deployer().to_address(), "")
}

/// The value of a literal. A contract without deployer is one of `issuer`'s.
pub fn literal(expr: Expr<'_>, issuer: Option<&str>) -> Option<Value> {
    match expr.kind() {
        Kind::Int => expr.int().map(Value::Int),
        Kind::Uint => expr.uint().map(Value::UInt),
        Kind::Ascii => Value::string_ascii_from_bytes(expr.string()?.into_owned().into_bytes()).ok(),
        Kind::Utf8 => Value::string_utf8_from_bytes(expr.string()?.into_owned().into_bytes()).ok(),
        Kind::Buffer => Value::buff_from(bytes(expr.text().strip_prefix("0x")?)?).ok(),
        Kind::Principal => {
            let principal = PrincipalData::parse_standard_principal(expr.text().strip_prefix('\'')?);
            Some(Value::Principal(PrincipalData::Standard(principal.ok()?)))
        }
        Kind::Contract => {
            let (principal, name) = expr.contract_literal()?;
            let contract = contract(principal.or(issuer), name)?;
            Some(Value::Principal(PrincipalData::Contract(contract)))
        }
        _ => None,
    }
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let byte = |at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..digits.len()).step_by(2).map(byte).collect()
}
