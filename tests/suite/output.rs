//! Formats: their shape, and that they never fail.

use crate::sandbox::Sandbox;
use clarlint::check::check;
use clarlint::config::Config;
use clarlint::diagnostic::{Diagnostic, Label, Severity};
use clarlint::project::Project;
use clarlint::report::human::Looks;
use clarlint::report::{Kind, Report, State, Summary, Unchecked, github, human, json, junit, sarif, short};
use clarlint::source::{FileId, Location, Span};
use insta::assert_snapshot;

const COLORS: Looks = Looks { colors: true, links: false };

fn at(file: u32, start: u32, end: u32) -> Location {
    Location { file: FileId(file), span: Span { start, end } }
}

/// A report with everything that a finding can have.
fn example() -> (Project, Report) {
    let project = Project::from_texts([
        ("contracts/pool.clar", "(define-public (lock)\n  (ok (var-set locked true)))\n"),
        (
            "contracts/vault.clar",
            ";; é𝄞\n(define-public (deposit)\n  (contract-call? .pool lock))\n(define-public (idle) (ok true))\n",
        ),
    ]);
    let mut missing = Diagnostic::new(
        "missing-circuit-breaker",
        Severity::Error,
        at(1, 26, 33),
        "`deposit` changes state without a circuit-breaker check",
    );
    missing.function = Some("deposit".into());
    missing.key = "pool.lock".into();
    missing.labels.push(Label { at: at(0, 29, 36), message: "state changes here".into() });
    missing.trace.push(Label { at: at(1, 38, 52), message: "calls `.pool.lock`".into() });
    let missing = missing.help("call `.parameters check-circuit-breaker` first");
    let note = Diagnostic::new("unused", Severity::Note, at(1, 6, 7), "odd");
    let summary = Summary { contracts: 2, functions: 3, entrypoints: 3, ..Summary::default() };
    let call = Unchecked {
        kind: Kind::Call,
        contract: "vault".into(),
        function: Some("deposit".into()),
        at: Some(at(1, 38, 52)),
        reason: "`.pool` is not in the project".into(),
    };
    let report = Report::new(&project, vec![(State::New, note), (State::New, missing)], summary, vec![call]);
    (project, report)
}

#[test]
fn human_output_shows_labels_across_files_trace_and_help() {
    let (project, report) = example();
    let text = human::findings(&project, &report, Looks::default()) + &human::summary(&report);
    assert_snapshot!(text);
}

#[test]
fn json_output_has_every_key() {
    let (project, report) = example();
    assert_snapshot!(json::document(&project, &report));
}

