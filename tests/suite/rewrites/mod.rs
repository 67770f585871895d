//! Contracts that are written another way and mean the same have the same findings: rule and function.

pub mod layout;
mod names;
pub mod projects;
pub mod rewrite;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clarlint::graph::Program;

use projects::{Finding, Texts, at, bundled, fixtures};
use rewrite::Rewrite;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A project as it is written, and what is found in it.
struct Before {
    folder: PathBuf,
    texts: Texts,
    findings: Vec<Finding>,
}

static BEFORE: LazyLock<Vec<Before>> = LazyLock::new(|| {
    let folders = fixtures().into_iter().chain([bundled()]);
    let read = |folder: PathBuf| {
        let texts = at(&folder);
        let findings = texts.findings(&|name| name.to_owned());
        Before { folder, texts, findings }
    };
    folders.map(read).collect()
});

/// Lints what `rewrite` makes of every project, and tells how often it changed something.
fn hold(rewrite: impl Fn(&Program<'_>, &Texts) -> Rewrite) {
    let mut changed = 0;
    let mut faults = String::new();
    for Before { folder, texts, findings: expected } in BEFORE.iter() {
        let project = texts.load();
        let rewritten = rewrite(&Program::link(&project), texts);
        changed += rewritten.changes;
        let found = rewritten.texts.findings(&rewritten.original);
        if *expected != found {
            let lost: Vec<_> = expected.iter().filter(|finding| !found.contains(finding)).collect();
            let new: Vec<_> = found.iter().filter(|finding| !expected.contains(finding)).collect();
            faults += &format!("{}\n  lost {lost:?}\n  new  {new:?}\n", name(folder));
        }
    }
    println!("{changed} changes");
    assert!(changed > 0, "nothing was rewritten");
    assert!(faults.is_empty(), "\n{faults}");
}

fn name(folder: &Path) -> String {
    folder.strip_prefix(root()).unwrap_or(folder).display().to_string()
}

#[test]
fn everything_on_one_line() {
    hold(|_, texts| layout::rewrite(texts, " "));
}

#[test]
fn every_word_on_a_line_of_its_own() {
    hold(|_, texts| layout::rewrite(texts, "\n"));
}

#[test]
fn other_names() {
    hold(names::rewrite);
}

#[test]
fn bodies_in_begin() {
    hold(rewrite::in_begin);
}

#[test]
fn conditions_bound_by_let() {
    hold(rewrite::let_bound);
}

#[test]
fn guards_hoisted_to_helpers() {
    hold(rewrite::hoisted);
}

#[test]
fn helpers_inlined() {
    hold(rewrite::inlined);
}

#[test]
fn if_forms_as_asserts() {
    hold(rewrite::asserted);
}

#[test]
fn guards_after_the_effects() {
    hold(rewrite::guards_last);
}
