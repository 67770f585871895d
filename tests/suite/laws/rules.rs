//! Rules do not know each other: what one says does not depend on which others are asked.

use clarlint::rules::RULES;
use serde_json::Value;

use super::folder::{Contract, Folder, findings};
use crate::sandbox::Sandbox;
use crate::spread;

const POINTS: &str = "\
(define-data-var scorer principal tx-sender)
(define-data-var points uint u0)
(define-private (is-scorer) (is-eq contract-caller (var-get scorer)))
(define-public (add (n uint)) (begin (asserts! (is-scorer) (err u61)) (ok (var-set points (+ (var-get points) n)))))
(define-public (take (n uint)) (begin (asserts! (is-scorer) (err u61)) (ok (var-set points (- (var-get points) n)))))
(define-public (clear) (begin (asserts! (is-scorer) (err u61)) (ok (var-set points u0))))
(define-public (double (n uint)) (ok (var-set points (+ (var-get points) (* u2 n)))))
";
const POINTS_POLICY: &str = "\
[[policy.authorisation]]
holds = \"(is-eq contract-caller (var-get scorer))\"
entrypoints = [\"points.*\"]
";

/// Projects in which several rules have something to say.
fn projects() -> Vec<(&'static str, Sandbox)> {
    let fixtures = ["adoption", "many", "policy", "principals", "tour"].map(|name| (name, Sandbox::of(name)));
    fixtures.into_iter().chain([("points", points())]).collect()
}

fn points() -> Sandbox {
    Folder::of(&[Contract::new("points", 4, POINTS)]).configured(POINTS_POLICY).sandbox
}

/// Every rule, also those that a project's configuration leaves out, and those that are off by default.
fn all_but(ignored: Option<&str>) -> String {
    let ids = RULES.iter().map(|rule| rule.id).filter(|&id| Some(id) != ignored);
    ids.collect::<Vec<_>>().join(",")
}

fn is_of(finding: &Value, rule: &str) -> bool {
    finding["rule"] == rule
}

/// Whether two findings may speak of one thing, so that one stands for both when both rules are asked.
fn meet(one: &Value, other: &Value) -> bool {
    let lines = |finding: &Value| {
        let line = |end: &str| finding["range"][end]["line"].as_u64().expect("ranges have lines");
        line("start")..=line("end")
    };
    let (a, b) = (lines(one), lines(other));
    one["path"] == other["path"]
        && (one["function"] == other["function"] || a.start() <= b.end() && b.start() <= a.end())
}

/// What is in `expected` and not in `found`.
fn lost<'v>(expected: &[&'v Value], found: &[Value]) -> Vec<&'v Value> {
    expected.iter().filter(|finding| !found.contains(finding)).copied().collect()
}

#[test]
fn a_rule_that_is_ignored_takes_nothing_with_it() {
    let faults = spread::over(&projects(), |(name, project)| {
        let all = findings(project, &["--select", &all_but(None)]);
        let mut faults = String::new();
        for rule in RULES {
            let found = findings(project, &["--select", &all_but(Some(rule.id))]);
            if found.iter().any(|finding| is_of(finding, rule.id)) {
                // It stands in the way of linting and is always reported.
                continue;
            }
            let (gone, stay): (Vec<_>, Vec<_>) = all.iter().partition(|finding| is_of(finding, rule.id));
            for finding in lost(&stay, &found) {
                faults += &format!("{}: without {} lost {finding}\n", name, rule.id);
            }
            let unmet =
                |finding: &&Value| !all.contains(finding) && !gone.iter().any(|gone| meet(gone, finding));
            for finding in found.iter().filter(unmet) {
                faults += &format!("{}: without {} new {finding}\n", name, rule.id);
            }
        }
        faults
    });
    let faults = faults.concat();
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_rule_that_is_asked_alone_says_what_it_says_among_others() {
    let faults = spread::over(&projects(), |(name, project)| {
        let all = findings(project, &["--select", &all_but(None)]);
        let mut faults = String::new();
        for rule in RULES {
            let of_rule: Vec<_> = all.iter().filter(|finding| is_of(finding, rule.id)).collect();
            let found = findings(project, &["--select", rule.id]);
            for finding in lost(&of_rule, &found) {
                faults += &format!("{}: alone {} lost {finding}\n", name, rule.id);
            }
            let is_new = |finding: &&Value| {
                let others = || all.iter().filter(|other| !is_of(other, rule.id));
                is_of(finding, rule.id)
                    && !of_rule.contains(finding)
                    && !others().any(|other| meet(other, finding))
            };
            for finding in found.iter().filter(is_new) {
                faults += &format!("{}: alone {} new {finding}\n", name, rule.id);
            }
        }
        faults
    });
    let faults = faults.concat();
    assert!(faults.is_empty(), "{faults}");
}

/// `double` changes what three others guard, which two rules could say.
#[test]
fn what_two_rules_say_is_said_by_the_one_that_is_on() {
    let points = points();
    let rules = |arguments: &[&str]| {
        let of_double =
            findings(&points, arguments).into_iter().filter(|finding| finding["function"] == "double");
        of_double
            .map(|finding| finding["rule"].as_str().expect("rules have names").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(&[]), ["missing-authorisation"]);
    assert_eq!(rules(&["--ignore", "inconsistent-guard"]), ["missing-authorisation"]);
    assert_eq!(rules(&["--ignore", "missing-authorisation"]), ["inconsistent-guard"]);
    assert_eq!(rules(&["--select", "inconsistent-guard"]), ["inconsistent-guard"]);
}
