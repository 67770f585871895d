//! Texts made to break a reader: none may make it panic, overflow the stack, or report without bound. How long they
//! take depends on the machine and decides nothing here; an algorithm that is not linear would not come to an end.

use clarlint::syntax::{NESTING_LIMIT, parse};

const MILLION: usize = 1_000_000;

/// Reads the text and drops the tree. At most 51 errors are ever listed.
fn errors_of(bytes: Vec<u8>) -> usize {
    let length = bytes.len();
    let read = parse(bytes, NESTING_LIMIT);
    assert_eq!(read.tree.text().len(), length);
    assert!(read.errors.len() <= 51);
    assert!(!format!("{:?}", read.tree.forms().next()).is_empty());
    read.errors.len()
}

#[test]
fn nesting_without_end() {
    for opener in ["(", "{a:", "({", "(\n", "{(:", "(}", "(define-x\n"] {
        assert_ne!(errors_of(opener.repeat(MILLION).into()), 0, "{opener}");
    }
    let closed =
        |open: &str, close: &str| [open.repeat(MILLION), close.repeat(MILLION)].concat().into_bytes();
    assert_eq!(errors_of(closed("(", ")")), 1);
    assert_eq!(errors_of(closed("{a:", "}")), 1);
    // The caller may ask for more nesting than the chain allows.
    assert!(parse(closed("(", ")"), u32::MAX).errors.is_empty());
}

#[test]
fn long_tokens() {
    let tokens = [
        ("", "a", ""),
        ("<", "a", ">"),
        ("", "0", ""),
        ("u", "1", ""),
        ("-", "1", ""),
        ("0x", "0", ""),
        ("'", "0", ""),
        (".", "a", ""),
        (".a.", "a", ""),
        ("\"", "a", "\""),
        ("\"", ")", ""),
        ("u\"\\u{", "0", "}\""),
        (";", ";", ""),
        (";;", "\r", ""),
        ("", "\\", ""),
        ("\"", "\\", "\""),
        ("u\"", "\\n", ""),
        ("", " ", ""),
        ("", "\u{e9}", ""),
    ];
    for (start, middle, end) in tokens {
        errors_of([start, &middle.repeat(10 * MILLION), end].concat().into());
    }
}

#[test]
fn many_tokens() {
    for token in [
        ")", ") ", ")\n", ")}", ") a\n", "'", "\"", "\"\n", ".", ".a", ";\n", ",", "{,}", "{a}", "<", "é ",
        "\r", "\0", "\0a",
    ] {
        let errors = errors_of(token.repeat(10_000).into());
        assert!(errors <= 33, "{errors} errors for {token:?}");
    }
}

#[test]
fn random_bytes() {
    let mut random = fastrand::Rng::with_seed(7);
    for length in (0..2_000).chain([MILLION]) {
        errors_of((0..length).map(|_| random.u8(..)).collect());
        errors_of((0..length).map(|_| random.u8(..128)).collect());
    }
}

#[test]
fn a_large_file() {
    let form = "(define-public (f (a uint)) (begin (asserts! (> a u0) (err u1)) (ok true))) ;; a comment\n";
    assert_eq!(errors_of(form.repeat(100 * MILLION / form.len()).into()), 0);
}
