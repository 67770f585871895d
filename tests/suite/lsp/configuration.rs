//! `clarlint.toml` while it is written: what can stand at a place, and what keys mean.

use serde_json::{Value, json};

use super::client::Client;
use super::questions::Desk;
use super::{applied, position, uri};
use crate::sandbox::Sandbox;

const FILE: &str = "clarlint.toml";

/// A text without its mark `|`, and the place that it marks.
fn unmarked(marked: &str) -> (String, Value) {
    let (before, behind) = marked.split_once('|').expect("there is a place");
    (format!("{before}{behind}"), position(before, before.len()))
}

impl Desk {
    /// Has the editor show another text of a file, and asks about the place that it marks.
    fn at_mark(&mut self, file: &str, method: &str, marked: &str) -> Value {
        let (text, position) = unmarked(marked);
        let path = self.sandbox.path(file);
        self.client.open(&path, &text);
        self.ask(method, json!({"textDocument": {"uri": uri(&path)}, "position": position}))
    }

    /// What can be written at a place, each with what the text is then.
    fn completions(&mut self, marked: &str) -> Vec<(String, String)> {
        let items = self.at_mark(FILE, "textDocument/completion", marked);
        let (text, _) = unmarked(marked);
        let written = |item: &Value| {
            let label = item["label"].as_str().expect("it has one").to_owned();
            (label, applied(&text, &[item["textEdit"].clone()]))
        };
        items.as_array().map(|items| items.iter().map(written).collect()).unwrap_or_default()
    }

    fn labels(&mut self, marked: &str) -> String {
        self.completions(marked).into_iter().map(|(label, _)| label).collect::<Vec<_>>().join(" ")
    }

    /// The text after choosing one of them.
    fn chosen(&mut self, marked: &str, label: &str) -> String {
        let all = self.completions(marked);
        let found = all.iter().find(|(it, _)| it == label);
        found.unwrap_or_else(|| panic!("`{label}` is not among {all:?}")).1.clone()
    }

