//! Loading projects: what belongs to them, how it is named, and what is done about what cannot be had.

use std::fmt::Write;

use crate::sandbox::Sandbox;
use clarlint::check::check;
use clarlint::config::Config;
use clarlint::project::{Disk, Load, Project, Search, Target};
use insta::assert_snapshot;

/// Loads the project around the sandbox with its configuration; `paths` narrow it.
fn load(sandbox: &Sandbox, paths: &[&str]) -> Project {
    let paths: Vec<_> = paths.iter().map(|path| sandbox.path(path)).collect();
    let mut search = Search::new(&paths, &sandbox.path("")).expect("there are few files");
    let Target { root, paths } = search.targets.pop().expect("there is a project");
    assert!(search.targets.is_empty(), "the paths belong to one project");
    let mut files = Vec::new();
    let config =
        root.config.as_ref().map(|config| Config::read(config, &root.base, &Disk::default(), &mut files));
    let (config, problems) = config.unwrap_or_default();
    assert_eq!(problems, []);
    Project::load(&Load { root, paths, disk: Disk::default() }, &config, files)
}

/// One line for each contract, problem and unreadable path.
fn describe(project: &Project) -> String {
    let mut text = String::new();
    for contract in &project.contracts {
        let linted = if contract.reported { "linted" } else { "read" };
        let (path, name) = (&project.file(contract.file).path, contract.qualified_name());
        let line = format!("{path}: {name}, {}, epoch {}, {linted}", contract.version, contract.epoch);
        writeln!(text, "{line}").expect("strings take everything");
    }
    for problem in &project.problems {
        let path = &project.file(problem.at.file).path;
        let line = format!("{path}: {}[{}] {}", problem.severity.as_str(), problem.rule, problem.message);
        writeln!(text, "{line}").expect("strings take everything");
    }
    for name in &project.absent {
        writeln!(text, "absent: {name}").expect("strings take everything");
    }
    for path in &project.unreadable {
        writeln!(text, "unreadable: {path}").expect("strings take everything");
    }
    text
}

