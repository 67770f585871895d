//! What the documentation shows is what the program prints: every console block of README.md and docs/ is run, and so is
//! what stands between `<!-- clarlint ARGUMENTS -->` and `<!-- end -->`, in the repository itself.
//! `CLARLINT_BLESS=1 cargo test docs::` rewrites both. A block of TOML that is marked as `clarlint.toml` is the
//! configuration of what is run after it, and has to be one without mistakes.

use std::fs;
use std::path::{Path, PathBuf};

use clarlint::rules::{RULES, Rule};

use crate::environment;
use crate::sandbox::Sandbox;

const PART_START: &str = "<!-- clarlint ";
const PART_END: &str = "<!-- end -->";
const FENCE: &str = "```\n";
const CONFIGURATION: &str = "```toml clarlint.toml\n";
const PROJECT_FIRST: &str = "`$ cd fixtures/projects/NAME` comes first";

#[test]
fn documents_show_real_output() {
    for path in documents() {
        let text = fs::read_to_string(&path).expect("the document can be read");
        let shown = with_parts(&with_output(&text));
        if shown == text {
            continue;
        }
        if environment::blesses() {
            fs::write(&path, shown).expect("the document can be written");
            continue;
        }
        let differs = text.lines().zip(shown.lines()).position(|(is, should_be)| is != should_be);
        let line = differs.unwrap_or_else(|| text.lines().count().min(shown.lines().count()));
        panic!(
            "{}:{} is not what the program prints\n  shown    {:?}\n  printed  {:?}\n\
             `CLARLINT_BLESS=1 cargo test docs::` rewrites it; read it before you keep it",
            path.display(),
            line + 1,
            text.lines().nth(line),
            shown.lines().nth(line),
        );
    }
}

/// The site has a page for each rule, and a table of contents.
#[test]
fn the_site_has_a_page_for_every_rule() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages = vec![(docs.join("SUMMARY.md"), summary(&docs))];
    pages.extend(RULES.iter().map(|rule| (docs.join("rules").join(format!("{}.md", rule.id)), page(rule))));
    let blesses = environment::blesses();
    if blesses {
        let _ = fs::remove_dir_all(docs.join("rules"));
        fs::create_dir_all(docs.join("rules")).expect("folders can be made");
    }
    for (path, page) in &pages {
        if blesses {
            fs::write(path, page).expect("it can be written");
        } else {
            let text = fs::read_to_string(path).unwrap_or_default();
            assert!(text == *page, "`CLARLINT_BLESS=1 cargo test docs::` writes {}", path.display());
        }
    }
    let there = fs::read_dir(docs.join("rules")).expect("the pages are there").count();
    assert_eq!(
        there,
        RULES.len(),
        "`CLARLINT_BLESS=1 cargo test docs::` takes out pages of rules that are gone"
    );
}

/// The rule's document with what its reader wants to know first.
fn page(rule: &Rule) -> String {
    let level = rule.level.map_or("off unless it is asked for", |level| level.as_str());
    let (title, rest) = rule.doc.split_once('\n').expect("a document begins with its title");
    format!("{title}\n\nLevel: {level}. Group: {}.\n{rest}", rule.group.as_str())
}

fn summary(docs: &Path) -> String {
    let title = |path: &str| {
        let text = fs::read_to_string(docs.join(path)).expect("the document can be read");
        text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("it has a title").to_string()
    };
    let chapters = [
        "install.md",
        "adoption.md",
        "configuration.md",
        "suppressions.md",
        "ci.md",
        "review.md",
        "editors.md",
        "output.md",
    ];
    let chapters = chapters.map(|path| format!("- [{}]({path})\n", title(path))).concat();
    let rule = |rule: &&Rule| format!("- [{0}](rules/{0}.md)\n", rule.id);
    let rules = RULES.iter().map(rule).collect::<String>();
    format!("# Summary\n\n{chapters}\n# Rules\n\n{rules}")
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).into_iter().flatten().filter_map(Result::ok);
    let mut documents: Vec<_> = docs.map(|entry| entry.path()).collect();
    documents.retain(|path| !path.ends_with("SUMMARY.md"));
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents.extend(["README.md", "contracts/README.md"].map(|path| root.join(path)));
    documents.sort();
    documents
}

/// The text with the output of every `$ clarlint ..` of its console blocks as it is printed now. A block runs in a copy
/// of the project that `$ cd fixtures/projects/NAME` names.
fn with_output(text: &str) -> String {
    let mut out = String::new();
    let mut sandbox = None;
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        out.push_str(line);
        if line == CONFIGURATION {
            let text: String = lines.by_ref().take_while(|line| *line != FENCE).collect();
            out += &text;
            out += FENCE;
            configure(sandbox.as_ref().expect(PROJECT_FIRST), &text);
        }
        if line != "```console\n" {
            continue;
        }
        let mut shows_output = false;
        for line in lines.by_ref() {
            let ends = line == FENCE;
            if ends || line.starts_with("$ ") {
                out.push_str(line);
                shows_output = false;
            } else if !shows_output {
                out.push_str(line);
            }
            if ends {
                break;
            }
            if let Some(project) = line.strip_prefix("$ cd fixtures/projects/") {
                sandbox = Some(Sandbox::of(project.trim_end()));
            } else if let Some(arguments) = line.strip_prefix("$ clarlint") {
                let sandbox = sandbox.as_ref().expect(PROJECT_FIRST);
                let arguments: Vec<_> = arguments.split_whitespace().collect();
                out.push_str(sandbox.run(&arguments).stdout.as_str());
                shows_output = true;
            }
        }
    }
    out
}

/// Gives a project the configuration that is shown, of which nothing may be wrong.
fn configure(sandbox: &Sandbox, text: &str) {
    sandbox.write("clarlint.toml", text);
    let run = sandbox.run(&["--format", "short", "--select", "unused-policy-entry"]);
    assert_ne!(run.code(), 2, "{text}\n{run}");
    assert!(!run.stdout.contains("[unused-policy-entry]"), "{text}\n{run}");
}

/// The text with the output of every marked part as it is now. What is drawn for Mermaid is fenced for it.
fn with_parts(text: &str) -> String {
    let mut parts = text.split(PART_START);
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (arguments, rest) = part.split_once(" -->\n").expect("the mark is a line");
        let (_, after) = rest.split_once(PART_END).expect("a marked part has an end");
        let given: Vec<_> = arguments.split_whitespace().collect();
        let printed = crate::sandbox::run_in_repository(&given).stdout;
        let printed = match given.contains(&"mermaid") {
            true => format!("\n```mermaid\n{printed}```\n\n"),
            false => printed,
        };
        out += &format!("{PART_START}{arguments} -->\n{printed}{PART_END}{after}");
    }
    out
}
