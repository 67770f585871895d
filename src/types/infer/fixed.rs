//! Builtins whose types are a line in a table, and those that go by the types of their arguments alone: the ones that
//! `map`, `filter` and `fold` may apply.

use super::doubt::DoubtKind;
use super::names::{Names, Naming};
use super::pool::Pool;
use super::presets::{
    ASCII_40, BOOL, BUFFER_1, BUFFER_16, BUFFER_20, BUFFER_32, BUFFER_33, BUFFER_34, BUFFER_64, BUFFER_65,
    INT, LARGEST_BUFFER, LIST_24_BUFFER_32, OPTIONAL_INT, OPTIONAL_UINT, PRINCIPAL, RESPONSE_BOOL_UINT,
    RESPONSE_BUFFER_32_UINT, RESPONSE_BUFFER_33_UINT, RESPONSE_BUFFER_65_UINT, RESPONSE_PRINCIPAL_UINT, UINT,
    UNKNOWN, UTF8_40,
};
use super::shape::{Shape, Ty};
use crate::builtins::{Builtin, ClarityVersion};

/// Parameters and result of a builtin that expects its arguments as a function does.
pub fn signature(builtin: Builtin) -> Option<(&'static [Ty], Ty)> {
    Some(match builtin {
        Builtin::StxTransfer => (&[UINT, PRINCIPAL, PRINCIPAL], RESPONSE_BOOL_UINT),
        Builtin::StxTransferMemo => (&[UINT, PRINCIPAL, PRINCIPAL, BUFFER_34], RESPONSE_BOOL_UINT),
        Builtin::PrincipalOf => (&[BUFFER_33], RESPONSE_PRINCIPAL_UINT),
        Builtin::Secp256k1Recover => (&[BUFFER_32, BUFFER_65], RESPONSE_BUFFER_33_UINT),
        Builtin::Secp256k1Verify => (&[BUFFER_32, BUFFER_65, BUFFER_33], BOOL),
        Builtin::ContractHash => (&[PRINCIPAL], RESPONSE_BUFFER_32_UINT),
        Builtin::Secp256r1Verify => (&[BUFFER_32, BUFFER_64, BUFFER_33], BOOL),
        Builtin::VerifyMerkleProof => (&[BUFFER_32, BUFFER_32, UINT, UINT, LIST_24_BUFFER_32], BOOL),
        Builtin::Ed25519Verify => (&[LARGEST_BUFFER, BUFFER_64, BUFFER_32], BOOL),
        Builtin::Secp256k1Decompress => (&[BUFFER_33], RESPONSE_BUFFER_65_UINT),
        _ => return None,
    })
}

/// Parameters and result of a builtin that can be applied to elements.
fn applied_signature(builtin: Builtin) -> Option<(&'static [Ty], Ty)> {
    Some(match builtin {
        Builtin::ToInt => (&[UINT], INT),
        Builtin::ToUint => (&[INT], UINT),
        Builtin::Not => (&[BOOL], BOOL),
        Builtin::IsStandard => (&[PRINCIPAL], BOOL),
        Builtin::BuffToIntLe | Builtin::BuffToIntBe => (&[BUFFER_16], INT),
        Builtin::BuffToUintLe | Builtin::BuffToUintBe => (&[BUFFER_16], UINT),
        Builtin::StxGetBalance => (&[PRINCIPAL], UINT),
        Builtin::StxBurn => (&[UINT, PRINCIPAL], RESPONSE_BOOL_UINT),
        _ => return signature(builtin),
    })
}

