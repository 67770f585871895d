//! `--fix` and `--diff`: what comes out is a contract with the same interface and without new findings, and the patch
//! says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use clarlint::cli::Exit;
use clarlint::model::{Access, Model};
use clarlint::project::Project;
use clarlint::rules::RULES;
use serde_json::Value;

use crate::sandbox::Sandbox;

/// Every rule, also those that are off by default.
fn all() -> String {
    RULES.iter().map(|rule| rule.id).collect::<Vec<_>>().join(",")
}

/// Every fixture: single contracts and folders of them.
fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let below = |folder: &str| {
        let entries = walkdir::WalkDir::new(root.join(folder)).min_depth(1).max_depth(1).sort_by_file_name();
        entries.into_iter().map(|entry| entry.expect("fixtures can be read").into_path()).collect::<Vec<_>>()
    };
    let folders = ["fixtures/guards", "fixtures/protocols", "fixtures/projects"];
    let single = ["fixtures/seed", "fixtures/seed-project", "contracts"];
    folders.into_iter().flat_map(below).chain(single.map(|name| root.join(name))).collect()
}

fn sandbox(fixture: &Path) -> Sandbox {
    let sandbox = Sandbox::empty();
    for file in walkdir::WalkDir::new(fixture).into_iter().filter_map(Result::ok) {
        if file.file_type().is_file() {
            let name = match file.path().strip_prefix(fixture) {
                Ok(name) if !name.as_os_str().is_empty() => name.to_string_lossy().into_owned(),
                _ => file.file_name().to_string_lossy().into_owned(),
            };
            sandbox.write(&name, std::fs::read(file.path()).expect("fixtures can be read"));
        }
    }
    sandbox
}

/// The texts of all contracts.
fn texts(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let files =
        walkdir::WalkDir::new(sandbox.path("")).sort_by_file_name().into_iter().filter_map(Result::ok);
    let contracts = files.filter(|file| file.path().extension().is_some_and(|ext| ext == "clar"));
    let text = |file: walkdir::DirEntry| {
        let name = file.path().strip_prefix(sandbox.path("")).expect("it was found there");
        let text = String::from_utf8_lossy(&std::fs::read(file.path()).expect("it was found")).into_owned();
        (name.to_string_lossy().into_owned(), text)
    };
    contracts.map(text).collect()
}

/// What others can call of a contract: names, kinds and parameters with their types.
fn interface(text: &str) -> Vec<String> {
    let project = Project::from_texts([("contract.clar", text)]);
    let contract = &project.contracts[0];
    let (tree, model) = (&contract.syntax.tree, Model::new(&contract.syntax.tree, contract.version));
    let called = model.functions.iter().filter(|function| function.access != Access::Private);
    let shown = called.map(|function| {
        let parameters = function.parameters.iter().map(|parameter| {
            let of = parameter.declared_type.map_or("", |of| tree.expr(of).text());
            format!("{} {of}", tree.name(parameter.name.symbol))
        });
        let parameters: Vec<_> = parameters.collect();
        format!("{:?} {} {parameters:?}", function.access, tree.name(function.name.symbol))
    });
    shown.collect()
}

/// What is said of a project.
struct Said {
    /// Findings by what they are about: their places move.
    findings: BTreeMap<String, usize>,
    /// The contracts that the chain surely takes.
    accepted: BTreeSet<String>,
}

/// `None` of a project that cannot be linted.
fn said(sandbox: &Sandbox) -> Option<Said> {
    let run = sandbox.run(&["--select", &all(), "--format", "json", "--exit-zero"]);
    if run.exit == Exit::Failed && run.stdout.is_empty() {
        return None;
    }
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let path = |it: &Value| it["path"].as_str().unwrap_or_default().to_owned();
    let mut said = Said { findings: BTreeMap::new(), accepted: texts(sandbox).into_keys().collect() };
    for it in report["diagnostics"].as_array().expect("a report lists findings") {
        // A finding may say more about itself once others are gone.
        let key = format!("{} {} {}", it["rule"], it["path"], it["fingerprint"]);
        *said.findings.entry(key).or_default() += 1;
        // What calls something that is not there is not asked about, and others may be to blame.
        if it["severity"] == "error" {
            said.accepted.remove(&path(it));
        }
    }
    let unchecked = report["unchecked"].as_array().expect("a report lists what was not checked");
    for it in unchecked.iter().filter(|it| it["kind"] == "types") {
        said.accepted.remove(&path(it));
    }
    Some(said)
}

