//! The adapter around the chain's analyser against that analyser as it is today: for thousands of small contracts and
//! for every project of this repository, in every version, both have to say the same, interfaces included.
//!
//! Asking the chain needs Node.js and takes minutes, so its answers about the generated contracts are written down.
//! `CLARLINT_SKIP_SIMNET=1` leaves out what asks anew.

mod answers;
mod chain;
mod codes;
mod differences;
mod generate;
mod groups;
mod verdict;

use std::collections::BTreeMap;
use std::fmt::Write;

use clarlint::builtins::{ClarityVersion, Word};
use clarlint::project::{Dialect, Project};
use clarlint::types::Ask;

use crate::{environment, npm, oracle};

use chain::Question;
use differences::Differences;
use generate::{Case, cases, lines, words};
use groups::dialects;
use verdict::Verdict;

/// What the adapter says of the generated contracts, in order.
fn adapter_on_cases(cases: &[Case], project: &Project, ask: Ask) -> Vec<Verdict> {
    let verdicts = verdict::adapter(project, ask);
    let by_name: BTreeMap<_, _> =
        verdicts.into_iter().map(|(contract, verdict)| (&contract.name, verdict)).collect();
    let verdicts = cases.iter().enumerate().map(|(at, case)| {
        let verdict = &by_name[&groups::contract_name(at)];
        essential(case, verdict.clone())
    });
    verdicts.collect()
}

fn essential(case: &Case, verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Accepted(interface) => Verdict::Accepted(case.essence(&interface)),
        other => other,
    }
}

fn title(dialect: Dialect, name: &str) -> String {
    format!("{} in {}: {name}", dialect.version, dialect.epoch)
}

fn written(cases: &[Case]) -> Vec<Vec<Verdict>> {
    let text = std::fs::read_to_string(answers::path()).expect("the answers of the chain are written down");
    answers::read(&text, cases, dialects().count())
}

#[test]
fn the_adapter_says_what_the_chain_says() {
    let cases = cases();
    let written = written(&cases);
    let mut all = [Ask::Always, Ask::Doubtful].map(|ask| (ask, Differences::read()));
    for (at, dialect) in dialects().enumerate() {
        let project = groups::generated(&cases, dialect);
        for (ask, differences) in &mut all {
            let adapter = adapter_on_cases(&cases, &project, *ask);
            for ((case, chain), adapter) in cases.iter().zip(&written).zip(&adapter) {
                differences.compare(&title(dialect, &case.name), &chain[at], adapter);
            }
        }
    }
    all.into_iter().for_each(|(_, differences)| differences.judge());
}

/// What inference does not object to the chain takes, with the same types; and there is little that it would have to
/// ask about.
#[test]
fn inference_says_what_the_adapter_says() {
    let cases = cases();
    let mut differences = Vec::new();
    let (mut accepted, mut asked) = (0, 0);
    for dialect in dialects() {
        let mut projects = groups::projects(dialect);
        projects.push(("generated".to_owned(), groups::generated(&cases, dialect)));
        for (_, project) in &projects {
            let found = oracle::compare(project);
            differences.extend(found.differences);
            accepted += found.accepted;
            asked += found.needless.len();
        }
    }
    let first: Vec<_> = differences.iter().take(20).collect();
    assert!(first.is_empty(), "{} differences: {first:#?}", differences.len());
    assert!(asked * 10 <= accepted, "{asked} of {accepted} contracts that the chain takes have doubts");
}

