//! The reader says what the chain's parser says.

use crate::reader::oracle;

pub fn run(bytes: &[u8]) {
    oracle::compare("these bytes", bytes);
}
