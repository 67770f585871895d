//! Contracts that nobody calls, that call nobody, and that are made to be expensive or confusing. None of their names of
//! contracts, errors, traits and breakers occurs elsewhere.

use std::fmt::Write;

use super::folder::Contract;
use crate::generate::{Choices, typed};

const LETS: usize = 40;
const DOUBLERS: usize = 8;
/// The tests resolve a name once for each level, or twice: then this many are two million.
const MATCHES: usize = 14;

/// Numbers, each the double of the one before.
pub fn doubling_lets() -> Vec<Contract> {
    let lets = numbered(1..=LETS, |n| format!("(n{n} (+ n{0} n{0})) ", n - 1));
    let text = format!(
        "(define-data-var first-number uint u1)\n(define-data-var last-number uint u1)\n\
         (define-public (double) (let ((n0 (var-get first-number)) {lets}) (ok (var-set last-number n{LETS}))))\n"
    );
    vec![Contract::new("aa-lets", 4, text)]
}

/// Helpers that each call the one before twice.
pub fn doubling_calls() -> Vec<Contract> {
    let helpers = numbered(1..=30, |n| {
        let before = n - 1;
        format!("(define-private (d{n} (x uint)) (+ (d{before} (+ x u{n})) (d{before} (* x u{n}))))\n")
    });
    let text = format!(
        "(define-data-var grain uint u1)\n(define-data-var heap uint u0)\n\
         (define-private (d0 (x uint)) (+ x (var-get grain)))\n{helpers}\
         (define-public (pour (x uint)) (ok (var-set heap (d30 x))))\n"
    );
    vec![Contract::new("aa-calls", 4, text)]
}

/// Values that each fork on the one before and write on one side.
pub fn forking_lets() -> Vec<Contract> {
    let lets = numbered(1..=30, |n| {
        let before = n - 1;
        format!(
            "(w{n} (if (> w{before} u{n}) (begin (map-set trail u{n} w{before}) (+ w{before} u1)) (* w{before} u2)))\n"
        )
    });
    let text = format!(
        "(define-map trail uint uint)\n\
         (define-public (walk (x uint)) (let ((w0 (default-to x (map-get? trail x))) {lets}) (ok w30)))\n"
    );
    vec![Contract::new("aa-forks", 4, text)]
}

/// Eight contracts whose conditions double twenty times.
pub fn many_doublers() -> Vec<Contract> {
    let one = |which: usize| {
        let helpers = numbered(1..20, |n| {
            let before = n - 1;
            format!(
                "(define-read-only (q{n} (x uint)) (and (q{before} (+ x u{n})) (q{before} (* x u{n}))))\n"
            )
        });
        let text = format!(
            "(define-data-var seen-{which} uint u0)\n\
             (define-read-only (q0 (x uint)) (is-eq x (var-get seen-{which})))\n{helpers}"
        );
        Contract::new(format!("aa-doubler-{which}"), 4, text)
    };
    (0..DOUBLERS).map(one).collect()
}

/// A claim that branches, nine times in a row.
pub fn nine_mints() -> Vec<Contract> {
    vec![Contract::new("aa-mints", 3, include_str!("contracts/mints.clar"))]
}

/// A purchase that branches, twelve times in a row.
pub fn dozen() -> Vec<Contract> {
    vec![Contract::new("aa-dozen", 4, include_str!("contracts/dozen.clar"))]
}

/// What the chain refuses: nested matches that bind a number.
pub fn refused_matches() -> Vec<Contract> {
    let (open, close) = ("(match ".repeat(MATCHES), " 1 u1 u2)".repeat(MATCHES));
    vec![Contract::new("aa-matches", 4, format!("(define-public (refused) {open}(ok u1){close})\n"))]
}

/// The literals of others, in another order.
pub fn literals() -> Vec<Contract> {
    let text = "(define-constant FOREIGN-FIRST u100)\n(define-constant FOREIGN-SECOND u77)\n\
                (define-constant FOREIGN-WHO 'ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM)\n\
                (define-read-only (foreign (x uint))\n  \
                (and (is-eq x FOREIGN-SECOND) (is-eq FOREIGN-WHO tx-sender) (> FOREIGN-FIRST x)))\n";
    vec![Contract::new("aa-literals", 4, text)]
}

/// A contract of the usual kind: helpers that write and fail, flags, an owner, maps.
pub fn ordinary(seed: u64) -> Vec<Contract> {
    let program = typed::program(Choices::seeded(seed), 2);
    let (_, text) = &program.contracts[1];
    let text =
        text.replace("ERR_NO", "ERR_FOREIGN").replace("FAILED", "FOREIGN").replace(".core", ".aa-ordinary");
    vec![Contract::new("aa-ordinary", 2, text)]
}

fn numbered(range: impl Iterator<Item = usize>, form: impl Fn(usize) -> String) -> String {
    range.fold(String::new(), |mut text, n| {
        let _ = write!(text, "{}", form(n));
        text
    })
}
