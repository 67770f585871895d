//! Git, which `--changed` and `clarlint diff` ask: for names of files, and for what a revision holds. It runs nothing of
//! the project and fetches nothing.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::Stop;

/// Why git has no answer.
#[derive(Debug)]
pub enum Refusal {
    /// It cannot be run.
    Absent(io::Error),
    /// What it says, in a line.
    Said(String),
}

impl Refusal {
    /// As the end of the run: what git was wanted for, and what to do where it has said no.
    pub fn stop(self, wanted: &str, without: &str, help: &str) -> Stop {
        match self {
            Self::Absent(error) => Stop::with_help(format!("git cannot be run: {error}"), without),
            Self::Said(said) => Stop::with_help(format!("{wanted}: {said}"), help),
        }
    }
}

/// What git prints.
pub fn ask(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Refusal> {
    heard(command(folder, arguments).output().map_err(Refusal::Absent)?)
}

/// The same of a command that reads, which gets `input`.
pub fn ask_about(folder: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut command = command(folder, arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(Refusal::Absent)?;
    let stdin = child.stdin.take();
    // It answers while it reads.
    let output = std::thread::scope(|scope| {
        // When it ends early, its exit says why.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    heard(output.map_err(Refusal::Absent)?)
}

/// The root of the working tree that a folder lies in.
pub fn root(folder: &Path) -> Result<PathBuf, Refusal> {
    let root = text(ask(folder, &["rev-parse", "--show-toplevel"])?);
    Ok(PathBuf::from(root.trim_end_matches(['\r', '\n'])))
}

pub fn text(answer: Vec<u8>) -> String {
    String::from_utf8_lossy(&answer).into_owned()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // A partial clone would fetch what it lacks.
    command.env("GIT_NO_LAZY_FETCH", "1").arg("-C").arg(folder).args(arguments);
    command
}

fn heard(output: Output) -> Result<Vec<u8>, Refusal> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = text(output.stderr);
    let said = said.lines().next().unwrap_or_default();
    Err(Refusal::Said(said.trim_start_matches("fatal: ").trim_start_matches("error: ").to_string()))
}
