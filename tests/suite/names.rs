//! `name-clash` and `shadowed-builtin` against the chain: what its analysis takes and its interpreter does not.

use clarlint::builtins::ClarityVersion;
use clarlint::check::check;
use clarlint::config::Config;
use clarlint::project::{Epoch, Project};

use crate::facts::chain;

/// Contracts that have a function `run` which takes nothing.
const CONTRACTS: &[&str] = &[
    // Bindings.
    "(define-read-only (sum) u1) (define-read-only (run) (let ((sum u2)) sum))",
    "(define-read-only (run) (let ((sum u2)) sum)) (define-read-only (sum) u1)",
    "(define-read-only (run) (match (some u2) sum sum u0)) (define-read-only (sum) u1)",
    "(define-read-only (run) (let ((total u2)) total)) (define-read-only (sum) u1)",
    "(define-read-only (run) (let ((hash160 u2)) hash160))",
    "(define-read-only (run) (match (some u2) some some u0))",
    "(define-read-only (run) (match (if (is-eq u1 u2) (ok u1) (err u2)) ok u0 err err))",
    "(define-read-only (run) (let ((define-map u2)) define-map))",
    "(define-read-only (run) (let ((stacks-block-height u2)) stacks-block-height))",
    "(define-read-only (run) (let ((map-1 u2)) map-1))",
    // Parameters.
    "(define-read-only (fee) u1) (define-read-only (pay (fee uint)) fee) (define-read-only (run) (pay u2))",
    "(define-read-only (pay (fee uint)) fee) (define-read-only (fee) u1) (define-read-only (run) (pay u2))",
    "(define-read-only (pay (fee uint)) u3) (define-read-only (fee) u1) (define-read-only (run) (pay u2))",
    "(define-read-only (run) (pay u2)) (define-read-only (pay (fee uint)) u3) (define-read-only (fee) u1)",
    "(define-read-only (all) { a: (pay u1), b: (fee) }) (define-read-only (pay (fee uint)) u3) \
     (define-read-only (fee) u1) (define-read-only (run) (pay u2))",
    "(define-read-only (all) { b: (fee), a: (pay u1) }) (define-read-only (pay (fee uint)) u3) \
     (define-read-only (fee) u1) (define-read-only (run) (pay u2))",
    "(define-private (pay (fee uint) (fee uint)) u3) (define-read-only (run) (pay u1 u2))",
    "(define-private (pay (list uint)) list) (define-read-only (run) (pay u1))",
    "(define-private (pay (tx-sender uint)) u1) (define-read-only (run) (pay u1))",
    // Definitions.
    "(define-constant len u1) (define-read-only (run) u1)",
    "(define-data-var print uint u1) (define-read-only (run) u1)",
    "(define-map get uint uint) (define-read-only (run) u1)",
    "(define-fungible-token ok) (define-read-only (run) u1)",
    "(define-private (mod (a uint)) a) (define-read-only (run) u1)",
    "(define-trait list ((f () (response bool uint)))) (define-read-only (run) u1)",
    "(define-constant LEN u1) (define-read-only (run) { len: LEN, map: u1 })",
    "(define-constant tenure-height u1) (define-read-only (run) tenure-height)",
];

#[test]
fn names_fail_where_it_is_said() {
    let mut wrong = Vec::new();
    for text in CONTRACTS {
        let mut project = Project::from_texts([("contract.clar", *text)]);
        for contract in &mut project.contracts {
            contract.version = ClarityVersion::new(2).expect("there is one");
            contract.epoch = Epoch::introducing(contract.version);
            contract.stated = true;
        }
        let report = check(&project, &Config::default());
        let found: Vec<_> = report.findings.iter().map(|finding| finding.diagnostic.rule).collect();
        assert!(!found.contains(&"type-error"), "the analysis takes it: {text}");
        let is_said = found.iter().any(|rule| matches!(*rule, "name-clash" | "shadowed-builtin"));
        let fails = chain::fails(text, "run");
        if is_said != fails {
            wrong.push(format!(
                "{}: {text}",
                if fails { "fails and is not said" } else { "is said and works" }
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
