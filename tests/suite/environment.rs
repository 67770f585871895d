//! What the environment asks of the tests. CONTRIBUTING.md lists the variables.

use std::env;

/// Whether files are to be rewritten for what is said today, instead of compared with it.
pub fn blesses() -> bool {
    env::var_os("CLARLINT_BLESS").is_some_and(|value| value == "1")
}

/// How many cases a generator is to make, `usual` if nothing is said; or the one seed to be looked at.
pub fn seeds(usual: u64) -> Vec<u64> {
    match number("CLARLINT_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("CLARLINT_PROGRAMS").unwrap_or(usual)).collect(),
    }
}

fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}
