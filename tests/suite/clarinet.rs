//! What is said for Clarinet's own lints counts for the rules that look for the same.

use crate::sandbox::{Sandbox, run_in_repository};

const NUMBERS: &str = "\
(define-constant LIMIT u10)
(define-data-var total uint u0)

(define-private (double (n uint))
  (* u2 n))

(define-read-only (get-balance-of (who principal))
  (unwrap-panic (get-total)))

(define-read-only (get-total)
  (if (> (var-get total) u5) (ok (var-get total)) (err u1)))
";

/// A project of one contract, whose manifest says this of the analysis.
fn project(analysis: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let manifest = "[project]\nname = \"numbers\"\n\n[contracts.numbers]\npath = \"contracts/numbers.clar\"\n\
                    clarity_version = 3\nepoch = \"3.0\"\n";
    sandbox
        .write("Clarinet.toml", format!("{manifest}\n{analysis}"))
        .write("contracts/numbers.clar", NUMBERS);
    sandbox
}

/// The rules that have findings, with their levels, in order.
fn said(sandbox: &Sandbox) -> Vec<String> {
    let run = sandbox.run(&["--format", "short", "--quiet", "--exit-zero"]);
    assert_eq!(run.stderr, "", "{run}");
    let rule = |line: &str| line.split(' ').nth(1).unwrap_or_default().trim_end_matches(':').to_owned();
    run.stdout.lines().map(rule).collect()
}

#[test]
fn the_manifest_says_what_is_asked() {
    let unset = said(&project(""));
    assert_eq!(unset, ["warning[unused-private-function]"]);
    let lints =
        "[repl.analysis.lints]\nunused_const = true\nunused_private_fn = \"off\"\nmade_up = \"note\"\n";
    assert_eq!(said(&project(lints)), ["warning[unused-constant]"]);
    let levels = "[repl.analysis]\nlints = { unused_const = \"err\", panic = \"notice\", noop = \"loud\" }\n";
    let expected = ["error[unused-constant]", "warning[unused-private-function]", "note[panicking-unwrap]"];
    assert_eq!(said(&project(levels)), expected);
}

#[test]
fn groups_come_before_single_lints() {
    let groups =
        "[repl.analysis.lint_groups]\nunused = \"note\"\n\n[repl.analysis.lints]\nunused_binding = \"off\"\n";
    let expected = ["note[unused-constant]", "note[var-could-be-constant]", "note[unused-private-function]"];
    assert_eq!(said(&project(groups)), expected);
    let all = "[repl.analysis]\nlint_groups = { all = \"warn\", safety = false, unused = false }\n";
    assert_eq!(said(&project(all)), [""; 0]);
}

