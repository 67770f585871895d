//! What an editor asks at a place: what it means, where it leads, what can be done.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::client::Client;
use super::{applied, position, uri};
use crate::sandbox::Sandbox;

const CONTROL: &str = "\
;; clarlint-allow-file(hardcoded-address): nothing is hard-coded
(define-data-var admin principal tx-sender)
(define-data-var paused bool false)
(define-constant ERR-PAUSED (err u503))
(define-constant ERR-ADMIN u401)
(define-read-only (check-running) (if (var-get paused) ERR-PAUSED (ok true)))
(define-public (set-paused (to bool))
  (begin
    (asserts! (is-eq tx-sender (var-get admin)) (err ERR-ADMIN))
    (ok (var-set paused to))))
";

const VAULT: &str = "\
(use-trait ft .traits.ft)
(define-map balances principal uint)
(define-private (credit (who principal) (amount uint))
  (map-set balances who (+ amount (default-to u0 (map-get? balances who)))))
(define-public (deposit (amount uint))
  (begin
    (try! (contract-call? .control check-running))
    (let ((more amount)) (ok (credit tx-sender more)))))
(define-public (send (token <ft>)) (contract-call? token transfer u1))
(define-public (wrong) (contract-call? .control check-runnin))
";

const TRAITS: &str = "(define-trait ft ((transfer (uint) (response bool uint))))\n";
const TOKEN: &str = "(impl-trait .traits.ft)\n(define-public (transfer (n uint)) (ok true))\n";

const CONFIG: &str = "[lint]\nlevels.missing-circuit-braker = \"off\"\n";

/// An editor with the project open.
pub struct Desk {
    pub sandbox: Sandbox,
    pub client: Client,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    pub fn with(capabilities: Value) -> Self {
        let sandbox = Sandbox::empty();
        sandbox.write("clarlint.toml", "").write("control.clar", CONTROL).write("vault.clar", VAULT);
        sandbox.write("traits.clar", TRAITS).write("token.clar", TOKEN);
        let mut client = Client::with(&[&sandbox.path("")], capabilities);
        client.settle();
        Self { sandbox, client }
    }

    /// The parameters of a request about the place where a text stands first.
    pub fn at(&self, file: &str, text: &str) -> Value {
        let whole = self.sandbox.read(file);
        let offset = whole.find(text).unwrap_or_else(|| panic!("`{text}` is not in {file}"));
        let document = json!({"uri": uri(&self.sandbox.path(file))});
        json!({"textDocument": document, "position": position(&whole, offset)})
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.client.ask(method, params).expect("the question is answered")
    }

