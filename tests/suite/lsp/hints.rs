//! The words behind names, which are off until somebody asks for them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::client::Client;
use super::{offset, uri};
use crate::sandbox::Sandbox;

const CONTRACT: &str = "\
(define-data-var admin principal tx-sender)
(define-data-var fee uint u1)
(define-data-var count uint u0)
(define-data-var never uint u0)
(define-map owners uint principal)
(define-fungible-token coin)
(define-public (set-fee (to uint))
  (begin (asserts! (is-eq tx-sender (var-get admin)) (err u1)) (ok (var-set fee to))))
(define-public (set-admin (to principal))
  (begin (asserts! (is-eq tx-sender (var-get admin)) (err u1)) (ok (var-set admin to))))
(define-public (tick) (ok (var-set count (+ u1 (var-get count)))))
(define-public (look) (ok (var-get count)))
(define-private (helper) (var-set count u0))
(define-public (give (id uint) (to principal))
  (begin (asserts! (is-eq (some tx-sender) (map-get? owners id)) (err u2)) (ok (map-set owners id to))))
(define-public (print-coin) (ft-mint? coin u1 tx-sender))
";

/// An editor that wants hints, and a project of some contracts.
fn open(contracts: &[(&str, &str)]) -> (Sandbox, Client) {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "");
    for (name, text) in contracts {
        sandbox.write(name, text);
    }
    let mut client = Client::new(&[&sandbox.path("")]);
    set(&mut client, true);
    (sandbox, client)
}

fn set(client: &mut Client, to: bool) {
    let settings = json!({"clarlint": {"inlayHints": to}});
    client.tell("workspace/didChangeConfiguration", json!({ "settings": settings }));
}

/// The lines of a file that have hints, with them.
fn shown(sandbox: &Sandbox, client: &mut Client, file: &str, lines: std::ops::Range<u32>) -> String {
    let range =
        json!({"start": {"line": lines.start, "character": 0}, "end": {"line": lines.end, "character": 0}});
    let document = json!({"uri": uri(&sandbox.path(file))});
    let params = json!({"textDocument": document, "range": range});
    let hints = client.ask("textDocument/inlayHint", params).expect("the question is answered");
    let text = sandbox.read(file);
    let line = |hint: &Value| {
        let before = &text[..offset(&text, &hint["position"])];
        let before = before.rsplit('\n').next().expect("there is a line");
        format!("{before} <{}>\n", hint["label"].as_str().expect("it is a text"))
    };
    hints.as_array().map(|hints| hints.iter().map(line).collect()).unwrap_or_default()
}

#[test]
fn names_say_who_changes_what() {
    let (sandbox, mut client) = open(&[("a.clar", CONTRACT)]);
    assert_snapshot!(shown(&sandbox, &mut client, "a.clar", 0..99), @"
    (define-data-var admin <governed>
    (define-data-var fee <governed>
    (define-data-var count <anybody>
    (define-map owners <governed>
    (define-fungible-token coin <anybody>
    (define-public (tick <any caller>
    (define-public (print-coin <any caller>
    ");
    // Only what is asked for.
    assert_snapshot!(shown(&sandbox, &mut client, "a.clar", 2..4), @"(define-data-var count <anybody>");
    // Only as long as somebody wants it.
    set(&mut client, false);
    assert_eq!(shown(&sandbox, &mut client, "a.clar", 0..99), "");
}

#[test]
fn nobody_is_told_who_has_not_asked() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "").write("a.clar", CONTRACT);
    let mut client = Client::new(&[&sandbox.path("")]);
    assert_eq!(shown(&sandbox, &mut client, "a.clar", 0..99), "");
}

/// What a client does not say later is as it said when it came; what makes no sense it has not said.
#[test]
fn settings_count_one_by_one() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "").write("a.clar", CONTRACT);
    let mut client = Client::silent();
    let params = json!({
        "processId": null, "rootUri": uri(&sandbox.path("")), "capabilities": {},
        "initializationOptions": {"inlayHints": true, "codeLens": "never"},
    });
    client.ask("initialize", params).expect("the handshake succeeds");
    for (settings, has_hints, has_lenses) in [
        (json!(null), true, true),
        (json!({}), true, true),
        (json!([]), true, true),
        (json!({"clarlint": null}), true, true),
        (json!({"clarlint": {"inlayHints": false}}), false, true),
        (json!({"clarlint": {"inlayHints": "no", "codeLens": false}}), true, false),
        (json!({"clarlint": {"inlayHints": false, "codeLens": 1}}), false, true),
    ] {
        client.tell("workspace/didChangeConfiguration", json!({ "settings": settings }));
        assert_eq!(!shown(&sandbox, &mut client, "a.clar", 0..99).is_empty(), has_hints, "{settings}");
        let document = json!({"textDocument": {"uri": uri(&sandbox.path("a.clar"))}});
        let lenses = client.ask("textDocument/codeLens", document).expect("the question is answered");
        assert_eq!(lenses.as_array().is_some_and(|all| !all.is_empty()), has_lenses, "{settings}");
    }
}

/// What is not known is not called open, and not governed.
#[test]
fn what_is_not_known_is_not_told() {
    // A contract that is not there may ask anything.
    let external = "(define-data-var x uint u0)
(define-public (f) (begin (try! (contract-call? 'SP000000000000000000002Q6VF78.nowhere check)) (ok (var-set x u1))))";
    // Functions that call each other are not checked.
    let cycle = "(define-data-var x uint u0)
(define-private (g) (f))
(define-public (f) (begin (var-set x u1) (g)))";
    // What does not parse may be a guard.
    let broken = "(define-data-var x uint u0)
(define-public (f) (ok (var-set x u1)))
(define-public (g";
    for text in [external, cycle, broken] {
        let (sandbox, mut client) = open(&[("a.clar", text)]);
        assert_eq!(shown(&sandbox, &mut client, "a.clar", 0..99), "", "{text}");
    }
    // It changes nothing here but by what is here.
    let elsewhere = "(define-data-var x uint u0)
(define-public (f) (contract-call? 'SP000000000000000000002Q6VF78.nowhere check))
(define-public (g) (ok (var-set x u1)))";
    let (sandbox, mut client) = open(&[("a.clar", elsewhere)]);
    let shown_there = shown(&sandbox, &mut client, "a.clar", 0..99);
    assert_eq!(shown_there, "(define-data-var x <anybody>\n(define-public (g <any caller>\n");
    // What a caller does that is not known may change it, too; what is known to be open stays so.
    let governed = "(define-data-var admin principal tx-sender)
(define-data-var x uint u0)
(define-public (set-x) (begin (asserts! (is-eq contract-caller (var-get admin)) (err u1)) (ok (var-set x u1))))";
    let caller = "(define-public (f) (contract-call? .a set-x))\n(define-public (g";
    let (sandbox, mut client) = open(&[("a.clar", governed)]);
    assert_snapshot!(shown(&sandbox, &mut client, "a.clar", 0..99), @"(define-data-var x <governed>");
    let (sandbox, mut client) = open(&[("a.clar", governed), ("b.clar", caller)]);
    assert_eq!(shown(&sandbox, &mut client, "a.clar", 0..99), "");
    let (sandbox, mut client) = open(&[("a.clar", CONTRACT), ("b.clar", "(contract-call? .a tick)\n(")]);
    assert_snapshot!(shown(&sandbox, &mut client, "a.clar", 0..4), @"(define-data-var count <anybody>");
}
