//! What a branch does to the architecture: nothing where contracts say the same in other words, and every loss where
//! they do not.

use std::collections::BTreeSet;

use clarlint::graph::Program;
use clarlint::report::changes::{Between, human};
use clarlint::rules::changes::{Changes, Fate, Kind};
use insta::assert_snapshot;

use crate::mutants::mutate::{Mutant, mutants};
use crate::mutants::protocol::Protocol;
use crate::rewrites::layout;
use crate::rewrites::projects::{Texts, at, bundled};
use crate::rewrites::rewrite::{self, Rewrite};
use crate::sandbox::{Run, Sandbox};
use crate::spread;

fn told(changes: &Changes) -> String {
    human(changes, Between { from: "main", to: None }, false)
}

type Rewriting = fn(&Program<'_>, &Texts) -> Rewrite;

const ON_ONE_LINE: Rewriting = |_, texts| layout::rewrite(texts, " ");
const ON_MANY_LINES: Rewriting = |_, texts| layout::rewrite(texts, "\n");
const MAPS_REVERSED: Rewriting = |_, texts| layout::reversed(texts, "define-map");
const VARIABLES_REVERSED: Rewriting = |_, texts| layout::reversed(texts, "define-data-var");

/// Ways to write the same, one after the other.
const HARMLESS: &[&[Rewriting]] = &[
    &[ON_ONE_LINE],
    &[ON_MANY_LINES],
    &[MAPS_REVERSED],
    &[VARIABLES_REVERSED],
    &[rewrite::inner_names],
    &[rewrite::in_begin],
    &[rewrite::let_bound],
    &[rewrite::hoisted],
    &[rewrite::inlined],
    &[rewrite::hoisted, rewrite::asserted],
    &[rewrite::inlined, rewrite::hoisted],
    &[rewrite::split],
    &[rewrite::hoisted, rewrite::inner_names],
    &[rewrite::split, rewrite::inner_names],
    &[rewrite::inlined, rewrite::inlined],
    &[rewrite::let_bound, rewrite::hoisted],
    &[rewrite::asserted, rewrite::let_bound],
    &[rewrite::inner_names, rewrite::inlined, ON_ONE_LINE],
    &[rewrite::in_begin, rewrite::inner_names],
    &[rewrite::in_begin, rewrite::split, MAPS_REVERSED],
    &[VARIABLES_REVERSED, MAPS_REVERSED, rewrite::asserted],
    &[rewrite::hoisted, rewrite::split, rewrite::inner_names, ON_MANY_LINES],
];

#[test]
fn nothing_changes_in_other_words() {
    let before = at(&bundled());
    let (old, config) = before.read();
    let all: Vec<_> = HARMLESS.iter().enumerate().collect();
    let faults = spread::over(&all, |(index, rewritings)| {
        let mut texts = before.clone();
        let mut changed = 0;
        for rewriting in **rewritings {
            let project = texts.load();
            let rewritten = rewriting(&Program::link(&project), &texts);
            changed += rewritten.changes;
            texts = rewritten.texts;
        }
        let changes = Changes::between((&old, &config.policy), (&texts.load(), &config.policy));
        let is_same = changes.is_empty() && changes.unchecked.is_empty();
        match (is_same, changed) {
            (_, 0) => format!("rewriting {index} changes nothing\n"),
            (true, _) => String::new(),
            (false, _) => format!("rewriting {index}\n{}\n", told(&changes)),
        }
    });
    assert!(faults.concat().is_empty(), "\n{}", faults.concat());
}

#[test]
fn a_guard_behind_what_it_guards_is_not_lost() {
    let before = at(&bundled());
    let (old, config) = before.read();
    let after = rewrite::guards_last(&Program::link(&old), &before);
    assert!(after.changes > 0);
    let changes = Changes::between((&old, &config.policy), (&after.texts.load(), &config.policy));
    assert_eq!(changes.guards().count(), 0, "{}", told(&changes));
    assert!(changes.changed.iter().all(|changed| changed.change.effects.is_empty()), "{}", told(&changes));
}

/// What breaks nothing that is told of: what numbers are called, what is allowed, and what a method returns.
const SILENT: &[&str] =
    &["bare number for a code", "allow all assets", "trait method: returns something else"];

#[test]
fn every_kind_of_loss_is_told() {
    let protocol = Protocol::load();
    let mut seen = BTreeSet::new();
    let all = mutants(&Program::link(&protocol.project));
    let first: Vec<_> = all.into_iter().filter(|mutant| seen.insert(mutant.kind)).collect();
    let faults = spread::over_with(&first, Protocol::load, |broken, mutant| {
        let policy = protocol.config.policy.clone();
        let changes = broken.broken_by(mutant, |broken| {
            Changes::between((&protocol.project, &policy), (&broken.project, &policy))
        });
        match is_told(mutant, &changes) {
            true => String::new(),
            false => format!("{}\n{}\n", mutant.id, told(&changes)),
        }
    });
    assert!(faults.concat().is_empty(), "\n{}", faults.concat());
}

/// Whether a change that fits the mutant is told.
fn is_told(mutant: &Mutant, changes: &Changes) -> bool {
    if SILENT.contains(&mutant.kind) {
        return true;
    }
    let lost = |kinds: &[Kind]| {
        changes.guards().any(|(_, guard)| {
            kinds.contains(&guard.kind) && ![Fate::Gained, Fate::Strengthened].contains(&guard.change)
        })
    };
    match mutant.kind.rsplit_once(": ").map(|(_, of)| of) {
        _ if mutant.kind.starts_with("inverted") => !changes.is_empty(),
        Some("breaker" | "emergency") => lost(&[Kind::Breaker]),
        Some("limiter") => lost(&[Kind::Limiter]),
        Some("authorisation") => lost(&[Kind::Role, Kind::Ownership]),
        Some("identity") => lost(&[Kind::Identity]),
        _ => !changes.is_empty(),
    }
}

const VAULT: &str = "\
(use-trait token-trait .token.token-trait)
(define-constant OWNER tx-sender)
(define-constant ERR-FORBIDDEN (err u403))
(define-constant ERR-PAUSED (err u503))
(define-data-var paused bool false)
(define-data-var fee uint u10)
(define-map deposits principal uint)
(define-map approved principal bool)

(define-private (ensure-owner) (ok (asserts! (is-eq contract-caller OWNER) ERR-FORBIDDEN)))

(define-public (set-paused (value bool))
  (begin (try! (ensure-owner)) (ok (var-set paused value))))

(define-public (set-fee (value uint))
  (begin (try! (ensure-owner)) (asserts! (<= value u500) (err u400)) (ok (var-set fee value))))

(define-public (approve (token principal))
  (begin (try! (ensure-owner)) (ok (map-set approved token true))))

(define-public (deposit (token <token-trait>) (amount uint))
  (begin
    (asserts! (not (var-get paused)) ERR-PAUSED)
    (asserts! (default-to false (map-get? approved (contract-of token))) ERR-FORBIDDEN)
    (try! (contract-call? token transfer amount contract-caller current-contract))
    (ok (map-set deposits contract-caller amount))))

(define-public (withdraw (amount uint))
  (begin
    (asserts! (not (var-get paused)) ERR-PAUSED)
    (map-delete deposits contract-caller)
    (stx-transfer? amount tx-sender contract-caller)))
";

const TOKEN: &str = "\
(define-trait token-trait ((transfer (uint principal principal) (response bool uint))))
(define-fungible-token coin)
(define-public (transfer (amount uint) (sender principal) (recipient principal))
  (begin (asserts! (is-eq sender contract-caller) (err u403)) (ft-transfer? coin amount sender recipient)))
";

/// Two contracts in a repository of their own.
fn vault() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("contracts/vault.clar", VAULT);
    sandbox.write("contracts/token.clar", TOKEN);
    sandbox.write("clarlint.toml", "");
    sandbox.commit();
    sandbox
}

