//! Principals, contracts and trait identifiers: `'SP...`, `'SP....contract`, `.contract.trait`.

use super::{Lexer, Token};
use crate::syntax::Kind;
use crate::syntax::bytes::{C32, NAME, PLAIN_NAME, is, is_separator};
use crate::syntax::c32::{self, C32Error};
use crate::syntax::errors::Problem;

/// The most bytes the name of a contract may have (`MAX_CONTRACT_NAME_LEN` in clarity-vm).
const CONTRACT_NAME_LENGTH: usize = 40;

impl Lexer<'_> {
    /// Reads `'SP...`, and the contract and trait after it.
    pub(super) fn principal(&mut self) -> Token {
        self.skip(C32);
        if !is_separator(self.peek()) {
            return self.unexpected(Problem::PrincipalCharacter);
        }
        let problem = match c32::check(&self.bytes[self.start + 1..self.at]) {
            Ok(()) => None,
            Err(C32Error::Length) => Some(Problem::PrincipalLength),
            Err(C32Error::Checksum) => Some(Problem::PrincipalChecksum),
        };
        let valid = problem.is_none();
        if let Some(problem) = problem {
            self.errors.add(self.span(), problem);
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            return self.contract(valid);
        }
        Token::Leaf(if valid { Kind::Principal } else { Kind::Invalid })
    }

    /// Reads a contract's name after its dot, and the trait after it. `valid` tells whether the principal before it is.
    pub(super) fn contract(&mut self, valid: bool) -> Token {
        let name = self.at;
        let Some(length) = self.member() else {
            let missing = if self.in_number() { Problem::Fraction } else { Problem::ContractNameMissing };
            return self.member_missing(missing);
        };
        let plain = self.bytes[name..self.at].iter().all(|&byte| is(byte, PLAIN_NAME));
        if !plain || !is_separator(self.peek()) {
            self.at = name;
            self.skip(PLAIN_NAME);
            return self.unexpected(Problem::ContractNameCharacter);
        }
        if length > CONTRACT_NAME_LENGTH {
            return self.invalid(Problem::NameTooLong { length, limit: CONTRACT_NAME_LENGTH });
        }
        if self.peek() != Some(b'.') {
            return Token::Leaf(if valid { Kind::Contract } else { Kind::Invalid });
        }
        self.at += 1;
        let Some(length) = self.member() else { return self.member_missing(Problem::TraitNameMissing) };
        if !is_separator(self.peek()) {
            return self.unexpected(Problem::NameCharacter);
        }
        self.name_of_length(length, if valid { Kind::TraitIdentifier } else { Kind::Invalid })
    }

    /// Reads a name after a dot. It is none when it would be another token anywhere else, such as `u1`.
    fn member(&mut self) -> Option<usize> {
        let start = self.at;
        match &self.bytes[self.at..] {
            [b'u', b'0'..=b'9' | b'"', ..] => None,
            [byte, ..] if byte.is_ascii_alphabetic() => {
                self.skip(NAME);
                Some(self.at - start)
            }
            _ => None,
        }
    }

    /// Whether the dot of the current token stands between digits.
    fn in_number(&self) -> bool {
        let around = self.bytes.get(self.start.wrapping_sub(1)..self.at + 1);
        matches!(around, Some([b'0'..=b'9', b'.', b'0'..=b'9']))
    }

    fn member_missing(&mut self, problem: Problem) -> Token {
        self.skip_member();
        self.invalid(problem)
    }
}
