//! The page of `clarlint report`: what is on it, that it is well-formed, and that no text of a contract becomes a part
//! of it.

use std::collections::BTreeSet;

use clarlint::cli::Exit;
use insta::assert_snapshot;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::sandbox::{Sandbox, run_in_repository};

/// The page that a command prints.
fn page(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.run(arguments);
    assert_eq!((run.exit, run.stderr.as_str()), (Exit::Clean, ""), "{run}");
    run.stdout
}

/// The elements and the names of attributes of a page; panics unless every element is closed.
fn parts(page: &str) -> (Vec<String>, BTreeSet<String>) {
    let (mut elements, mut attributes, mut open) = (Vec::new(), BTreeSet::new(), 0);
    let mut add = |element: &BytesStart<'_>| {
        elements.push(element.name().as_ref().to_string());
        let names = element.attributes().map(|it| it.expect("an attribute").key.as_ref().to_string());
        attributes.extend(names);
    };
    let mut reader = Reader::from_str(page);
    loop {
        match reader.read_event().expect("the page is well-formed") {
            Event::Start(element) => {
                open += 1;
                add(&element);
            }
            Event::Empty(element) => add(&element),
            Event::End(_) => open -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "every element is closed");
    (elements, attributes)
}

/// The page without its styles and its script, which are files.
fn without_files(page: &str) -> String {
    let mut text = page.to_string();
    for element in ["style", "script"] {
        let (start, end) = (format!("<{element}>"), format!("</{element}>"));
        let range = text.find(&start).expect("it is there") + start.len()..text.find(&end).expect("it ends");
        text.replace_range(range, "..");
    }
    text
}

#[test]
fn what_the_page_looks_like() {
    assert_snapshot!(without_files(&page(&Sandbox::of("tour"), &["report"])));
}

#[test]
fn every_page_is_well_formed_and_complete() {
    for page in [
        page(&Sandbox::of("many"), &["guards", "--format", "html"]),
        page(&Sandbox::of("no-contracts"), &["report"]),
        run_in_repository(&["graph", "--level", "function", "--format", "html"]).stdout,
    ] {
        let (elements, attributes) = parts(&page);
        assert_eq!(elements.iter().filter(|element| *element == "script").count(), 1);
        assert!(!attributes.contains("src"), "nothing is loaded");
    }
}

#[test]
fn no_text_of_a_project_becomes_a_part_of_the_page() {
    let hostile = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>";
    let sandbox = Sandbox::empty();
    sandbox.write(
        "vault.clar",
        format!(
            "(define-map names (string-ascii 90) uint)\n\
             (define-public (set (name (string-ascii 90)))\n  \
             (begin\n    \
             (asserts! (is-eq name \"{hostile}\") (err u1)) ;; {hostile}\n    \
             (ok (map-set names \"]]>{hostile}\" u1))))\n"
        ),
    );
    sandbox.write(
        "contracts/<img onerror=a> & \"'.clar",
        format!("(define-public (f) \"{hostile}\" ;; {hostile}\n"),
    );
    let page = page(&sandbox, &["report"]);
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"), "the texts are on the page");
    let (elements, attributes) = parts(&page);
    assert_eq!(elements.iter().filter(|element| *element == "script").count(), 1);
    assert!(!elements.iter().any(|element| element == "img"));
    assert!(!attributes.iter().any(|name| name.starts_with("on")), "{attributes:?}");
    // Outside its own script, no markup of a contract is left, wherever XML and HTML would part.
    assert!(!without_files(&page).contains("<script>alert"));
    assert!(!page.contains("<!--") && page.matches("]]>").count() == 1);
}

#[test]
fn only_the_project_decides_on_the_page() {
    let (first, second) = (Sandbox::of("many"), Sandbox::of("many"));
    let here = page(&first, &["report"]);
    assert_eq!(second.run_in("contracts", &["report"], "").stdout, here);
    assert_eq!(first.run_on_terminal(&["report"]).stdout, here);
    let written = second.run(&["report", ".", "--output", "report.html"]);
    assert_eq!((written.exit, written.stdout.as_str()), (Exit::Clean, ""), "{written}");
    assert_eq!(second.read("report.html"), here);
}

#[test]
fn a_page_is_never_written_over_a_source() {
    let sandbox = Sandbox::of("tour");
    let before = sandbox.read("vault.clar");
    let run = sandbox.run(&["report", "--output", "vault.clar"]);
    assert_eq!(run.exit, Exit::Failed);
    assert!(run.stderr.contains("would overwrite `vault.clar`"), "{run}");
    assert_eq!(sandbox.read("vault.clar"), before);
}

#[test]
fn other_commands_make_the_page_of_what_they_are_asked_for() {
    let sandbox = Sandbox::of("tour");
    let guards = page(&sandbox, &["guards", "vault.deposit", "--columns", "errors", "--format", "html"]);
    assert!(guards.contains("id=\"guards\" class=\"part first\""), "{guards}");
    assert!(guards.contains("id=\"why-vault.deposit\"") && !guards.contains("id=\"why-vault.withdraw\""));
    let near = run_in_repository(&["graph", "--focus", "treasury", "--format", "html"]).stdout;
    assert!(near.contains("aria-label=\"treasury\"") && !near.contains("aria-label=\"pricing\""));
}

#[test]
fn what_a_branch_does_is_a_part_of_the_page() {
    let sandbox = Sandbox::of("tour");
    sandbox.commit();
    let added = "\n(define-public (open-to-all) (ok (print u1)))\n";
    let vault = sandbox.read("vault.clar");
    sandbox.write("vault.clar", vault + added);
    let page = page(&sandbox, &["diff", "--format", "html"]);
    assert!(page.contains("id=\"changes\" class=\"part first\""), "{page}");
    assert!(page.contains("<h3>vault.open-to-all is new</h3>"), "{page}");
    parts(&page);
}
