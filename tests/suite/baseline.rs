//! Adopting the linter on an old protocol: what was found before is not found again, wherever it moves; what is new is.

use crate::sandbox::Sandbox;
use clarlint::cli::Exit;
use insta::assert_snapshot;

const BASELINE: &str = "clarlint-baseline.json";

/// The project with its findings in the baseline, and nothing wrong with the run.
fn adopted() -> Sandbox {
    let sandbox = Sandbox::of("many");
    let config = sandbox.read("clarlint.toml");
    let config = config.replace(", \"market.*\"", "");
    sandbox
        .write("clarlint.toml", config.replace("[lint]\n", "[lint]\nignore = [\"missing-requirement\"]\n"));
    assert_eq!(sandbox.run(&[]).exit, Exit::Findings);
    let written = sandbox.run(&["baseline", "--write"]).to_string();
    let says = "18 findings in `clarlint-baseline.json`: from now on, only new ones are reported\n";
    assert_eq!(written, format!("{says}--- exit 0"));
    sandbox
}

fn read(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.path(path)).expect("it can be read")
}

fn contracts(sandbox: &Sandbox) -> Vec<String> {
    let folder = std::fs::read_dir(sandbox.path("contracts")).expect("the project has contracts");
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    folder.map(|entry| format!("contracts/{}", name(entry.expect("it can be read")))).collect()
}

#[test]
fn what_was_there_before_is_counted_only() {
    let sandbox = adopted();
    let run = sandbox.run(&[]);
    assert_eq!(run.exit, Exit::Clean, "{run}");
    assert!(run.summary().ends_with("; 18 hidden by the baseline"), "{run}");
    let shown = sandbox.run(&["--show-suppressed", "--format", "jsonl"]);
    assert_eq!(shown.stdout.matches("\"state\":\"baselined\"").count(), 18, "{shown}");
}

#[test]
fn what_is_new_is_reported() {
    let sandbox = adopted();
    let pool = read(&sandbox, "contracts/pool.clar");
    sandbox.write("contracts/pool.clar", pool + "\n(define-public (drain) (ok (var-set total u0)))\n");
    let run = sandbox.run(&["--format", "short"]);
    assert_snapshot!(run);
    assert_snapshot!(sandbox.run(&["baseline", "--add"]), @"
    1 finding added to `clarlint-baseline.json`
    --- exit 0
    ");
    assert_eq!(sandbox.run(&[]).exit, Exit::Clean);
}

#[test]
fn findings_keep_their_identity_when_code_moves_is_reformatted_or_renamed_around_them() {
    type Change = fn(&str) -> String;
    let layouts: [(&str, Change); 4] = [
        ("moved down", |text| format!(";; Moved.\n\n{text}")),
        ("spread", |text| text.replace(" (", "\n   (")),
        ("indented with tabs", |text| text.replace("\n  ", "\n\t\t")),
        ("renamed locals and helpers", |text| {
            text.replace("who", "account").replace("ensure-running", "ensure-it-runs").replace("key", "entry")
        }),
    ];
    for (what, change) in layouts {
        let sandbox = adopted();
        let mut any_changed = false;
        for path in contracts(&sandbox) {
            // What is in comments may not be spread over lines.
            let text = read(&sandbox, &path);
            let lines = text.split_inclusive('\n');
            let changed: String = match what {
                "spread" => {
                    lines.map(|line| if line.contains(";;") { line.into() } else { change(line) }).collect()
                }
                _ => change(&text),
            };
            any_changed |= text != changed;
            sandbox.write(&path, changed);
        }
        assert!(any_changed, "{what}");
        let run = sandbox.run(&["--format", "short"]);
        assert_eq!(run.exit, Exit::Clean, "{what}\n{run}");
        assert!(!run.stdout.contains("stale-baseline"), "{what}\n{run}");
    }
}

#[test]
fn what_was_mended_is_taken_out() {
    let sandbox = adopted();
    let ledger = read(&sandbox, "contracts/ledger.clar");
    sandbox.write("contracts/ledger.clar", ledger.replace("(err u402)", "ERR-UNAUTHORIZED"));
    let run = sandbox.run(&["--quiet"]);
    assert_snapshot!(run);
    // Who looks at one contract, or asks one rule, is not told of others.
    assert_eq!(sandbox.run(&["contracts/vault.clar", "--quiet"]).stdout, "");
    assert_eq!(sandbox.run(&["--select", "missing-rate-limit", "--quiet"]).stdout, "");
    assert_snapshot!(sandbox.run(&["baseline", "--prune"]), @"
    1 finding taken out of `clarlint-baseline.json`, 17 left
    --- exit 0
    ");
    assert_eq!(sandbox.run(&["--quiet"]).stdout, "");
}

#[test]
fn a_baseline_that_cannot_be_used_is_said() {
    let sandbox = adopted();
    assert_snapshot!(sandbox.run(&["baseline", "--write"]));
    assert_snapshot!(sandbox.run(&["baseline", "--prune", "--baseline", "other.json"]));
    assert_snapshot!(sandbox.run(&["--baseline", "other.json"]));
    sandbox.write(BASELINE, "{ \"version\": 1 }");
    assert_snapshot!(sandbox.run(&[]));
    sandbox.write(BASELINE, "{ \"version\": 2, \"findings\": [] }");
    assert_snapshot!(sandbox.run(&["baseline", "--prune"]));
}

#[test]
fn only_what_changed_files_show_is_reported() {
    let sandbox = Sandbox::of("many");
    assert_eq!(sandbox.run(&["--changed"]).code(), 2, "it is in no repository");
    sandbox.git(&["init", "--quiet"]);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "all"]);
    assert_eq!(sandbox.run(&["--changed", "--quiet"]).to_string(), "--- exit 0");
    let ledger = read(&sandbox, "contracts/ledger.clar");
    sandbox.write("contracts/ledger.clar", format!(";; Changed.\n{ledger}"));
    sandbox.write("contracts/new.clar", "(define-public (f) (g))\n");
    let run = sandbox.run(&["--changed", "--format", "short"]);
    assert_snapshot!(run);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "more"]);
    assert_eq!(sandbox.run(&["--changed=HEAD", "--quiet"]).code(), 0);
    assert_eq!(sandbox.run(&["--changed=HEAD~1", "--format", "short"]).stdout, run.stdout);
    assert_snapshot!(sandbox.run(&["--changed=nowhere"]));
}
