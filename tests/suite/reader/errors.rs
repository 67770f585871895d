//! What people read when something is wrong. Each text is shown with its errors, so that the prose can be reviewed.

use std::fmt::Write;

use clarlint::source::SourceFile;
use clarlint::syntax::{NESTING_LIMIT, Parse, parse};

/// Shows each error below its line.
fn render(bytes: &[u8]) -> String {
    let read = parse(bytes.to_vec(), NESTING_LIMIT);
    let file = SourceFile::new(String::new(), read.tree.text().clone());
    let lines: Vec<_> = file.text.split('\n').collect();
    let mut page = String::new();
    for error in &read.errors {
        let start = file.position(error.span.start);
        let line = lines[start.line as usize];
        let before = start.character as usize;
        let width =
            file.text[error.span.range()].chars().take_while(|&character| character != '\n').count().max(1);
        let shown: String =
            line.chars().map(|character| if character.is_control() { '·' } else { character }).collect();
        let _ = writeln!(page, "{:>3} | {}", start.line + 1, shorten(&shown));
        let _ =
            writeln!(page, "    | {}{} {}", " ".repeat(before), shorten(&"^".repeat(width)), error.message);
        let _ = writeln!(page, "    | help: {}", error.help);
    }
    page
}

fn shorten(line: &str) -> String {
    if line.chars().count() <= 100 {
        line.into()
    } else {
        line.chars().take(97).chain("...".chars()).collect()
    }
}

#[test]
fn messages() {
    let long_name = "n".repeat(129);
    let deep = format!("{}{}", "(".repeat(69), ")".repeat(69));
    let long_contract = format!("(use-trait t .{})", "c".repeat(41));
    let big_buffer = format!("(define-constant a 0x{})", "00".repeat(1_048_577));
    let big_string = format!("(define-constant a \"{}\")", "a".repeat(1_048_577));
    let cases: &[(&str, &[u8])] = &[
        ("a missing bracket before a definition", b"(define-public (f)\n  (begin\n    (ok true))\n\n;; Says it.\n(define-read-only (g) (ok true))\n"),
        ("a missing bracket inside", b"(define-public (f)\n  (begin\n    (asserts! (is-ok (g) (err u1))\n    (var-set a u1)\n    (ok true)))\n\n(define-private (g) (ok true))\n"),
        ("a missing bracket in a body that is not indented", b"(define-public (f)\n  (let (\n    (a 1)\n  )\n  (foo\n    (bar a)\n  (ok true)\n  ))\n\n(use-trait t .c.t)\n"),
        ("missing brackets at the end", b"(define-map m { a: uint } { b: uint"),
        ("a missing brace", b"(map-set m { a: u1 (f u2))\n(define-constant a 1)"),
        ("a missing parenthesis in a tuple", b"{ a: (f u1, b: 2 }"),
        ("brackets that close nothing", b"(ok true)))\n}\n(ok true)"),
        ("one bracket that closes nothing", b"(define-public (f)\n  (ok true)))\n(define-public (g) (ok true))"),
        ("nesting", deep.as_bytes()),
        ("elements without space", b"(list \"a\"\"b\" (a)(b) 'SP000000000000000000002Q6VF78.a.b.c)"),
        ("punctuation in a list", b"(f a, b)\n(f a: b)\n, :"),
        ("tuples", b"{ a 1 }\n{ a }\n{ a, b: 1 }\n{ a: }\n{ a: 1 b: 2 }\n{ , a: 1 }\n{ a: 1,, b: 2 }\n{ a:: 1 }\n{ : 1 }"),
        ("comments", b"; text\n// text\n# text"),
        ("characters", b"(= a b)\n(list [1 2])\n_a\n!a\n(a \\ b)\n`a\n\x0c\n$a"),
        ("names", b"(a$b a\"b\" a@b)\n(+1 2)\n(>=a b)\n(-a b)"),
        ("long names", long_name.as_bytes()),
        ("long contract names", long_contract.as_bytes()),
        ("traits", b"(a <t b)\n(a <t?> b)\n<t"),
        ("numbers", b"12a u12a 1.5 1_000 u-1 -u1"),
        ("large numbers", b"170141183460469231731687303715884105728 -170141183460469231731687303715884105729 u340282366920938463463374607431768211456"),
        ("buffers", b"0x0 0x0g 0x\n0XFF"),
        ("large buffers", big_buffer.as_bytes()),
        ("large strings", big_string.as_bytes()),
        ("strings", b"\"\\x\" \"\\0\" \"\x01\" \"\\u{41}\" u\"\\x\""),
        ("code points", b"u\"\\u{110000}\" u\"\\u{}\" u\"\\u41\" u\"\\u{d800}\" u\"\\u{41\""),
        ("an open string", b"(print \"hello)\n(define-constant a u\"b)\n\"c"),
        ("principals", b"'SP000000000000000000002Q6VF79 'SP000 'SP00000000000000000000O2Q6VF78 ' 'sp1 'SP000000000000000000002Q6VF79.c"),
        ("contracts", b".1 .u1 . a .a? .a.1 .a.b$ 'SP000000000000000000002Q6VF78. .a. b"),
        ("not ASCII", "(define-constant a \"é\") ;; ünïcode\n(“a” b)".as_bytes()),
        ("byte order mark", "\u{feff}(define-constant a 1)".as_bytes()),
        ("not UTF-8", b"(define-constant a \"\xff\xfe\") ;; \x80\n(f\xff)"),
        ("carriage returns", b"(define-constant a\r\n  1) ;; one\r\n"),
        ("NUL", b"(\0define-constant a\0 1)"),
    ];
    let mut page = String::new();
    for (title, text) in cases {
        let _ = writeln!(page, "# {title}\n{}", render(text));
    }
    insta::assert_snapshot!(page);
}

#[test]
fn errors_are_listed_up_to_a_bound() {
    let last = |text: String| {
        let errors = parse(text.into(), NESTING_LIMIT).errors;
        (errors.len(), errors.last().map(|error| error.message.clone()).unwrap_or_default())
    };
    assert_eq!(last("(,)\n".repeat(11)), (11, "`,` stands outside of a tuple".into()));
    assert_eq!(
        last("(,)\n".repeat(1_200)),
        (11, "`,` stands outside of a tuple, and 1,189 more errors like this".into())
    );
    let noise = "(a,b]{:} @ u1x 0x0 'x \"\\x ( ;\n".repeat(20);
    assert_eq!(last(noise), (51, "151 more errors follow".into()));
    assert_eq!(last(")".repeat(10_000)), (1, "10,000 `)` close nothing".into()));
}

/// One error, and all that comes after it is read.
#[test]
fn what_follows_a_missing_bracket_is_read() {
    let text = "(define-public (f) (ok (begin true))\n;; about g\n(define-public (g) (ok true))\n(define-data-var v uint u0)\n";
    let Parse { tree, errors } = parse(text.into(), NESTING_LIMIT);
    assert_eq!(errors.len(), 1);
    let forms: Vec<_> = tree.forms().map(|form| form.text()).collect();
    let expected = [
        "(define-public (f) (ok (begin true))",
        "(define-public (g) (ok true))",
        "(define-data-var v uint u0)",
    ];
    assert_eq!(forms, expected);
    assert_eq!(tree.comments().map(|comment| comment.text()).collect::<Vec<_>>(), [";; about g"]);
}