/// The table of builtins is a claim about the chain, too.
#[test]
fn every_word_is_accepted_in_its_versions_only() {
    let cases = cases();
    let written = written(&cases);
    let verdicts: BTreeMap<_, _> = cases.iter().map(|case| &*case.name).zip(&written).collect();
    let forms: Vec<_> = lines(include_str!("forms.txt")).map(|form| (words(form), &verdicts[form])).collect();
    let mut wrong = String::new();
    for word in (0..Word::COUNT).filter_map(Word::at) {
        let uses: Vec<_> = match word {
            Word::Keyword(keyword) => vec![&verdicts[keyword.name()]],
            _ => forms
                .iter()
                .filter(|(words, _)| words.contains(&word))
                .map(|(_, verdicts)| *verdicts)
                .collect(),
        };
        let (first, last) = match word {
            Word::Builtin(builtin) => (builtin.spec().first, builtin.spec().last),
            Word::Keyword(keyword) => keyword.versions(),
            Word::Define(_) => continue,
        };
        for (at, dialect) in dialects().enumerate().take(ClarityVersion::NEWEST.number().into()) {
            let accepted = uses.iter().any(|verdicts| matches!(verdicts[at], Verdict::Accepted(_)));
            if accepted != (first..=last).contains(&dialect.version) {
                let _ = writeln!(wrong, "{} in {}: accepted: {accepted}", word.name(), dialect.version);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Of how many generated contracts one is deployed in every run: all of them take four minutes. `CLARLINT_CHAIN=all`
/// deploys all, and so does what writes the answers down.
const ONE_IN: usize = 16;

#[test]
fn the_chain_is_asked_again() {
    if npm::are_left_out() {
        return;
    }
    let cases = cases();
    let asks_all = environment::blesses() || std::env::var_os("CLARLINT_CHAIN").is_some_and(|it| it == "all");
    let asked: Vec<_> = (0..cases.len()).step_by(if asks_all { 1 } else { ONE_IN }).collect();
    let callee = Project::from_texts([(groups::CALLEE, include_str!("callee.clar"))]);
    let projects: Vec<_> = dialects()
        .map(|dialect| (dialect, groups::generated(&cases, dialect), groups::projects(dialect)))
        .collect();
    let found: Vec<_> = projects
        .iter()
        .map(|(_, _, projects)| {
            projects.iter().map(|(_, project)| verdict::adapter(project, Ask::default())).collect::<Vec<_>>()
        })
        .collect();

    let mut questions = Vec::new();
    let mut deployer = 0;
    for ((dialect, generated, _), found) in projects.iter().zip(&found) {
        let mut deploy =
            |contract, deployer| questions.push(Question { contract, deployer, dialect: *dialect });
        deployer += 1;
        deploy(&callee.contracts[0], deployer);
        for &at in &asked {
            // `from_texts` sorts by path, and `callee` comes before the cases.
            deploy(&generated.contracts[at + 1], deployer);
        }
        for project in found {
            deployer += 1;
            project.iter().for_each(|(contract, _)| deploy(contract, deployer));
        }
    }
    let mut answers = chain::ask(&questions).into_iter();

    let mut differences = Differences::of_projects();
    let mut generated = Vec::new();
    for ((dialect, _, projects), found) in projects.iter().zip(&found) {
        assert!(
            matches!(answers.next(), Some(Verdict::Accepted(_))),
            "the contract that others call is fine"
        );
        let here = asked.iter().zip(answers.by_ref());
        let here = here.map(|(&at, verdict)| (at, essential(&cases[at], verdict)));
        generated.push(here.collect::<BTreeMap<_, _>>());
        for ((name, _), project) in projects.iter().zip(found) {
            for (contract, adapter) in project {
                let chain = answers.next().expect("there is an answer to every question");
                let name = format!("{name}: {}", contract.name);
                differences.compare(&title(*dialect, &name), &chain, adapter);
            }
        }
    }
    let text = answers::write(&cases, &asked, |at| generated.iter().map(|dialect| &dialect[&at]).collect());
    if environment::blesses() {
        std::fs::write(answers::path(), &text).expect("the repository can be written");
    }
    let written = written(&cases);
    let known = answers::write(&cases, &asked, |at| written[at].iter().collect());
    let changed: Vec<_> = text.lines().filter(|line| !known.contains(line)).collect();
    assert!(
        known == text,
        "the chain says something else than is written down; CLARLINT_BLESS=1 writes it anew:\n{changed:#?}"
    );
    differences.judge();
}