fn edit(sandbox: &Sandbox, edits: &[(&str, &str)]) {
    let text = edits.iter().fold(sandbox.read("contracts/vault.clar"), |text, (old, new)| {
        assert!(text.contains(old), "there is no {old}");
        text.replacen(old, new, 1)
    });
    sandbox.write("contracts/vault.clar", text);
}

const LOSSES: &[(&str, &str)] = &[
    // Anybody sets the fee, and higher ones.
    (
        "(begin (try! (ensure-owner)) (asserts! (<= value u500) (err u400)) (ok (var-set fee value)))",
        "(begin (asserts! (<= value u900) (err u401)) (ok (var-set fee value)))",
    ),
    // Any token is taken, and another amount kept.
    ("    (asserts! (default-to false (map-get? approved (contract-of token))) ERR-FORBIDDEN)\n", ""),
    ("(map-set deposits contract-caller amount)", "(map-set deposits contract-caller (+ amount u1))"),
    // Withdrawals go on while the vault is paused, and leave their record.
    ("    (asserts! (not (var-get paused)) ERR-PAUSED)\n    (map-delete deposits contract-caller)\n", ""),
];

#[test]
fn people_read_what_is_lost() {
    let sandbox = vault();
    assert_eq!(sandbox.run(&["diff"]).to_string(), "--- exit 0");
    edit(&sandbox, LOSSES);
    sandbox.write("contracts/extra.clar", "(define-public (grab) (stx-transfer? u1 tx-sender .vault))\n");
    assert_snapshot!(sandbox.run(&["diff"]));
    assert_snapshot!(sandbox.run(&["diff", "main", "--format", "markdown"]));
    let colors = sandbox.run_on_terminal(&["diff"]).stdout;
    assert!(colors.contains("\u{1b}[31m- role"), "{colors}");
    // What is gained is what was lost, the other way round.
    sandbox.git(&["checkout", "--quiet", "-b", "branch"]);
    sandbox.commit();
    assert_snapshot!(sandbox.run(&["diff", "branch", "--to", "main"]));
}