    fn hover(&mut self, file: &str, text: &str) -> String {
        let params = self.at(file, text);
        let hover = self.ask("textDocument/hover", params);
        hover["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
    }

    /// Places as `file:line:character`, from 1.
    fn places(&mut self, method: &str, params: Value) -> String {
        let places = match self.ask(method, params) {
            Value::Array(places) => places,
            Value::Null => Vec::new(),
            place => vec![place],
        };
        let folder = uri(&self.sandbox.path(""));
        let place = |it: &Value| {
            let file = it["uri"].as_str().expect("it names a file").strip_prefix(&folder);
            let start = &it["range"]["start"];
            let number = |key: &str| start[key].as_u64().expect("it is a number") + 1;
            format!("{}:{}:{}", file.expect("it is in the project"), number("line"), number("character"))
        };
        places.iter().map(place).collect::<Vec<_>>().join(" ")
    }

    fn definition(&mut self, file: &str, text: &str) -> String {
        let params = self.at(file, text);
        self.places("textDocument/definition", params)
    }

    fn references(&mut self, file: &str, text: &str) -> String {
        let mut params = self.at(file, text);
        params["context"] = json!({"includeDeclaration": true});
        self.places("textDocument/references", params)
    }
}

#[test]
fn a_function_says_what_it_does() {
    let mut desk = Desk::new();
    assert_snapshot!(desk.hover("vault.clar", "deposit"), @"
    **vault.deposit** public
    - takes `amount: uint`
    - effects: `balances`
    - errors: `u503`
    - always: `not control.paused`
    ");
    // A call says what is called.
    assert_snapshot!(desk.hover("vault.clar", "credit tx-sender"), @"
    **vault.credit** private
    - takes `who: principal`, `amount: uint`
    - effects: `balances`
    - called by `vault.deposit`
    ");
    assert_snapshot!(desk.hover("control.clar", "set-paused"), @"
    **control.set-paused** public
    - takes `to: bool`
    - effects: `paused`
    - authorisation: `tx-sender = admin`
    - errors: `u401`
    ");
    assert_snapshot!(desk.hover("vault.clar", "check-running"), @"
    **control.check-running** read-only
    - changes nothing
    - called by `vault.deposit`
    ");
}

#[test]
fn what_is_defined_says_who_uses_it() {
    let mut desk = Desk::new();
    assert_snapshot!(desk.hover("control.clar", "ERR-PAUSED"), @"
    **ERR-PAUSED** `(err u503)`
    - fails `vault.deposit`
    - used at one place
    ");
    assert_snapshot!(desk.hover("control.clar", "ERR-ADMIN))"), @"
    **ERR-ADMIN** `u401`
    - fails `control.set-paused`
    - used at one place
    ");
    assert_snapshot!(desk.hover("control.clar", "paused bool"), @"
    changed by

    - `control.set-paused`: `tx-sender = admin`
    - used at 2 places
    ");
    assert_snapshot!(desk.hover("vault.clar", "balances"), @"
    changed by

    - `vault.deposit`: any caller
    - used at 2 places
    ");
    assert_eq!(desk.hover("vault.clar", "try!"), "nothing");
}

#[test]
fn a_rule_says_what_it_reports() {
    let mut desk = Desk::new();
    let document = include_str!("../../../rules/hardcoded-address.md").trim();
    assert_eq!(desk.hover("control.clar", "address):"), document);
    desk.sandbox.write("clarlint.toml", "[lint]\nlevels.hardcoded-address = \"off\"\n");
    desk.client.watched(&[&desk.sandbox.path("clarlint.toml")]);
    assert_eq!(desk.hover("clarlint.toml", "hardcoded"), document);
}

#[test]
fn names_lead_to_their_definitions() {
    let mut desk = Desk::new();
    assert_eq!(desk.definition("vault.clar", "check-running"), "control.clar:6:20");
    assert_eq!(desk.definition("vault.clar", ".control"), "control.clar:1:1");
    assert_eq!(desk.definition("vault.clar", ".traits.ft"), "traits.clar:1:15");
    assert_eq!(desk.definition("vault.clar", "transfer"), "traits.clar:1:20");
    assert_eq!(desk.definition("vault.clar", "<ft>"), "vault.clar:1:12");
    assert_eq!(desk.definition("vault.clar", "more)))"), "vault.clar:8:12");
    assert_eq!(desk.definition("vault.clar", "amount)) (ok"), "vault.clar:5:26");
    assert_eq!(desk.definition("vault.clar", "token transfer"), "vault.clar:9:23");
    assert_eq!(desk.definition("control.clar", "ERR-ADMIN))"), "control.clar:5:18");
    assert_eq!(desk.definition("vault.clar", "map-set"), "");
}

#[test]
fn names_are_found_in_all_contracts() {
    let mut desk = Desk::new();
    assert_eq!(desk.references("control.clar", "check-running"), "control.clar:6:20 vault.clar:7:36");
    assert_eq!(desk.references("vault.clar", "balances"), "vault.clar:2:13 vault.clar:4:12 vault.clar:4:60");
    assert_eq!(desk.references("vault.clar", "amount uint))\n  (map"), "vault.clar:3:42 vault.clar:4:28");
    assert_eq!(desk.references("traits.clar", "transfer"), "traits.clar:1:20 vault.clar:9:58");
    let params = desk.at("traits.clar", "ft");
    assert_eq!(desk.places("textDocument/implementation", params), "token.clar:1:1");
    let params = desk.at("vault.clar", "transfer");
    assert_eq!(desk.places("textDocument/implementation", params), "token.clar:2:17");
}

#[test]
fn contracts_have_outlines() {
    let mut desk = Desk::new();
    let document = json!({"textDocument": {"uri": uri(&desk.sandbox.path("vault.clar"))}});
    let symbols = desk.ask("textDocument/documentSymbol", document);
    let line = |it: &Value| format!("{} {} {}\n", it["name"], it["detail"], it["kind"]);
    let lines: String = symbols.as_array().expect("it is a list").iter().map(line).collect();
    assert_snapshot!(lines, @r#"
    "ft" "use-trait" 11
    "balances" "define-map" 19
    "credit" "define-private" 12
    "deposit" "define-public" 12
    "send" "define-public" 12
    "wrong" "define-public" 12
    "#);
    let mut found = |query: &str| {
        let symbols = desk.ask("workspace/symbol", json!({ "query": query }));
        let symbols = symbols.as_array().expect("it is a list").clone();
        let name = |it: &Value| {
            let text = |key: &str| it[key].as_str().expect("it is a text").to_owned();
            format!("{}.{}", text("containerName"), text("name"))
        };
        symbols.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found("setp"), "control.set-paused");
    assert_eq!(found("tok.tr"), "token.transfer");
    assert_eq!(found("nothing-like-that"), "");
}

/// The quick fixes at a text that change the file, each with what that is after it.
fn fixes(desk: &mut Desk, file: &str, text: &str) -> Vec<(String, String)> {
    let mut params = desk.at(file, text);
    let at = params["position"].clone();
    params["range"] = json!({"start": at, "end": at});
    params["context"] = json!({"diagnostics": []});
    let actions = desk.ask("textDocument/codeAction", params);
    let path = uri(&desk.sandbox.path(file));
    let whole = desk.sandbox.read(file);
    let fix = |action: &Value| {
        let edits = action["edit"]["changes"][&path].as_array()?;
        let title = action["title"].as_str().expect("it has a title").to_owned();
        Some((title, applied(&whole, edits)))
    };
    actions.as_array().expect("it is a list").iter().filter_map(fix).collect()
}

#[test]
fn what_was_meant_is_written() {
    let mut desk = Desk::new();
    let fixes = fixes(&mut desk, "vault.clar", "check-runnin))");
    assert_eq!(fixes[0].0, "Write `check-running`");
    assert_eq!(fixes[0].1, VAULT.replace("check-runnin))", "check-running))"));
    desk.sandbox.write("clarlint.toml", CONFIG);
    desk.client.watched(&[&desk.sandbox.path("clarlint.toml")]);
    let fixes = self::fixes(&mut desk, "clarlint.toml", "missing-circuit");
    assert_eq!(fixes[0].1, CONFIG.replace("braker", "breaker"));
}

/// What a finding proposes itself comes before allowing it.
#[test]
fn what_is_proposed_is_offered() {
    let mut desk = Desk::new();
    let path = desk.sandbox.path("left.clar");
    desk.sandbox.write("left.clar", "(define-private (left) u1)\n\n(define-read-only (one)\n  u1)\n");
    desk.client.watched(&[&path]);
    let (title, text) = fixes(&mut desk, "left.clar", "left)").remove(0);
    assert_eq!(title, "Remove the function");
    assert_eq!(text, "(define-read-only (one)\n  u1)\n");
}

/// What is allowed is no finding any more; that the reason is missing is one until somebody writes it.
#[test]
fn what_is_found_is_allowed() {
    let contracts = [
        ("(define-public (f) (contract-call? .control nope))", "nope"),
        ("(define-public (f)\n  (contract-call? .control nope))", "nope"),
        ("(define-public (f (a uint)\n    (b uint)) (contract-call? .control nope))", "nope"),
    ];
    for (text, place) in contracts {
        let mut desk = Desk::new();
        let path = desk.sandbox.path("allowed.clar");
        desk.sandbox.write("allowed.clar", text);
        desk.client.watched(&[&path]);
        let (title, allowed) = fixes(&mut desk, "allowed.clar", place).pop().expect("it can be allowed");
        assert_eq!(title, "Allow `unknown-function` here, with a reason");
        desk.client.open(&path, &allowed);
        desk.client.settle();
        assert_eq!(super::code_of(&desk.client.shown[&uri(&path)]), ["unexplained-allow"], "{allowed}");
        let explained = allowed.replace("): ", "): it will be there");
        desk.client.replace(&path, 2, &explained);
        desk.client.settle();
        assert!(!desk.client.shown.contains_key(&uri(&path)), "{explained}");
    }
    // Behind a comment there is no room for another.
    let mut desk = Desk::new();
    desk.sandbox.write("allowed.clar", "(define-public (f\n (a uint)) (contract-call? .control nope)) ;; so");
    desk.client.watched(&[&desk.sandbox.path("allowed.clar")]);
    assert_eq!(fixes(&mut desk, "allowed.clar", "nope"), []);
}

#[test]
fn entrypoints_say_what_guards_them() {
    let mut desk = Desk::new();
    let lenses = |desk: &mut Desk, file: &str| {
        let document = json!({"textDocument": {"uri": uri(&desk.sandbox.path(file))}});
        let lenses = desk.ask("textDocument/codeLens", document);
        let lenses = lenses.as_array().cloned().unwrap_or_default();
        let line = |it: &Value| format!("{}: {}\n", it["range"]["start"]["line"], it["command"]["title"]);
        lenses.iter().map(line).collect::<String>()
    };
    assert_eq!(lenses(&mut desk, "control.clar"), "6: \"role: tx-sender = admin · 1 error code\"\n");
    assert_snapshot!(lenses(&mut desk, "vault.clar"), @r#"
    4: "any caller · 1 error code"
    8: "any caller · 1 error code"
    9: "any caller · 1 error code"
    "#);
    desk.client
        .tell("workspace/didChangeConfiguration", json!({"settings": {"clarlint": {"codeLens": false}}}));
    assert_eq!(lenses(&mut desk, "vault.clar"), "");
}

#[test]
fn calls_are_followed_both_ways() {
    let mut desk = Desk::new();
    let params = desk.at("vault.clar", "check-running");
    let item = desk.ask("textDocument/prepareCallHierarchy", params)[0].clone();
    assert_eq!((&item["name"], &item["detail"]), (&json!("check-running"), &json!("control")));
    let incoming = desk.ask("callHierarchy/incomingCalls", json!({ "item": item }));
    assert_eq!(incoming[0]["from"]["name"], "deposit");
    assert_eq!(incoming[0]["fromRanges"][0]["start"], json!({"line": 6, "character": 11}));
    let outgoing = desk.ask("callHierarchy/outgoingCalls", json!({ "item": incoming[0]["from"] }));
    let names: Vec<_> =
        outgoing.as_array().expect("it is a list").iter().map(|it| &it["to"]["name"]).collect();
    assert_eq!(names, ["check-running", "credit"]);
    let params = desk.at("vault.clar", "balances");
    assert_eq!(desk.ask("textDocument/prepareCallHierarchy", params), Value::Null);
}