#[test]
fn the_manifest_says_what_there_is() {
    assert_snapshot!(describe(&load(&Sandbox::of("clean"), &[])), @"
    contracts/token.clar: token, Clarity 4, epoch 3.3, linted
    contracts/vault.clar: vault, Clarity 5, epoch 3.4, linted
    ");
}

#[test]
fn paths_narrow_what_is_linted() {
    assert_snapshot!(describe(&load(&Sandbox::of("clean"), &["contracts/vault.clar"])), @"
    contracts/token.clar: token, Clarity 4, epoch 3.3, read
    contracts/vault.clar: vault, Clarity 5, epoch 3.4, linted
    ");
}

#[test]
fn a_contract_that_the_manifest_does_not_list_can_be_given() {
    let sandbox = Sandbox::of("clean");
    sandbox.write("scratch/new.clar", "(define-public (f) (contract-call? .token get-decimals))");
    assert_snapshot!(describe(&load(&sandbox, &["scratch/new.clar"])), @"
    contracts/token.clar: token, Clarity 4, epoch 3.3, read
    contracts/vault.clar: vault, Clarity 5, epoch 3.4, read
    scratch/new.clar: new, Clarity 2, epoch 3.4, linted
    ");
}

#[test]
fn what_is_wrong_with_a_manifest_does_not_stop_the_rest() {
    assert_snapshot!(describe(&load(&Sandbox::of("bad-manifest"), &[])));
}

#[test]
fn requirements_are_read_from_the_cache_with_what_they_call() {
    assert_snapshot!(describe(&load(&Sandbox::of("requirements"), &[])));
}

#[test]
fn without_a_manifest_files_name_contracts_and_names_date_them() {
    assert_snapshot!(describe(&load(&Sandbox::of("names"), &[])));
}

#[test]
fn folders_of_principals_are_their_contracts() {
    assert_snapshot!(describe(&load(&Sandbox::of("principals"), &["."])));
}

#[test]
fn callees_of_other_principals_are_read_on_demand() {
    let vault = "SP3FBR2AGK5H9QBDH3EEN6DF8EK8JY7RX8QJ5SVTE/vault.clar";
    assert_snapshot!(describe(&load(&Sandbox::of("principals"), &[vault])));
}

#[test]
fn hidden_folders_and_dependencies_are_left_out() {
    let sandbox = Sandbox::empty();
    for path in [".git/a.clar", ".cache/b.clar", "node_modules/c.clar", "d/.e.clar", "d/e.clar", "f.txt"] {
        sandbox.write(path, "");
    }
    assert_snapshot!(describe(&load(&sandbox, &[])), @"d/e.clar: e, Clarity 2, epoch 3.4, linted");
}

#[test]
fn the_configuration_of_a_repository_serves_the_projects_in_it() {
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "[files]\nexclude = [\"one/contracts/old/**\"]\n");
    sandbox.write("one/Clarinet.toml", "[contracts]\na = {path = \"contracts/old/a.clar\", epoch = 3}\n");
    sandbox.write("one/contracts/old/a.clar", "");
    assert_snapshot!(describe(&load(&sandbox, &["one"])), @"one/contracts/old/a.clar: a, Clarity 3, epoch 3.0, read");
}

#[test]
fn paths_without_a_project_are_named_from_the_folder_they_share() {
    let sandbox = Sandbox::empty();
    sandbox.write("x/y/a.clar", "").write("x/z/b.clar", "");
    assert_snapshot!(describe(&load(&sandbox, &["x/y/a.clar", "x/z"])), @"
    y/a.clar: a, Clarity 2, epoch 3.4, linted
    z/b.clar: b, Clarity 2, epoch 3.4, linted
    ");
}

#[test]
fn what_git_ignores_is_not_searched() {
    let sandbox = Sandbox::empty();
    let ignored = ["build/a.clar", "deep/gen/b.clar", "target/c.clar", "deep/node_modules/d.clar"];
    let kept = ["deep/gen.clar", "deep/other/keep.clar", "deep/target.clar"];
    for path in ignored.iter().chain(&kept) {
        sandbox.write(path, "");
    }
    sandbox.write(".gitignore", "/build/\nkeep.clar\n").write("deep/.gitignore", "gen/\n!keep.clar\n");
    let found = load(&sandbox, &[]);
    let paths: Vec<_> = found.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, kept);
    // Who names a folder means it.
    assert_eq!(load(&sandbox, &["build"]).contracts.len(), 1);
}

#[test]
fn what_a_repository_ignores_further_up_is_not_searched() {
    let sandbox = Sandbox::empty();
    sandbox.write(".git/HEAD", "").write(".gitignore", "old/\n/src/new\n");
    sandbox.write("src/old/a.clar", "").write("src/new/b.clar", "").write("src/c.clar", "");
    assert_snapshot!(describe(&load(&sandbox, &["src"])), @"src/c.clar: c, Clarity 2, epoch 3.4, linted");
}

/// What the chain's manifest looks like for one contract.
fn entry(name: &str, path: &str) -> String {
    format!("[contracts.{name}]\npath = \"{path}\"\nepoch = \"3.3\"\n")
}

#[test]
fn a_manifest_may_name_files_outside_its_folder() {
    let sandbox = Sandbox::empty();
    sandbox.write("app/Clarinet.toml", entry("lib", "../shared/lib.clar"));
    sandbox.write("shared/lib.clar", "(define-read-only (f) (ok u1))");
    let expected = "../shared/lib.clar: lib, Clarity 4, epoch 3.3, linted\n";
    assert_eq!(describe(&load(&sandbox, &["app"])), expected);
    assert_eq!(sandbox.run(&["app/Clarinet.toml"]).summary(), "1 contract: no findings");
}

#[test]
fn a_file_may_be_several_contracts() {
    let sandbox = Sandbox::empty();
    let manifest = [entry("a", "x.clar"), entry("b", "./x.clar"), entry("c", "x.clar").replace("3.3", "2.4")];
    sandbox
        .write("Clarinet.toml", manifest.concat())
        .write("x.clar", "(define-read-only (f) stacks-block-height)");
    assert_snapshot!(describe(&load(&sandbox, &[])), @"
    x.clar: a, Clarity 4, epoch 3.3, linted
    x.clar: b, Clarity 4, epoch 3.3, read
    x.clar: c, Clarity 2, epoch 2.4, linted
    ");
    assert_eq!(sandbox.run(&["--format", "json"]).stdout.matches("\"rule\": \"type-error\"").count(), 1);
}

#[test]
fn names_that_the_chain_refuses_are_problems() {
    let sandbox = Sandbox::empty();
    let longest = "a".repeat(40);
    let names = ["1token", "\"my_token!\"", "_x", &format!("{longest}a"), &longest, "B2_x-9"];
    let entries = names.map(|name| entry(name, "a.clar"));
    sandbox.write("Clarinet.toml", entries.concat()).write("a.clar", "");
    let said = |sandbox: &Sandbox| {
        let problems = load(sandbox, &[]).problems;
        let said = problems.iter().map(|it| format!("{}: {}\n", it.rule, it.message)).collect::<String>();
        said.replace(&longest, "LONGEST")
    };
    assert_snapshot!(said(&sandbox), @"
    invalid-manifest: the chain takes no contract called `1token`
    invalid-manifest: the chain takes no contract called `my_token!`
    invalid-manifest: the chain takes no contract called `_x`
    invalid-manifest: the chain takes no contract called `LONGESTa`
    ");
    let sandbox = Sandbox::empty();
    sandbox.write("clarlint.toml", "[contracts]\n1token = \"a.clar\"\n").write("a.clar", "");
    assert_snapshot!(sandbox.run(&["--format", "short"]), @r#"
    --- standard error
    error[invalid-config]: the chain takes no contract called `1token`
      ┌─ clarlint.toml:2:1
      │
    2 │ 1token = "a.clar"
      │ ^^^^^^
      │
      = help: a name begins with a letter, and has at most 40 letters, digits, `-` and `_`

    --- exit 2
    "#);
}

#[test]
fn an_entry_without_path_is_no_contract() {
    let sandbox = Sandbox::empty();
    sandbox.write("Clarinet.toml", format!("[contracts.a]\n#path = \"a.clar\"\n{}", entry("b", "b.clar")));
    sandbox.write("b.clar", "(define-read-only (f) (contract-call? .a g))");
    assert_snapshot!(sandbox.run(&["--format", "short"]), @"
    b.clar:1:39: error[unknown-contract]: the project has no contract `a`
    Clarinet.toml:1:1: warning[invalid-manifest]: `contracts.a` has no `path`, and Clarinet skips it
    1 error, 1 warning in 1 contract; not checked: 1 call of an unknown contract, 1 contract without types
    --- exit 1
    ");
}

#[test]
fn paths_of_windows_are_read() {
    let sandbox = Sandbox::empty();
    sandbox.write("Clarinet.toml", entry("a", r"contracts\\a.clar")).write("contracts/a.clar", "");
    assert_snapshot!(describe(&load(&sandbox, &[])), @"contracts/a.clar: a, Clarity 4, epoch 3.3, linted");
}

#[test]
fn contracts_of_the_chain_can_be_overridden() {
    let sandbox = Sandbox::empty();
    let manifest = "[project.override_boot_contracts_source]\npox-4 = \"./pox.clar\"\n";
    sandbox.write("Clarinet.toml", manifest.to_owned() + &entry("b", "b.clar"));
    sandbox.write("pox.clar", "(define-read-only (get-cycle) u1)");
    let calls = "(define-read-only (f) (contract-call? 'SP000000000000000000002Q6VF78.pox-4 get-cycle))
                 (define-read-only (g) (contract-call? 'ST000000000000000000002AMW42H.pox-4 get-cycl))
                 (define-read-only (h) (contract-call? 'SP000000000000000000002Q6VF78.pox-4 get-cycl))";
    sandbox.write("b.clar", calls);
    assert_snapshot!(describe(&load(&sandbox, &[])), @"
    b.clar: b, Clarity 4, epoch 3.3, linted
    pox.clar: SP000000000000000000002Q6VF78.pox-4, Clarity 2, epoch 3.4, read
    pox.clar: ST000000000000000000002AMW42H.pox-4, Clarity 2, epoch 3.4, linted
    ");
    assert_eq!(sandbox.run(&["--format", "short", "--select", "unknown-function"]).stdout.lines().count(), 3);
}

#[test]
fn own_contracts_are_known_under_the_address_that_deploys_them() {
    let sandbox = Sandbox::empty();
    sandbox.write("Clarinet.toml", entry("a", "a.clar") + &entry("b", "b.clar"));
    sandbox.write("b.clar", "(define-public (g (x uint)) (ok x))");
    // The first of Clarinet's accounts, one that a plan has, and one that nobody knows.
    let calls = [
        "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM",
        "SP3FBR2AGK5H9QBDH3EEN6DF8EK8JY7RX8QJ5SVTE",
        "SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR",
    ];
    let calls = calls.iter().enumerate();
    let calls = calls.map(|(n, issuer)| format!("(define-public (f{n}) (contract-call? '{issuer}.b g))\n"));
    sandbox.write("a.clar", calls.collect::<String>());
    let plan = "
plan:
  batches:
    - id: 0
      transactions:
        - contract-publish: {contract-name: b, expected-sender: SP3FBR2AGK5H9QBDH3EEN6DF8EK8JY7RX8QJ5SVTE}
        - requirement-publish: {contract-id: SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.b}
";
    sandbox.write("deployments/default.mainnet-plan.yaml", plan).write("deployments/broken.yaml", "{");
    assert_snapshot!(sandbox.run(&["--format", "short", "--select", "wrong-argument-count"]), @"
    a.clar:1:22: error[wrong-argument-count]: `g` takes 1 argument, and 0 are given
    a.clar:2:22: error[wrong-argument-count]: `g` takes 1 argument, and 0 are given
    2 errors in 2 contracts, 4 entrypoints; not checked: 1 call of an unknown contract
    --- exit 1
    ");
}

#[test]
fn a_missing_folder_is_one_problem() {
    let sandbox = Sandbox::empty();
    let paths = ["lib/x/a.clar", "lib/y/b.clar", "gone/c.clar", "here/d.clar", "here/e.clar"];
    let manifest: String =
        ["a", "b", "c", "d", "e"].iter().zip(paths).map(|(name, path)| entry(name, path)).collect();
    sandbox.write("Clarinet.toml", manifest).write("here/f.clar", "");
    assert_snapshot!(describe(&load(&sandbox, &[])), @"
    Clarinet.toml: error[invalid-manifest] 2 contracts cannot be read: there is no folder `lib`
    Clarinet.toml: error[invalid-manifest] 3 contracts cannot be read: there are no files `gone/c.clar`, `here/d.clar`, `here/e.clar`
    absent: a
    absent: b
    absent: c
    absent: d
    absent: e
    ");
}

/// The fault comes first, and what follows from it is one finding.
#[test]
fn what_a_broken_manifest_leads_to_is_said_once() {
    let sandbox = Sandbox::empty();
    let call = "(define-public (f) (contract-call? .core g))\n(define-public (h) (contract-call? .core g))\n";
    sandbox.write("a.clar", call).write("b.clar", call).write("core.clar", "(define-public (g) (ok true))\n");
    sandbox.write("mock-core.clar", "");
    let manifest =
        format!("[contracts.core\npath = \"core.clar\"\n\n{}{}", entry("a", "a.clar"), entry("b", "b.clar"));
    sandbox.write("Clarinet.toml", manifest);
    assert_snapshot!(sandbox.run(&["--format", "short", "--show-unchecked"]), @"
    Clarinet.toml:1:16: error[invalid-manifest]: unclosed table, expected `]`
    a.clar:1:36: error[unknown-contract]: the project has no contract `core`, which 2 contracts name 4 times
    2 errors in 2 contracts, 4 entrypoints; not checked: 4 calls of unknown contracts, 2 contracts without types
    not checked: a.clar:1: types of `a`: `core` is missing
    not checked: b.clar:1: types of `b`: `core` is missing
    not checked: a.clar:1: call in `a.f`: `.core` is not in the project; add it as a requirement or to the folder
    not checked: a.clar:2: call in `a.h`: `.core` is not in the project; add it as a requirement or to the folder
    not checked: b.clar:1: call in `b.f`: `.core` is not in the project; add it as a requirement or to the folder
    not checked: b.clar:2: call in `b.h`: `.core` is not in the project; add it as a requirement or to the folder
    not checked: core.clar: no Clarinet.toml lists it
    --- standard error
    note: 1 .clar file beside the contracts is in no Clarinet.toml
    --- exit 1
    ");
    let entries = ["a", "b", "core"].map(|name| entry(name, &format!("{name}.clar")).replace("3.3", "9.9"));
    sandbox.write("Clarinet.toml", entries.concat());
    assert_snapshot!(sandbox.run(&["--format", "short"]), @"
    Clarinet.toml:3:9: error[invalid-manifest]: there is no epoch `9.9`, here and in 2 other places
    1 error in 3 contracts, 5 entrypoints; with --select all 1 more in hygiene
    --- exit 1
    ");
}

#[test]
fn missing_requirements_are_one_note() {
    let sandbox = Sandbox::empty();
    let names =
        (1..=5).map(|n| format!("{{contract_id = \"SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c{n}\"}}"));
    let names: Vec<_> = names.collect();
    sandbox.write("Clarinet.toml", format!("[project]\nrequirements = [{}]\n", names.join(", ")));
    assert_snapshot!(describe(&load(&sandbox, &[])), @"
    Clarinet.toml: note[missing-requirement] the sources of 5 requirements are not in Clarinet's cache: `SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c1`, `SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c2`, `SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c3` and 2 more
    absent: SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c1
    absent: SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c2
    absent: SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c3
    absent: SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c4
    absent: SP2C2YFP12AJZB4MABJBAJ55XECVS7E4PMMZ89YZR.c5
    ");
}

#[test]
fn a_manifest_that_is_no_text_is_a_problem() {
    let sandbox = Sandbox::empty();
    sandbox.write("Clarinet.toml", b"\xff\xfe[contracts]\n");
    let project = load(&sandbox, &[]);
    assert!(project.problems.iter().all(|problem| problem.rule == "invalid-manifest"));
    assert!(!project.problems.is_empty());
}

#[test]
fn an_overlay_goes_before_the_disk() {
    let sandbox = Sandbox::of("clean");
    let mut load = Load::around(&sandbox.path(""));
    load.disk
        .overlay
        .insert(sandbox.path("contracts/token.clar"), b"(define-public (unsaved) (ok true))".to_vec());
    let project = Project::load(&load, &Config::default(), Vec::new());
    assert!(project.file(project.contracts[0].file).text.contains("unsaved"));
    assert!(project.contracts.iter().all(|contract| contract.linted));
}

#[test]
fn half_a_definition_is_survived() {
    let words = [
        "constant",
        "data-var",
        "map",
        "fungible-token",
        "non-fungible-token",
        "trait",
        "public",
        "private",
        "read-only",
    ];
    let words = words
        .map(|word| format!("define-{word}"))
        .into_iter()
        .chain(["use-trait", "impl-trait"].map(String::from));
    for word in words {
        for rest in ["", " a", " (a)", " a uint", " (a) a", " a a a", " (", " a ("] {
            for end in ["", ")"] {
                let text = format!("({word}{rest}{end}");
                let project = Project::from_texts([("a.clar", text.as_str())]);
                assert!(!check(&project, &Config::default()).findings.is_empty() || end == ")", "{text}");
            }
        }
    }
}

#[test]
fn texts_make_a_project() {
    let texts = [("vault.clar", "(define-public (f) (ok true))"), ("a/token.clar", "")];
    assert_snapshot!(describe(&Project::from_texts(texts)), @"
    a/token.clar: token, Clarity 2, epoch 3.4, linted
    vault.clar: vault, Clarity 2, epoch 3.4, linted
    ");
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_loop_is_left_alone() {
        let sandbox = Sandbox::empty();
        sandbox.write("contracts/a.clar", "");
        symlink(sandbox.path("contracts"), sandbox.path("contracts/again")).expect("links can be made");
        assert_snapshot!(describe(&load(&sandbox, &[])), @"
        contracts/a.clar: a, Clarity 2, epoch 3.4, linted
        contracts/again: note[symlink-loop] the link `contracts/again` leads back to `contracts` and was not followed
        ");
        assert_eq!(sandbox.run(&[]).code(), 0);
    }

    #[test]
    fn a_contract_that_cannot_be_read_does_not_stop_the_rest() {
        let sandbox = Sandbox::empty();
        sandbox.write("a.clar", "(define-public (f) (ok true)))").write("b.clar", "");
        symlink(sandbox.path("nowhere"), sandbox.path("c.clar")).expect("links can be made");
        symlink(sandbox.path("nowhere"), sandbox.path("result")).expect("links can be made");
        assert_snapshot!(describe(&load(&sandbox, &[])), @"
        a.clar: a, Clarity 2, epoch 3.4, linted
        b.clar: b, Clarity 2, epoch 3.4, linted
        c.clar: error[unreadable-file] `c.clar` cannot be read: there is no such file
        unreadable: c.clar
        ");
        let run = sandbox.run(&["--exit-zero"]);
        assert_eq!(run.code(), 2);
        assert_eq!(run.summary(), "2 errors in 2 contracts, 1 entrypoint");
    }
}

/// Several projects below one folder.
mod several {
    use super::*;

    /// Two projects that call different contracts by one name, and a contract of nobody.
    fn two() -> Sandbox {
        let sandbox = Sandbox::empty();
        for (project, parameters, arguments) in [("one", "", "u1"), ("two", "(up bool)", "")] {
            sandbox.write(
                &format!("{project}/Clarinet.toml"),
                entry("core", "core.clar") + &entry("user", "user.clar"),
            );
            let core = format!("(define-read-only (half (n uint) {parameters}) n)");
            let user = format!("(define-read-only (f) (contract-call? .core half u4 {arguments}))");
            sandbox.write(&format!("{project}/core.clar"), core).write(&format!("{project}/user.clar"), user);
        }
        sandbox.write("old/user.clar", "(define-read-only (f) (contract-call? .gone f))");
        sandbox
    }

    #[test]
    fn each_manifest_below_is_a_project_of_its_own() {
        let sandbox = two();
        assert_snapshot!(sandbox.run(&["--format", "short"]), @"
        one/user.clar:1:24: error[wrong-argument-count]: `half` takes 1 argument, and 2 are given
        two/user.clar:1:24: error[wrong-argument-count]: `half` takes 2 arguments, and 1 is given
        2 errors in 2 projects, 4 contracts; with --select all 1 more in hygiene
        --- standard error
        note: `old/user.clar` was not linted: no Clarinet.toml lists it; name it to lint it
        --- exit 1
        ");
        assert_eq!(
            sandbox.run(&["one", "two", "--format", "short"]).stdout,
            sandbox.run(&["--format", "short"]).stdout
        );
        let report: serde_json::Value =
            serde_json::from_str(&sandbox.run(&["--format", "json"]).stdout).expect("it is JSON");
        let found = report["diagnostics"].as_array().expect("they are a list").iter();
        let found: Vec<_> =
            found.map(|it| format!("{} {} {}", it["project"], it["path"], it["contract"])).collect();
        assert_eq!(found, [r#""one" "one/user.clar" "user""#, r#""two" "two/user.clar" "user""#]);
        // What is in no project can be linted all the same.
        assert_eq!(sandbox.run(&["old"]).code(), 1);
    }

    #[test]
    fn findings_keep_their_identity_wherever_the_run_begins() {
        let sandbox = two();
        let fingerprints = |folder: &str, arguments: &[&str]| {
            let run = sandbox.run_in(folder, &[arguments, &["--format", "json"]].concat(), "");
            let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
            let found = report["diagnostics"].as_array().expect("they are a list").clone();
            found.iter().map(|it| it["fingerprint"].to_string()).collect::<Vec<_>>()
        };
        let all = fingerprints("", &[]);
        assert_eq!(all[..1], fingerprints("one", &[])[..]);
        assert_eq!(all[1..], fingerprints("", &["--project", "two"])[..]);
        assert_eq!(all[1..], fingerprints("old", &["../two/user.clar"])[..]);
    }

    #[test]
    fn a_command_that_takes_one_project_asks_for_it() {
        let sandbox = two();
        for command in ["guards", "errors", "graph", "policy", "config"] {
            let run = sandbox.run(&[command]);
            assert_eq!(run.code(), 2, "{command}");
            assert_eq!(run.stderr, sandbox.run(&["baseline", "--write"]).stderr, "{command}");
            assert_eq!(sandbox.run(&[command, "--project", "two"]).code(), 0, "{command}");
        }
        assert_snapshot!(sandbox.run(&["why", "user.f"]), @"
        --- standard error
        error: there are 2 projects here: `one`, `two`
          help: say which one is meant: `--project one`
        --- exit 2
        ");
        assert_snapshot!(sandbox.run(&["why", "user.f", "--project", "three"]), @"
        --- standard error
        error: there is no folder `three`
          help: `--project` takes the folder of a Clarinet.toml
        --- exit 2
        ");
        assert_eq!(sandbox.run(&["init", "--project", "two"]).code(), 0);
        assert!(sandbox.path("two/clarlint.toml").exists());
    }

    #[test]
    fn a_baseline_belongs_to_its_project() {
        let sandbox = two();
        assert_eq!(sandbox.run(&["baseline", "--write", "--project", "one"]).code(), 0);
        assert_snapshot!(sandbox.run(&["--format", "short"]), @"
        two/user.clar:1:24: error[wrong-argument-count]: `half` takes 2 arguments, and 1 is given
        1 error in 2 projects, 4 contracts; 1 hidden by the baseline; with --select all 1 more in hygiene
        --- standard error
        note: `old/user.clar` was not linted: no Clarinet.toml lists it; name it to lint it
        --- exit 1
        ");
        assert_snapshot!(sandbox.run(&["--baseline", "one/clarlint-baseline.json"]), @"
        --- standard error
        error: several projects cannot share a baseline
          help: say which project it belongs to: `--project DIR`
        --- exit 2
        ");
        assert_eq!(sandbox.run_in("one", &[], "").code(), 0);
    }

    #[test]
    fn an_entry_of_a_shared_configuration_is_used_if_one_project_uses_it() {
        let sandbox = two();
        let policy =
            "[[policy.circuit-breaker]]\ncheck = \"user.f\"\nentrypoints = [\"rim.*\", \"nowhere.*\"]\n";
        sandbox.write("clarlint.toml", policy);
        sandbox.write("two/Clarinet.toml", entry("core", "core.clar") + &entry("rim", "rim.clar"));
        sandbox.write("two/rim.clar", "(define-public (f) (ok true))");
        assert_snapshot!(sandbox.run(&["--format", "short", "--select", "unused-policy-entry"]), @"
        clarlint.toml:3:25: error[unused-policy-entry]: `nowhere.*` matches no entrypoint
        1 error in 2 projects, 4 contracts, 1 entrypoint
        --- standard error
        note: `old/user.clar` was not linted: no Clarinet.toml lists it; name it to lint it
        note: 1 .clar file beside the contracts is in no Clarinet.toml; --show-unchecked names it
        --- exit 1
        ");
    }

    #[test]
    fn a_manifest_in_a_sub_folder_is_found_from_above() {
        let sandbox = Sandbox::empty();
        sandbox.write("onchain/Clarinet.toml", entry("renamed", "x.clar") + &entry("token", "token.clar"));
        sandbox.write("onchain/x.clar", "(define-read-only (k) u1)");
        sandbox.write("onchain/token.clar", "(define-read-only (h) (contract-call? .renamed k))");
        // Below a manifest, others are not looked for.
        sandbox.write("onchain/fixtures/Clarinet.toml", entry("broken", "gone.clar"));
        assert_snapshot!(sandbox.run(&[]), @"
        2 contracts: no findings
        --- exit 0
        ");
        assert_eq!(sandbox.run(&["why", "token.h"]).code(), 0);
        // A configuration that says itself which contracts there are does so.
        sandbox.write("clarlint.toml", "[contracts]\nother = \"other.clar\"\n").write("other.clar", "");
        assert!(sandbox.run(&[]).summary().contains(" in 3 contracts"));
    }

    #[test]
    fn a_folder_inside_a_project_may_hold_others() {
        let sandbox = two();
        sandbox.write("Clarinet.toml", entry("a", "a.clar") + &entry("b", "old/b.clar"));
        sandbox
            .write("a.clar", "")
            .write("old/b.clar", "")
            .write("old/three/Clarinet.toml", entry("c", "c.clar"));
        sandbox.write("old/three/c.clar", "(define-read-only (f) true)");
        // Who names none means the project around.
        assert_eq!(sandbox.run(&[]).summary(), "2 contracts: no findings");
        assert_eq!(sandbox.run_in("one", &[], "").summary(), sandbox.run(&["one"]).summary());
        assert_snapshot!(sandbox.run(&["old", "--format", "short"]), @"
        2 projects, 2 contracts: no findings
        --- standard error
        note: `old/user.clar` was not linted: no Clarinet.toml lists it; name it to lint it
        --- exit 0
        ");
        assert_eq!(sandbox.run(&["old/three"]).summary(), "1 contract: no findings");
    }

    #[test]
    fn nobody_lints_a_home_folder_by_accident() {
        let sandbox = Sandbox::empty();
        sandbox.write("a.clar", "");
        for number in 0..clarlint::project::MOST_FILES {
            sandbox.write(&format!("{}/{number}", number % 10), "");
        }
        assert_snapshot!(sandbox.run(&[]), @"
        --- standard error
        error: there is no project here, and more than 20000 files lie below
          help: go to the folder of a project, or name one: `clarlint PATH`
        --- exit 2
        ");
        assert_eq!(sandbox.run(&["."]).code(), 0);
        sandbox.write("clarlint.toml", "");
        assert_eq!(sandbox.run(&[]).code(), 0);
    }
}
