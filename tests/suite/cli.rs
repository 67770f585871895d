//! The command line: real output over small projects, and exit codes.

use std::io::{self, Write};
use std::path::Path;

use clarlint::cli::{self, Console, Exit};
use insta::assert_snapshot;
use time::{Date, Month};

use crate::sandbox::{Sandbox, command, run_in_repository};

#[test]
fn a_clean_project() {
    assert_snapshot!(Sandbox::of("clean").run(&[]), @"
    2 contracts, 1 entrypoint: no findings; with --select all 2 more in hygiene
    --- exit 0
    ");
}

/// Of what is off because nobody has decided on it, and only where somebody reads the line that sums up.
#[test]
fn what_is_off_is_counted() {
    let sandbox = Sandbox::empty();
    sandbox.write("a.clar", "(define-constant A u1)\n(define-constant B u2)\n(define-read-only (f) B)");
    assert_eq!(sandbox.run(&[]).summary(), "1 contract: no findings; with --select all 1 more in hygiene");
    assert_eq!(sandbox.run(&["--select", "hygiene"]).summary(), "1 warning in 1 contract");
    for decided in [["--ignore", "hygiene"], ["--ignore", "unused-constant"], ["--select", "architecture"]] {
        assert_eq!(sandbox.run(&decided).summary(), "1 contract: no findings");
    }
    let timings = |arguments: &[&str]| sandbox.run(&[&["--timings"], arguments].concat()).stderr;
    assert!(timings(&[]).contains("unused-constant"));
    for unread in [&["--quiet"][..], &["--format", "json"]] {
        assert!(!timings(unread).contains("unused-constant"));
    }
    sandbox.write("clarlint.toml", "[lint]\nselect = [\"hygiene\"]");
    sandbox.run(&["baseline", "--write"]);
    sandbox.write("clarlint.toml", "");
    assert_eq!(sandbox.run(&[]).summary(), "1 contract: no findings");
    sandbox.write("a.clar", ";; #[allow(unused_const)]\n(define-constant A u1)\n(define-read-only (f) u1)");
    assert_eq!(sandbox.run(&["--isolated"]).summary(), "1 contract: no findings");
}

#[test]
fn a_broken_contract_is_a_finding() {
    assert_snapshot!(Sandbox::of("broken").run(&[]));
}

#[test]
fn all_problems_of_a_manifest_are_shown() {
    assert_snapshot!(Sandbox::of("bad-manifest").run(&[]));
}

#[test]
fn all_problems_of_a_configuration_are_shown() {
    let sandbox = Sandbox::of("bad-config");
    assert_snapshot!(sandbox.run(&[]));
    assert_eq!(sandbox.run(&["--isolated"]).summary(), "1 contract: no findings");
}

#[test]
fn a_contract_that_no_chain_takes_is_one_finding() {
    let sandbox = Sandbox::of("clean");
    sandbox.write("huge.clar", "(define-public (broken) (missing))\n".repeat(70_000));
    let run = sandbox.run(&["huge.clar"]);
    assert!(
        run.to_string().contains("the contract has 2450000 bytes, and the chain takes 2097152 at most"),
        "{run}"
    );
    assert!(run.summary().starts_with("1 error in 1 contract"), "{run}");
    assert_eq!(run.exit, Exit::Findings);
}

#[test]
fn odd_bytes_are_reported_once_each() {
    assert_snapshot!(Sandbox::of("odd-text").run(&[]));
}

#[test]
fn a_requirement_that_is_not_cached_is_not_checked() {
    assert_snapshot!(Sandbox::of("requirements").run(&[]));
}

#[test]
fn nothing_to_lint_is_no_failure() {
    let sandbox = Sandbox::of("no-contracts");
    assert_snapshot!(sandbox.run(&[]), @"
    nothing was linted
    --- standard error
    note: no .clar file found; give a folder that holds contracts
    --- exit 0
    ");
    sandbox.write("Clarinet.toml", "[project]\nname = \"empty\"\n");
    assert_snapshot!(sandbox.run(&[]), @"
    nothing was linted
    --- standard error
    note: Clarinet.toml lists no contracts that could be read
    --- exit 0
    ");
}

#[test]
fn what_is_excluded_is_not_linted_even_if_given() {
    assert_snapshot!(Sandbox::of("names").run(&["vendor/broken.clar"]), @"
    nothing was linted
    --- standard error
    note: no contract below the given paths is linted; look at `[files]`
    --- exit 0
    ");
}

#[test]
fn a_path_that_does_not_exist_fails_after_the_rest_was_linted() {
    assert_snapshot!(Sandbox::of("clean").run(&["contracts/token.clar", "nowhere.clar"]), @"
    error[unreadable-file]: `nowhere.clar` cannot be read: there is no such file
     = help: check the path and its permissions; everything else was linted

    1 error in 1 contract
    --- exit 2
    ");
}

#[test]
fn a_path_may_be_called_like_a_command() {
    let sandbox = Sandbox::empty();
    sandbox.write("check/a.clar", "(define-read-only (f) true)");
    assert_eq!(sandbox.run(&["./check"]).summary(), "1 contract: no findings");
    assert_eq!(sandbox.run(&["check", "check"]).summary(), "1 contract: no findings");
    assert_eq!(sandbox.run(&["check"]), sandbox.run(&[]));
}

#[test]
fn a_command_behind_flags_is_explained() {
    let run = Sandbox::of("clean").run(&["--quiet", "explian"]);
    assert_eq!(run.code(), 2);
    assert_eq!(run.stderr, "");
    let run = Sandbox::of("no-contracts").run(&["rule"]);
    assert_eq!(run.code(), 2);
    assert_eq!(run.stderr, "note: `rule` was taken for a path; the command `rules` goes before all flags\n");
}

#[test]
fn the_level_that_fails_can_be_chosen() {
    let sandbox = Sandbox::of("requirements");
    let code = |arguments: &[&str]| sandbox.run(arguments).code();
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--fail-on", "note"]), 1);
    assert_eq!(code(&["--fail-on", "note", "--exit-zero"]), 0);
    assert_eq!(code(&["--level", "missing-requirement=error"]), 1);
    assert_eq!(code(&["--level", "run=off", "--fail-on", "note"]), 0);
    assert_eq!(code(&["--level", "run=off", "--level", "missing-requirement=warning"]), 0);
    assert_eq!(code(&["--level=run=off", "--level=missing-requirement=warning", "--fail-on=warning"]), 1);
}

/// What the last line counts as not checked has a name and a reason.
#[test]
fn what_was_not_checked_is_named() {
    let sandbox = Sandbox::of("many");
    assert_snapshot!(sandbox.run(&[
        "--select",
        "unknown-function,trait-mismatch",
        "--format",
        "short",
        "--show-unchecked"
    ]));
    let json = sandbox.run(&["--select", "unknown-function,trait-mismatch", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).expect("the document is JSON");
    let of = |kind: &str| {
        let all = document["unchecked"].as_array().expect("there is a list");
        all.iter().filter(|it| it["kind"] == kind).count() as u64
    };
    for (kind, count) in [
        ("contract", "absentContracts"),
        ("types", "typesUnavailable"),
        ("function", "uncheckedFunctions"),
        ("call", "unresolvedCalls"),
    ] {
        assert_eq!(document["summary"][count].as_u64(), Some(of(kind)), "{kind}");
    }
}

#[test]
fn rules_are_selected_and_ignored() {
    let sandbox = Sandbox::of("many");
    let rules = |arguments: &[&str]| {
        let run = sandbox.run(&[arguments, &["--format", "short", "--quiet"]].concat());
        let rule = |line: &str| line.split_once('[')?.1.split_once(']').map(|(rule, _)| rule.to_owned());
        run.stdout.lines().filter_map(rule).collect::<std::collections::BTreeSet<_>>()
    };
    let run = ["syntax-error"];
    let and_run = |others: &[&str]| run.iter().chain(others).map(|rule| rule.to_string()).collect();
    // What the configuration selects gives way to the command line; what stands in the way of linting stays.
    assert_eq!(rules(&["--select", "missing-rate-limit"]), and_run(&["missing-rate-limit"]));
    assert_eq!(
        rules(&["--select", "missing-rate-limit,unknown-contract", "--ignore", "unknown-contract"]),
        and_run(&["missing-rate-limit"])
    );
    // The name of a rule counts more than that of its group.
    let ignored = &["--ignore", "architecture,run", "--select", "as-contract,unknown-function"];
    assert_eq!(rules(ignored), ["unknown-function".to_owned()].into());
    assert_eq!(
        rules(&["--level", "unknown-function=off", "--select", "unknown-function", "--ignore", "run"]),
        ["unknown-function".to_owned()].into()
    );
    assert_snapshot!(sandbox.run(&["--select", "unknown-funktion"]), @"
    --- standard error
    error: unknown rule `unknown-funktion`
      help: did you mean `unknown-function`?
    --- exit 2
    ");
}

/// Also on the command line and in a file; what was set to off, or is ignored, stays so.
#[test]
fn all_stands_for_every_rule() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "contracts/a.clar",
        "(define-data-var fee uint u1)\n(define-constant UNUSED u1)\n(define-public (get-fee) (ok (var-get fee)))",
    );
    let rules = |arguments: &[&str]| {
        let run = sandbox.run(&[arguments, &["--format", "short", "--quiet"]].concat());
        let rule = |line: &str| line.split_once('[')?.1.split_once(']').map(|(rule, _)| rule.to_owned());
        run.stdout.lines().filter_map(rule).collect::<std::collections::BTreeSet<_>>()
    };
    let off = ["public-could-be-read-only", "unused-constant", "var-could-be-constant"].map(str::to_owned);
    assert_eq!(rules(&[]), [].into());
    assert_eq!(rules(&["--select", "all"]), off.clone().into());
    assert_eq!(rules(&["--select", "all", "--ignore", "unused-constant,run"]).len(), 2);
    assert_eq!(rules(&["--select", "all", "--ignore", "hygiene"]), [].into());
    sandbox.write("clarlint.toml", "[lint]\nselect = [\"all\"]");
    assert_eq!(rules(&[]), off.into());
    sandbox.write("clarlint.toml", "[lint]\nselect = [\"al\"]");
    let run = sandbox.run(&[]);
    assert!((run.stdout + &run.stderr).contains("did you mean `all`?"));
}

#[test]
fn bad_flags_are_explained() {
    let sandbox = Sandbox::of("clean");
    let run = |arguments: &[&str]| {
        let run = sandbox.run(arguments);
        assert_eq!((run.code(), run.stdout.as_str()), (2, ""), "{arguments:?}");
        run.stderr
    };
    assert_snapshot!(run(&["--level", "syntax-eror=off"]), @"
    error: unknown rule `syntax-eror`
      help: did you mean `syntax-error`?
    ");
    assert_snapshot!(run(&["--level", "syntax-error=loud"]), @"
    error: `loud` is not a level
      help: write one of `error`, `warning`, `note`, `on`, `off`
    ");
    assert_snapshot!(run(&["--level", "syntax-error"]), @r#"
    error: `syntax-error` is not RULE=LEVEL
      help: write `syntax-error=off`, or another of "error" or "warning" or "note" or "on" or "off"
    "#);
    assert_snapshot!(run(&["--format", "xml"]), @"
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: human, short, json, jsonl, sarif, github, gitlab, junit]

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&["-"]), @"
    error: `-` needs the name of a file
      help: add --stdin-filename PATH: it says which contract of the project the text is
    ");
    assert_snapshot!(run(&["--stdin-filename", "a.clar"]), @"
    error: --stdin-filename needs `-`
      help: add `-` to the paths to read the text from standard input
    ");
    assert_snapshot!(run(&["--config", "nowhere.toml"]), @"error[invalid-config]: `nowhere.toml` cannot be read: there is no such file");
    sandbox.write("notes.txt", "");
    assert_snapshot!(run(&["notes.txt"]), @"
    error: `notes.txt` is not a contract
      help: give .clar files, or folders that hold them
    ");
}

#[test]
fn standard_input_stands_for_a_file() {
    let sandbox = Sandbox::of("clean");
    let run = |name, text| sandbox.run_in("", &["-", "--stdin-filename", name], text);
    assert_eq!(run("contracts/vault.clar", "").summary(), "1 contract: no findings");
    assert_snapshot!(run("contracts/vault.clar", "(define-public (f) (ok true)))"), @"
    error[syntax-error]: `)` closes nothing
      ┌─ contracts/vault.clar:1:30
      │
    1 │ (define-public (f) (ok true)))
      │                              ^
      │
      = help: remove it, or write the missing `(`

    1 error in 1 contract, 1 entrypoint
    --- exit 1
    ");
    assert_eq!(run("contracts/new.clar", "(define-public (f) (ok true))").code(), 0);
}

#[test]
fn the_manifest_as_a_path_means_the_project() {
    let sandbox = Sandbox::of("clean");
    assert_eq!(sandbox.run(&["Clarinet.toml"]), sandbox.run(&[]));
}

#[test]
fn output_does_not_depend_on_where_it_is_asked_for() {
    for project in ["broken", "bad-manifest", "odd-text", "names", "requirements"] {
        let sandbox = Sandbox::of(project);
        let here = sandbox.run(&[]);
        assert_eq!(sandbox.run_in("contracts", &[], ""), here, "{project}");
        assert_eq!(sandbox.run_in("contracts", &[".."], ""), here, "{project}");
        let absolute = sandbox.path("");
        let absolute = absolute.to_str().expect("temporary folders have plain names");
        assert_eq!(Sandbox::empty().run(&[absolute]), here, "{project}");
    }
}

#[test]
fn rules_are_explained() {
    let sandbox = Sandbox::empty();
    let explained = sandbox.run(&["explain", "missing-requirement"]);
    assert_eq!(explained.stdout, include_str!("../../rules/missing-requirement.md"));
    assert_snapshot!(sandbox.run(&["explain", "missing-requirment"]), @"
    --- standard error
    error: there is no rule or group `missing-requirment`
      help: did you mean `missing-requirement`?
    --- exit 2
    ");
    let group = sandbox.run(&["explain", "as-contract"]).stdout;
    assert!(group.starts_with("as-contract-broad-allowance (error)\n  An `as-contract?` "), "{group}");
    assert!(!group.contains("syntax-error"), "{group}");
}

#[test]
fn rules_are_listed_in_three_formats() {
    let sandbox = Sandbox::empty();
    let line = |format, needle: &str| {
        let run = sandbox.run(&["rules", "--format", format]);
        assert_eq!(run.code(), 0);
        run.stdout.lines().find(|line| line.contains(needle)).map(str::to_owned)
    };
    let human = line("human", "syntax-error").expect("the rule is listed");
    assert!(human.contains(" error ") && human.contains("  The text is not Clarity"), "{human}");
    assert_snapshot!(line("markdown", "syntax-error").expect("the rule is listed"), @"| [`syntax-error`](rules/syntax-error.md) | error | run | The text is not Clarity: the chain would refuse to deploy the contract. |");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["rules", "--format", "json"]).stdout).expect("valid JSON");
    assert!(json.as_array().is_some_and(|rules| rules.iter().any(|rule| rule["rule"] == "syntax-error")));
}

#[test]
fn the_evidence_of_a_function_is_shown() {
    let sandbox = Sandbox::of("clean");
    assert_snapshot!(sandbox.run(&["why", "vault.preview"]));
    assert_snapshot!(Sandbox::of("tour").run(&["why", "vault.withdraw"]));
    assert_snapshot!(sandbox.run(&["why", "vault.preveiw"]), @"
    --- standard error
    error: there is no function `vault.preveiw`
      help: did you mean `vault.preview`?
    --- exit 2
    ");
}

#[test]
fn guards_are_shown_at_one_look() {
    let sandbox = Sandbox::of("principals");
    let human = sandbox.run(&["guards"]);
    assert_eq!(human.code(), 0, "{human:?}");
    let csv = sandbox.run(&["guards", "--format", "csv"]);
    let entrypoints = human.stdout.lines().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(csv.stdout.lines().count(), entrypoints + 1, "{csv:?}");
    assert!(csv.stdout.starts_with("entrypoint,effects,breakers,"), "{csv:?}");
    let markdown = sandbox.run(&["guards", "--format", "markdown"]);
    assert_eq!(markdown.stdout.lines().count(), entrypoints + 2, "{markdown:?}");
    let json = sandbox.run(&["guards", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!(rows.len(), entrypoints);

    let protocol = run_in_repository(&["guards"]).stdout;
    let block = |name: &str| -> String {
        let lines = protocol.split_inclusive('\n');
        lines.skip_while(|line| line.trim() != name).take(7).collect()
    };
    assert_snapshot!(block("liquidity-pool.deposit-collateral"));
    assert_snapshot!(block("insurance-fund.withdraw-surplus"));
}

#[test]
fn tables_can_be_shown_in_part() {
    let sandbox = Sandbox::of("tour");
    assert_snapshot!(sandbox.run(&["guards", "vault.w*", "--columns", "errors,effects"]), @"
    vault.withdraw
      errors         u0, u128, u402, and others
      effects        balances, token.transfer
    --- exit 0
    ");
    // Nobody spends a rate limit here.
    let all = sandbox.run(&["guards"]).stdout;
    assert!(!all.contains("limiters"), "{all}");
    assert!(all.contains("breakers       -\n"), "{all}");
    assert!(sandbox.run(&["guards", "--format", "csv"]).stdout.contains("limiters"));
    assert_eq!(sandbox.run(&["guards", "vault", "switches"]).stdout, all);
    assert_snapshot!(sandbox.run(&["guards", "vualt"]), @"
    --- standard error
    error: nothing here is called `vualt`
      help: did you mean `vault`?
    --- exit 2
    ");
    assert_snapshot!(sandbox.run(&["errors", "vault.withdraw"]), @"
    u0
      answer of    as-contract?: more left than allowance 1 lets out
      returned by  vault: withdraw
    u128
      answer of    as-contract?: no allowance covers an asset that left
      returned by  vault: withdraw
    u402 ERR-FUNDS
      defined at   vault.clar:6
      returned by  vault: withdraw
    codes that are not known
      returned by  vault: withdraw
    --- exit 0
    ");
    assert_snapshot!(sandbox.run(&["errors", "u503"]), @"
    u503 ERR-PAUSED
      defined at   switches.clar:4
      returned by  vault: deposit
    --- exit 0
    ");
    assert_snapshot!(sandbox.run(&["errors", "u999"]), @"
    --- standard error
    error: nothing here is called `u999`
      help: write CONTRACT or CONTRACT.FUNCTION; `*` stands for any characters
    --- exit 2
    ");
}

/// Where no guard was lost, none is missed.
#[test]
fn the_guards_of_today_are_a_policy_that_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = ["guards", "protocols", "projects"].map(|folder| root.join("fixtures").join(folder));
    let projects = fixtures.iter().flat_map(|folder| std::fs::read_dir(folder).expect("fixtures are there"));
    let mut projects: Vec<_> = projects.map(|project| project.expect("they can be read").path()).collect();
    projects.retain(|project| project.is_dir() && !project.ends_with("bad-config"));
    projects.push(root.join("fixtures/seed-project"));
    projects.push(root.to_owned());
    projects.sort();
    let (mut entries, mut faults) = (0, String::new());
    for project in projects {
        let sandbox = Sandbox::empty();
        for file in
            walkdir::WalkDir::new(&project).into_iter().filter_entry(|it| !it.path().ends_with("target"))
        {
            let file = file.expect("it can be read").into_path();
            let name = file.strip_prefix(&project).expect("it is below").to_string_lossy().into_owned();
            let is_part = project != root
                || ["contracts", "rules", "Clar", "clar"].iter().any(|it| name.starts_with(it));
            if is_part && file.extension().is_some_and(|it| it == "clar" || it == "toml") {
                sandbox.write(&name, std::fs::read(&file).expect("it can be read"));
            }
        }
        let today = sandbox.run(&["policy"]);
        assert_eq!(today.code(), 0, "{today:?}");
        assert_eq!(today.stdout, sandbox.run(&["policy"]).stdout);
        entries += today.stdout.matches("\n[[policy.").count();
        sandbox.write("today.toml", &today.stdout);
        let found = sandbox.run(&["check", "--config", "today.toml", "--format", "json"]);
        let found: serde_json::Value = serde_json::from_str(&found.stdout).expect("it is JSON");
        for finding in found["diagnostics"].as_array().expect("a list") {
            let rule = finding["rule"].as_str().expect("rules have names");
            let about_policy = ["missing-authorisation", "missing-rate-limit", "unused-policy-entry"];
            if about_policy.contains(&rule)
                || rule == "missing-circuit-breaker" && finding["severity"] == "error"
            {
                faults += &format!("{}: {finding}\n", project.display());
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(entries > 100, "only {entries} guards");
}

#[test]
fn error_codes_are_shown_with_where_they_come_from_and_go() {
    let sandbox = Sandbox::of("tour");
    assert_snapshot!(sandbox.run(&["errors"]));
    assert_snapshot!(sandbox.run(&["errors", "--format", "markdown"]));
    let json = sandbox.run(&["errors", "--format", "json"]);
    let table: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    let codes: Vec<_> = table["codes"].as_array().expect("a list").iter().map(|row| &row["code"]).collect();
    assert_eq!(codes, ["u0", "u128", "u402", "u403", "u503"]);
    assert_eq!(table["codes"][2]["entrypoints"]["vault"], serde_json::json!(["withdraw"]));
    let literals = Sandbox::empty();
    literals.write("bare.clar", "(define-public (ten) (err u10))\n(define-public (nine) (err u9))\n");
    assert_snapshot!(literals.run(&["errors"]), @"
    u9
      literal at   bare.clar:2
      returned by  bare: nine
    u10
      literal at   bare.clar:1
      returned by  bare: ten
    --- exit 0
    ");
    assert_snapshot!(Sandbox::of("no-contracts").run(&["errors"]), @"
    no entrypoint fails with a code of its own
    --- exit 0
    ");

    let protocol = run_in_repository(&["errors"]).stdout;
    let headings: Vec<_> = protocol.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_snapshot!(headings.join("\n"));
}

#[test]
fn the_call_graph_is_drawn_for_people_and_programs() {
    let sandbox = Sandbox::of("tour");
    assert_snapshot!(sandbox.run(&["graph"]));
    assert_snapshot!(sandbox.run(&["graph", "--level", "function"]));
    assert_snapshot!(sandbox.run(&["graph", "--level", "function", "--format", "mermaid"]));
    let json = sandbox.run(&["graph", "--format", "json"]);
    let graph: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    let through_trait =
        graph["edges"].as_array().expect("a list").iter().find(|edge| edge["asContract"] == true);
    assert_eq!(through_trait.expect("there is one")["to"], "<token-trait>");
    assert_snapshot!(sandbox.run(&["graph", "--focus", "vualt"]), @"
    --- standard error
    error: nothing in the graph is called `vualt`
      help: did you mean `vault`?
    --- exit 2
    ");
    assert_snapshot!(sandbox.run(&["graph", "--focus", "vault.deposit"]), @"
    --- standard error
    error: nothing in the graph is called `vault.deposit`
      help: did you mean `vault`?
    --- exit 2
    ");
    assert_snapshot!(Sandbox::of("no-contracts").run(&["graph", "--format", "mermaid"]), @"
    flowchart LR
    --- exit 0
    ");
}

#[test]
fn a_part_of_the_call_graph_can_be_asked_for() {
    let near = run_in_repository(&["graph", "--focus", "treasury", "--format", "mermaid"]);
    assert_snapshot!(near, @r#"
    flowchart LR
      subgraph g0 ["layer 5"]
        n1["policy-registry"]
      end
      subgraph g1 ["layer 3"]
        n2["treasury"]
      end
      subgraph g2 ["layer 2"]
        n0["parameter-contract"]
      end
      subgraph g3 ["layer 1"]
        n3["upgrade-manager"]
      end
      n1 --> n2
      n2 --> n0 & n3
    --- exit 0
    "#);
    let reaches = ["graph", "--level", "function", "--reaches", "treasury.process-fee"];
    assert_snapshot!(run_in_repository(&reaches), @r#"
    digraph calls {
      rankdir=LR;
      node [shape=box, fontname="sans-serif"];
      label="bold box: public function; grey box: private function"; labelloc=b; labeljust=l; fontname="sans-serif"; fontsize=10;
      subgraph cluster_0 {
        label="liquidity-pool";
        "liquidity-pool.underwrite-p2p" [style=bold];
      }
      subgraph cluster_1 {
        label="p2p-marketplace";
        "p2p-marketplace.accept-offer" [style=bold];
      }
      subgraph cluster_2 {
        label="policy-registry";
        "policy-registry.collect-policy-fee" [color=gray50];
        "policy-registry.purchase-policy" [style=bold];
        "policy-registry.register-p2p-policy" [style=bold];
      }
      subgraph cluster_3 {
        label="treasury";
        "treasury.process-fee" [style=bold];
      }
      "liquidity-pool.underwrite-p2p" -> "policy-registry.register-p2p-policy";
      "p2p-marketplace.accept-offer" -> "liquidity-pool.underwrite-p2p";
      "policy-registry.collect-policy-fee" -> "treasury.process-fee";
      "policy-registry.purchase-policy" -> "policy-registry.collect-policy-fee";
      "policy-registry.register-p2p-policy" -> "policy-registry.collect-policy-fee";
    }
    --- exit 0
    "#);
}

#[test]
fn contracts_allow_findings_with_a_reason_and_for_a_time() {
    let sandbox = Sandbox::empty();
    let text = "(define-data-var owner principal tx-sender)

;; clarlint-allow(unenforced-guard): the check comes with the next release until 2027-01-31
(define-public (set-owner (new principal))
  (begin
    (is-eq contract-caller (var-get owner))
    (ok (var-set owner new))))
";
    sandbox.write("vault.clar", text);
    let args = ["--select", "unenforced-guard"];
    let day = |month, day| Date::from_calendar_date(2027, month, day).expect("it is a day");
    assert_snapshot!(sandbox.run_on(day(Month::January, 31), &args));
    assert_snapshot!(sandbox.run_on(day(Month::February, 1), &args));
    assert_snapshot!(sandbox.run(&[&args[..], &["--show-suppressed"]].concat()));
    let sarif = sandbox.run(&[&args[..], &["--show-suppressed", "--format", "sarif"]].concat());
    let sarif: serde_json::Value = serde_json::from_str(&sarif.stdout).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["suppressions"][0]["kind"], "inSource");
}

#[test]
fn what_is_in_force_is_shown_with_its_origin() {
    assert_snapshot!(Sandbox::of("many").run(&["config"]));
    let bundled = run_in_repository(&["config"]).stdout;
    let of = |section: &str| bundled.lines().filter(|line| line.starts_with(section)).collect::<Vec<_>>();
    let sections = ["circuit-breaker", "rate-limit", "roles", "authorisation", "errors", "layers", "upgrade"];
    for section in sections {
        let lines = of(&format!("policy.{section} "));
        assert!(!lines.is_empty(), "{section}");
        assert!(lines.iter().all(|line| line.contains("(rules/bithedge.toml:")), "{lines:#?}");
    }
    assert!(of("type-error ")[0].ends_with("error  (default)"), "{bundled}");
}

#[test]
fn help_is_worth_reading() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.run(&["--help"]));
    let version = format!("clarlint {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(sandbox.run(&["--version"]).stdout, version);
}

#[test]
fn shells_and_man_know_every_command() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = sandbox.run(&["completions", shell]);
        assert_eq!(script.code(), 0, "{script}");
        for word in ["explain", "fail-on", "sarif"] {
            assert!(script.stdout.contains(word), "{shell}: {word}");
        }
    }
    let page = sandbox.run(&["man"]);
    assert_eq!(page.code(), 0);
    for word in [".TH clarlint 1", "clarlint\\-explain(1)", "\\-\\-fail\\-on", "Exit codes"] {
        assert!(page.stdout.contains(word), "{word} in\n{page}");
    }
}

#[test]
fn timings_are_said_on_standard_error_only() {
    let sandbox = Sandbox::of("clean");
    let run = sandbox.run(&["--timings"]);
    assert_eq!(run.stdout, sandbox.run(&[]).stdout);
    let (stages, rest) = run.stderr.split_at(run.stderr.find("the chain's").unwrap_or(0));
    let stages: Vec<_> = stages.lines().map(|line| line.split_once(" ms  ").unwrap_or_default()).collect();
    assert_eq!(stages.first().map(|(_, stage)| *stage), Some("read and parse"), "{run}");
    assert!(stages.iter().any(|(_, stage)| *stage == "missing-circuit-breaker"), "{run}");
    assert_eq!(stages.last().map(|(_, stage)| *stage), Some("in all"), "{run}");
    assert!(rest.starts_with("the chain's analyser was asked about 0 of "), "{run}");
}

#[test]
fn the_chain_may_give_every_verdict() {
    let sandbox = Sandbox::empty();
    sandbox.write("fine.clar", "(define-public (f) (ok u1))");
    sandbox.write("wrong.clar", "(define-public (f) (ok (+ u1 1)))");
    let asked = |arguments: &[&str]| {
        let run = sandbox.run(arguments);
        assert!(run.stdout.contains("the chain does not take `wrong`"), "{run}");
        let note = run.stderr.lines().last().unwrap_or_default().to_owned();
        (run.stdout, note)
    };
    let (findings, note) = asked(&["--timings"]);
    assert_eq!(note, "the chain's analyser was asked about 1 of 2 contracts");
    let (same, note) = asked(&["--timings", "--verdict", "chain"]);
    assert_eq!(findings, same);
    assert_eq!(note, "the chain's analyser was asked about 2 of 2 contracts");
}

#[test]
fn what_was_inferred_is_a_command() {
    let sandbox = Sandbox::empty();
    sandbox.write("vault.clar", VAULT);
    assert_snapshot!(sandbox.run(&["facts"]));
}

#[test]
fn statistics_count_by_rule_and_do_not_touch_the_report() {
    let sandbox = Sandbox::of("many");
    let run = sandbox.run(&["--statistics"]);
    assert_eq!(run.stdout, sandbox.run(&[]).stdout);
    assert!(run.stderr.starts_with("     4  missing-circuit-breaker\n     4  syntax-error\n"), "{run}");
    let counts = run.stderr.lines().map(|line| line.split_whitespace().next().expect("it has a count"));
    assert_eq!(counts.map(|count| count.parse::<usize>().expect("it is a number")).sum::<usize>(), 20);
}

/// A contract with something to infer of each kind.
const VAULT: &str = "
(define-data-var owner principal tx-sender)
(define-data-var paused bool false)
(define-data-var most uint u100)
(define-data-var points uint u0)
(define-map spent principal uint)
(define-map fees (string-ascii 10) uint)
(define-private (is-owner) (is-eq contract-caller (var-get owner)))
(define-public (set-paused (on bool))
  (begin (asserts! (is-owner) (err u403)) (ok (var-set paused on))))
(define-public (set-most (value uint))
  (begin (asserts! (is-owner) (err u403)) (ok (var-set most value))))
(define-public (reward (amount uint))
  (begin (asserts! (is-owner) (err u403)) (ok (var-set points (+ (var-get points) amount)))))
(define-public (fine (amount uint))
  (begin (asserts! (is-owner) (err u403)) (ok (var-set points (- (var-get points) amount)))))
(define-public (settle)
  (begin (asserts! (is-owner) (err u403)) (ok (var-set points u0))))
(define-public (bonus (amount uint))
  (ok (var-set points (+ (var-get points) (* u2 amount)))))
(define-public (spend (amount uint))
  (let ((now (+ amount (default-to u0 (map-get? spent tx-sender)))))
    (asserts! (not (var-get paused)) (err u503))
    (asserts! (<= now (var-get most)) (err u429))
    (ok (map-set spent tx-sender now))))
(define-read-only (get-fee) (default-to u0 (map-get? fees \"spend\")))
(map-set fees \"spend\" u3)
";

/// A pipe whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let sandbox = Sandbox::of("broken");
    let mut console = Console {
        folder: &sandbox.path(""),
        stdin: &mut io::empty(),
        stdout: &mut Closed,
        stderr: &mut io::sink(),
        stdout_colors: false,
        stderr_colors: false,
        stdout_links: false,
        progress: Default::default(),
        is_watched: false,
        today: None,
    };
    for format in ["human", "json", "sarif", "junit"] {
        let arguments = command(&["--format", format, "--output", "jsonl=report.jsonl"]);
        assert_eq!(cli::main(arguments, &mut console), Exit::Clean, "{format}");
    }
    assert_eq!(sandbox.read("report.jsonl"), sandbox.run(&["--format", "jsonl"]).stdout);
}

/// What was meant to allow something and does not is said; what only speaks of the linter is left alone.
#[test]
fn suppressions_that_nearly_are_one_are_reported() {
    let meant = [
        "clarlint:allow unenforced-guard",
        "clarlint allow(unenforced-guard): why",
        "Clarlint-Allow(unenforced-guard): why",
        "@clarlint-ignore unenforced-guard",
        "#[clarlint::allow(unenforced-guard)]",
        "clarlint-disable-next-line unenforced-guard",
        "clarlint: disable-next-line",
        "clarlint_suppress",
        "clarlint noqa",
    ];
    let prose =
        ["clarlint finds this", "see clarlint-allow", "clarlintignore", "the clarlint: allow", "clarlint"];
    for (comments, faults) in [(&meant[..], meant.len()), (&prose[..], 0)] {
        let sandbox = Sandbox::empty();
        sandbox.write("a.clar", comments.iter().map(|text| format!(";; {text}\n")).collect::<String>());
        let run = sandbox.run(&["--format", "short"]);
        assert_eq!(
            run.stdout.matches("error[unexplained-allow]: malformed suppression").count(),
            faults,
            "{run}"
        );
    }
}

#[test]
fn completions_and_the_schema_know_every_rule() {
    let sandbox = Sandbox::empty();
    let schema = sandbox.run(&["schema", "config"]).stdout;
    let zsh = sandbox.run(&["completions", "zsh"]).stdout;
    let rules = sandbox.run(&["rules", "--format", "json"]).stdout;
    let rules: Vec<serde_json::Value> = serde_json::from_str(&rules).expect("it is JSON");
    for rule in &rules {
        let id = rule["rule"].as_str().expect("it is a text");
        assert!(schema.contains(&format!("\"{id}\"")), "{id} is not in the schema");
        // --select, --ignore and explain.
        assert!(zsh.matches(&format!("{id} ")).count() + zsh.matches(&format!("{id})")).count() >= 3, "{id}");
    }
    let help = sandbox.run(&["explain", "--help"]).stdout;
    assert!(!help.contains("syntax-error"), "{help}");
}

/// What the chain itself answers with is told by the builtins whose answers leave a function.
#[test]
fn error_codes_of_builtins_are_named() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "token.clar",
        "(define-fungible-token coin)\n\
         (define-non-fungible-token art uint)\n\
         (define-public (pay (amount uint) (to principal)) (stx-transfer? amount tx-sender to))\n\
         (define-public (mint (amount uint)) (ft-mint? coin amount tx-sender))\n\
         (define-public (burn (amount uint)) (begin (try! (ft-burn? coin amount tx-sender)) (ok true)))\n\
         (define-public (give (id uint) (to principal)) (nft-transfer? art id tx-sender to))\n\
         (define-public (spend (to principal)) (restrict-assets? tx-sender ((with-stx u5))\n\
           (try! (stx-transfer? u5 tx-sender to))))\n",
    );
    assert_snapshot!(sandbox.run(&["errors"]));
}
