//! Programs made to be expensive: every one comes to an end, on a small stack, and what is not checked is counted. How
//! long one takes depends on the machine and decides nothing here; what is not linear would not come to an end.

use std::fmt::Write;

use clarlint::check::check;
use clarlint::config::{Config, RuleName};
use clarlint::project::Project;
use clarlint::report::Report;

/// Checks one contract on a thread with the stack that threads usually have.
fn run(name: &str, text: String) -> Report {
    let bytes = text.len();
    let checked = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            let project = Project::from_texts([("hostile.clar", text.as_str())]);
            let report = check(&project, &Config::default());
            let errors = project.contracts.iter().flat_map(|contract| &contract.syntax.errors).count();
            (report, errors)
        })
        .expect("a thread");
    let (report, errors) = checked.join().expect("no panic");
    eprintln!("{name}: {bytes} bytes, {:?}", report.summary);
    assert_eq!(errors, 0, "{name} is meant to be read without errors");
    let internal = report.findings.iter().filter(|finding| finding.diagnostic.rule == "internal-error");
    assert_eq!(internal.count(), 0, "{name}: a rule panicked");
    report
}

fn repeat(count: usize, form: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for index in 0..count {
        let _ = write!(text, "{}", form(index));
    }
    text
}

const HEAD: &str = "(define-data-var flag bool true)\n(define-data-var total uint u0)\n\
                    (define-map entries uint uint)\n";

#[test]
fn ten_thousand_asserts() {
    let asserts = repeat(10_000, |n| format!("(asserts! (< amount u{n}) (err u{n}))\n"));
    let report = run(
        "asserts",
        format!("{HEAD}(define-public (f (amount uint)) (begin {asserts} (ok (var-set total amount))))"),
    );
    assert_eq!(report.summary.functions, 1);
}

#[test]
fn ten_thousand_calls_that_are_tried() {
    let calls = repeat(10_000, |n| format!("(try! (limit u{n}))\n"));
    run(
        "tries",
        format!(
            "{HEAD}(define-private (limit (n uint)) (begin (asserts! (> (var-get total) n) (err n)) \
             (var-set total (- (var-get total) n)) (ok true)))\n\
             (define-public (f) (begin {calls} (ok true)))"
        ),
    );
}

#[test]
fn helpers_that_call_the_one_before_twice() {
    let first = "(define-private (h0 (n uint)) (if (var-get flag) (> n u1) (< n u5)))\n";
    for count in [16, 40, 200] {
        let chain = repeat(count, |n| {
            format!("(define-private (h{} (n uint)) (and (h{n} (+ n u1)) (h{n} (+ n u2))))\n", n + 1)
        });
        run(
            &format!("twice {count}"),
            format!(
                "{HEAD}{first}{chain}(define-public (f (n uint)) (begin (asserts! (h{count} n) (err u1)) (ok (var-set total n))))"
            ),
        );
    }
}

#[test]
fn helpers_with_effects_that_call_the_one_before_twice() {
    let first = "(define-private (h0 (n uint)) (begin (var-set total n) (map-set entries n n) (> n u1)))\n";
    let chain = repeat(40, |n| {
        format!("(define-private (h{} (n uint)) (and (h{n} (+ n u1)) (h{n} (+ n u2))))\n", n + 1)
    });
    run("twice with effects", format!("{HEAD}{first}{chain}(define-public (f (n uint)) (ok (h40 n)))"));
}

