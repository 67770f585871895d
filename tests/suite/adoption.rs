//! What other programs start and read: hooks, the action, problem matchers and the positions that editors get.

use std::fs;
use std::path::{Path, PathBuf};

use crate::environment;
use crate::sandbox::Sandbox;
use regex::Regex;
use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::Value;

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn yaml(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).expect("it is YAML");
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn text<'y>(node: &'y Yaml<'_>, key: &str) -> &'y str {
    node.as_mapping_get(key).and_then(Yaml::as_str).unwrap_or_else(|| panic!("`{key}` is not a text"))
}

#[test]
fn hooks_run_whenever_something_of_the_project_changes() {
    let hooks = fs::read_to_string(file(".pre-commit-hooks.yaml")).expect("it can be read");
    let hooks = yaml(&hooks);
    let hooks = hooks.as_sequence().expect("hooks are a list");
    let ids: Vec<_> = hooks.iter().map(|hook| (text(hook, "id"), text(hook, "language"))).collect();
    assert_eq!(ids, [("clarlint", "python"), ("clarlint-rust", "rust"), ("clarlint-system", "system")]);
    for hook in hooks {
        assert_eq!(text(hook, "entry"), env!("CARGO_PKG_NAME"));
        let passes = hook.as_mapping_get("pass_filenames").and_then(Yaml::as_bool);
        assert_eq!(passes, Some(false), "a project is linted as a whole");
        let files = Regex::new(text(hook, "files")).expect("it is a regular expression");
        for path in ["contracts/vault.clar", "clarlint.toml", "Clarinet.toml", "deep/protocol/Clarinet.toml"]
        {
            assert!(files.is_match(path), "{path}");
        }
        for path in ["README.md", "contracts/vault.clar.md", "Cargo.toml", "tests/vault.test.ts"] {
            assert!(!files.is_match(path), "{path}");
        }
    }
}