fn hold(fixture: &Path, flags: &[&str]) {
    let (name, sandbox) = (fixture.display(), sandbox(fixture));
    let before = texts(&sandbox);
    let Some(found) = said(&sandbox) else { return };
    let patched = self::sandbox(fixture);
    let all = all();
    let run = |mode: &'static str, sandbox: &Sandbox| {
        let arguments = [&[mode, "--select", &all, "--exit-zero", "--quiet"], flags].concat();
        sandbox.run(&arguments)
    };
    let patch = run("--diff", &patched);
    run("--fix", &sandbox);
    let after = texts(&sandbox);
    let errors = |text: &str| Project::from_texts([("contract.clar", text)]).contracts[0].syntax.errors.len();
    for (path, text) in &after {
        let old = &before[path];
        if old != text {
            assert_eq!(errors(text), 0, "{name}: {path} does not parse:\n{text}");
            assert_eq!(interface(old), interface(text), "{name}: the interface of {path}");
        }
    }
    let left = said(&sandbox).expect("what could be linted still can be");
    assert!(left.accepted.is_superset(&found.accepted), "{name}: the chain takes less");
    // Of a contract that it does not take, the chain names one fault at a time.
    let is_new = |(key, count): &(&String, &usize)| {
        !key.starts_with("\"type-error\"") && found.findings.get(*key).is_none_or(|before| before < *count)
    };
    let new: Vec<_> = left.findings.iter().filter(is_new).collect();
    assert!(new.is_empty(), "{name}: new findings {new:#?}");
    run("--fix", &sandbox);
    assert_eq!(texts(&sandbox), after, "{name}: there was more to change");
    if before != after {
        patched.write("changes.patch", &patch.stdout);
        let git = Command::new("git").args(["apply", "changes.patch"]).current_dir(patched.path("")).output();
        let git = git.expect("git can be run");
        assert!(git.status.success(), "{name}: {}\n{patch}", String::from_utf8_lossy(&git.stderr));
        assert_eq!(texts(&patched), after, "{name}: the patch does something else");
    } else {
        assert_eq!(patch.stdout, "", "{name}");
    }
}

#[test]
fn what_is_safe_changes_no_interface_and_brings_no_finding() {
    fixtures().iter().for_each(|fixture| hold(fixture, &[]));
}

#[test]
fn what_is_unsafe_changes_no_interface_and_brings_no_finding() {
    fixtures().iter().for_each(|fixture| hold(fixture, &["--unsafe-fixes"]));
}

const LEFTOVERS: &str = "\
;; Numbers, and what is made of them.

(define-constant LIMIT u10) ;; the most

;; ---- helpers ----

;; Twice a number,
;; and no more.
(define-private (double (n uint))
  (* u2 n))

(define-read-only (get-sum (a uint) (b uint))
  ;; all of them
  (+ (+ a b) u0 u5))

(define-read-only (is-low (n uint))
  (and ;; always
    (< n u10)))
";

#[test]
fn comments_go_with_what_they_are_about() {
    let sandbox = Sandbox::empty();
    sandbox.write("numbers.clar", LEFTOVERS);
    let run = sandbox.run(&["--fix", "--unsafe-fixes", "--select", "hygiene"]);
    insta::assert_snapshot!(format!("{run}\n{}", sandbox.read("numbers.clar")));
}

#[test]
fn what_is_allowed_stays_as_it_is() {
    let sandbox = Sandbox::empty();
    let text = "\
;; clarlint-allow(unused-private-function): the next version calls it
(define-private (double (n uint))
  (* u2 n))

(define-read-only (get-one)
  u1)
";
    sandbox.write("numbers.clar", text).run(&["--fix"]);
    assert_eq!(sandbox.read("numbers.clar"), text);
}

/// What `--fix` makes of a project of some contracts.
fn fixed(contracts: &[(&str, &str)], flags: &[&str]) -> Sandbox {
    let sandbox = Sandbox::empty();
    for (name, text) in contracts {
        sandbox.write(name, text);
    }
    sandbox.run(&[&["--fix", "--exit-zero"], flags].concat());
    sandbox
}

#[test]
fn numbers_get_the_name_that_the_contract_has_for_them() {
    let text = "\
(define-constant ERR-NOT-FOUND (err u404))
(define-constant err-closed u3)
(define-constant ERR-ONE (err u7))
(define-constant ERR-OTHER (err u7))
(define-constant REFERRAL-BPS u500)
(define-map names principal uint)
(define-private (check (code uint)) (if (is-eq code u0) (ok true) (err code)))
(define-public (f)
  (begin
    (try! (check u3))
    (unwrap! (map-get? names tx-sender) (err  u404))
    (asserts! (map-delete names tx-sender) (err u7))
    (try! (check u500))
    (ok (unwrap! (map-get? names tx-sender) (err ;; gone
      u404)))))
";
    let sandbox = fixed(&[("a.clar", text)], &["--select", "bare-error-literal"]);
    // Of two names nobody can tell which is meant, comments stay, and a share is no error.
    let then = text.replace("(check u3)", "(check err-closed)").replace("(err  u404)", "ERR-NOT-FOUND");
    assert_eq!(sandbox.read("a.clar"), then);
}

