//! The rules, held to their documents and to the fixtures: every marked finding is reported at exactly its span, and
//! every reported finding is marked. How findings are marked is told in `annotated.rs`, how documents hold projects in
//! `markdown.rs`. `CLARLINT_BLESS=1 cargo test rules::` rewrites the marks for what is reported.

mod annotated;
mod case;
mod expect;
mod markdown;

use std::path::{Path, PathBuf};

use clarlint::rules::{Group, RULES};

use annotated::Says;
use case::{Case, Source};
use markdown::Document;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name();
    files.into_iter().map(|entry| entry.expect("fixtures can be read").into_path()).collect()
}

fn documents() -> Vec<Document> {
    let files = entries(&root().join("rules")).into_iter();
    files
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
        .map(|path| Document::read(&path))
        .collect()
}

/// A fixture: one contract, or a folder of contracts and their configuration. The contracts' version is said in the
/// first line of the first, `;; clarity=2`, or in a manifest.
fn fixture(path: &Path) -> Case {
    let base = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let files = walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = files.filter(|file| file.file_type().is_file()).map(|file| {
        let path = file.path().strip_prefix(base).expect("what is found lies below where it was looked for");
        let text = std::fs::read_to_string(file.path()).expect("fixtures are text");
        let path = path.to_string_lossy().into_owned();
        Source { path, text, host: file.path().to_owned(), first_line: 0 }
    });
    let sources: Vec<_> = files.collect();
    let has_manifest = sources.iter().any(|source| source.path == clarlint::project::MANIFEST_NAME);
    let stated = sources.iter().find_map(|source| source.text.lines().next()?.strip_prefix(";; clarity="));
    let stated = stated.and_then(|version| version.trim().parse().ok());
    let clarity = if has_manifest { None } else { Some(stated.unwrap_or(markdown::CLARITY)) };
    Case { sources, clarity, without: &[] }
}

#[test]
fn documents_show_what_is_reported() {
    let cases: Vec<_> = documents().into_iter().flat_map(|document| document.cases).collect();
    expect::hold(&cases);
}

#[test]
fn guards_are_understood() {
    let cases: Vec<_> = entries(&root().join("fixtures/guards")).iter().map(|path| fixture(path)).collect();
    expect::hold(&cases);
}

#[test]
fn protocols_are_not_accused_wrongly() {
    let cases: Vec<_> =
        entries(&root().join("fixtures/protocols")).iter().map(|path| fixture(path)).collect();
    expect::hold(&cases);
}

#[test]
fn the_seed_is_explained() {
    expect::hold(&[fixture(&root().join("fixtures/seed-project"))]);
}

#[test]
fn rules_are_listed_once_and_by_id() {
    for pair in RULES.windows(2) {
        assert!(pair[0].id < pair[1].id, "`{}` stands before `{}`", pair[0].id, pair[1].id);
    }
}

#[test]
fn every_document_belongs_to_a_rule() {
    let written: Vec<_> = documents().iter().map(|document| stem(&document.path)).collect();
    let ids: Vec<_> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(written, ids, "left: rules/*.md, right: RULES");
}

#[test]
fn documents_have_the_fixed_headings() {
    for document in documents() {
        let id = stem(&document.path);
        let fixed = ["Why", "Example", "Instead", "Options", "Limits"];
        let headings: Vec<_> =
            document.headings.iter().filter(|(level, _)| *level < 3).map(|(_, text)| text.as_str()).collect();
        assert_eq!(headings.first(), Some(&id.as_str()), "the title of rules/{id}.md");
        assert_eq!(headings[1..], fixed, "the headings of rules/{id}.md");
        let summary = &document.summary;
        let is_sentence = summary.ends_with('.') && !summary.trim_end_matches('.').contains(". ");
        assert!(is_sentence, "rules/{id}.md begins with one sentence, not with: {summary}");
    }
}

/// A rule is understood by what it reports and by what it rightly does not.
#[test]
fn documents_have_examples_of_both_kinds() {
    for document in documents() {
        let id = stem(&document.path);
        let rule = clarlint::rules::find(&id);
        if rule.is_none_or(|rule| rule.group == Group::Run) {
            continue;
        }
        let is_bad = |case: &&Case| case.sources.iter().any(|source| marks(source, &id));
        let bad = document.cases.iter().filter(is_bad).count();
        let good = document.cases.len() - bad;
        assert!(bad >= 3, "rules/{id}.md has {bad} examples that are reported; three are the least");
        assert!(good >= 4, "rules/{id}.md has {good} examples that are not reported; four are the least");
    }
}

/// Whether a finding of the rule is marked in the text.
fn marks(source: &Source, id: &str) -> bool {
    let (lines, _) = annotated::read(&source.path, &source.text);
    let mut says = lines.iter().flat_map(|line| &line.marks).map(|mark| &mark.says);
    says.any(|says| matches!(says, Says::Finding { rule, .. } if rule == id))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