/// A release is made of many files that have to name one version and one address.
#[test]
fn everything_speaks_of_one_version_and_one_repository() {
    let (version, repository) = (env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_REPOSITORY"));
    let read = |path: &str| fs::read_to_string(file(path)).expect("it can be read");
    let hook = read("pyproject.toml");
    assert!(hook.contains(&format!("\nversion = \"{version}\"\n")), "{hook}");
    assert!(hook.contains(&format!("dependencies = [\"clarlint=={version}\"]")), "{hook}");

    let mut documents = vec![file("README.md"), file("CONTRIBUTING.md"), file("packaging/npm/README.md")];
    let docs = fs::read_dir(file("docs")).expect("it can be read");
    documents.extend(docs.map(|entry| entry.expect("it can be read").path()).filter(|path| path.is_file()));
    let owner = repository.trim_start_matches("https://github.com/").trim_end_matches("/clarlint");
    let pattern =
        r"(?<before>github\.com/|uses: |ghcr\.io/)(?<owner>[\w.-]+)/clarlint(?<version>[@:]v[\d.]*\d)?";
    let pattern = Regex::new(pattern).expect("it is a regular expression");
    for path in documents {
        let text = fs::read_to_string(&path).expect("it can be read");
        let right = pattern.replace_all(&text, |found: &regex::Captures| {
            let version = found.name("version").map(|it| format!("{}v{version}", &it.as_str()[..1]));
            format!("{}{owner}/clarlint{}", &found["before"], version.unwrap_or_default())
        });
        if environment::blesses() {
            fs::write(&path, right.as_bytes()).expect("it can be written");
        } else {
            assert_eq!(text, right, "`CLARLINT_BLESS=1 cargo test adoption::` writes {}", path.display());
        }
    }
}

#[test]
fn the_workflow_of_a_release_runs_what_there_is() {
    let source = fs::read_to_string(file(".github/workflows/release.yml")).expect("it can be read");
    assert!(!yaml(&source).is_badvalue());
    let scripts = Regex::new(r"packaging/[\w./-]+\.(?:sh|mjs)").expect("it is a regular expression");
    let scripts: Vec<_> = scripts.find_iter(&source).map(|found| found.as_str()).collect();
    assert!(scripts.len() > 3, "{scripts:?}");
    for script in scripts {
        assert!(file(script).exists(), "there is no {script}");
    }
    // The installer asks for archives under the names that the workflow gives them.
    let installer = fs::read_to_string(file("packaging/install.sh")).expect("it can be read");
    for target in ["unknown-linux-musl", "apple-darwin", "x86_64-pc-windows-msvc"] {
        assert!(installer.contains(target) && source.contains(target), "{target}");
    }
}

#[test]
fn the_action_says_what_it_takes_and_uses_nothing_else() {
    let source = fs::read_to_string(file("action.yml")).expect("it can be read");
    let action = yaml(&source);
    let inputs = action.as_mapping_get("inputs").and_then(Yaml::as_mapping).expect("there are inputs");
    for (name, input) in inputs {
        let name = name.as_str().expect("names are texts");
        assert!(!text(input, "description").is_empty());
        assert!(source.contains(&format!("inputs.{name}")), "nothing uses `{name}`");
        let documented = fs::read_to_string(file("docs/ci.md")).expect("it can be read");
        assert!(documented.contains(&format!("| `{name}` |")), "docs/ci.md does not tell of `{name}`");
    }
    let used = Regex::new(r"inputs\.([a-z-]+)").expect("it is a regular expression");
    for used in used.captures_iter(&source) {
        assert!(inputs.iter().any(|(name, _)| name.as_str() == Some(&used[1])), "no input `{}`", &used[1]);
    }
    for path in Regex::new(r"GITHUB_ACTION_PATH/([\w./-]+)").expect("it is one").captures_iter(&source) {
        assert!(file(&path[1]).exists(), "there is no {}", &path[1]);
    }
}

/// What the matcher makes of a line: the text of each thing that it names.
fn matched(matcher: &Value, line: &str) -> Option<[String; 4]> {
    let pattern = &matcher["pattern"][0];
    let regex = Regex::new(pattern["regexp"].as_str().expect("it is a text")).expect("it is one");
    let found = regex.captures(line)?;
    let group = |key: &str| found[pattern[key].as_u64().expect("it is a number") as usize].to_string();
    Some(["file", "line", "column", "code"].map(group))
}

#[test]
fn the_problem_matcher_reads_every_finding() {
    let sandbox = Sandbox::of("many");
    let matchers = fs::read_to_string(file(".github/clarlint-matcher.json")).expect("it can be read");
    let matchers: Value = serde_json::from_str(&matchers).expect("it is JSON");
    let matchers = matchers["problemMatcher"].as_array().expect("they are a list");
    let report: Value = serde_json::from_str(&sandbox.run(&["--format", "json"]).stdout).expect("it is JSON");
    let findings = report["diagnostics"].as_array().expect("they are a list");
    let short = sandbox.run(&["--format", "short"]).stdout;
    let lines: Vec<_> = short.lines().collect();
    assert_eq!(lines.len(), findings.len() + 1);
    for (line, finding) in lines.iter().zip(findings) {
        let found: Vec<_> = matchers.iter().filter_map(|matcher| matched(matcher, line)).collect();
        let start = &finding["range"]["start"];
        let from_one = |key: &str| (start[key].as_u64().expect("it is a number") + 1).to_string();
        let plain = |key: &str| finding[key].as_str().expect("it is a text").to_string();
        assert_eq!(
            found,
            [[plain("path"), from_one("line"), from_one("character"), plain("rule")]],
            "{line}"
        );
    }
    let summary = lines.last().expect("there is a summary");
    assert!(matchers.iter().all(|matcher| matched(matcher, summary).is_none()));
}

/// The text between two positions, as editors count: lines by their ends, characters in UTF-16 units.
fn marked(text: &str, range: &Value) -> String {
    let number = |edge: &str, key: &str| range[edge][key].as_u64().expect("it is a number") as usize;
    let (line, end_line) = (number("start", "line"), number("end", "line"));
    assert_eq!(line, end_line, "what is marked is short");
    let line: Vec<u16> = text.split('\n').nth(line).expect("the line is there").encode_utf16().collect();
    let marked = &line[number("start", "character")..number("end", "character")];
    String::from_utf16(marked).expect("no character is cut in two")
}

#[test]
fn ranges_are_exact_for_editors() {
    let contract = "\
;;\t\u{1f980} \u{e9}
(define-public (before) (ok (mising)))
\t\t(define-public (tabs)\t(ok (mising))) ;; \u{fc}ber \u{1f980}
(define-public (beyond) (begin (print \"x\") ;; \u{1f980}\u{1f980} \u{e9}
\t(ok (mising)))) ;; \u{1f980}
";
    for (ends, marks) in [("\n", ["\u{1f980}"].as_slice()), ("\r\n", &["\u{1f980}", "\r"])] {
        let sandbox = Sandbox::empty();
        let contract = contract.replace('\n', ends);
        sandbox.write("a.clar", &contract);
        let run = sandbox.run(&["--format", "json", "--select", "unknown-function,syntax-error"]);
        let report: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
        let mut found = Vec::new();
        for finding in report["diagnostics"].as_array().expect("they are a list") {
            let bytes = finding["bytes"].as_array().expect("there are two");
            let bytes: Vec<_> = bytes.iter().filter_map(Value::as_u64).collect();
            let text = &contract[bytes[0] as usize..bytes[1] as usize];
            assert_eq!(marked(&contract, &finding["range"]), text, "{ends:?}");
            found.push(text);
        }
        assert_eq!(found, [marks, &["mising"; 3]].concat(), "{ends:?}");
    }
}
