//! Random programs of valid expressions through the whole pipeline: no panic, and the same bytes every time.

use clarlint::check::check;
use clarlint::config::Config;
use clarlint::project::Project;
use clarlint::report::json;

use crate::generate::{Choices, untyped};
use crate::{environment, spread};

/// How many programs are checked; `CLARLINT_PROGRAMS` asks for more.
const PROGRAMS: u64 = 3_000;

#[test]
fn random_programs_are_checked_without_a_panic_and_alike() {
    let told = spread::over(&environment::seeds(PROGRAMS), |&seed| {
        let texts = untyped::project(Choices::seeded(seed));
        let run = || {
            let project =
                Project::from_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
            for contract in &project.contracts {
                assert!(contract.syntax.errors.is_empty(), "seed {seed}: {:?}", contract.syntax.errors);
            }
            let report = check(&project, &Config::default());
            (json::document(&project, &report), report)
        };
        let (first, report) =
            std::panic::catch_unwind(run).unwrap_or_else(|_| panic!("seed {seed}: {texts:#?}"));
        assert!(!first.contains("\"internal-error\""), "seed {seed}: {first}\n{texts:#?}");
        assert_eq!(first, run().0, "seed {seed}");
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        [bytes, report.findings.len(), report.summary.unchecked_functions]
    });
    let [bytes, findings, unchecked] = [0, 1, 2].map(|at| told.iter().map(|told| told[at]).sum::<usize>());
    eprintln!("{bytes} bytes, {findings} findings, {unchecked} functions not checked");
    assert!(findings > 0);
}