#[test]
fn programs_read_what_the_schema_says() {
    let sandbox = vault();
    let schema = sandbox.run(&["schema", "diff"]).stdout;
    let json = |text: &str| serde_json::from_str(text).expect("it is JSON");
    let validator = jsonschema::draft202012::new(&json(&schema)).expect("it is a schema");
    edit(&sandbox, LOSSES);
    sandbox.write("contracts/extra.clar", "(define-public (grab) (stx-transfer? u1 tx-sender .vault))\n");
    let run = sandbox.run(&["diff", "--format", "json"]);
    let mut document: serde_json::Value = json(&run.stdout);
    let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let fates = |document: &serde_json::Value| document.to_string().matches(r#""change":"lost""#).count();
    assert!(fates(&document) > 2, "{run}");
    document["changed"][0]["guards"][0]["kind"] = "hat".into();
    assert!(!validator.is_valid(&document));
}

#[test]
fn losses_fail_where_they_are_named() {
    let sandbox = vault();
    let code = |arguments: &[&str]| sandbox.run(&[&["diff"], arguments].concat()).code();
    let all = "lost-guard,lost-check,replaced-guard,unguarded-entrypoint,open-state,forbidden-call";
    assert_eq!(code(&["--fail-on", all]), 0);
    sandbox.write("contracts/extra.clar", "(define-public (grab) (stx-transfer? u1 tx-sender .vault))\n");
    assert_eq!(code(&["--fail-on", "lost-guard"]), 0);
    assert_eq!(code(&["--fail-on", "unguarded-entrypoint"]), 1);
    edit(&sandbox, &LOSSES[..1]);
    assert_eq!(code(&[]), 0);
    for loss in ["lost-guard", "lost-check", "open-state"] {
        assert_eq!(code(&["--fail-on", loss]), 1, "{loss}");
    }
    assert_eq!(code(&["--fail-on", "replaced-guard"]), 0);
    sandbox.write(
        "contracts/vault.clar",
        VAULT.replacen("(is-eq contract-caller OWNER)", "(is-eq tx-sender OWNER)", 1),
    );
    assert_eq!(code(&["--fail-on", "replaced-guard"]), 1);
    sandbox.write("contracts/vault.clar", VAULT);
    let layers = "[policy.layers]\nlayers = [[\"vault\"], [\"token\"]]\nreason = \"tokens stand above\"\n";
    sandbox.write("clarlint.toml", layers);
    assert_eq!(code(&["--fail-on", "forbidden-call"]), 0, "the vault knows tokens by their trait");
    edit(&sandbox, &[("(contract-call? token transfer", "(contract-call? .token transfer")]);
    assert_eq!(code(&["--fail-on", "forbidden-call"]), 1);
}

#[test]
fn a_branch_is_compared_with_where_it_began() {
    let sandbox = vault();
    sandbox.git(&["checkout", "--quiet", "-b", "branch"]);
    edit(&sandbox, &[("u500", "u400")]);
    sandbox.commit();
    sandbox.git(&["checkout", "--quiet", "main"]);
    edit(&sandbox, &[("ERR-PAUSED (err u503)", "ERR-PAUSED (err u504)")]);
    sandbox.commit();
    let both = sandbox.run(&["diff", "main", "--to", "branch"]).stdout;
    assert!(both.contains("u503") && both.contains("u400"), "{both}");
    let own = sandbox.run(&["diff", "main", "--to", "branch", "--merge-base"]).stdout;
    assert!(!own.contains("u503") && own.contains("u400"), "{own}");
}

#[test]
fn the_next_version_of_a_contract_is_compared_with_the_last() {
    let sandbox = vault();
    sandbox.git(&["mv", "contracts/vault.clar", "contracts/vault-v2.clar"]);
    let run = sandbox.run(&["diff"]).stdout;
    let renamed = "contracts\n  ! contract    vault -> vault-v2\n";
    assert!(run.contains(renamed) && run.lines().count() == 6, "{run}");
    sandbox.write(
        "contracts/vault-v2.clar",
        VAULT.replacen("    (asserts! (not (var-get paused)) ERR-PAUSED)\n", "", 1),
    );
    let run = sandbox.run(&["diff"]).stdout;
    assert!(run.contains("vault-v2.deposit\n  - breaker     (not (var-get paused))  is lost\n"), "{run}");
}

#[test]
fn a_project_may_lie_in_a_folder_and_call_requirements() {
    let sandbox = Sandbox::empty();
    let manifest = "[project]\nname = \"p\"\n[[project.requirements]]\ncontract_id = \"SP000000000000000000002Q6VF78.gate\"\n\
                    [contracts.a]\npath = \"contracts/a.clar\"\n";
    sandbox.write("app/Clarinet.toml", manifest);
    let text = "(define-data-var total uint u0)\n(define-public (add (amount uint))\n  \
                (begin (try! (contract-call? 'SP000000000000000000002Q6VF78.gate pass)) (ok (var-set total amount))))\n";
    sandbox.write("app/contracts/a.clar", text);
    sandbox.write(".gitignore", ".cache\n");
    sandbox.write(
        "app/.cache/requirements/SP000000000000000000002Q6VF78.gate.clar",
        "(define-constant KEEPER tx-sender)\n\
         (define-read-only (pass) (ok (asserts! (is-eq contract-caller KEEPER) (err u1))))\n",
    );
    sandbox.commit();
    assert_eq!(sandbox.run_in("app", &["diff"], "").to_string(), "--- exit 0");
    sandbox.write(
        "app/contracts/a.clar",
        text.replacen("var-set total amount", "var-set total (+ amount u1)", 1),
    );
    let run = sandbox.run(&["diff", "--project", "app"]).to_string();
    assert!(run.contains("! value       var-set total  value: amount -> (+ amount u1)"), "{run}");
    assert_eq!(run, sandbox.run_in("app", &["diff"], "").to_string());
}

#[test]
fn what_cannot_be_compared_is_said() {
    let outside = Sandbox::empty();
    outside.write("a.clar", "(define-public (f) (ok true))\n");
    assert_snapshot!(outside.run(&["diff"]));
    let sandbox = vault();
    assert_snapshot!(sandbox.run(&["diff", "nowhere"]));
    assert_eq!(sandbox.run(&["diff", "--to", "--output=x"]).code(), 2);
    sandbox.write("contracts/vault.clar", format!("{VAULT}\n(define-public (open"));
    assert_snapshot!(sandbox.run(&["diff"]));
    sandbox.write("clarlint.toml", "[policy.nothing]\n");
    sandbox.commit();
    sandbox.write("clarlint.toml", "");
    assert_snapshot!(sandbox.run(&["diff"]));
    // A text that is gone from the repository.
    let object = sandbox.git(&["rev-parse", "HEAD:contracts/token.clar"]);
    let kept = sandbox.path(&format!(".git/objects/{}/{}", &object[..2], &object[2..]));
    std::fs::remove_file(kept).expect("the object lies in a file of its own");
    let run: Run = sandbox.run(&["diff"]);
    assert_eq!(run.code(), 2, "{run}");
    assert!(
        run.stderr.contains(&format!("the object {object} of `contracts/token.clar` is missing")),
        "{run}"
    );
}