#[test]
fn helpers_in_a_line() {
    for (name, body) in [
        ("line", "(h{n} n)"),
        ("line of ifs", "(if (is-eq n u{n}) (h{n} n) (err u{n}))"),
        (
            "line of tries",
            "(begin (asserts! (< n u{n}) (err u{n})) (try! (h{n} n)) (ok (map-set entries n n)))",
        ),
        ("line of matches", "(match (h{n} (+ n u1)) it (ok it) code (err (+ code u1)))"),
        ("line of folds", "(fold g (list n u{n}) (h{n} n))"),
    ] {
        for count in [64, 5_000] {
            let line = repeat(count, |n| {
                let body = body.replace("{n}", &n.to_string());
                format!("(define-private (h{} (n uint)) {body})\n", n + 1)
            });
            let report = run(
                &format!("{name} {count}"),
                format!(
                    "{HEAD}(define-private (h0 (n uint)) (if (var-get flag) (ok true) (err u0)))\n\
                     (define-private (g (n uint) (r (response bool uint))) (begin (asserts! (is-ok r) r) (ok (var-get flag))))\n\
                     {line}(define-public (f (n uint)) (begin (try! (h{count} n)) (ok (var-set total n))))"
                ),
            );
            assert_eq!(report.summary.functions, count + 3);
        }
    }
}

#[test]
fn twenty_thousand_effects() {
    for (name, form) in [
        ("effects on one variable", "(var-set total u{n})\n"),
        ("effects on one map", "(map-set entries u{n} u{n})\n"),
        ("effects behind conditions", "(if (is-eq n u{n}) (map-set entries n n) (map-set entries u{n} n))\n"),
    ] {
        let effects = repeat(20_000, |n| form.replace("{n}", &n.to_string()));
        run(name, format!("{HEAD}(define-public (f (n uint)) (begin {effects} (ok true)))"));
    }
}

#[test]
fn many_branches() {
    let ifs = repeat(2_000, |n| format!("(if (is-eq n u{n}) (try! (limit)) true)\n"));
    run(
        "ifs that lose facts",
        format!(
            "{HEAD}(define-private (limit) (begin (asserts! (> (var-get total) u0) (err u1)) \
             (var-set total (- (var-get total) u1)) (ok true)))\n\
             (define-public (f (n uint)) (begin {ifs} (ok true)))"
        ),
    );
    let flags = repeat(300, |n| format!("(define-data-var v{n} bool false)\n"));
    let sets = repeat(300, |n| format!("(if (var-get v{n}) (var-set v{n} false) (var-set total u{n}))\n"));
    run("ifs on flags", format!("{HEAD}{flags}(define-public (f) (begin {sets} (ok true)))"));
    let toggles = repeat(2_000, |_| {
        "(var-set flag (if (var-get flag) (var-get other) (not (var-get other))))\n\
        (var-set other (if (var-get other) (not (var-get flag)) (var-get flag)))\n"
            .to_string()
    });
    run(
        "toggles",
        format!(
            "{HEAD}(define-data-var other bool false)(define-public (f) (begin {toggles} (asserts! (var-get flag) (err u1)) (ok true)))"
        ),
    );
}

#[test]
fn long_conjunctions() {
    for (name, word) in [("and", "and"), ("or", "or")] {
        let operands = repeat(20_000, |n| format!("(< n u{n}) "));
        run(
            name,
            format!(
                "{HEAD}(define-public (f (n uint)) (begin (asserts! ({word} {operands}) (err u1)) (ok (var-set total n))))"
            ),
        );
        let operands = repeat(2_000, |n| format!("(var-set total u{n}) "));
        run(
            &format!("{name} with effects"),
            format!("{HEAD}(define-public (f (n uint)) (begin ({word} {operands}) (ok true)))"),
        );
    }
    let equals = repeat(20_000, |n| format!("(+ n u{n}) "));
    run("is-eq", format!("{HEAD}(define-public (f (n uint)) (ok (is-eq {equals})))"));
}

