//! Clarinet's simulated network, which runs what the interpreter in memory does not know, in one process of Node.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use clarity::vm::Value;
use clarity::vm::types::PrincipalData;
use serde_json::{Value as Json, json};

use crate::generate::typed::{self, CONTRACTS, VARIABLES};
use crate::npm;

use super::chain;
use super::transactions::{Outcome, Transaction};

/// What the transactions on each program come to; `None` for those that are aborted. Only those may send who can sign.
pub fn outcomes(cases: &[(&typed::Program, &[Transaction])]) -> Vec<Vec<Option<Outcome>>> {
    let folder = tempfile::tempdir().expect("the system has room for temporary files");
    let (asked, answered) = (folder.path().join("asked.json"), folder.path().join("answered.json"));
    let programs: Vec<_> =
        cases.iter().map(|(program, transactions)| question(program, transactions)).collect();
    let question = json!({
        "deployer": hex(&Value::Principal(chain::deployer().into())),
        "programs": programs,
        "variables": VARIABLES,
        "stateful": CONTRACTS,
    });
    fs::write(&asked, question.to_string()).expect("the system has room");
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/facts/run.mjs"))
        .args([npm::installed(), &asked, &answered])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("node cannot be run (CLARLINT_SKIP_SIMNET=1 leaves it out): {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the simulated network gives up:\n{errors}");
    let answers = fs::read_to_string(&answered).expect("it has written its answers");
    let answers: Vec<Vec<Json>> = serde_json::from_str(&answers).expect("it writes JSON");
    assert_eq!(answers.len(), cases.len());
    answers.iter().map(|answers| answers.iter().map(outcome).collect()).collect()
}

fn question(program: &typed::Program, transactions: &[Transaction]) -> Json {
    let transaction = |transaction: &Transaction| {
        let seeds: Vec<Vec<_>> =
            transaction.state.seeds.iter().map(|seed| seed.iter().map(hex).collect()).collect();
        let by_deployer = transaction.sender == PrincipalData::from(chain::deployer());
        json!({
            "seeds": seeds,
            "contract": transaction.contract,
            "function": transaction.function,
            "arguments": transaction.arguments.iter().map(hex).collect::<Vec<_>>(),
            // `null` is whoever deploys.
            "sender": (!by_deployer).then(|| transaction.sender.to_string()),
        })
    };
    json!({
        "version": program.version,
        "contracts": program.contracts,
        "logged": program.logged,
        "transactions": transactions.iter().map(transaction).collect::<Vec<_>>(),
    })
}

fn outcome(answer: &Json) -> Option<Outcome> {
    let result = value(answer["result"].as_str()?);
    let logged = answer["logged"].as_array().expect("a list");
    let logged = logged.iter().map(|key| key.as_u64().expect("a number") as u32).collect();
    let mut variables = HashMap::new();
    for (contract, values) in answer["variables"].as_object().expect("an object") {
        for (name, hex) in values.as_object().expect("an object") {
            let holds = value(hex.as_str().expect("a text"));
            variables.insert((contract.clone(), name.clone()), holds);
        }
    }
    Some(Outcome { result, logged, variables })
}

fn hex(value: &Value) -> String {
    value.serialize_to_hex().expect("values that were made here can be written")
}

fn value(hex: &str) -> Value {
    Value::try_deserialize_hex_untyped(hex).unwrap_or_else(|error| panic!("{hex}: {error:?}"))
}
