//! The language server, spoken to by a client over its streams: what it shows is what `check` says of the same texts.

mod actions;
mod client;
mod configuration;
mod edits;
mod folders;
mod hints;
mod neovim;
mod pulls;
mod questions;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::sandbox::Sandbox;
use client::Client;

/// What stands for itself in the path of a URI.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn uri(path: &Path) -> String {
    let path = path.to_str().expect("sandboxes have names that are text");
    format!("file://{}", utf8_percent_encode(path, ESCAPED))
}

/// A byte of a text, as the protocol counts.
fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    json!({"line": before.matches('\n').count(), "character": before[start..].encode_utf16().count()})
}

/// The byte that a place of a text stands for.
fn offset(text: &str, at: &Value) -> usize {
    let number = |key: &str| at[key].as_u64().expect("it is a number") as usize;
    let start: usize = text.split_inclusive('\n').take(number("line")).map(str::len).sum();
    let mut units = 0;
    let before = text[start..].chars().take_while(|c| {
        units += c.len_utf16();
        units <= number("character")
    });
    start + before.map(char::len_utf8).sum::<usize>()
}

/// A text after some edits.
fn applied(text: &str, edits: &[Value]) -> String {
    let mut after = text.to_owned();
    let place = |edit: &Value, end: &str| offset(text, &edit["range"][end]);
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by_key(|edit| place(edit, "start"));
    // From the last to the first, so that places stay what they are.
    for edit in edits.into_iter().rev() {
        let new = edit["newText"].as_str().expect("it is a text");
        after.replace_range(place(edit, "start")..place(edit, "end"), new);
    }
    after
}

/// Findings by URI, as a server shows them.
type Shown = BTreeMap<String, Vec<Value>>;

