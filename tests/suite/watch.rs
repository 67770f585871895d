//! `--watch`: the program runs until somebody ends it, so it is started as one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::sandbox::Sandbox;

/// The program, which watches a folder.
fn watching(sandbox: &Sandbox) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_clarlint"));
    program.args(["--watch", "--format", "short", "--isolated"]).current_dir(sandbox.path(""));
    program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started")
}

#[cfg(unix)]
#[test]
fn watching_ends_well_when_somebody_ends_it() {
    let sandbox = Sandbox::empty();
    sandbox.write("a.clar", "(define-read-only (f) true)");
    let mut program = watching(&sandbox);
    let mut said = BufReader::new(program.stderr.take().expect("it is piped")).lines();
    let line = said.next().expect("the program still runs").expect("output is UTF-8");
    assert_eq!(line, "waiting for changes; Ctrl-C ends it");
    let sent = Command::new("kill").args(["-INT", &program.id().to_string()]).status();
    assert!(sent.expect("signals can be sent").success());
    assert_eq!(program.wait().expect("it was started").code(), Some(0));
    assert!(said.next().is_none());
}

#[test]
fn a_project_is_linted_again_when_it_changes() {
    let sandbox = Sandbox::empty();
    sandbox.write("a.clar", "(define-read-only (f) true)");
    let mut program = watching(&sandbox);
    let mut lines = BufReader::new(program.stdout.take().expect("it is piped")).lines();
    let mut next = || lines.next().expect("the program still runs").expect("output is UTF-8");
    assert_eq!(next(), "1 contract: no findings");
    sandbox.write("a.clar", "(define-read-only (f) true))");
    assert!(next().starts_with("a.clar:1:28: error[syntax-error]"));
    assert!(next().starts_with("1 error"));
    sandbox.write("b.clar", "").write("a.clar", "(define-read-only (f) true)");
    // It may have been seen in between.
    assert!((0..3).any(|_| next() == "2 contracts: no findings"));
    program.kill().expect("it runs");
    program.wait().expect("it was started");
}
