//! The whole pipeline behind the reader's texts: link, facts, rules, report.

mod bundled;

use std::fmt::Write;

use clarlint::check::check;
use clarlint::config::Config;
use clarlint::project::Project;
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// A hundred contracts, each with guarded entrypoints and calls of the one before.
fn hundred() -> Vec<(String, String)> {
    (0..100).map(|index| (format!("module-{index}.clar"), module(index))).collect()
}

fn module(index: usize) -> String {
    let mut text = String::from(
        "(define-data-var owner principal tx-sender)\n(define-data-var paused bool false)\n\
         (define-map balances principal uint)\n(define-map limits {who: principal, action: uint} uint)\n\
         (define-constant ERR-PAUSED (err u402))\n(define-constant ERR-OWNER (err u403))\n\
         (define-private (ensure-not-paused) (ok (asserts! (not (var-get paused)) ERR-PAUSED)))\n\
         (define-private (ensure-owner) (ok (asserts! (is-eq contract-caller (var-get owner)) ERR-OWNER)))\n\
         (define-private (spend (action uint) (amount uint))\n  (let ((left (default-to u100 (map-get? limits {who: tx-sender, action: action}))))\n    \
         (asserts! (>= left amount) (err u429))\n    (ok (map-set limits {who: tx-sender, action: action} (- left amount)))))\n\
         (define-read-only (balance-of (who principal)) (default-to u0 (map-get? balances who)))\n\
         (define-public (pause) (begin (try! (ensure-owner)) (ok (var-set paused true))))\n",
    );
    for action in 0..8 {
        // Only a few levels deep, as protocols are.
        let before = match index % 5 {
            0 => String::new(),
            _ => format!("    (try! (contract-call? .module-{} act-{action} amount))\n", index - 1),
        };
        let _ = write!(
            text,
            "(define-public (act-{action} (amount uint))\n  (let ((balance (balance-of tx-sender)))\n    \
             (try! (ensure-not-paused))\n    (try! (spend u{action} amount))\n    \
             (asserts! (and (> amount u0) (>= balance amount)) (err u400))\n{before}    \
             (map-set balances tx-sender (- balance amount))\n    (print {{event: \"act\", amount: amount}})\n    (ok true)))\n"
        );
    }
    text
}

fn run(bencher: Bencher, texts: &[(String, String)]) {
    let bytes = texts.iter().map(|(_, text)| text.len()).sum::<usize>();
    let config = Config::default();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let project = Project::from_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        check(&project, &config).findings.len()
    });
}

#[divan::bench(sample_count = 20)]
fn bundled_contracts(bencher: Bencher) {
    let texts = bundled::contracts();
    assert!(!texts.is_empty(), "there are no contracts to check");
    run(bencher, &texts);
}

#[divan::bench(sample_count = 20)]
fn hundred_contracts(bencher: Bencher) {
    run(bencher, &hundred());
}