    fn meaning(&mut self, marked: &str) -> String {
        let hover = self.at_mark(FILE, "textDocument/hover", marked);
        hover["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
    }
}

#[test]
fn keys_are_offered_where_they_belong() {
    let mut desk = Desk::new();
    assert_eq!(desk.labels("[files]\n|"), "exclude include");
    assert_eq!(desk.labels("[lint]\nig|"), "ignore levels select");
    assert_eq!(desk.labels("[lint]\nignore = []\n|\nselect = []"), "levels");
    assert_eq!(desk.labels("|"), "contracts extends files lint policy");
    assert_eq!(
        desk.labels(
            "[[policy.circuit-breaker]]\ncheck = \"a.b\"\n|\n[[policy.circuit-breaker]]\npasses = \"ok\""
        ),
        "callers entrypoints exempt id passes reason"
    );
    // One entry within the other, in a list that nobody has closed.
    let breaker = "[[policy.circuit-breaker]]\nexempt = [{ reason = \"\", |";
    assert_eq!(desk.labels(breaker), "entrypoints");
    assert_eq!(desk.chosen("[lint]\nig|", "ignore"), "[lint]\nignore = ");
    assert_eq!(desk.chosen("[lint]\nig| = []", "ignore"), "[lint]\nignore = []");
    assert_eq!(desk.chosen("# é𝄞\r\n[lint]\r\nig|\r\n", "ignore"), "# é𝄞\r\n[lint]\r\nignore = \r\n");
}

#[test]
fn headings_are_offered_with_their_brackets() {
    let mut desk = Desk::new();
    for (marked, then) in [
        ("[|", "[[policy.circuit-breaker]]"),
        ("[[pol|]]", "[[policy.circuit-breaker]]"),
        ("é = 1\n[policy.|] # é\nx = 1", "é = 1\n[[policy.circuit-breaker]] # é\nx = 1"),
    ] {
        assert_eq!(desk.chosen(marked, "[[policy.circuit-breaker]]"), then);
    }
    let all = desk.labels("[|");
    for heading in ["[lint]", "[lint.levels]", "[policy.roles]", "[policy.upgrade.names]", "[policy.traits]"]
    {
        assert!(all.split(' ').any(|it| it == heading), "{heading} is not in {all}");
    }
    assert!(!all.contains("exempt"), "{all}");
}

#[test]
fn rules_groups_and_levels_are_offered() {
    let mut desk = Desk::new();
    assert_eq!(desk.labels("[lint]\nlevels.as-contract = |"), "error warning note on off");
    assert_eq!(desk.chosen("lint.levels.as-contract = |", "off"), "lint.levels.as-contract = \"off\"");
    assert_eq!(desk.chosen("lint.levels.as-contract = \"o|", "off"), "lint.levels.as-contract = \"off\"");
    assert_eq!(desk.chosen("lint.levels.as-contract = 'e|rror'", "off"), "lint.levels.as-contract = 'off'");
    assert_eq!(desk.chosen("[lint]\nignore = |", "all"), "[lint]\nignore = [\"all\"]");
    let rules = desk.labels("[lint]\nignore = [\"|\"]");
    let keys = desk.labels("[lint.levels]\nhygiene = \"off\"\n|");
    for name in ["missing-circuit-breaker", "architecture", "all"] {
        assert!(rules.split(' ').any(|it| it == name), "{name} is not in {rules}");
        assert!(keys.split(' ').any(|it| it == name), "{name} is not in {keys}");
    }
    assert!(rules.contains(" hygiene ") && !keys.contains(" hygiene "));
    let marked = "[lint]\nlevels.missing-c|";
    assert_eq!(desk.chosen(marked, "missing-circuit-breaker"), "[lint]\nlevels.missing-circuit-breaker = ");
}

#[test]
fn names_of_the_project_are_offered() {
    let mut desk = Desk::new();
    let layers = "[policy.layers]\nlayers = [[\"control\"], [\"|\"]]";
    assert_eq!(desk.labels(layers), "control token traits vault");
    assert!(desk.chosen("[policy.layers]\nlayers = [|]", "vault").ends_with("\nlayers = [[\"vault\"]]"));
    let check = "[[policy.circuit-breaker]]\ncheck = \"control.ch|\"";
    assert_eq!(
        desk.labels(check),
        "control.check-running control.set-paused token.transfer vault.deposit vault.send vault.wrong"
    );
    assert_eq!(
        desk.chosen(check, "control.check-running"),
        "[[policy.circuit-breaker]]\ncheck = \"control.check-running\""
    );
    let entrypoints = "[[policy.circuit-breaker]]\nentrypoints = [\n  \"token.*\",\n  |\n]";
    assert_eq!(
        desk.labels(entrypoints),
        "control.set-paused token.transfer vault.deposit vault.send vault.wrong control.* token.* vault.*"
    );
    assert!(desk.chosen(entrypoints, "vault.send").ends_with("  \"vault.send\"\n]"));
    assert_eq!(desk.labels("[policy.upgrade]\nregistry = \"|\""), "vault.balances");
    assert_eq!(desk.labels("[policy.traits]\ntoken.traits = [\"|\"]"), "traits.ft");
    assert_eq!(desk.labels("[policy.traits]\nto|"), "control token traits vault");
    assert_eq!(desk.labels("[policy.naming]\nreason = \"|\""), "");
    assert_eq!(desk.labels("policy.layers.exhaustive = |"), "true false");
}

#[test]
fn roles_are_offered_where_they_are_asked_for() {
    let mut desk = Desk::new();
    let roles =
        "[policy.roles]\nadmin = \"(is-eq tx-sender (contract-call? .control admin))\"\nkeeper = \"true\"\n";
    let entry = format!("{roles}[[policy.authorisation]]\nholds = \"|");
    assert_eq!(desk.labels(&entry), "admin keeper");
    assert_eq!(
        desk.chosen(&format!("{roles}[[policy.authorisation]]\nholds = '(or admin k|)'"), "keeper"),
        format!("{roles}[[policy.authorisation]]\nholds = '(or admin keeper)'")
    );
}

#[test]
fn nothing_is_offered_where_nothing_fits() {
    let mut desk = Desk::new();
    for marked in [
        "# lint|",
        "[lint] # |",
        "[nowhere]\n|",
        "[lint]\nnowhere.|",
        "[lint]\nnowhere = \"|\"",
        "[files]\ninclude = [\"|\"]",
        "[lint]\nignore = [] |",
        "extends = \"|\"",
        "[lint]\nignore = \"all\"|",
        "[lint]\nignore = \"al|\"",
        "lint.levels.hygiene = [\"o|\"]",
    ] {
        assert_eq!(desk.labels(marked), "", "{marked}");
        assert_eq!(desk.meaning(marked), "nothing", "{marked}");
    }
    // What others complete.
    assert_eq!(desk.at_mark("vault.clar", "textDocument/completion", "(define-|"), Value::Null);
}

/// A policy that others extend speaks of no files.
#[test]
fn policies_are_completed_as_such() {
    let mut desk = Desk::new();
    desk.sandbox.write(FILE, "extends = \"policy.toml\"").write("policy.toml", "[lint]\n");
    desk.client.watched(&[&desk.sandbox.path(FILE)]);
    let items = desk.at_mark("policy.toml", "textDocument/completion", "|");
    let labels: Vec<_> = items.as_array().expect("it is a list").iter().map(|item| &item["label"]).collect();
    assert_eq!(labels, ["extends", "lint", "policy"]);
}

#[test]
fn keys_say_what_they_are_for() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.meaning("[[policy.circuit-breaker]]\npas|ses = \"ok\""),
        "**policy.circuit-breaker.passes**\n\nWhat the check answers while nothing is paused\n\n`ok`, `true`, `false`"
    );
    assert_eq!(
        desk.meaning("é = 1\n[[policy.rate-limit]]\nche|ck"),
        "**policy.rate-limit.check**\n\nThe function that checks it, as CONTRACT.FUNCTION\n\nRequired."
    );
    assert_eq!(
        desk.meaning("[policy.ro|les]"),
        "**policy.roles**\n\nConditions with a name, which those after them and [[policy.authorisation]] may use"
    );
    for nothing in ["[lint.nowhere|]", "[lint]\nlevels.|", "[|"] {
        assert_eq!(desk.meaning(nothing), "nothing", "{nothing}");
    }
    // The rule is told about, not the level.
    let document = include_str!("../../../rules/as-contract-scope.md").trim();
    assert_eq!(desk.meaning("[lint]\nlevels.as-contract-|scope = \"off\""), document);
}

