//! Runs the tests of the bundled contracts: vitest in `tests/contracts`, on a simulated chain.
//!
//! They need Node.js 20 or newer. `CLARLINT_SKIP_SIMNET=1` leaves them out.

#[path = "suite/npm.rs"]
mod npm;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_contracts_pass_their_tests_in_a_simnet() {
    if npm::are_left_out() {
        say("CLARLINT_SKIP_SIMNET=1: the tests of the contracts are skipped\n");
        return;
    }
    let folder = npm::installed();

    let vitest = folder.join("node_modules/vitest/vitest.mjs");
    let run = Command::new("node")
        .arg(&vitest)
        .arg("run")
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", vitest.display()));
    let output = String::from_utf8_lossy(&run.stdout);
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "the tests of the contracts fail ({}):\n{output}\n{errors}", run.status);

    // Vitest is content with a run that finds no tests, or skips them; this test is not.
    let summary = Summary::parse(&output)
        .unwrap_or_else(|| panic!("vitest did not print its summary:\n{output}\n{errors}"));
    let files = test_files(folder);
    assert!(files > 0, "there are no test files in {}", folder.display());
    assert_eq!(summary.files, files, "vitest did not run all test files:\n{output}");
    assert!(summary.passed >= files, "hardly any test was run: {summary:?}\n{output}");
    assert_eq!((summary.failed, summary.skipped), (0, 0), "not every test was run and passed:\n{output}");
    assert!(summary.judged, "coverage and costs were not judged:\n{output}");

    let report = output.find("Line coverage of the contracts").map_or("", |at| &output[at..]);
    say(report);
}

/// Writes past the test harness, which would keep the report of a passing test to itself.
fn say(text: &str) {
    // A closed standard error is no reason to fail.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// The number of test files that vitest is expected to find.
fn test_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("the folder of the contract tests is readable");
    entries
        .map(|entry| entry.expect("the folder of the contract tests is readable").path())
        .map(|path| {
            if path.is_dir() {
                let skipped = path.file_name().is_some_and(|name| name == "node_modules");
                if skipped { 0 } else { test_files(&path) }
            } else {
                usize::from(path.to_string_lossy().ends_with(".test.ts"))
            }
        })
        .sum()
}

/// The line `simnet: files=… passed=… failed=… skipped=… judged=…` that ends the report.
#[derive(Debug)]
struct Summary {
    files: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    judged: bool,
}

impl Summary {
    fn parse(output: &str) -> Option<Self> {
        let line = output.lines().find_map(|line| line.strip_prefix("simnet: "))?;
        let value =
            |key: &str| line.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let number = |key: &str| value(key)?.parse().ok();
        Some(Self {
            files: number("files")?,
            passed: number("passed")?,
            failed: number("failed")?,
            skipped: number("skipped")?,
            judged: value("judged")? == "true",
        })
    }
}