#[test]
fn a_thousand_lets() {
    let bindings = repeat(10_000, |n| match n {
        0 => "(v0 n)\n".to_string(),
        n => format!("(v{n} (+ v{} v{}))\n", n - 1, n / 2),
    });
    run(
        "bindings",
        format!("{HEAD}(define-public (f (n uint)) (let ({bindings}) (ok (var-set total v9999))))"),
    );
    let tuples = repeat(2_000, |n| match n {
        0 => "(v0 {a: n, b: n})\n".to_string(),
        n => format!("(v{n} {{a: v{}, b: v{}}})\n", n - 1, n - 1),
    });
    run(
        "tuples of tuples",
        format!(
            "{HEAD}(define-public (f (n uint)) (let ({tuples}) (begin (print v1999) (asserts! (is-eq v1999 v1998) (err u1)) (ok (var-set total n)))))"
        ),
    );
}

#[test]
fn tuples_chosen_again_and_again() {
    // Every choice is between two that share all that was chosen before.
    let choices = repeat(200, |n| match n {
        0 => "(v0 {a: n, b: none}) (w0 {a: u0, b: (some n)})\n".to_string(),
        n => {
            let before = n - 1;
            format!("(v{n} (if (> n u{n}) v{before} w{before})) (w{n} (if (< n u{n}) w{before} v{before}))\n")
        }
    });
    run(
        "choices",
        format!(
            "{HEAD}(define-public (f (n uint)) (let ({choices}) (asserts! (> (get a v199) u1) (err u1)) \
             (asserts! (is-some (get b w199)) (err u2)) (ok (var-set total (get a w199)))))"
        ),
    );
}

#[test]
fn a_map_with_five_hundred_fields() {
    let types = repeat(500, |n| format!("field-{n}: uint, "));
    let values = repeat(500, |n| format!("field-{n}: (+ n u{n}), "));
    let merges = repeat(500, |n| {
        format!("(map-set wide n (merge (unwrap-panic (map-get? wide n)) {{field-{n}: u{n}}}))\n")
    });
    let chain = (0..500).fold("(unwrap-panic (map-get? wide n))".to_string(), |inner, n| match n % 60 {
        59 => inner,
        _ if n < 60 => format!("(merge {inner} {{field-{n}: n}})"),
        _ => inner,
    });
    run(
        "wide map",
        format!(
            "{HEAD}(define-map wide uint {{{}}})\n\
             (define-public (f (n uint)) (begin (map-set wide n {{{}}}) {merges} (ok true)))\n\
             (define-public (g (n uint)) (ok (map-set wide n {chain})))",
            types.trim_end_matches(", "),
            values.trim_end_matches(", ")
        ),
    );
}

#[test]
fn many_functions() {
    let functions = repeat(3_000, |n| {
        format!(
            "(define-public (f{n} (n uint))\n  (let ((before (default-to u0 (map-get? entries n))))\n    \
             (asserts! (var-get flag) (err u{n}))\n    (asserts! (is-eq tx-sender (var-get owner)) (err u1))\n    \
             (map-set entries n (+ before u{n}))\n    (ok (var-set total (+ (var-get total) n)))))\n"
        )
    });
    run("functions", format!("{HEAD}(define-data-var owner principal tx-sender)\n{functions}"));
    let variables = repeat(300, |n| format!("(define-data-var v{n} principal tx-sender)\n"));
    let setters = repeat(300, |n| {
        let next = (n + 1) % 300;
        format!(
            "(define-public (set-{n} (to principal)) (begin (asserts! (is-eq tx-sender (var-get v{next})) (err u1)) (ok (var-set v{n} to))))\n"
        )
    });
    run("owners of owners", format!("{variables}{setters}"));
    let open = setters.replace(
        "(define-public (set-0 (to principal)) (begin (asserts! (is-eq tx-sender (var-get v1)) (err u1)) ",
        "(define-public (set-0 (to principal)) (begin ",
    );
    run("owners of owners, one of them open", format!("{variables}{open}"));
}

