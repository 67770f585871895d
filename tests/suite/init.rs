//! `clarlint init`: it writes down what the protocol has, never over a file, and nothing that was found before is lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::sandbox::{Run, Sandbox, run_in_repository};
use clarlint::cli::Exit;
use insta::assert_snapshot;
use serde_json::Value;

const CONTROL: &str = include_str!("../../fixtures/projects/adoption/contracts/control.clar");

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

/// A finding may come under another rule: a switch that no function tells of is asked for as a condition.
fn nothing_is_lost(project: &str, before: &Run, after: &Run) {
    let places = |run: &Run| -> BTreeSet<(String, String)> {
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{project}: {run}"));
        let diagnostics = report["diagnostics"].as_array().expect("they are a list");
        diagnostics.iter().map(|it| (it["path"].to_string(), it["range"].to_string())).collect()
    };
    let lost: Vec<_> = places(before).difference(&places(after)).cloned().collect();
    assert!(lost.is_empty(), "{project}: {lost:?}");
    let configuration = ["invalid-config", "unused-policy-entry"];
    let wrong = configuration.iter().find(|rule| after.stdout.contains(&format!("\"rule\": \"{rule}\"")));
    assert_eq!(wrong, None, "{project}: {after}");
}
