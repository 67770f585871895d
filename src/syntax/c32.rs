//! c32check, the encoding of principals: Crockford's base 32 with a version digit and a checksum.
//!
//! Source: `stacks-common/src/address/c32.rs`.

use sha2::{Digest, Sha256};

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// A principal is the hash of a public key or of a script.
const HASH_LENGTH: usize = 20;
const CHECKSUM_LENGTH: usize = 4;

/// Why text is not a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum C32Error {
    /// It does not encode 20 bytes and a checksum.
    Length,
    /// Some character differs from what was once encoded.
    Checksum,
}

/// Checks a principal without its quote, such as `SP000000000000000000002Q6VF78`. All characters are digits of c32.
///
/// The first letter is not looked at: the chain ignores it, and principals that start with another letter are deployed.
pub(super) fn check(principal: &[u8]) -> Result<(), C32Error> {
    let [_, version, digits @ ..] = principal else { return Err(C32Error::Length) };
    let bytes = decode(digits).ok_or(C32Error::Length)?;
    let (hash, checksum) = bytes.split_at(HASH_LENGTH);
    let inner = Sha256::new().chain_update([value(*version)]).chain_update(hash).finalize();
    if Sha256::digest(inner)[..CHECKSUM_LENGTH] == *checksum { Ok(()) } else { Err(C32Error::Checksum) }
}

/// Decodes as big-endian number, except that every leading zero digit stands for a zero byte of its own.
fn decode(digits: &[u8]) -> Option<[u8; HASH_LENGTH + CHECKSUM_LENGTH]> {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let mut bytes = [0; HASH_LENGTH + CHECKSUM_LENGTH];
    let number_length = bytes.len().checked_sub(zeros)?;
    // The significant digits have to fill the bytes after the zeros exactly: neither more nor fewer.
    let (mut carry, mut carry_bits, mut filled) = (0u16, 0, 0);
    for &digit in digits[zeros..].iter().rev() {
        carry |= u16::from(value(digit)) << carry_bits;
        carry_bits += 5;
        if carry_bits >= 8 {
            filled += 1;
            let at = bytes.len().checked_sub(filled)?;
            bytes[at] = carry as u8;
            carry >>= 8;
            carry_bits -= 8;
        }
    }
    if carry != 0 {
        filled += 1;
        let at = bytes.len().checked_sub(filled)?;
        bytes[at] = carry as u8;
    }
    let significant = bytes.iter().position(|&byte| byte != 0).map_or(0, |first| bytes.len() - first);
    (significant == number_length).then_some(bytes)
}

fn value(digit: u8) -> u8 {
    DIGITS.iter().position(|&candidate| candidate == digit).map_or(0, |position| position as u8)
}

#[cfg(test)]
mod tests {
    use stacks_common::address::c32::{c32_address, c32_address_decode};

    use super::*;

    #[test]
    fn agrees_with_the_chain_on_addresses_and_their_neighbours() {
        let mut random = fastrand::Rng::with_seed(32);
        for round in 0..5_000 {
            let mut hash = [0; HASH_LENGTH];
            random.fill(&mut hash[round % 21..]);
            let address = c32_address(random.u8(..32), &hash).unwrap();
            assert_eq!(check(address.as_bytes()), Ok(()), "{address}");

            let mut neighbour = address.into_bytes();
            let at = random.usize(..neighbour.len());
            match random.u8(..4) {
                0 => neighbour[at] = DIGITS[random.usize(..32)],
                1 => neighbour.insert(at, DIGITS[random.usize(..2)]),
                2 => drop(neighbour.remove(at)),
                _ => neighbour.truncate(at),
            }
            let text = std::str::from_utf8(&neighbour).unwrap();
            let accepted = c32_address_decode(text).is_ok_and(|(_, bytes)| bytes.len() == HASH_LENGTH);
            assert_eq!(check(&neighbour).is_ok(), accepted, "{text}");
        }
    }
}