#[test]
fn json_of_a_run_is_all_there_is_on_standard_output() {
    let run = Sandbox::of("broken").run(&["--format", "json"]);
    assert_eq!((run.code(), run.stderr.as_str()), (1, ""));
    let document: serde_json::Value = serde_json::from_str(&run.stdout).expect("valid JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["summary"]["errors"], 4);
    // Behind `é𝄞`, which are three UTF-16 units.
    let range = &document["diagnostics"][1]["range"]["start"];
    assert_eq!((range["line"].as_u64(), range["character"].as_u64()), (Some(1), Some(73)));
}

#[test]
fn colours_are_only_added() {
    let (project, report) = example();
    let colored = human::findings(&project, &report, COLORS);
    assert!(colored.contains("\u{1b}["));
    let plain = human::findings(&project, &report, Looks::default());
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    let linked = human::findings(&project, &report, Looks { links: true, ..COLORS });
    let page = format!("{}/blob/v{}/rules/", env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"));
    let rule = "missing-circuit-breaker";
    let link = format!("[\u{1b}]8;;{page}{rule}.md\u{1b}\\{rule}\u{1b}]8;;\u{1b}\\]");
    assert!(linked.contains(&link), "{linked:?}");
}

#[test]
fn long_lines_are_named_and_not_shown() {
    let text = format!("(define-constant A \"{}\")", "x".repeat(10_000_000));
    let project = Project::from_texts([("a.clar", text.as_str())]);
    let diagnostic = Diagnostic::new("unused", Severity::Error, at(0, 17, 18), "odd").help("less");
    let report = Report::new(&project, vec![(State::New, diagnostic)], Summary::default(), Vec::new());
    assert_snapshot!(human::findings(&project, &report, Looks::default()), @"
    a.clar:1:18: error[unused]: odd
     = help: less
    ");
}

#[test]
fn order_is_by_path_place_rule_and_message() {
    let project = Project::from_texts([("a.clar", "(f u1)"), ("b.clar", "(f u1)")]);
    let found = |rule, file, start, message: &str| {
        Diagnostic::new(rule, Severity::Error, at(file, start, 3), message)
    };
    let mut all = vec![
        found("x", 1, 0, "a"),
        found("x", 0, 1, "b"),
        found("x", 0, 1, "a"),
        found("w", 0, 1, "z"),
        found("x", 0, 0, "a"),
    ];
    let order = |all: Vec<Diagnostic>| -> Vec<_> {
        let all = all.into_iter().map(|found| (State::New, found)).collect();
        let report = Report::new(&project, all, Summary::default(), Vec::new());
        report.findings.into_iter().map(|finding| (finding.diagnostic, finding.fingerprint)).collect()
    };
    let sorted = order(all.clone());
    all.reverse();
    assert_eq!(order(all), sorted);
    let places: Vec<_> =
        sorted.iter().map(|(found, _)| (found.at.file.0, found.at.span.start, found.rule)).collect();
    assert_eq!(places, [(0, 0, "x"), (0, 1, "w"), (0, 1, "x"), (0, 1, "x"), (1, 0, "x")]);
}

/// GitHub refuses a report with more results than it has room for.
#[test]
fn sarif_keeps_the_most_serious_findings_that_fit() {
    let project = Project::from_texts([("a.clar", "(f u1)")]);
    let found = |severity| {
        move |number| Diagnostic::new("syntax-error", severity, at(0, 1, 2), format!("odd {number}"))
    };
    let notes = (0..25_000).map(found(Severity::Note));
    let errors = (25_000..25_003).map(found(Severity::Error));
    let all = notes.chain(errors).map(|found| (State::New, found)).collect();
    let report = Report::new(&project, all, Summary::default(), Vec::new());
    let log: serde_json::Value =
        serde_json::from_str(&sarif::document(&project, &report)).expect("valid JSON");
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 25_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 3);
    assert_eq!(
        run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
        "3 less serious findings are left out: GitHub takes no more"
    );
}

/// Random bytes with random spans over them: whatever a rule reports, it can be printed.
#[test]
fn no_span_and_no_text_stops_the_output() {
    let mut random = fastrand::Rng::with_seed(0x636c_6172);
    for _ in 0..2_000 {
        let pieces =
            ["(", ")", "é", "𝄞", "\r\n", "\n", "\t", "\u{1b}[2J", "\u{202e}", "\u{feff}", "x", "\"", ";; "];
        let text: String = (0..random.usize(0..40)).map(|_| pieces[random.usize(0..pieces.len())]).collect();
        let project = Project::from_texts([("a.clar", text.as_str()), ("b.clar", "")]);
        let mut place = || Location {
            file: FileId(random.u32(0..2)),
            span: Span { start: random.u32(0..200), end: random.u32(0..200) },
        };
        let mut diagnostic = Diagnostic::new("unused", Severity::Warning, place(), text.as_str());
        diagnostic.labels.push(Label { at: place(), message: text.clone() });
        diagnostic.trace.push(Label { at: place(), message: text.clone() });
        let report = Report::new(&project, vec![(State::New, diagnostic)], Summary::default(), Vec::new());
        let shown = human::findings(&project, &report, Looks::default());
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{text:?}");
        json::document(&project, &report);
        sarif::document(&project, &report);
        assert!(short::findings(&project, &report).lines().count() == 1, "{text:?}");
        assert!(github::commands(&project, &report).lines().count() == 1, "{text:?}");
        let xml = junit::document(&project, &report);
        let mut reader = quick_xml::Reader::from_str(&xml);
        while reader.read_event().expect("valid XML") != quick_xml::events::Event::Eof {}
        let report = check(&project, &Config::default());
        human::findings(&project, &report, COLORS);
    }
}
