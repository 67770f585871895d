//! What the engine says of small functions, in words.

use clarlint::analysis::Analysis;
use clarlint::config::Policy;
use clarlint::facts::Op;
use clarlint::graph::Program;
use clarlint::project::Project;
use insta::assert_snapshot;

use crate::engine;

const HEAD: &str = "\
(define-data-var enabled bool true)
(define-data-var paused bool false)
(define-data-var owner principal tx-sender)
(define-data-var budget uint u10)
(define-map total uint uint)
(define-constant ERR-PAUSED (err u100))
(define-constant ERR-OWNER u101)
";

/// Every function that `text` defines, in words. Lines are counted from the first line of `text`.
fn words(text: &str) -> String {
    words_of(&[("it", &format!("{}{text}", HEAD.replace('\n', " ")))])
}

fn words_of(contracts: &[(&str, &str)]) -> String {
    let paths: Vec<_> = contracts.iter().map(|(name, text)| (format!("{name}.clar"), *text)).collect();
    let project = Project::from_texts(paths.iter().map(|(path, text)| (path.as_str(), *text)));
    for contract in &project.contracts {
        assert!(contract.syntax.errors.is_empty(), "{:?}", contract.syntax.errors);
    }
    engine::summaries(&project).into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("\n")
}

#[test]
fn conditions_come_apart() {
    assert_snapshot!(words(
        "
(define-public (and-not)
  (begin (asserts! (and (var-get enabled) (not (var-get paused))) ERR-PAUSED) (ok (map-set total u0 u0))))
(define-public (or (n uint))
  (begin (asserts! (or (var-get enabled) (is-eq tx-sender (var-get owner))) ERR-PAUSED) (ok (map-set total u0 n))))
(define-public (is-false)
  (begin (asserts! (is-eq (var-get paused) false) ERR-PAUSED) (ok (map-set total u0 u0))))
(define-public (either (n uint))
  (begin (asserts! (if (var-get paused) (is-eq tx-sender (var-get owner)) (> n u3)) ERR-PAUSED) (ok (map-set total u0 n))))
(define-public (entry (n uint))
  (begin (asserts! (> (default-to u0 (map-get? total n)) u5) ERR-PAUSED) (ok (map-delete total n))))
"
    ));
}

#[test]
fn helpers_are_looked_into() {
    assert_snapshot!(words(
        "
(define-private (check) (ok (asserts! (var-get enabled) ERR-PAUSED)))
(define-private (is-owner) (is-eq tx-sender (var-get owner)))
(define-private (vacuous) (ok (is-eq tx-sender (var-get owner))))
(define-private (limit) (let ((left (var-get budget))) (asserts! (> left u0) (err u102)) (ok (var-set budget (- left u1)))))
(define-public (tried) (begin (try! (check)) (ok (map-set total u0 u0))))
(define-public (unwrapped) (begin (unwrap! (check) (err u1)) (ok (map-set total u0 u0))))
(define-public (tested) (begin (asserts! (is-ok (check)) (err u1)) (ok (map-set total u0 u0))))
(define-public (asserted) (begin (asserts! (is-owner) (err ERR-OWNER)) (ok (map-set total u0 u0))))
(define-public (matched) (match (check) it (ok (map-set total u0 u0)) code (err code)))
(define-public (not-guarded) (begin (unwrap! (vacuous) (err u1)) (ok (map-set total u0 u0))))
(define-public (limited-when-enabled) (begin (if (var-get enabled) (try! (limit)) true) (ok (map-set total u0 u0))))
"
    ));
}

#[test]
fn only_exits_that_commit_count() {
    assert_snapshot!(words(
        "
(define-public (guard-after) (begin (map-set total u0 u0) (asserts! (var-get enabled) ERR-PAUSED) (ok true)))
(define-public (ok-thrown-before) (begin (asserts! (var-get enabled) (ok false)) (ok (map-set total u0 u0))))
(define-public (ok-thrown-after) (begin (map-set total u0 u0) (asserts! (var-get enabled) (ok false)) (ok true)))
(define-public (one-branch (n uint))
  (begin (if (> n u5) (begin (asserts! (var-get enabled) ERR-PAUSED) (map-set total u0 n)) (map-set total u1 n)) (ok true)))
(define-public (thrown-with-effect) (ok (unwrap! (map-get? total u0) (begin (map-set total u1 u1) (err u1)))))
"
    ));
}

#[test]
fn effects_stay_or_are_rolled_back_with_their_function() {
    assert_snapshot!(words(
        "
(define-private (writes-and-fails) (begin (map-set total u0 u0) (asserts! (var-get enabled) ERR-PAUSED) (ok true)))
(define-public (absorbed) (ok (is-ok (writes-and-fails))))
(define-public (nested) (begin (map-set total u1 u1) (asserts! (var-get enabled) ERR-PAUSED) (ok true)))
(define-public (rolled-back) (ok (is-ok (nested))))
(define-public (inserts) (begin (asserts! (map-insert total u2 u2) (err u7)) (asserts! (var-get paused) (err u8)) (ok true)))
(define-public (inserts-twice) (begin (is-ok (inserts)) (inserts)))
"
    ));
}

