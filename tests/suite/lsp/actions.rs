//! Quick fixes that change other files than the one with the finding: the baseline, and `clarlint.toml`.

use serde_json::{Value, json};

use super::client::Client;
use super::{applied, code_of, uri};
use crate::sandbox::Sandbox;

const OLD: &str = "(define-public (f) (contract-call? .nowhere é))\n";
const NEW: &str = "(define-public (g) (contract-call? .nowhere g))\n";

/// The quick fixes of a contract, each with the file that it changes and that file's text afterwards.
fn offered(client: &mut Client, sandbox: &Sandbox, contract: &str) -> Vec<(String, String, String)> {
    let document = json!({"uri": uri(&sandbox.path(contract))});
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let params = json!({"textDocument": document, "range": whole, "context": {"diagnostics": []}});
    let actions = client.ask("textDocument/codeAction", params).expect("the question is answered");
    let folder = uri(&sandbox.path(""));
    let after = |action: &Value| {
        let changes = action["edit"]["changes"].as_object().expect("it changes something");
        let (file, edits) = changes.iter().next().expect("it changes a file");
        let file = file.strip_prefix(&folder).expect("it is in the project").to_owned();
        let after = applied(&sandbox.read(&file), edits.as_array().expect("it is a list"));
        let title = action["title"].as_str().expect("it has a title").to_owned();
        (title, file, after)
    };
    actions.as_array().map(|actions| actions.iter().map(after).collect()).unwrap_or_default()
}

/// The only quick fix whose title begins so.
fn chosen(
    client: &mut Client,
    sandbox: &Sandbox,
    contract: &str,
    begins: &str,
) -> Option<(String, String, String)> {
    let mut all = offered(client, sandbox, contract);
    all.retain(|(title, ..)| title.starts_with(begins));
    assert!(all.len() < 2, "{all:?}");
    all.pop()
}

#[test]
fn a_baseline_takes_a_finding_as_the_command_line_writes_it() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "").write("old.clar", OLD).run(&["baseline", "--write"]);
    sandbox.write("new.clar", NEW);
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    let contract = uri(&sandbox.path("new.clar"));
    assert_eq!(client.shown.keys().collect::<Vec<_>>(), [&contract]);
    let (title, file, text) = chosen(&mut client, &sandbox, "new.clar", "Add").expect("there is a baseline");
    assert_eq!((title.as_str(), file.as_str()), ("Add to the baseline", "clarlint-baseline.json"));
    // What is not saved yet counts already.
    client.open(&sandbox.path(&file), &text);
    client.settle();
    assert!(client.shown.is_empty(), "{:?}", client.shown);
    // Somebody may have formatted it.
    let formatted = sandbox.read(&file).replace('\n', "\r\n");
    sandbox.write(&file, &formatted);
    client.close(&sandbox.path(&file));
    client.watched(&[&sandbox.path(&file)]);
    let again = chosen(&mut client, &sandbox, "new.clar", "Add").expect("there is a baseline");
    assert_eq!(again.2, text);
    sandbox.run(&["baseline", "--add"]);
    assert_eq!(text, sandbox.read(&file));
}

#[test]
fn nothing_is_added_to_a_baseline_that_is_not_there() {
    let manifest = "[contracts.new]\npath = \"new.clar\"\n";
    let sandbox = Sandbox::empty();
    sandbox.write("Clarinet.toml", manifest).write("new.clar", NEW);
    let mut client = Client::new(&[&sandbox.path("")]);
    assert_eq!(chosen(&mut client, &sandbox, "new.clar", "Add"), None);
    // Nor to one of a project of which not everything can be read.
    sandbox.run(&["baseline", "--write"]);
    sandbox.write("new.clar", NEW.replace('g', "h"));
    client.watched(&[&sandbox.path("new.clar"), &sandbox.path("clarlint-baseline.json")]);
    assert!(chosen(&mut client, &sandbox, "new.clar", "Add").is_some());
    sandbox.write("gone.clar/is-a-folder", "");
    sandbox.write("Clarinet.toml", format!("{manifest}[contracts.gone]\npath = \"gone.clar\"\n"));
    client.watched(&[&sandbox.path("Clarinet.toml")]);
    assert!(!offered(&mut client, &sandbox, "new.clar").is_empty());
    assert_eq!(chosen(&mut client, &sandbox, "new.clar", "Add"), None);
}

const PEERS: &str = "\
(define-constant ERR-PAUSED (err u503))
(define-data-var paused bool false)
(define-data-var x uint u0)
(define-read-only (running) (if (var-get paused) ERR-PAUSED (ok true)))
(define-public (peer (n uint))
  (begin
    (try! (running))
    (ok (var-set x n))))
";

