//! White space and comments between words change no finding, and only the places of what is found.

use clarlint::builtins::ClarityVersion;
use clarlint::check::check;
use clarlint::project::{Epoch, is_contract};
use clarlint::source::{Location, Span};
use clarlint::syntax::{Expr, Kind, parse};
use fastrand::Rng;

use crate::generate::{Choices, typed, untyped};
use crate::rewrites::projects::{Texts, at, bundled, fixtures};
use crate::{environment, spread};

const PROGRAMS: u64 = 40;
const NOISE: &[&str] = &[" ", "\n", "\t", "  \n ", " ;; a note\n", "\n;; (not code \"\n", " ;;\n"];
/// One place in so many gets something.
const ONE_IN: usize = 4;

/// What was put into a text: before which bytes, and how long it is, in order.
struct Inserted(Vec<(u32, u32)>);

impl Inserted {
    fn before(&self, offset: u32, inclusive: bool) -> u32 {
        let is_before = |at: u32| if inclusive { at <= offset } else { at < offset };
        self.0.iter().take_while(|&&(at, _)| is_before(at)).map(|&(_, length)| length).sum()
    }

    fn moved(&self, span: Span) -> Span {
        let start = span.start + self.before(span.start, true);
        // What ends before a word does not reach up to where that has gone.
        Span { start, end: (span.end + self.before(span.end, false)).max(start) }
    }
}

/// The places before words and before closing brackets.
fn places(expr: Expr<'_>, places: &mut Vec<u32>) {
    places.push(expr.span().start);
    if matches!(expr.kind(), Kind::List | Kind::Tuple) {
        expr.children().for_each(|child| self::places(child, places));
        places.push(expr.span().end - 1);
    }
}

fn noisy(text: &str, rng: &mut Rng) -> (String, Inserted) {
    let tree = parse(text.into(), Epoch::LATEST.nesting_limit()).tree;
    let mut all = Vec::new();
    tree.forms().for_each(|form| places(form, &mut all));
    let (mut out, mut from) = (String::new(), 0);
    let mut inserted = Vec::new();
    for place in all {
        if rng.usize(..ONE_IN) == 0 {
            let noise = rng.choice(NOISE).expect("there is some");
            out += &text[from..place as usize];
            out += noise;
            from = place as usize;
            inserted.push((place, noise.len() as u32));
        }
    }
    (out + &text[from..], Inserted(inserted))
}

/// Every finding in one line: its rule, its words and the places that it names.
fn found(texts: &Texts, moved: &dyn Fn(&str, Span) -> Span) -> Vec<String> {
    let (project, config) = texts.read();
    let report = check(&project, &config);
    let place = |at: Location, words: &str| {
        let path = &project.file(at.file).path;
        let span = moved(path, at.span);
        format!(" {path} {}..{} {words}", span.start, span.end)
    };
    let finding = |finding: &clarlint::report::Finding| {
        let found = &finding.diagnostic;
        let mut line = found.rule.to_owned() + &place(found.at, &found.message);
        for label in found.labels.iter().chain(&found.trace) {
            line += &place(label.at, &label.message);
        }
        line + &format!(" help: {}", found.help.as_deref().unwrap_or_default())
    };
    let mut all: Vec<_> = report.findings.iter().map(finding).collect();
    all.sort();
    all
}

fn hold(name: &str, texts: &Texts, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let mut rewritten = texts.clone();
    let mut insertions = Vec::new();
    for (name, text) in texts.files.iter().filter(|(name, _)| is_contract(name.as_ref())) {
        let (text, inserted) = noisy(text, &mut rng);
        rewritten.replace(name, text);
        insertions.push((name.clone(), inserted));
    }
    let moved = |path: &str, span: Span| match insertions.iter().find(|(name, _)| name == path) {
        Some((_, inserted)) => inserted.moved(span),
        None => span,
    };
    let expected = found(texts, &moved);
    let found = found(&rewritten, &|_, span| span);
    let lost: Vec<_> = expected.iter().filter(|finding| !found.contains(finding)).collect();
    let new: Vec<_> = found.iter().filter(|finding| !expected.contains(finding)).collect();
    assert!(expected == found, "{name}:\nlost {lost:#?}\nnew {new:#?}");
}

#[test]
fn findings_of_projects_stay() {
    let folders: Vec<_> = fixtures().into_iter().chain([bundled()]).enumerate().collect();
    spread::over(&folders, |(seed, folder)| {
        hold(&folder.display().to_string(), &at(folder), *seed as u64);
    });
}

#[test]
fn findings_of_generated_projects_stay() {
    spread::over(&environment::seeds(PROGRAMS), |&seed| {
        let version = |number| ClarityVersion::new(number).expect("a version");
        let typed = typed::program(Choices::seeded(seed), 2).contracts;
        let typed = typed.into_iter().map(|(name, text)| (format!("{name}.clar"), text)).collect();
        hold(&format!("typed {seed}"), &Texts::of(typed, version(2)), seed);
        let untyped = untyped::project(Choices::seeded(seed));
        hold(&format!("untyped {seed}"), &Texts::of(untyped, version(4)), seed);
    });
}
