//! Every format: what it looks like, that other programs take it, and that nothing but the project decides on it.

use std::collections::BTreeSet;

use crate::sandbox::{Sandbox, run_in_repository};
use clarlint::cli::Exit;
use insta::assert_snapshot;
use serde_json::Value;

const FORMATS: [&str; 8] = ["human", "short", "json", "jsonl", "sarif", "github", "gitlab", "junit"];

/// The project has twenty findings, over CRLF, tabs, characters beyond ASCII and a path that has to be escaped.
fn many(format: &str) -> String {
    let run = Sandbox::of("many").run(&["--format", format]);
    assert_eq!((run.exit, run.stderr.as_str()), (Exit::Findings, ""));
    run.stdout
}

fn clean(format: &str) -> String {
    let run = run_in_repository(&["--format", format]);
    assert_eq!((run.exit, run.stderr.as_str()), (Exit::Clean, ""), "{run}");
    run.stdout
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("valid JSON")
}

#[test]
fn what_findings_look_like() {
    for format in FORMATS {
        let mut shown = many(format);
        if format == "sarif" {
            // The documents of the rules stand in the report; they have tests of their own.
            let mut log = json(&shown);
            for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().expect("there are rules") {
                rule["help"]["markdown"] = "..".into();
            }
            shown = serde_json::to_string_pretty(&log).expect("it was JSON before");
        }
        assert_snapshot!(format!("many_{format}"), shown);
    }
}

#[test]
fn what_a_clean_protocol_looks_like() {
    for format in FORMATS {
        assert_snapshot!(format!("clean_{format}"), clean(format));
    }
}

#[test]
fn only_the_project_decides_on_the_bytes() {
    let (first, second) = (Sandbox::of("many"), Sandbox::of("many"));
    for format in FORMATS {
        let here = first.run(&["--format", format]);
        assert_eq!(second.run_in("contracts", &["--format", format], ""), here, "{format}");
        assert_eq!(second.run_in("contracts", &["..", "--format", format], ""), here, "{format}");
        let terminal = first.run_on_terminal(&["--format", format]).stdout;
        match format {
            "human" => assert_eq!(anstream::adapter::strip_str(&terminal).to_string(), here.stdout),
            _ => assert_eq!(terminal, here.stdout, "{format}"),
        }
    }
}

#[test]
fn services_name_paths_from_the_root_of_the_repository() {
    let repository = Sandbox::empty();
    repository.write(".git/HEAD", "ref: refs/heads/main\n");
    repository.write("policy.toml", "[[policy.circuit-breaker]]\ncheck = \"a.nothing\"\n");
    repository.write("deep/protocol/clarlint.toml", "extends = \"../../policy.toml\"\n");
    repository.write("deep/protocol/a.clar", "(define-public (f)\n");
    let path = |format| repository.run_in("deep/protocol", &["--format", format], "").stdout;
    assert!(path("short").contains("\na.clar:1:1: "), "{}", path("short"));
    assert!(path("github").contains(" file=deep/protocol/a.clar,"), "{}", path("github"));
    assert!(path("github").contains(" file=policy.toml,"), "{}", path("github"));
    assert!(path("gitlab").contains("\"deep/protocol/a.clar\""), "{}", path("gitlab"));
    let uris = uris(&json(&path("sarif")));
    assert_eq!(uris, ["deep/protocol/a.clar", "policy.toml"].map(str::to_owned).into());
}

/// The text of every place, taken from the file by lines and UTF-16 columns, is what its bytes say.
#[test]
fn ranges_are_exact_over_tabs_crlf_and_characters_beyond_ascii() {
    let (sandbox, document) = (Sandbox::of("many"), json(&many("json")));
    let sarif = json(&many("sarif"));
    let findings = document["diagnostics"].as_array().expect("a list");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    assert_eq!((findings.len(), results.len()), (20, 20));
    for (finding, result) in findings.iter().zip(results) {
        let text = sandbox.read(finding["path"].as_str().expect("a path"));
        let number = |value: &Value| value.as_u64().expect("a number") as usize;
        let bytes = &text[number(&finding["bytes"][0])..number(&finding["bytes"][1])];
        let range = &finding["range"];
        let (start, end) = (&range["start"], &range["end"]);
        let start = (number(&start["line"]), number(&start["character"]));
        let end = (number(&end["line"]), number(&end["character"]));
        assert_eq!(slice(&text, start, end), bytes, "{finding}");
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let from_one = |key: &str| number(&region[key]) - 1;
        assert_eq!((from_one("startLine"), from_one("startColumn")), start);
        assert_eq!((from_one("endLine"), from_one("endColumn")), end);
    }
}