#[test]
fn the_guard_of_a_peer_is_put_first() {
    for (body, then) in [
        (
            "(begin\n    (var-set x u2)\n    (ok true))",
            "(begin\n    (try! (running))\n    (var-set x u2)\n    (ok true))",
        ),
        ("(begin (var-set x u2) (ok true))", "(begin (try! (running)) (var-set x u2) (ok true))"),
        ("(ok (var-set x u2))", "(begin\n    (try! (running))\n    (ok (var-set x u2)))"),
    ] {
        let sandbox = Sandbox::empty();
        let text = format!("{PEERS}(define-public (f)\n  {body})\n");
        sandbox.write("clarlint.toml", "[[policy.circuit-breaker]]\ncheck = \"a.running\"\n");
        sandbox.write("a.clar", &text);
        let mut client = Client::new(&[&sandbox.path("")]);
        client.settle();
        assert_eq!(code_of(&client.shown[&uri(&sandbox.path("a.clar"))]), ["missing-circuit-breaker"]);
        let found = chosen(&mut client, &sandbox, "a.clar", "Begin").expect("a peer has a guard");
        assert_eq!(found.0, "Begin with `(try! (running))`");
        assert_eq!(found.2, text.replace(body, then));
        client.open(&sandbox.path("a.clar"), &found.2);
        client.settle();
        assert!(client.shown.is_empty(), "{:?}", client.shown);
    }
}

/// What only the peer has is no guard of another function.
#[test]
fn a_guard_that_names_what_is_not_there_is_not_offered() {
    let peer = PEERS
        .replace("(running)", "(running (n uint))")
        .replace("(try! (running (n uint)))", "(try! (running n))");
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "[[policy.circuit-breaker]]\ncheck = \"a.running\"\n");
    sandbox.write("a.clar", format!("{peer}(define-public (f) (ok (var-set x u2)))\n"));
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    assert!(client.shown[&uri(&sandbox.path("a.clar"))][0]["message"].to_string().contains("(running n)"));
    assert_eq!(chosen(&mut client, &sandbox, "a.clar", "Begin"), None);
}

/// All that speak of a peer's guard offer it.
#[test]
fn each_rule_that_knows_a_guard_offers_it() {
    let asked = "(asserts! (is-eq contract-caller OWNER) (err u1))";
    let guarded = "\
(define-constant OWNER tx-sender)
(define-data-var x uint u0)
(define-public (peer) (begin (asserts! (is-eq contract-caller OWNER) (err u1)) (ok (var-set x u1))))
(define-public (other) (begin (asserts! (is-eq contract-caller OWNER) (err u1)) (ok (var-set x u3))))
(define-public (last) (begin (asserts! (is-eq contract-caller OWNER) (err u1)) (ok (var-set x u4))))
(define-public (f) (ok (var-set x u2)))
";
    let authorisation =
        "[[policy.authorisation]]\nentrypoints = [\"a.*\"]\nholds = \"(is-eq contract-caller OWNER)\"\n";
    let breaker = "[[policy.circuit-breaker]]\ncheck = \"a.running\"\n";
    let paused = format!("{PEERS}(define-public (f) (ok (var-set x u2)))\n");
    for (rule, policy, contract, guard) in [
        ("missing-circuit-breaker", breaker, paused.as_str(), "(try! (running))"),
        ("missing-authorisation", authorisation, guarded, asked),
        ("inconsistent-guard", "", guarded, asked),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.write("clarlint.toml", format!("{policy}[lint]\nselect = [\"{rule}\"]\n"));
        sandbox.write("a.clar", contract);
        let mut client = Client::new(&[&sandbox.path("")]);
        client.settle();
        assert_eq!(code_of(&client.shown[&uri(&sandbox.path("a.clar"))]), [rule]);
        let found = chosen(&mut client, &sandbox, "a.clar", "Begin").expect("a peer has a guard");
        assert_eq!(found.0, format!("Begin with `{guard}`"));
    }
}

/// All errors of a function are of one type.
#[test]
fn a_guard_that_fails_in_another_way_is_not_offered() {
    for (body, is_offered) in [
        ("(if (is-eq n u9) (err u7) (ok (var-set x n)))", true),
        ("(if (is-eq n u9) (err \"nine\") (ok (var-set x n)))", false),
        ("(begin (asserts! (> n u9) (err { code: u1 })) (ok (var-set x n)))", false),
        // Nothing is known of a contract that is not there.
        ("(begin (try! (contract-call? .nowhere f)) (ok (var-set x n)))", false),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.write("clarlint.toml", "[[policy.circuit-breaker]]\ncheck = \"a.running\"\n");
        sandbox.write("a.clar", format!("{PEERS}(define-public (f (n uint)) {body})\n"));
        let mut client = Client::new(&[&sandbox.path("")]);
        let found = chosen(&mut client, &sandbox, "a.clar", "Begin");
        assert_eq!(found.is_some(), is_offered, "{body}");
    }
}

