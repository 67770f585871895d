//! Files and folders that come and go, and the projects that they belong to.

use std::fs;

use serde_json::json;

use super::client::Client;
use super::{Shown, assert_fresh, code_of, loose, uri};
use crate::sandbox::Sandbox;

#[test]
fn files_come_and_go() {
    let sandbox = loose();
    let mut client = Client::new(&[&sandbox.path("")]);
    let (old, new) = (sandbox.path("contracts/renamed.clar"), sandbox.path("contracts/again.clar"));
    fs::write(&old, "(define-public (f) (contract-call? .nowhere f))").expect("files can be written");
    client.watched(&[&old]);
    assert_fresh(&mut client, &sandbox, "");
    assert!(client.shown.contains_key(&uri(&old)));
    // An editor without watching closes one and opens the other.
    client.open(&old, "(define-public (f) (contract-call? .nowhere f))");
    fs::rename(&old, &new).expect("files can be renamed");
    client.close(&old);
    client.open(&new, "(define-public (f) (contract-call? .nowhere f))");
    assert_fresh(&mut client, &sandbox, "");
    assert!(!client.shown.contains_key(&uri(&old)) && client.shown.contains_key(&uri(&new)));
    client.close(&new);
    fs::remove_file(&new).expect("files can be deleted");
    client.watched(&[&new]);
    assert_fresh(&mut client, &sandbox, "");
    assert!(!client.shown.contains_key(&uri(&new)));
}

#[test]
fn what_was_never_saved_is_linted() {
    let sandbox = Sandbox::empty();
    sandbox
        .write("clarlint.toml", "[files]\nexclude = [\"out.clar\"]\n")
        .write("a.clar", "(define-public (f) (contract-call? .b g))");
    let mut client = Client::new(&[&sandbox.path("")]);
    client.settle();
    assert_eq!(code_of(&client.shown[&uri(&sandbox.path("a.clar"))]), ["unknown-contract"]);
    client.open(&sandbox.path("b.clar"), "(define-read-only (g) (ok true))");
    client.open(&sandbox.path("out.clar"), "(");
    client.settle();
    assert_eq!(client.shown, Shown::new());
}

#[test]
fn several_folders_are_several_projects() {
    let sandbox = Sandbox::empty();
    for folder in ["one", "two/deep"] {
        sandbox.write(&format!("{folder}/Clarinet.toml"), "[contracts.a]\npath = \"a.clar\"\n");
        sandbox.write(&format!("{folder}/a.clar"), "(define-public (f) (contract-call? .b g))");
    }
    let (one, two) = (sandbox.path("one/a.clar"), sandbox.path("two/deep/a.clar"));
    let mut client = Client::new(&[&sandbox.path("one"), &sandbox.path("two")]);
    client.settle();
    assert_eq!(client.shown.keys().collect::<Vec<_>>(), [&uri(&one), &uri(&two)]);
    client.open(&two, "");
    client.settle();
    assert_eq!(client.shown.keys().collect::<Vec<_>>(), [&uri(&one)]);
    let folder = |path| json!({"uri": uri(&sandbox.path(path)), "name": path});
    let event = json!({"event": {"added": [], "removed": [folder("one")]}});
    client.tell("workspace/didChangeWorkspaceFolders", event);
    client.close(&two);
    client.settle();
    assert_eq!(client.shown.keys().collect::<Vec<_>>(), [&uri(&two)]);
    // A manifest more is a project more.
    sandbox
        .write("two/other/Clarinet.toml", "[contracts.b]\npath = \"b.clar\"\n")
        .write("two/other/b.clar", "(");
    client.watched(&[&sandbox.path("two/other/Clarinet.toml")]);
    client.settle();
    assert_eq!(client.shown.len(), 2, "{:?}", client.shown);
    // A whole monorepo is one folder.
    let mut client = Client::new(&[&sandbox.path("")]);
    assert_fresh(&mut client, &sandbox, "");
}

#[test]
fn a_file_without_a_folder_brings_its_project() {
    let sandbox = Sandbox::of("adoption");
    let mut client = Client::new(&[]);
    let vault = sandbox.path("contracts/vault.clar");
    client.open(&vault, &sandbox.read("contracts/vault.clar"));
    assert_fresh(&mut client, &sandbox, "");
    client.close(&vault);
    client.settle();
    assert_eq!(client.shown, Shown::new());
    let lonely = Sandbox::empty();
    client.open(&lonely.path("a.clar"), "(define-public (f) (ok (g)))");
    client.settle();
    assert_eq!(client.shown.len(), 1);
}

/// What a manifest lists from elsewhere is of that project, and what lies around in an open folder of none, as for `check`;
/// but who opens a project within a project wants to know.
#[test]
fn contracts_belong_to_who_lists_them() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "app/Clarinet.toml",
        "[contracts.a]\npath = \"../shared/a.clar\"\n[contracts.b]\npath = \"b.clar\"\n",
    );
    sandbox
        .write("shared/a.clar", "(define-public (f) (contract-call? .b g))")
        .write("shared/loose.clar", "(");
    sandbox.write("app/b.clar", "(define-read-only (g) (ok true))");
    sandbox
        .write("app/inner/Clarinet.toml", "[contracts.c]\npath = \"c.clar\"\n")
        .write("app/inner/c.clar", "(");
    let mut client = Client::new(&[&sandbox.path("")]);
    for file in ["shared/a.clar", "shared/loose.clar"] {
        client.open(&sandbox.path(file), &sandbox.read(file));
    }
    assert_fresh(&mut client, &sandbox, "");
    assert_eq!(client.shown, Shown::new());
    client.open(&sandbox.path("app/inner/c.clar"), "(");
    client.settle();
    assert_eq!(client.shown.keys().collect::<Vec<_>>(), [&uri(&sandbox.path("app/inner/c.clar"))]);
    client.close(&sandbox.path("app/inner/c.clar"));
    assert_fresh(&mut client, &sandbox, "");
}