/// A lint of Clarinet may look at some names only: the others are not its business, and its style is meant.
#[test]
fn names_are_judged_of_the_kinds_that_are_asked_for() {
    let said_of = |lints: &str| {
        let sandbox = project(&format!("[repl.analysis]\n{lints}\n"));
        let contract = "(define-constant maxFee u1)\n(define-map Fees uint uint)\n\
                        (define-read-only (fee_of (n uint)) (default-to maxFee (map-get? Fees n)))\n\
                        (define-public (set (n uint)) (ok (map-set Fees n n)))\n";
        sandbox.write("contracts/numbers.clar", contract);
        let run = sandbox.run(&["--format", "short", "--quiet", "--exit-zero", "--ignore", "architecture"]);
        run.stdout
            .lines()
            .map(|line| line.split("clar:").nth(1).unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let constant = "the name of the constant `maxFee` is not in SCREAMING_SNAKE_CASE, as Clarinet wants it";
    let map = "the name of the map `Fees` is not in kebab-case, as Clarinet wants it";
    let function = "the name of the function `fee_of` is not in kebab-case, as Clarinet wants it";
    let at = |level: &str, place: &str, message: &str| format!("{place}: {level}[naming-case]: {message}");
    let only = |lints: &str, level: &str, place: &str, message: &str| {
        assert_eq!(said_of(lints), [at(level, place, message)], "{lints}");
    };
    only("lints = { case_const = true }", "warning", "1:18", constant);
    only("lints = { case_map = \"note\" }", "note", "2:13", map);
    only("lint_groups = { style = \"off\" }\nlints = { case_fn = \"err\" }", "error", "3:20", function);
    let two =
        said_of("lint_groups = { style = \"note\" }\nlints = { case_fn = \"off\", case_map = \"err\" }");
    assert_eq!(two, [at("error", "2:13", map), at("note", "1:18", constant)]);
}

#[test]
fn error_constants_are_responses_where_clarinet_is_asked() {
    let said_of = |analysis: &str| {
        let sandbox = project(analysis);
        let contract = "(define-constant ERR-A u1)\n(define-constant ERR-B u2)\n\
                        (define-read-only (f (n uint)) (if (> n u0) (err ERR-A) (if (> n u9) (err ERR-B) (ok n))))\n";
        said(sandbox.write("contracts/numbers.clar", contract))
    };
    assert_eq!(said_of("[repl.analysis.lints]\nerror_const = true\n"), ["warning[error-constant]"; 2]);
    let own = said_of("[repl.analysis.lints]\nerror_const = \"off\"\n");
    assert_eq!(own, [""; 0]);
}

#[test]
fn files_that_the_manifest_leaves_out_have_none_of_these_findings() {
    for wanted in ["include = [\"contracts/numbers*\"]", "exclude = \"other/*\""] {
        let analysis = format!("[repl.analysis]\n{wanted}\n");
        assert_eq!(said(&project(&analysis)), ["warning[unused-private-function]"], "{wanted}");
    }
    for unwanted in ["include = \"other/*\"", "exclude = [\"contracts/*\"]"] {
        let analysis = format!("[repl.analysis]\n{unwanted}\n");
        assert_eq!(said(&project(&analysis)), [""; 0], "{unwanted}");
    }
}

/// What a pass of Clarinet reports is none of its lints.
#[test]
fn a_pass_that_is_on_asks_for_its_rule() {
    let said_of = |analysis: &str| {
        let sandbox = project(analysis);
        sandbox.write(
            "contracts/numbers.clar",
            "(define-data-var total uint u0)\n(define-public (set-total (n uint)) (ok (var-set total n)))\n\
             (define-read-only (get-total) (var-get total))\n",
        );
        said(&sandbox)
    };
    for passes in ["[\"check_checker\"]", "\"check_checker\"", "\"all\""] {
        assert_eq!(said_of(&format!("[repl.analysis]\npasses = {passes}\n")), ["warning[unchecked-data]"]);
    }
    let others = ["", "[repl.analysis]\npasses = []\n", "[repl.analysis.lint_groups]\nall = true\n"];
    others.iter().for_each(|analysis| assert_eq!(said_of(analysis), [""; 0], "{analysis}"));
}

#[test]
fn the_own_configuration_counts_more() {
    let lints = "[repl.analysis]\nlints = { unused_const = true, unused_private_fn = \"off\" }\n";
    let sandbox = project(lints);
    sandbox.write(
        "clarlint.toml",
        "[lint]\nlevels = { unused-constant = \"off\", unused-private-function = \"error\" }\n",
    );
    assert_eq!(said(&sandbox), ["error[unused-private-function]"]);
    sandbox.write("clarlint.toml", "[lint]\nlevels = { hygiene = \"off\" }\n");
    assert_eq!(said(&sandbox), [""; 0]);
    let run = project(lints).run(&["config"]);
    assert!(run.stdout.contains("unused-constant  "), "{run}");
    let line = run.stdout.lines().find(|line| line.starts_with("unused-constant ")).unwrap_or_default();
    assert!(line.ends_with("warning  (Clarinet.toml:10)"), "{line}");
}

#[test]
fn comments_for_clarinet_allow_what_clarinet_reports() {
    let allowed = |comment: &str| {
        let sandbox = Sandbox::empty();
        sandbox.write("numbers.clar", format!("{comment}\n(define-private (double (n uint))\n  (* u2 n))\n"));
        said(&sandbox).is_empty()
    };
    assert!(allowed(";; #[allow(unused_private_fn)]"));
    assert!(allowed(";; #[allow(panic, unused_private_fn)]"));
    assert!(!allowed(";; #[allow(unused_const)]"));
    assert!(!allowed(";; #[allow(unused_private_function)]"), "this is no name of Clarinet's");
    assert!(allowed(";; #[allow(UnwrapPanicUsage, PrivateFunctionNotUsed)]"), "Stacy's names");
    assert!(!allowed(";; unused_private_fn"));
}

#[test]
fn comments_for_clarinet_filter_arguments() {
    let filtered = |comment: &str| {
        let sandbox = Sandbox::empty();
        let text = format!(
            "(define-map fees uint uint)\n(define-public (set-fee (id uint) (fee uint))\n  (begin\n    {comment}\n    \
             (print id)\n    (ok (map-set fees id fee))))\n"
        );
        sandbox.write("fees.clar", text).write("clarlint.toml", "[lint]\nselect = [\"unchecked-data\"]\n");
        said(&sandbox).is_empty()
    };
    assert!(filtered(";; #[filter(id, fee)]"));
    assert!(filtered(";; #[filter(*)]"));
    assert!(!filtered(";; #[filter(id)]"));
    assert!(!filtered(";; filter(*)"));
}

#[test]
fn names_of_clarinet_are_understood_and_shown() {
    let explained = run_in_repository(&["explain", "unused_const"]);
    assert!(explained.stdout.starts_with("# unused-constant\n"), "{explained}");
    let explained = run_in_repository(&["explain", "TxSenderInAssert"]);
    assert!(explained.stdout.starts_with("# tx-sender-auth\n"), "{explained}");
    let several = run_in_repository(&["explain", "unused_binding"]);
    assert!(several.stdout.starts_with("unused-binding (off)\n"), "{several}");
    assert!(several.stdout.contains("\nunused-parameter (off)\n"), "{several}");
    let rules = run_in_repository(&["rules"]).stdout;
    let line = rules.lines().find(|line| line.starts_with("noop-expression ")).unwrap_or_default();
    assert!(line.ends_with("(Clarinet: noop)"), "{line}");
    let line = rules.lines().find(|line| line.starts_with("panicking-unwrap ")).unwrap_or_default();
    assert!(line.ends_with("(Clarinet: panic; Stacy: UnwrapPanicUsage)"), "{line}");
    let line = rules.lines().find(|line| line.starts_with("naming-case ")).unwrap_or_default();
    assert!(line.contains("(Clarinet: case_binding, case_const, "), "{line}");
}