/// What a fresh `check` in the folder says; `None` if its configuration cannot be used.
fn checked(sandbox: &Sandbox, folder: &str) -> Option<Shown> {
    let run = sandbox.run_on_in(folder, OffsetDateTime::now_utc().date(), &["--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).ok()?;
    let uri = |path: &Value| uri(&sandbox.path(folder).join(path.as_str().expect("it is a path")));
    let mut shown = Shown::new();
    for found in report["diagnostics"].as_array().expect("it is a list") {
        let places = |key: &str| found[key].as_array().expect("it is a list").clone();
        let related: Vec<_> = [places("labels"), places("trace")].concat();
        let related = related.iter().map(|place| {
            json!({"location": {"uri": uri(&place["path"]), "range": place["range"]}, "message": place["message"]})
        });
        let related: Vec<_> = related.collect();
        let message = match found["help"].as_str() {
            Some(help) => format!("{}\nhelp: {help}", found["message"].as_str().expect("it is a text")),
            None => found["message"].as_str().expect("it is a text").to_owned(),
        };
        let severity = match found["severity"].as_str() {
            Some("error") => 1,
            Some("warning") => 2,
            _ => 3,
        };
        let mut diagnostic = json!({
            "range": found["range"], "severity": severity, "code": found["rule"], "source": "clarlint",
            "message": message, "codeDescription": {"href": found["url"]},
        });
        if !related.is_empty() {
            diagnostic["relatedInformation"] = related.into();
        }
        shown.entry(uri(&found["path"])).or_default().push(diagnostic);
    }
    Some(sorted(shown))
}

/// The findings without what only editors have, in an order that anybody can make.
fn sorted(mut shown: Shown) -> Shown {
    for diagnostics in shown.values_mut() {
        for diagnostic in diagnostics.iter_mut() {
            diagnostic.as_object_mut().expect("it is one").remove("tags");
        }
        diagnostics.sort_by_key(Value::to_string);
    }
    shown
}

/// What the client shows is what `check` says of the folder.
#[track_caller]
fn assert_fresh(client: &mut Client, sandbox: &Sandbox, folder: &str) {
    client.settle();
    let expected = checked(sandbox, folder).expect("the configuration can be used");
    assert_same(&client.shown, &expected, folder);
}

/// Says what there is too much and what is missing, and nothing of the rest.
#[track_caller]
fn assert_same(shown: &Shown, expected: &Shown, of: &str) {
    let lines = |all: &Shown| -> BTreeSet<String> {
        let all = sorted(all.clone()).into_iter();
        all.flat_map(|(uri, found)| found.into_iter().map(move |it| format!("{uri}: {it}"))).collect()
    };
    let (shown, expected) = (lines(shown), lines(expected));
    let only = |a: &BTreeSet<String>, b| a.difference(b).cloned().collect::<Vec<_>>().join("\n");
    let (stale, missing) = (only(&shown, &expected), only(&expected, &shown));
    assert!(stale.is_empty() && missing.is_empty(), "{of}\nstale:\n{stale}\nmissing:\n{missing}");
}

/// A project without a manifest: every contract in its folder belongs to it.
fn loose() -> Sandbox {
    let sandbox = Sandbox::of("adoption");
    fs::remove_file(sandbox.path("Clarinet.toml")).expect("files can be deleted");
    sandbox.write("clarlint.toml", "");
    sandbox
}

fn code_of(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().filter_map(|it| it["code"].as_str()).collect()
}

#[test]
fn a_client_comes_and_goes() {
    let sandbox = Sandbox::of("many");
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    assert_eq!(client.quit(), 0);
    assert_eq!(Client::new(&[]).leave(), 1);
    let mut client = Client::silent();
    let early = client.ask("textDocument/hover", json!({})).expect_err("nobody is introduced");
    assert_eq!(early.code, -32002);
    assert_eq!(client.leave(), 1);
}

#[test]
fn after_shutdown_nothing_is_answered() {
    let mut client = Client::new(&[]);
    client.ask("shutdown", Value::Null).expect("the server shuts down");
    assert_eq!(client.ask("workspace/symbol", json!({"query": ""})).expect_err("too late").code, -32600);
}

#[test]
fn nonsense_is_survived() {
    let sandbox = Sandbox::of("many");
    let mut client = Client::new(&[&sandbox.path("")]);
    assert_eq!(client.ask("textDocument/sorcery", json!({})).expect_err("unknown").code, -32601);
    assert_eq!(client.ask("workspace/symbol", json!({"query": 7})).expect_err("malformed").code, -32602);
    client.send(b"Content-Length: 9\r\n\r\nnot JSON!");
    client.send(b"Content-Length: 2\r\n\r\n\xff\xfe");
    client.send(b"no header at all\r\n");
    client.tell("textDocument/didOpen", json!({"textDocument": 3}));
    client.tell("$/unheard-of", json!({}));
    client.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///nowhere", "version": 2}, "contentChanges": [{"text": ""}]}),
    );
    let symbols = |uri: &str| json!({"textDocument": {"uri": uri}});
    for uri in ["untitled:Untitled-1", "file:///nowhere/a.clar", "nonsense", "file://"] {
        let document = json!({"uri": uri, "languageId": "clarity", "version": 1, "text": "(define"});
        client.tell("textDocument/didOpen", json!({ "textDocument": document }));
        client.ask("textDocument/documentSymbol", symbols(uri)).expect("it is no error to ask");
        client.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }
    assert_fresh(&mut client, &sandbox, "");
}

#[test]
fn findings_are_those_of_check() {
    for project in [
        "many",
        "adoption",
        "broken",
        "bad-manifest",
        "odd-text",
        "principals",
        "policy",
        "requirements",
        "tour",
    ] {
        let sandbox = Sandbox::of(project);
        let mut client = Client::new(&[&sandbox.path("")]);
        assert_fresh(&mut client, &sandbox, "");
    }
}

#[test]
fn findings_say_what_they_are() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "");
    sandbox.write(
        "a.clar",
        ";; clarlint-allow(unenforced-guard): nothing is here\n(define-public (f) (ok block-height))\n",
    );
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    let shown = &client.shown[&uri(&sandbox.path("a.clar"))];
    let allow = shown.iter().find(|it| it["code"] == "unused-allow").expect("it allows nothing");
    assert_eq!(allow["tags"], json!([1]));
    assert!(allow["codeDescription"]["href"].as_str().is_some_and(|url| url.ends_with("/unused-allow.md")));
}

#[test]
fn configuration_that_cannot_be_used_is_all_that_is_shown() {
    let sandbox = Sandbox::of("bad-config");
    assert!(checked(&sandbox, "").is_none());
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    let config = sandbox.path("clarlint.toml");
    assert_eq!(client.shown.keys().collect::<Vec<_>>(), [&uri(&config)]);
    client.open(&config, "");
    client.settle();
    fs::write(&config, "").expect("files can be written");
    assert_fresh(&mut client, &sandbox, "");
}

#[test]
fn a_baseline_that_is_none_is_said() {
    let sandbox = Sandbox::of("many");
    sandbox.write("clarlint-baseline.json", "{");
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    let shown = &client.shown[&uri(&sandbox.path("clarlint-baseline.json"))];
    assert_eq!(code_of(shown), ["invalid-config"]);
    fs::remove_file(sandbox.path("clarlint-baseline.json")).expect("files can be deleted");
    assert_eq!(sandbox.run(&["baseline", "--write"]).code(), 0);
    client.watched(&[&sandbox.path("clarlint-baseline.json")]);
    assert_fresh(&mut client, &sandbox, "");
}