#[test]
fn the_largest_contract() {
    let mut text = format!("{HEAD}(define-data-var owner principal tx-sender)\n");
    let mut index = 0;
    while text.len() < 2_000_000 {
        let _ = write!(
            text,
            "(define-read-only (get-{index} (n uint)) (default-to u0 (map-get? entries (+ n u{index}))))\n\
             (define-private (check-{index} (n uint)) (if (> (get-{index} n) u{index}) (ok true) (err u{index})))\n\
             (define-public (act-{index} (n uint)) (begin (try! (check-{index} n)) (asserts! (is-eq tx-sender (var-get owner)) (err u403)) (ok (map-set entries n (+ n (get-{index} n))))))\n"
        );
        index += 1;
    }
    run("two megabytes", text);
}

#[test]
fn deep_expressions() {
    let wrap = |open: &str, close: &str, inner: &str| {
        (0..30).fold(inner.to_string(), |inner, n| {
            format!("{}{inner}{}", open.replace("{n}", &n.to_string()), close.replace("{n}", &n.to_string()))
        })
    };
    for (name, open, close) in [
        ("nested ifs", "(if (is-eq n u{n}) (ok u{n}) ", ")"),
        ("nested matches", "(match ", " it (if (> it u{n}) (ok it) (err u{n})) code (err code))"),
        ("nested lets", "(let ((v{n} (try! ", "))) (map-set entries v{n} v{n}) (ok v{n}))"),
        ("nested blocks", "(begin (map-set entries u{n} n) (asserts! (> n u{n}) (err u{n})) ", ")"),
    ] {
        run(name, format!("{HEAD}(define-public (f (n uint)) {})", wrap(open, close, "(ok n)")));
    }
    // A line of helpers with deep results, the one put into the other.
    let line = repeat(200, |n| {
        let body = wrap("(if (is-eq n u{n}) (err u{n}) ", ")", &format!("(h{n} (+ n u1))"));
        format!("(define-private (h{} (n uint)) {body})\n", n + 1)
    });
    run(
        "deep helpers",
        format!(
            "{HEAD}(define-private (h0 (n uint)) (ok n))\n{line}(define-public (f (n uint)) (begin (try! (h200 n)) (ok (var-set total n))))"
        ),
    );
}

#[test]
fn constants_of_constants() {
    run(
        "by itself",
        format!(
            "{HEAD}(define-constant A B)\n(define-constant B A)\n(define-constant C C)\n\
                 (define-public (f) (begin (try! (contract-call? A go)) (contract-call? C go)))"
        ),
    );
    for order in ["forwards", "backwards"] {
        let mut names: Vec<_> = (1..20_000).collect();
        if order == "backwards" {
            names.reverse();
        }
        let chain: String = names.iter().map(|n| format!("(define-constant C{n} C{})\n", n - 1)).collect();
        run(
            order,
            format!(
                "{HEAD}(define-constant C0 'SP000000000000000000002Q6VF78.pox)\n{chain}\
                     (define-public (f) (contract-call? C19999 go))"
            ),
        );
    }
}

/// As it stands while somebody writes it: without the lists, or with too many.
#[test]
fn half_written_folds() {
    let head = "(define-data-var x uint u0)\n(define-data-var y uint u0)\n\
                (define-private (step (a uint) (b uint)) (+ a b (var-get x) stacks-block-height burn-block-height))\n";
    for form in [
        "(fold step)",
        "(fold step (list u1 u2))",
        "(fold step (list u1 u2) u0 u1)",
        "(map step)",
        "(filter step)",
        "(filter step (list u1 u2) (list u1))",
    ] {
        let text = format!("{head}(define-public (go) (ok (var-set y {form})))");
        let project = Project::from_texts([("half.clar", text.as_str())]);
        let mut config = Config::default();
        config.lint.select = Some(vec![RuleName::parse("all").expect("a name for all rules")]);
        let report = check(&project, &config);
        let internal = report.findings.iter().filter(|finding| finding.diagnostic.rule == "internal-error");
        assert_eq!(internal.count(), 0, "{form}: a rule panicked");
    }
}
