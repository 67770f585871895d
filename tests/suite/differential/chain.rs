//! The chain's analyser, in the SDK of Clarinet, asked by one process of Node.

use std::path::Path;
use std::process::{Command, Stdio};

use clarlint::project::{Contract, Dialect};
use serde_json::{Value, json};

use super::verdict::{Verdict, of_chain};
use crate::npm;

/// A contract that the chain is asked about, in the order of their deployment.
pub struct Question<'t> {
    pub contract: &'t Contract,
    /// Stands for the project's own deployer.
    pub deployer: usize,
    /// The epoch is that of the deployment: a contract that others need may be older than they are.
    pub dialect: Dialect,
}

/// The verdicts, in order.
pub fn ask(questions: &[Question<'_>]) -> Vec<Verdict> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("the system has room for temporary files");
    let (asked, answered) = (folder.path().join("questions.json"), folder.path().join("answers.json"));
    let questions: Vec<_> = questions
        .iter()
        .map(|question| {
            let contract = question.contract;
            json!({
                "name": contract.name,
                "deployer": contract.issuer.clone().map_or(question.deployer.into(), Value::from),
                "version": contract.version.number(),
                "epoch": question.dialect.epoch.to_string(),
                "text": &**contract.syntax.tree.text(),
            })
        })
        .collect();
    std::fs::write(&asked, Value::from(questions).to_string()).expect("the system has room");
    let output = Command::new("node")
        .arg(root.join("tests/suite/differential/ask.mjs"))
        .args([npm::installed(), &*asked, &*answered])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("node cannot be run (CLARLINT_SKIP_SIMNET=1 leaves it out): {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the chain's analyser cannot be asked: {errors}");
    let answers = std::fs::read(&answered).expect("it was just written");
    let answers: Vec<Value> = serde_json::from_slice(&answers).expect("answers are JSON");
    answers.iter().map(of_chain).collect()
}