/// Windows ends lines in its own way.
#[test]
fn lines_end_as_the_others_do() {
    let text = format!("{PEERS}(define-public (f)\n  (ok (var-set x u2)))\n").replace('\n', "\r\n");
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "[[policy.circuit-breaker]]\ncheck = \"a.running\"\n");
    sandbox.write("a.clar", &text);
    let mut client = Client::new(&[&sandbox.path("")]);
    for begins in ["Begin", "Allow"] {
        let after = chosen(&mut client, &sandbox, "a.clar", begins).expect("it is offered").2;
        assert!(after.len() > text.len() && !after.replace("\r\n", "").contains('\n'), "{after:?}");
    }
}

const GUARDED: &str = "\
(define-data-var paused bool false)
(define-data-var x uint u0)
(define-read-only (running) (if (var-get paused) (err u503) (ok true)))
(define-public (f) (ok (var-set x u1)))
";

#[test]
fn an_entrypoint_is_exempted_where_the_policy_asks() {
    let policy = "# é\n[[policy.circuit-breaker]]\ncheck = \"a.running\" # é\nreason = \"so\"\n";
    let then = policy.replace(
        "# é\nreason",
        "# é\nexempt = [{ entrypoints = [\"a.f\"], reason = \"TODO: say why\" }]\nreason",
    );
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", policy).write("a.clar", GUARDED);
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    assert_eq!(code_of(&client.shown[&uri(&sandbox.path("a.clar"))]), ["missing-circuit-breaker"]);
    let found = chosen(&mut client, &sandbox, "a.clar", "Exempt").expect("the policy has exemptions");
    let title = "Exempt `a.f` in clarlint.toml, with a reason".to_owned();
    assert_eq!(found, (title, "clarlint.toml".to_owned(), then));
    assert_eq!(chosen(&mut client, &sandbox, "a.clar", "Turn"), None);
    client.open(&sandbox.path("clarlint.toml"), &found.2);
    client.settle();
    assert!(client.shown.is_empty(), "{:?}", client.shown);
}

/// What is wrong with a check is no matter of the entrypoints that pass it.
#[test]
fn a_check_that_is_at_fault_is_not_exempted() {
    let policy = "[[policy.rate-limit]]\ncheck = \"a.spend\"\nentrypoints = [\"a.f\"]\n";
    let contract = "\
(define-data-var x uint u0)
(define-public (spend (n uint)) (if (> n u5) (err u1) (ok true)))
(define-public (f) (begin (try! (spend u1)) (ok (var-set x u1))))
";
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", policy).write("a.clar", contract);
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    let shown = &client.shown[&uri(&sandbox.path("a.clar"))];
    assert!(shown.iter().any(|it| it["message"].to_string().contains("any number of times")), "{shown:?}");
    assert_eq!(chosen(&mut client, &sandbox, "a.clar", "Exempt"), None);
    let found =
        chosen(&mut client, &sandbox, "a.clar", "Turn `missing-rate-limit`").expect("it can be ignored");
    assert!(found.2.ends_with("\n\n[lint]\nignore = [\"missing-rate-limit\"]\n"), "{}", found.2);
}

#[test]
fn a_rule_is_turned_off_where_nothing_can_be_exempted() {
    let sandbox = Sandbox::empty();
    // To select it counts more than any level.
    sandbox.write("clarlint.toml", "[lint]\nselect = [\"unknown-contract\"]\r\n").write("a.clar", NEW);
    let mut client = Client::new(&[&sandbox.path("")]);
    let (title, file, text) = chosen(&mut client, &sandbox, "a.clar", "Turn").expect("rules can be ignored");
    assert_eq!(title, "Turn `unknown-contract` off in clarlint.toml");
    assert_eq!(text, "[lint]\r\nignore = [\"unknown-contract\"]\nselect = [\"unknown-contract\"]\r\n");
    client.open(&sandbox.path(&file), &text);
    client.settle();
    assert!(client.shown.is_empty(), "{:?}", client.shown);
    // What the run itself has to say stays.
    sandbox.write("a.clar", ";; clarlint-allow(unknown-contract): it will be there\n");
    client.watched(&[&sandbox.path("a.clar")]);
    client.close(&sandbox.path(&file));
    client.settle();
    assert_eq!(code_of(&client.shown[&uri(&sandbox.path("a.clar"))]), ["unused-allow"]);
    assert_eq!(chosen(&mut client, &sandbox, "a.clar", "Turn"), None);
}

/// A project without configuration has nothing to write into.
#[test]
fn without_a_configuration_nothing_is_written_there() {
    let sandbox = Sandbox::empty();
    sandbox.write("Clarinet.toml", "[contracts.a]\npath = \"a.clar\"\n").write("a.clar", NEW);
    let mut client = Client::new(&[&sandbox.path("")]);
    let titles: Vec<_> =
        offered(&mut client, &sandbox, "a.clar").into_iter().map(|(title, ..)| title).collect();
    assert_eq!(titles, ["Allow `unknown-contract` here, with a reason"]);
}
