//! Loading projects: what belongs to them, how it is named, and what is done about what cannot be had.

use std::fmt::Write;

use crate::sandbox::Sandbox;
use clarlint::config::Config;
use clarlint::project::{Disk, Load, Project, Root};
use insta::assert_snapshot;

/// Loads the project around the sandbox with its configuration; `paths` narrow it.
fn load(sandbox: &Sandbox, paths: &[&str]) -> Project {
    let paths: Vec<_> = paths.iter().map(|path| sandbox.path(path)).collect();
    let root = Root::around_all(&paths, &sandbox.path("")).expect("the paths belong to one project");
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