/// What a policy speaks of is as near as from a contract.
#[test]
fn names_in_policies_lead_to_what_they_name() {
    let mut desk = Desk::new();
    let roles = "[policy.roles]\nadmin = \"(is-eq tx-sender (contract-call? .control admin))\"\n";
    assert_eq!(
        desk.meaning(&format!("{roles}[[policy.authorisation]]\nholds = \"ad|min\"")),
        "**admin**\n\n```clarity\n(is-eq tx-sender (contract-call? .control admin))\n```"
    );
    let check = "# é\n[[policy.circuit-breaker]]\ncheck = \"control.check|-running\"\nentrypoints = [\"vault.deposit\"]";
    assert!(desk.meaning(check).starts_with("**control.check-running** read-only\n"));
    for (marked, file, line) in [
        (check, "control.clar", 5),
        (&check.replace('|', "").replace("vault.dep", "vault.|dep"), "vault.clar", 4),
        ("[policy.upgrade]\nregistry = \"vault.|balances\"", "vault.clar", 1),
        ("[policy.traits]\ntoken = { traits = [\"traits|.ft\"] }", "traits.clar", 0),
        ("[policy.traits]\ntok|en = { traits = [\"traits.ft\"] }", "token.clar", 0),
        ("[policy.layers]\nlayers = [[\"con|trol\"]]", "control.clar", 0),
    ] {
        let place = desk.at_mark(FILE, "textDocument/definition", marked);
        assert_eq!(place["uri"], uri(&desk.sandbox.path(file)), "{marked}");
        assert_eq!(place["range"]["start"]["line"], line, "{marked}");
    }
    for marked in [
        "[policy.layers]\nlayers = [[\"no|where\"]]",
        "[policy.layers]\nlayers = [[\"*|\"]]",
        "[files]\ninclude = [\"con|trol\"]",
    ] {
        assert_eq!(desk.at_mark(FILE, "textDocument/definition", marked), Value::Null, "{marked}");
    }
}

/// A file counts from the moment that it is in the editor.
#[test]
fn what_is_not_saved_yet_is_completed() {
    let sandbox = Sandbox::empty();
    sandbox.write("a.clar", "(define-public (f) (contract-call? .nowhere f))\n");
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    assert!(client.shown.contains_key(&uri(&sandbox.path("a.clar"))));
    let path = sandbox.path(FILE);
    client.open(&path, "[lint]\nignore = [\"all\"]\n");
    client.settle();
    assert!(client.shown.is_empty(), "{:?}", client.shown);
    let params = json!({"textDocument": {"uri": uri(&path)}, "position": {"line": 2, "character": 0}});
    let items = client.ask("textDocument/completion", params).expect("the question is answered");
    let labels: Vec<_> = items.as_array().expect("it is a list").iter().map(|item| &item["label"]).collect();
    assert_eq!(labels, ["levels", "select"]);
    // Nobody has it any more.
    client.close(&path);
    client.settle();
    assert!(client.shown.contains_key(&uri(&sandbox.path("a.clar"))));
}

/// A file that no project is about is nobody's.
#[test]
fn what_no_project_reads_is_not_completed() {
    let (project, elsewhere) = (Sandbox::empty(), Sandbox::empty());
    project.write("a.clar", "").write(FILE, "");
    elsewhere.write(FILE, "[lint]\n");
    let mut client = Client::new(&[&project.path("")]);
    let path = elsewhere.path(FILE);
    client.open(&path, "[lint]\n");
    let params = json!({"textDocument": {"uri": uri(&path)}, "position": {"line": 1, "character": 0}});
    for method in ["textDocument/completion", "textDocument/hover"] {
        let answer = client.ask(method, params.clone());
        assert_eq!(answer.expect("the question is answered"), Value::Null);
    }
}