/// What is typed at a time: characters, and a line's end that has two.
fn keys(line: &str) -> Vec<String> {
    let (line, end) = line.strip_suffix("\r\n").map_or((line, None), |line| (line, Some("\r\n")));
    line.chars().map(String::from).chain(end.map(String::from)).collect()
}

/// Every character is a version of its own; what is shown in between is what `check` says of half a contract.
#[test]
fn a_contract_is_typed() {
    for encoding in ["utf-8", "utf-16"] {
        let sandbox = loose();
        let capabilities = json!({"general": {"positionEncodings": [encoding]}});
        let mut client = Client::with(&[&sandbox.path("")], capabilities);
        let path = sandbox.path("contracts/typed.clar");
        let text = "(define-constant ZERO u0) ;; é𝄞\r\n(define-data-var total uint u0)\n(define-public (𝄞add (n uint))\n  (begin (asserts! (> n u0) (err u1)) (ok (var-set total n))))\n";
        client.open(&path, "");
        let mut typed = String::new();
        let (mut line, mut character) = (0, 0);
        // Editors type the two characters of a line's end at once.
        let keys: Vec<_> = text.split_inclusive("\r\n").flat_map(keys).collect();
        for (version, key) in keys.iter().enumerate() {
            let at = json!({"line": line, "character": character});
            let change = json!([{"range": {"start": at, "end": at}, "text": key}]);
            client.change(&path, version as i64 + 2, change);
            typed.push_str(key);
            character += if encoding == "utf-8" { key.len() } else { key.encode_utf16().count() };
            if key.ends_with('\n') {
                (line, character) = (line + 1, 0);
            }
            if version % 16 == 0 && encoding == "utf-16" {
                sandbox.write("contracts/typed.clar", &typed);
                assert_fresh(&mut client, &sandbox, "");
            }
        }
        client.settle();
        assert_eq!(client.versions[&uri(&path)], Some(keys.len() as i64 + 1));
        client.save(&path);
        client.close(&path);
        sandbox.write("contracts/typed.clar", text);
        client.watched(&[&path]);
        client.settle();
        if encoding == "utf-16" {
            assert_fresh(&mut client, &sandbox, "");
        }
    }
}

#[test]
fn files_that_are_no_text_are_survived() {
    let sandbox = Sandbox::of("many");
    sandbox.write("contracts/bytes.clar", b"(define-constant a \xff\xfe)\n");
    sandbox.write("contracts/large.clar", format!("(define-constant a u1)\n;; {}\n", "x".repeat(2 << 20)));
    let mut client = Client::new(&[&sandbox.path("")]);
    assert_fresh(&mut client, &sandbox, "");
    let large = fs::read_to_string(sandbox.path("contracts/large.clar")).expect("it is text");
    client.open(&sandbox.path("contracts/large.clar"), &large);
    client.replace(&sandbox.path("contracts/large.clar"), 2, &large);
    assert_fresh(&mut client, &sandbox, "");
}

#[test]
fn a_cancelled_question_is_answered_as_such() {
    let sandbox = Sandbox::of("many");
    let mut client = Client::new(&[&sandbox.path("")]);
    let id = client.begin("workspace/symbol", json!({"query": ""}));
    client.tell("$/cancelRequest", json!({ "id": id }));
    match client.answer_to(id) {
        // It was too late.
        Ok(symbols) => assert!(symbols.is_array()),
        Err(error) => assert_eq!(error.code, -32800),
    }
    client.settle();
}

#[test]
fn settings_and_watching_are_asked_for() {
    let sandbox = Sandbox::of("clean");
    let capabilities =
        json!({"workspace": {"configuration": true, "didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut client = Client::with(&[&sandbox.path("")], capabilities);
    client.settle();
    client.tell("workspace/didChangeConfiguration", json!({"settings": null}));
    client.settle();
    let heard: Vec<_> = client.heard.iter().map(|(method, _)| method.as_str()).collect();
    let asks = |method| heard.iter().filter(|it| **it == method).count();
    assert_eq!((asks("client/registerCapability"), asks("workspace/configuration")), (1, 2), "{heard:?}");
    let globs = client.heard[0].1.to_string();
    assert!(globs.contains("**/*.clar"), "{globs}");
}