fn slice(text: &str, start: (usize, usize), end: (usize, usize)) -> String {
    let units: Vec<_> = text.encode_utf16().collect();
    let line_starts: Vec<_> =
        std::iter::once(0).chain((0..units.len()).filter(|&at| units[at] == 10).map(|at| at + 1)).collect();
    let at = |(line, column): (usize, usize)| line_starts[line] + column;
    String::from_utf16(&units[at(start)..at(end)]).expect("whole characters")
}

#[test]
fn sarif_is_valid() {
    let schema = json(include_str!("schemas/sarif-schema-2.1.0.json"));
    let schema = jsonschema::draft4::new(&schema).expect("it is a schema");
    let unreadable = Sandbox::of("clean").run(&["nowhere.clar", "--format", "sarif"]);
    assert_eq!(unreadable.exit, Exit::Failed);
    assert!(unreadable.stdout.contains("\"executionSuccessful\": false"), "{unreadable}");
    assert_eq!(uris(&json(&unreadable.stdout)), ["nowhere.clar".to_owned()].into());
    let broken = Sandbox::of("broken").run(&["--format", "sarif"]);
    for log in [many("sarif"), clean("sarif"), broken.stdout, unreadable.stdout] {
        let errors: Vec<_> = schema.iter_errors(&json(&log)).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0]);
    }
}

/// What GitHub refuses a whole report for, or does not show.
#[test]
fn github_takes_the_sarif() {
    let log = json(&many("sarif"));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("a list");
    for rule in rules {
        for text in ["/id", "/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"]
        {
            assert!(rule.pointer(text).and_then(Value::as_str).is_some_and(|it| !it.is_empty()), "{rule}");
        }
        let length =
            |text: &str| rule.pointer(text).and_then(Value::as_str).map_or(0, |it| it.chars().count());
        assert!(
            length("/shortDescription/text") <= 1024 && length("/fullDescription/text") <= 1024,
            "{rule}"
        );
        assert!(rule["properties"]["tags"].as_array().is_some_and(|tags| tags.len() <= 10), "{rule}");
    }
    let mut line_hashes = BTreeSet::new();
    for result in run["results"].as_array().expect("a list") {
        let index = result["ruleIndex"].as_u64().expect("a number") as usize;
        assert_eq!(result["ruleId"], rules[index]["id"]);
        for place in places(result) {
            let region = &place["region"];
            let number = |key: &str| region[key].as_u64().unwrap_or_default();
            let start = (number("startLine"), number("startColumn"));
            let end = (number("endLine"), number("endColumn"));
            assert!(start.0 > 0 && start.1 > 0 && end.1 > 0 && start <= end, "{place}");
        }
        // Every link in the message leads to a place.
        let message = result["message"]["text"].as_str().expect("a text");
        let related = result["relatedLocations"].as_array().map_or(0, Vec::len);
        assert_eq!(message.matches("](").count(), related, "{message}");
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a text");
        let path = result.pointer("/locations/0/physicalLocation/artifactLocation/uri");
        line_hashes.insert((path.map(Value::to_string), hash.to_owned()));
        assert!(hash.split_once(':').is_some_and(|(hash, count)| hash.len() <= 16 && count == "1"), "{hash}");
    }
    // One for each line that has a finding.
    assert_eq!(line_hashes.len(), 18);
    for uri in uris(&log) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
        assert!(uri.chars().all(plain) && !uri.starts_with(['/', '.']), "{uri}");
    }
}

/// Every physical location of a value.
fn places(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, value)| if key == "physicalLocation" { vec![value] } else { places(value) })
            .collect(),
        Value::Array(values) => values.iter().flat_map(places).collect(),
        _ => Vec::new(),
    }
}

fn uris(log: &Value) -> BTreeSet<String> {
    let uris = places(log).into_iter().map(|place| &place["artifactLocation"]["uri"]);
    uris.map(|uri| uri.as_str().expect("a text").to_owned()).collect()
}

