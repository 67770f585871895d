//! The error codes that builtins answer with, and what each means.
//!
//! Source: stacks-core, `clarity/src/vm/functions/` (`assets.rs`, `crypto.rs`, `bitcoin.rs`, `post_conditions.rs`). The
//! codes are the same in every version that has the builtin; `tests/differential/codes.rs` has the chain say them.
//! `principal-construct?` has its codes in a tuple, and `principal-destruct?` has none.

use super::Builtin;

/// A code of a builtin's `(err uN)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub number: u128,
    /// In lower case, as in "the builtin fails because ..".
    pub meaning: &'static str,
}

/// The err of `as-contract?` and `restrict-assets?` if no allowance covers what left; smaller numbers are places in the
/// list of allowances (`MAX_ALLOWANCES` of stacks-core).
pub const NOT_ALLOWED: u128 = 128;

macro_rules! codes {
    ($($number:literal $meaning:literal),*) => {
        &[$(Code { number: $number, meaning: $meaning }),*]
    };
}

const TOO_LITTLE: Code = Code { number: 1, meaning: "the sender does not have that much" };
const TO_ITSELF: Code = Code { number: 2, meaning: "the sender is the recipient" };
const ZERO: Code = Code { number: 3, meaning: "the amount is 0" };
const NOT_SENDER: Code = Code { number: 4, meaning: "the sender is not `tx-sender`" };
const UNCOVERED: Code = Code { number: NOT_ALLOWED, meaning: "no allowance covers an asset that left" };
const NOT_OWNER: Code = Code { number: 1, meaning: "the sender does not own it" };
const NO_TOKEN: Code = Code { number: 3, meaning: "there is no such token" };

impl Builtin {
    /// The builtin of that name, if it answers with codes.
    pub fn that_fails(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|builtin| builtin.spec().name == name && !builtin.codes().is_empty())
    }

    /// Every code that the builtin answers with, by number. Those of `as-contract?` and `restrict-assets?` below
    /// [`NOT_ALLOWED`] depend on the list of allowances and are not among them.
    pub fn codes(self) -> &'static [Code] {
        match self {
            Self::StxTransfer | Self::StxTransferMemo => &[TOO_LITTLE, TO_ITSELF, ZERO, NOT_SENDER],
            Self::StxBurn => &[TOO_LITTLE, ZERO, NOT_SENDER],
            Self::FtTransfer => &[TOO_LITTLE, TO_ITSELF, ZERO],
            Self::FtMint => codes![1 "the amount is 0"],
            Self::FtBurn => codes![1 "the amount is 0, or the owner does not have that much"],
            Self::NftTransfer => &[NOT_OWNER, TO_ITSELF, NO_TOKEN],
            Self::NftMint => codes![1 "the token is there already"],
            Self::NftBurn => &[NOT_OWNER, NO_TOKEN],
            Self::PrincipalOf => codes![1 "it is no public key"],
            Self::Secp256k1Recover => {
                codes![1 "the signature is not valid", 2 "the signature has not the form of one"]
            }
            Self::ContractHash => {
                codes![1 "the principal is no contract", 2 "there is no such contract"]
            }
            Self::ToAscii => codes![1 "the text has a character that is not ASCII"],
            Self::Secp256k1Decompress => codes![1 "it is no public key"],
            Self::GetBitcoinTxOutput => codes![1 "it is no Bitcoin transaction",
                2 "the transaction has no such output",
                3 "the script of the output is longer than 1,024 bytes"],
            Self::AsContractSafe | Self::RestrictAssets => &[UNCOVERED],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order() {
        for builtin in Builtin::ALL {
            let numbers: Vec<_> = builtin.codes().iter().map(|code| code.number).collect();
            assert!(numbers.is_sorted_by(|one, other| one < other), "{}", builtin.spec().name);
        }
    }
}