/// What a builtin that [may be applied](crate::builtins::Spec::simple) makes of arguments of these types.
pub fn applied(
    builtin: Builtin,
    arguments: &[Ty],
    version: ClarityVersion,
    pool: &mut Pool,
    names: &mut Names<'_>,
) -> Result<Ty, DoubtKind> {
    let spec = builtin.spec();
    if !spec.takes(arguments.len()) {
        return Err(DoubtKind::Count);
    }
    if let Some((parameters, result)) = applied_signature(builtin) {
        let fit = parameters.iter().zip(arguments).all(|(&wanted, &given)| pool.admits(wanted, given));
        return if fit { Ok(result) } else { Err(DoubtKind::Mismatch) };
    }
    match builtin {
        Builtin::Add
        | Builtin::Subtract
        | Builtin::Multiply
        | Builtin::Divide
        | Builtin::Mod
        | Builtin::Pow
        | Builtin::Sqrti
        | Builtin::Log2
        | Builtin::Xor
        | Builtin::BitAnd
        | Builtin::BitOr
        | Builtin::BitXor
        | Builtin::BitNot => numbers(arguments),
        Builtin::BitShiftLeft | Builtin::BitShiftRight => {
            numbers(&arguments[..1])?;
            if pool.admits(UINT, arguments[1]) { Ok(arguments[0]) } else { Err(DoubtKind::Mismatch) }
        }
        Builtin::And | Builtin::Or => {
            let fit = arguments.iter().all(|&given| pool.admits(BOOL, given));
            if fit { Ok(BOOL) } else { Err(DoubtKind::Mismatch) }
        }
        Builtin::GreaterOrEqual | Builtin::LessOrEqual | Builtin::Less | Builtin::Greater => {
            compared(arguments, version, pool)
        }
        Builtin::StringToInt | Builtin::StringToUint => {
            let result = if builtin == Builtin::StringToInt { OPTIONAL_INT } else { OPTIONAL_UINT };
            one_of(pool, arguments[0], result, |shape| matches!(shape, Shape::Ascii(_) | Shape::Utf8(_)))
        }
        Builtin::IntToAscii => one_of(pool, arguments[0], ASCII_40, is_number),
        Builtin::IntToUtf8 => one_of(pool, arguments[0], UTF8_40, is_number),
        Builtin::Hash160 => one_of(pool, arguments[0], BUFFER_20, is_hashed),
        Builtin::Sha256 | Builtin::Sha512Trunc256 | Builtin::Keccak256 => {
            one_of(pool, arguments[0], BUFFER_32, is_hashed)
        }
        Builtin::Sha512 => one_of(pool, arguments[0], BUFFER_64, is_hashed),
        Builtin::PrincipalDestruct => {
            if !pool.admits(PRINCIPAL, arguments[0]) {
                return Err(DoubtKind::Mismatch);
            }
            let name = pool.optional(ASCII_40).unwrap_or(UNKNOWN);
            let parts = [("version", BUFFER_1), ("hash-bytes", BUFFER_20), ("name", name)];
            let parts = tuple(&parts, pool, names);
            pool.response(parts, parts).map_err(|_| DoubtKind::TooLarge)
        }
        Builtin::StxAccount => {
            if !pool.admits(PRINCIPAL, arguments[0]) {
                return Err(DoubtKind::Mismatch);
            }
            Ok(tuple(&[("unlocked", UINT), ("locked", UINT), ("unlock-height", UINT)], pool, names))
        }
        _ => Err(DoubtKind::Form),
    }
}

/// A tuple that a builtin results in.
pub fn tuple(fields: &[(&str, Ty)], pool: &mut Pool, names: &mut Names<'_>) -> Ty {
    let mut fields: Vec<_> = fields.iter().map(|&(name, of)| (names.symbol(name), of)).collect();
    pool.tuple(&mut fields, names).and_then(Result::ok).unwrap_or(UNKNOWN)
}

/// Arguments that are all int or all uint.
fn numbers(arguments: &[Ty]) -> Result<Ty, DoubtKind> {
    let first = arguments.iter().copied().find(|&of| of != UNKNOWN).unwrap_or(UNKNOWN);
    let same = arguments.iter().all(|&of| of == first || of == UNKNOWN);
    if same && [INT, UINT, UNKNOWN].contains(&first) { Ok(first) } else { Err(DoubtKind::Mismatch) }
}

fn compared(arguments: &[Ty], version: ClarityVersion, pool: &Pool) -> Result<Ty, DoubtKind> {
    let sequences = version.number() >= 2;
    let fit = match (pool.shape(arguments[0]), pool.shape(arguments[1])) {
        (Shape::Int, Shape::Int) | (Shape::Uint, Shape::Uint) => true,
        (Shape::Ascii(_), Shape::Ascii(_))
        | (Shape::Utf8(_), Shape::Utf8(_))
        | (Shape::Buffer(_), Shape::Buffer(_)) => sequences,
        (Shape::Unknown, _) | (_, Shape::Unknown) => true,
        _ => false,
    };
    if fit { Ok(BOOL) } else { Err(DoubtKind::Mismatch) }
}

fn one_of(pool: &Pool, given: Ty, result: Ty, fits: fn(Shape) -> bool) -> Result<Ty, DoubtKind> {
    let shape = pool.shape(given);
    if shape == Shape::Unknown || fits(shape) { Ok(result) } else { Err(DoubtKind::Mismatch) }
}

fn is_number(shape: Shape) -> bool {
    matches!(shape, Shape::Int | Shape::Uint)
}

fn is_hashed(shape: Shape) -> bool {
    matches!(shape, Shape::Buffer(_) | Shape::Int | Shape::Uint)
}