#[test]
fn json_is_what_its_schema_says() {
    let schema = json(&Sandbox::empty().run(&["schema", "output"]).stdout);
    let validator = jsonschema::draft202012::new(&schema).expect("it is a schema");
    let clean_document = clean("json");
    for format in ["json", "jsonl"] {
        for text in [many(format), clean(format)] {
            let documents =
                if format == "json" { vec![json(&text)] } else { text.lines().map(json).collect() };
            for mut document in documents {
                // A line is an element of the document.
                if let Some(of) = document.as_object_mut().and_then(|line| line.remove("type")) {
                    let mut whole = json(&clean_document);
                    match of.as_str() {
                        Some("diagnostic") => whole["diagnostics"] = vec![document].into(),
                        _ => whole["summary"] = document,
                    }
                    document = whole;
                }
                let errors: Vec<_> =
                    validator.iter_errors(&document).map(|error| error.to_string()).collect();
                assert_eq!(errors, [""; 0]);
            }
        }
    }
    let mut wrong = json(&many("json"));
    wrong["diagnostics"][0]["severity"] = "fatal".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn a_line_of_jsonl_is_an_element_of_json() {
    let document = json(&many("json"));
    let mut lines: Vec<_> = many("jsonl").lines().map(json).collect();
    let mut summary = lines.pop().expect("there is a summary");
    let remove_type = |line: &mut Value| line.as_object_mut().and_then(|line| line.remove("type"));
    assert_eq!(remove_type(&mut summary), Some("summary".into()));
    assert_eq!(summary, document["summary"]);
    assert!(lines.iter_mut().all(|line| remove_type(line) == Some("diagnostic".into())));
    assert_eq!(Value::Array(lines), document["diagnostics"]);
}

#[test]
fn gitlab_tells_findings_apart() {
    let issues = json(&many("gitlab"));
    let issues = issues.as_array().expect("a list");
    let fingerprints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!((issues.len(), fingerprints.len()), (20, 20));
    assert_eq!(clean("gitlab"), "[]\n");
}

#[test]
fn junit_numbers_findings_that_say_the_same() {
    let sandbox = Sandbox::empty();
    sandbox.write("a.clar", "(define-public (f) (begin (g) (g) (ok true)))");
    let report = sandbox.run(&["--format", "junit"]).stdout;
    let second = report.lines().find(|line| line.contains(" (2)\" classname=\"a.clar\" file=\"a.clar\">"));
    assert!(second.is_some_and(|line| line.contains("\"unknown-function: `g` is neither")), "{report}");
}

#[test]
fn junit_is_xml_and_counts_what_it_holds() {
    let text = many("junit");
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut cases, mut failures) = (0, 0);
    loop {
        match reader.read_event().expect("valid XML") {
            quick_xml::events::Event::Start(start) => {
                cases += usize::from(start.name().as_ref() == "testcase");
                failures += usize::from(start.name().as_ref() == "failure");
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((cases, failures), (20, 19));
    let names: BTreeSet<_> = text.lines().filter(|line| line.contains("<testcase ")).collect();
    assert_eq!(names.len(), 20, "services drop the second case of a name");
    assert!(text.contains("<testsuites name=\"clarlint\" tests=\"20\" failures=\"19\" errors=\"0\">"));
}

/// One stage decides what is reported; no format has an opinion of its own.
#[test]
fn every_format_shows_the_same_findings() {
    let sandbox = Sandbox::of("many");
    let arguments = ["contracts/vault.clar", "--ignore", "syntax-error,missing-requirement"];
    let count = |format, needle: &str| {
        let arguments: Vec<_> = arguments.iter().chain(&["--format", format]).copied().collect();
        sandbox.run(&arguments).stdout.matches(needle).count()
    };
    let number = count("human", "\nerror[") + 1;
    assert_eq!(number, 7);
    assert_eq!(count("short", ": error["), number);
    assert_eq!(count("json", "\"fingerprint\""), number);
    assert_eq!(count("jsonl", "\"fingerprint\""), number);
    assert_eq!(count("sarif", "\"primaryLocationLineHash\""), number);
    assert_eq!(count("github", "::error "), number);
    assert_eq!(count("gitlab", "\"fingerprint\""), number);
    assert_eq!(count("junit", "<testcase "), number);
}

#[test]
fn reports_go_to_files_beside_standard_output() {
    let sandbox = Sandbox::of("many");
    let outputs: Vec<_> =
        FORMATS.iter().flat_map(|format| ["--output".into(), format!("{format}=report.{format}")]).collect();
    let outputs: Vec<_> = outputs.iter().map(String::as_str).collect();
    assert_eq!(sandbox.run_on_terminal(&outputs).stdout, sandbox.run_on_terminal(&[]).stdout);
    for format in FORMATS {
        assert_eq!(sandbox.read(&format!("report.{format}")), many(format), "{format}");
    }
    // A report of before is no longer true.
    sandbox.run_in(
        "contracts",
        &["--output", "short=../report.short", "--level", "unknown-contract=off"],
        "",
    );
    assert_ne!(sandbox.read("report.short"), many("short"));
}

/// What would lose a report, or something else, is refused before any work is done.
#[test]
fn outputs_that_cannot_be_are_explained() {
    let sandbox = Sandbox::of("clean");
    sandbox.write("reports/old.json", "{}");
    let run = |arguments: &[&str]| {
        let run = sandbox.run(arguments);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{arguments:?}");
        run.stderr
    };
    assert_snapshot!(run(&["--output", "sarif=a.out", "--output", "json=./reports/../a.out"]), @"
    error: two reports would go to `a.out`, and the second over the first
      help: give each --output a file of its own
    ");
    assert_snapshot!(run(&["--output", "sarif=reports"]), @"
    error: the report cannot go to `reports`: it is a folder
      help: name a file in it: `reports/clarlint.txt`
    ");
    assert_snapshot!(run(&["--output", "sarif=nowhere/a.sarif"]), @"
    error: the report cannot go to `nowhere/a.sarif`: there is no folder `nowhere`
      help: make the folder first
    ");
    assert_snapshot!(run(&["--output", "sarif=contracts/vault.clar"]), @"
    error: the report would overwrite `contracts/vault.clar`, which was read
      help: give the report a file of its own
    ");
    assert_snapshot!(run(&["--output", "serif=a.sarif"]), @"
    error: invalid value 'serif=a.sarif' for '--output <FORMAT=FILE>': there is no format `serif`; did you mean `sarif`?

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&["--output", "xml=a.xml"]), @"
    error: invalid value 'xml=a.xml' for '--output <FORMAT=FILE>': there is no format `xml`; write one of human, short, json, jsonl, sarif, github, gitlab, junit

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&["--output", "a.sarif"]), @"
    error: invalid value 'a.sarif' for '--output <FORMAT=FILE>': write FORMAT=FILE, such as sarif=clarlint.sarif

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&["--output", "json=-"]), @"
    error: invalid value 'json=-' for '--output <FORMAT=FILE>': standard output has the report of --format

    For more information, try '--help'.
    ");
    assert_eq!(sandbox.read("reports/old.json"), "{}");
}

#[test]
fn a_report_that_cannot_be_written_takes_nothing_with_it() {
    let sandbox = Sandbox::of("broken");
    let too_long = format!("json={}.json", "x".repeat(300));
    let run = sandbox.run(&["--output", &too_long, "--output", "short=a.txt"]);
    assert_eq!(run.exit, Exit::Failed);
    assert_eq!(run.stdout, sandbox.run(&[]).stdout);
    assert_eq!(sandbox.read("a.txt"), sandbox.run(&["--format", "short"]).stdout);
    assert!(run.stderr.starts_with("error: the report cannot be written to `xxx"), "{run}");
    assert!(run.stderr.contains("\n  help: everything else was printed"), "{run}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_takes_no_files_is_named() {
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::of("clean");
    sandbox.write("reports/old.json", "{}");
    let folder = sandbox.path("reports");
    set_permissions(&folder, Permissions::from_mode(0o555)).expect("the folder is ours");
    let run = sandbox.run(&["--output", "json=reports/new.json"]);
    // Some users may write wherever they like.
    let is_writable = write(folder.join("probe"), "").is_ok();
    set_permissions(&folder, Permissions::from_mode(0o755)).expect("the folder is ours");
    if !is_writable {
        assert_snapshot!(run, @"
        2 contracts, 1 entrypoint: no findings
        --- standard error
        error: the report cannot be written to `reports/new.json`: permission denied
          help: everything else was printed; check the permissions of the folder and the file
        --- exit 2
        ");
    }
}

/// The number of threads that read is nobody's business but the clock's.
#[test]
fn the_number_of_threads_changes_nothing() {
    let sandbox = Sandbox::of("many");
    for format in ["human", "json", "sarif"] {
        let with = |jobs| sandbox.run(&["--format", format, "--jobs", jobs]).to_string();
        assert_eq!(with("1"), with("16"), "{format}");
        assert_eq!(with("1"), sandbox.run(&["--format", format]).to_string(), "{format}");
    }
    let with = |jobs| run_in_repository(&["--format", "json", "--jobs", jobs]).to_string();
    assert_eq!(with("1"), with("16"));
    assert_eq!(sandbox.run(&["--jobs", "0"]).code(), 2);
}
