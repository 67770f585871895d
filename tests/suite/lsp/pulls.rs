//! Clients that ask for diagnostics, and those that show that work is under way.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::{Shown, assert_same, checked, uri};
use crate::sandbox::Sandbox;

/// An editor that asks, with a project open.
fn asking(sandbox: &Sandbox) -> Client {
    let mut client = Client::silent();
    let params = json!({
        "processId": null, "rootUri": uri(&sandbox.path("")),
        "capabilities": {"workspace": {"diagnostics": {"refreshSupport": true}}},
        "initializationOptions": {"diagnostics": "pull"},
    });
    let answer = client.ask("initialize", params).expect("the handshake succeeds");
    assert_eq!(answer["capabilities"]["diagnosticProvider"]["interFileDependencies"], true);
    client.tell("initialized", json!({}));
    client
}

fn workspace(client: &mut Client, known: &Value) -> Vec<Value> {
    let report = client.ask("workspace/diagnostic", json!({ "previousResultIds": known }));
    report.expect("diagnostics are answered")["items"].as_array().expect("it is a list").clone()
}

#[test]
fn who_asks_is_answered_and_not_told() {
    let sandbox = Sandbox::of("many");
    let mut client = asking(&sandbox);
    let items = workspace(&mut client, &json!([]));
    let found = |it: &Value| {
        let found = it["items"].as_array().expect("it is a list").clone();
        (!found.is_empty()).then(|| (it["uri"].as_str().expect("it is one").to_owned(), found))
    };
    let shown: Shown = items.iter().filter_map(found).collect();
    assert_same(&shown, &checked(&sandbox, "").expect("the configuration can be used"), "many");
    assert_eq!(client.shown, Shown::new());
    // What is the same is not sent again.
    let known: Vec<_> = items.iter().map(|it| json!({"uri": it["uri"], "value": it["resultId"]})).collect();
    let again = workspace(&mut client, &known.clone().into());
    assert!(again.iter().all(|it| it["kind"] == "unchanged"), "{again:?}");
    // One document alone, before and after it is mended.
    let path = sandbox.path("contracts/pool.clar");
    let document = json!({"textDocument": {"uri": uri(&path)}});
    let report = client.ask("textDocument/diagnostic", document.clone()).expect("it is answered");
    assert_eq!(report["items"], json!(shown[&uri(&path)]));
    client.heard.clear();
    client.open(&path, "");
    let report = client.ask("textDocument/diagnostic", document).expect("it is answered");
    assert_eq!((&report["kind"], &report["items"]), (&json!("full"), &json!([])));
    assert!(client.heard.iter().any(|(method, _)| method == "workspace/diagnostic/refresh"));
    // What is gone has nothing.
    client.close(&path);
    fs::remove_file(&path).expect("files can be deleted");
    fs::write(sandbox.path("Clarinet.toml"), "").expect("files can be written");
    client.watched(&[&path, &sandbox.path("Clarinet.toml")]);
    let items = workspace(&mut client, &known.into());
    let gone = items.iter().find(|it| it["uri"] == uri(&path)).expect("it was known");
    assert_eq!(gone["items"], json!([]));
}

#[test]
fn a_document_of_no_project_has_nothing() {
    let mut client = Client::new(&[]);
    let document = json!({"textDocument": {"uri": "file:///nowhere/a.clar"}});
    let report = client.ask("textDocument/diagnostic", document).expect("it is answered");
    assert_eq!(report, json!({"kind": "full", "items": []}));
}

/// A project that takes a while, however fast the machine is.
fn large() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "");
    let function = |n| {
        format!("(define-public (f{n} (n uint)) (begin (asserts! (> n u{n}) (err u1)) (ok (var-set v n))))\n")
    };
    let text = format!("(define-data-var v uint u0)\n{}", (0..50).map(function).collect::<String>());
    let mut count = 0;
    loop {
        for _ in 0..20 {
            sandbox.write(&format!("c{count}.clar"), &text);
            count += 1;
        }
        let began = Instant::now();
        sandbox.run(&[]);
        if began.elapsed() > Duration::from_millis(900) {
            return sandbox;
        }
    }
}

#[test]
fn long_work_is_shown() {
    let capabilities = json!({"window": {"workDoneProgress": true}});
    let large = large();
    let mut client = Client::with(&[&large.path("")], capabilities);
    client.settle();
    let told = client.heard.iter().filter(|(method, _)| method == "$/progress");
    let kinds: Vec<_> = told.map(|(_, params)| params["value"]["kind"].clone()).collect();
    // The end may come after the answer.
    assert_eq!(kinds[0], "begin", "{:?}", client.heard);
    assert_eq!(client.heard[0].0, "window/workDoneProgress/create");
}