const TOKEN: &str = "\
(define-public (transfer (n uint)) (ok true))
(define-read-only (get-supply) (ok u1))
";
const TRAITS: &str =
    "(define-trait ft ((transfer (uint) (response bool uint)) (get-supply () (response uint uint))))\n";

#[test]
fn traits_are_declared_above_the_first_definition() {
    let flags = ["--unsafe-fixes", "--select", "undeclared-trait-impl"];
    let of = |text: &str| fixed(&[("traits.clar", TRAITS), ("token.clar", text)], &flags).read("token.clar");
    let declared = "(impl-trait .traits.ft)";
    assert_eq!(of(TOKEN), format!("{declared}\n\n{TOKEN}"));
    let commented = format!(";; A token.\n\n;; Sends.\n{TOKEN}");
    assert_eq!(of(&commented), format!(";; A token.\n\n{declared}\n\n;; Sends.\n{TOKEN}"));
    // Safe changes are others.
    let sandbox = fixed(&[("traits.clar", TRAITS), ("token.clar", TOKEN)], &flags[1..]);
    assert_eq!(sandbox.read("token.clar"), TOKEN);
    // An allow stays with what it allows, also where it begins the file.
    let allowed = format!(";; clarlint-allow(unused-constant): for others\n{TOKEN}");
    assert_eq!(of(&allowed), format!("{declared}\n\n{allowed}"));
    // What needs the contract itself cannot be deployed before it.
    let calls = format!("{TRAITS}(define-public (f) (contract-call? .token transfer u1))\n");
    let sandbox = fixed(&[("traits.clar", &calls), ("token.clar", TOKEN)], &flags);
    assert_eq!(sandbox.read("token.clar"), TOKEN);
}

/// Each of them could declare the trait of the other, and not both.
#[test]
fn traits_are_not_declared_in_a_circle() {
    let of = |name: &str, other: &str| {
        format!(
            "(define-trait {name}-trait (({other}-1 (uint) (response bool uint)) ({other}-2 () (response uint uint))))\n\
             (define-public ({name}-1 (n uint)) (ok true))\n(define-read-only ({name}-2) (ok u1))\n"
        )
    };
    let (a, b) = (of("a", "b"), of("b", "a"));
    let flags = ["--unsafe-fixes", "--select", "undeclared-trait-impl"];
    let sandbox = fixed(&[("a.clar", &a), ("b.clar", &b)], &flags);
    assert_eq!((sandbox.read("a.clar"), sandbox.read("b.clar")), (a, b));
}

/// A contract names none that is deployed in a later epoch.
#[test]
fn traits_of_a_later_epoch_are_not_declared() {
    let manifest = |epoch: &str| {
        format!(
            "[project]\nname = \"p\"\n[contracts.traits]\npath = \"traits.clar\"\nepoch = \"3.0\"\n\
             [contracts.token]\npath = \"token.clar\"\nepoch = \"{epoch}\"\n"
        )
    };
    let of = |epoch: &str| {
        let contracts =
            [("Clarinet.toml", &*manifest(epoch)), ("traits.clar", TRAITS), ("token.clar", TOKEN)];
        fixed(&contracts, &["--unsafe-fixes", "--select", "undeclared-trait-impl"]).read("token.clar")
    };
    assert_eq!(of("2.5"), TOKEN);
    assert_eq!(of("3.0"), format!("(impl-trait .traits.ft)\n\n{TOKEN}"));
}

#[test]
fn a_patch_names_only_what_git_takes() {
    let sandbox = Sandbox::empty();
    let unused = "(define-private (f) true)\n";
    let listed = |name: &str, path: &str| format!("[contracts.{name}]\npath = \"{path}\"\n");
    let (inside, outside) = (listed("inside", "inside.clar"), listed("outside", "../shared/outside.clar"));
    sandbox
        .write("app/Clarinet.toml", format!("[project]\nname = \"p\"\n{inside}{outside}"))
        .write("app/inside.clar", unused)
        .write("shared/outside.clar", unused);
    let run = sandbox.run_in("app", &["--diff"], "");
    assert!(run.stdout.contains("--- a/inside.clar\n"), "{run}");
    assert!(!run.stdout.contains("outside.clar"), "{run}");
    assert!(run.stderr.starts_with("note: `../shared/outside.clar` is not in the patch"), "{run}");
}

#[test]
fn what_a_policy_wants_declared_is_declared_where_it_fits() {
    let policy = "[policy.traits]\ntoken = { traits = [\"traits.ft\"] }\n";
    let flags = ["--unsafe-fixes", "--select", "missing-trait-impl"];
    let of = |text: &str| {
        let contracts = [("clarlint.toml", policy), ("traits.clar", TRAITS), ("token.clar", text)];
        fixed(&contracts, &flags).read("token.clar")
    };
    assert_eq!(of(TOKEN), format!("(impl-trait .traits.ft)\n\n{TOKEN}"));
    let lacks = TOKEN.replace("get-supply", "get-other");
    assert_eq!(of(&lacks), lacks);
}