#[test]
fn what_is_written_is_no_evidence() {
    assert_snapshot!(words(
        "
(define-public (forwarded) (begin (var-set enabled true) (asserts! (var-get enabled) ERR-PAUSED) (ok (map-set total u0 u0))))
(define-public (own-entry) (begin (map-set total u0 u1) (asserts! (is-some (map-get? total u0)) ERR-PAUSED) (ok (map-delete total u0))))
"
    ));
}

#[test]
fn elements_of_lists() {
    assert_snapshot!(words(
        "
(define-private (small (n uint)) (and (var-get enabled) (< n u10)))
(define-private (put (n uint)) (map-set total n n))
(define-private (step (n uint) (before (response bool uint))) (begin (try! before) (asserts! (< n (var-get budget)) (err u7)) (ok (map-set total n n))))
(define-public (filtered (ns (list 9 uint))) (begin (map put (filter small ns)) (var-set budget u0) (ok true)))
(define-public (folded (ns (list 9 uint))) (begin (try! (fold step ns (ok true))) (ok (var-set budget u0))))
(define-public (folded-three (n uint)) (begin (try! (fold step (list n u2 u3) (ok true))) (ok (var-set budget u0))))
"
    ));
}

#[test]
fn across_contracts() {
    assert_snapshot!(words_of(&[
        (
            "core",
            "(define-trait claims ((settle (uint) (response bool uint))))
(define-data-var open bool true)
(define-map callers principal bool)
(define-read-only (is-open) (ok (asserts! (var-get open) (err u1))))
(define-public (record (n uint))
  (begin (asserts! (default-to false (map-get? callers contract-caller)) (err u403)) (ok (var-set open (> n u0)))))"
        ),
        (
            "front",
            "(use-trait claims .core.claims)
(define-public (act (n uint)) (begin (try! (contract-call? .core is-open)) (contract-call? .core record n)))
(define-public (settle (pool <claims>))
  (begin (try! (contract-call? .core is-open)) (asserts! (try! (as-contract (contract-call? pool settle u1))) (err u2))
    (try! (contract-call? .core is-open)) (contract-call? .core record u1)))
(define-public (missing (n uint)) (begin (try! (contract-call? .gone check n)) (stx-transfer? n tx-sender (as-contract tx-sender))))"
        ),
    ]));
}

#[test]
fn what_is_not_checked() {
    assert_snapshot!(words(
        "
(define-private (a (n uint)) (b n))
(define-private (b (n uint)) (a n))
(define-public (calls-a-cycle) (begin (a u1) (ok (map-set total u0 u0))))
"
    ));
}

#[test]
fn codes_come_from_every_way_out() {
    assert_snapshot!(words(
        "
(define-constant ERR-MANY (err (+ u1 u2)))
(define-private (fails (n uint)) (if (> n u5) (err u51) (ok n)))
(define-public (tried (n uint)) (ok (try! (fails n))))
(define-public (unwrapped (n uint)) (ok (unwrap! (fails n) (err ERR-OWNER))))
(define-public (mapped (n uint)) (match (fails n) it (ok it) code (err (if (is-eq code u51) u52 u53))))
(define-public (computed (n uint)) (if (> n u5) ERR-MANY (ok n)))
(define-public (none-left (n uint)) (ok (unwrap-panic (map-get? total n))))
"
    ));
}

#[test]
fn what_is_written_at_deployment_is_known() {
    let text = "
(define-map names (string-ascii 20) principal)
(define-private (enter (name (string-ascii 10)) (who principal)) (map-insert names (concat \"the-\" name) who))
(enter \"vault\" .vault)
(define-constant SECOND \"oracle\")
(map-set names SECOND tx-sender)
";
    let project = Project::from_texts([("registry.clar", text)]);
    let program = Program::link(&project);
    let policy = Policy::default();
    let analysis = Analysis::new(&program, &policy, None);
    let mut engine = analysis.whole().engine;
    let contract = program.contract_named("registry").expect("it is there");
    let deployment = engine.deployment(contract);
    let keys = deployment.effects.iter().map(|effect| match engine.terms.op(effect.args[0]) {
        Op::Literal(text) => engine.terms.text(text),
        _ => "not known",
    });
    assert_eq!(keys.collect::<Vec<_>>(), ["\"the-vault\"", "\"oracle\""]);
    assert!(matches!(engine.terms.op(deployment.effects[1].args[1]), Op::Deployer));
}
