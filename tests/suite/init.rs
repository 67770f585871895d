//! `clarlint init`: it writes down what the protocol has, never over a file, and nothing that was found before is lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::sandbox::{Run, Sandbox, run_in_repository};
use clarlint::cli::Exit;
use insta::assert_snapshot;
use serde_json::Value;

const CONTROL: &str = include_str!("../../fixtures/projects/adoption/contracts/control.clar");
const VAULT: &str = include_str!("../../fixtures/projects/adoption/contracts/vault.clar");

fn without_configuration(project: &str) -> Sandbox {
    let sandbox = Sandbox::of(project);
    // Not every fixture has one.
    let _ = fs::remove_file(sandbox.path("clarlint.toml"));
    sandbox
}

#[test]
fn what_is_there_is_written_down() {
    let sandbox = without_configuration("adoption");
    assert_snapshot!(sandbox.run(&["init"]), @"
    wrote clarlint.toml: 1 circuit breaker, 1 switch, 1 rate limit, 3 roles, 1 registry; 1 entrypoint lacks what its peers check
    --- exit 0
    ");
    assert_snapshot!(sandbox.read("clarlint.toml"));
    // From any folder of the project, and printed or written: the same.
    let written = sandbox.read("clarlint.toml");
    assert_eq!(sandbox.run_in("contracts", &["init", "--stdout"], "").stdout, written);
}

#[test]
fn no_file_is_written_over() {
    let sandbox = without_configuration("adoption");
    sandbox.write("clarlint.toml", "# mine\n");
    assert_snapshot!(sandbox.run_in("contracts", &["init"], ""), @"
    --- standard error
    error: there is `../clarlint.toml` already, and it is left as it is
      help: `clarlint init --stdout` prints what it would write; take over what you need
    --- exit 2
    ");
    assert_eq!(sandbox.read("clarlint.toml"), "# mine\n");
    assert_snapshot!(Sandbox::empty().run(&["init"]), @"
    --- standard error
    error: there are no contracts here
      help: run it in the folder of the project, where Clarinet.toml is or the contracts are
    --- exit 2
    ");
}

#[test]
fn what_was_found_without_it_is_found_with_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    for project in fs::read_dir(folder).expect("there are fixtures").filter_map(Result::ok) {
        let project = project.file_name().into_string().expect("names are UTF-8");
        let sandbox = without_configuration(&project);
        let before = sandbox.run(&["--format", "json"]);
        let init = sandbox.run(&["init"]);
        if init.exit == Exit::Clean {
            nothing_is_lost(&project, &before, &sandbox.run(&["--format", "json"]));
        }
    }
}

#[test]
fn the_bundled_protocol_is_described_as_it_is() {
    let written = run_in_repository(&["init", "--stdout"]).stdout;
    let sandbox = Sandbox::empty();
    sandbox.write("init.toml", &written);
    let config = sandbox.path("init.toml").into_os_string().into_string().expect("it is UTF-8");
    let run = run_in_repository(&["--config", &config]);
    assert_eq!(run.exit, Exit::Clean, "{run}");
    assert!(written.contains("action = \"collateral\""), "{written}");
    assert!(written.contains("action = \"liquidate\""), "{written}");
    assert!(written.contains("registry = \"upgrade-manager.contract-registry\""), "{written}");
}

#[test]
fn a_lost_guard_is_a_finding_afterwards() {
    let sandbox = without_configuration("adoption");
    sandbox.run(&["init"]);
    let unguarded = CONTROL.replacen("(asserts! (is-admin) ERR-UNAUTHORIZED)", "true", 1);
    assert_ne!(unguarded, CONTROL);
    sandbox.write("contracts/control.clar", unguarded);
    assert!(sandbox.run(&["--format", "short"]).stdout.contains("error[missing-authorisation]"));
}

#[test]
fn what_is_new_in_a_contract_is_asked_for_what_its_peers_have() {
    let sandbox = without_configuration("adoption");
    sandbox.run(&["init"]);
    let before = sandbox.run(&["--format", "short"]).stdout;
    let drain = "(define-public (drain (who principal) (amount uint))\n  (debit who amount))\n";
    sandbox.write("contracts/vault.clar", format!("{VAULT}{drain}"));
    let unguarded = "(define-public (set-open (yes bool))\n  (ok (var-set paused (not yes))))\n";
    sandbox.write("contracts/control.clar", format!("{CONTROL}{unguarded}"));
    let after = sandbox.run(&["--format", "short"]).stdout;
    assert!(after.contains("error[missing-circuit-breaker]: `drain`"), "{after}");
    assert!(after.contains("error[missing-authorisation]: `set-open`"), "{after}");
    // What only a role can do need not stand still.
    let seize = VAULT.replace("(define-public (seize ", "(define-public (seize-again ");
    let seize = &seize[seize.find("(define-public (seize-again ").expect("it is there")..];
    sandbox.write("contracts/control.clar", CONTROL).write("contracts/vault.clar", format!("{VAULT}{seize}"));
    assert_eq!(sandbox.run(&["--format", "short"]).stdout.lines().next(), before.lines().next());
}

#[test]
fn a_warning_stays_one_until_somebody_says_why() {
    let sandbox = without_configuration("adoption");
    sandbox.run(&["init"]);
    assert_snapshot!(sandbox.run(&["--format", "short"]), @"
    contracts/vault.clar:42:17: warning[missing-circuit-breaker]: `move-all` changes state without a check of the circuit breaker of `control.is-paused`
    1 warning in 3 contracts, 13 entrypoints; with --select all 7 more in hygiene
    --- exit 0
    ");
    let written = sandbox.read("clarlint.toml");
    let explained = written.replace("reason = \"\"", "reason = \"users get out, whatever happens\"");
    assert_ne!(written, explained);
    sandbox.write("clarlint.toml", explained);
    assert_eq!(sandbox.run(&[]).exit, Exit::Clean);
}

/// A contract that passes everything on to the one that the owner has set, which alone asks whether it is paused.
#[test]
fn a_pause_behind_a_trait_is_seen() {
    let sandbox = Sandbox::empty();
    sandbox.write("Clarinet.toml", manifest(&["works", "state", "service", "gate"]));
    sandbox
        .write("contracts/works.clar", "(define-trait works ((send (uint principal) (response bool uint))))");
    sandbox.write(
        "contracts/state.clar",
        "(define-data-var owner principal tx-sender)
(define-data-var service principal tx-sender)
(define-data-var paused bool false)
(define-map sent principal uint)
(define-read-only (is-paused) (ok (var-get paused)))
(define-read-only (get-service) (var-get service))
(define-public (set-service (to principal))
  (begin (asserts! (is-eq contract-caller (var-get owner)) (err u403)) (ok (var-set service to))))
(define-public (set-paused (to bool))
  (begin (asserts! (is-eq contract-caller (var-get owner)) (err u403)) (ok (var-set paused to))))
(define-public (note (who principal) (amount uint))
  (begin (asserts! (is-eq contract-caller (var-get service)) (err u403)) (ok (map-set sent who amount))))",
    );
    sandbox.write(
        "contracts/service.clar",
        "(impl-trait .works.works)
(define-public (send (amount uint) (who principal))
  (begin
    (asserts! (is-eq contract-caller .gate) (err u403))
    (asserts! (not (unwrap-panic (contract-call? .state is-paused))) (err u503))
    (contract-call? .state note who amount)))",
    );
    sandbox.write(
        "contracts/gate.clar",
        "(use-trait works .works.works)
(define-public (send (service <works>) (amount uint))
  (begin
    (asserts! (is-eq (contract-of service) (contract-call? .state get-service)) (err u404))
    (contract-call? service send amount tx-sender)))",
    );
    sandbox.run(&["init"]);
    let written = sandbox.read("clarlint.toml");
    let asked = "holds = \"(not (var-get .state.paused))\"\nentrypoints = [\"service.*\"]\n";
    assert!(written.contains(asked), "{written}");
    let run = sandbox.run(&["--format", "short"]);
    assert!(!run.stdout.contains("missing-"), "{run}");
}

#[test]
fn contracts_for_tests_are_left_out() {
    let sandbox = Sandbox::empty();
    let open =
        "(define-data-var price uint u0)\n(define-public (set-price (to uint)) (ok (var-set price to)))\n";
    let caller = "(define-public (ask) (contract-call? .test-oracle set-price u1))\n";
    let names = ["mocks/feed", "mock-feed", "test-oracle", "mock-token", "market"];
    sandbox.write("Clarinet.toml", manifest(&names));
    for name in &names[..4] {
        sandbox.write(&format!("contracts/{name}.clar"), open);
    }
    sandbox.write("contracts/market.clar", caller);
    sandbox.write(
        "deployments/default.mainnet-plan.yaml",
        "plan:\n  batches:\n    - transactions:\n        - contract-publish:\n            contract-name: mock-token\n            \
         expected-sender: SP1H1733V5MZ3SZ9XRW9FKYGEZT0JDGEB8Y634C7R\n",
    );
    assert_snapshot!(sandbox.run(&["init"]), @"
    wrote clarlint.toml: nothing found to name
      not reported on: 2 contracts, which are there for tests
    --- exit 0
    ");
    // One that another contract calls, and one that is published, are no mocks, whatever they are called.
    let written = sandbox.read("clarlint.toml");
    assert!(written.contains("exclude = [\"contracts/mocks\", \"contracts/mock-feed.clar\"]"), "{written}");
    let run = sandbox.run(&["--format", "short"]);
    assert!(run.stdout.starts_with("3 contracts, 3 entrypoints: "), "{run}");
}

/// Forty contracts, each with what is paused, a way out, and what its owner sets.
#[test]
fn forty_contracts_need_sixty_lines() {
    let sandbox = Sandbox::empty();
    let mut names = Vec::new();
    for kind in ["market", "pool", "vault", "desk"] {
        for number in 0..10 {
            names.push(format!("{kind}-{}", char::from(b'a' + number)));
        }
    }
    let all: Vec<_> = names.iter().map(String::as_str).collect();
    sandbox.write("Clarinet.toml", manifest(&all));
    for (at, name) in names.iter().enumerate() {
        let text = format!(
            "(define-data-var owner principal tx-sender)
(define-data-var paused bool false)
(define-data-var fee-{at} uint u0)
(define-map held principal uint)
(define-private (is-owner) (is-eq contract-caller (var-get owner)))
(define-read-only (is-paused) (var-get paused))
(define-public (set-paused (to bool)) (begin (asserts! (is-owner) (err u403)) (ok (var-set paused to))))
(define-public (set-fee (to uint)) (begin (asserts! (is-owner) (err u403)) (ok (var-set fee-{at} to))))
(define-public (join (amount uint))
  (begin (asserts! (not (var-get paused)) (err u503)) (ok (map-set held tx-sender amount))))
(define-public (move (to principal))
  (begin (asserts! (not (var-get paused)) (err u503)) (ok (map-set held to u1))))
(define-public (leave) (ok (map-delete held tx-sender)))"
        );
        sandbox.write(&format!("contracts/{name}.clar"), text);
    }
    sandbox.run(&["init"]);
    let written = sandbox.read("clarlint.toml");
    assert!(written.lines().count() <= 60, "{written}");
    let said = "holds = \"(not (var-get paused))\"\nentrypoints = [\"*.*\"]\ncallers = \"anybody\"\nexempt = [{ \
                entrypoints = [\"*.leave\"], reason = \"not stopped so far\" }]\n";
    assert!(written.contains(said), "{written}");
    assert!(written.contains("entrypoints = [\"*.set-*\"]"), "{written}");
}

/// A manifest of contracts, each in the file of its name.
fn manifest(names: &[&str]) -> String {
    let entry = |path: &&str| {
        let name = path.replace('/', "-");
        format!("[contracts.{name}]\npath = \"contracts/{path}.clar\"\nclarity_version = 3\nepoch = 3.0\n")
    };
    std::iter::once("[project]\nname = \"p\"\n".to_string()).chain(names.iter().map(entry)).collect()
}

/// A finding may come under another rule: a switch that no function tells of is asked for as a condition.
fn nothing_is_lost(project: &str, before: &Run, after: &Run) {
    let places = |run: &Run| -> BTreeSet<(String, String)> {
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{project}: {run}"));
        let diagnostics = report["diagnostics"].as_array().expect("they are a list");
        diagnostics.iter().map(|it| (it["path"].to_string(), it["range"].to_string())).collect()
    };
    let errors = |run: &Run| run.stdout.matches("\"severity\": \"error\"").count();
    assert!(errors(after) <= errors(before), "{project}: {after}");
    let lost: Vec<_> = places(before).difference(&places(after)).cloned().collect();
    assert!(lost.is_empty(), "{project}: {lost:?}");
    let configuration = ["invalid-config", "unused-policy-entry"];
    let wrong = configuration.iter().find(|rule| after.stdout.contains(&format!("\"rule\": \"{rule}\"")));
    assert_eq!(wrong, None, "{project}: {after}");
}
