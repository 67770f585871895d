//! What a fuzzer does with bytes. Each of these takes whatever it is given and panics if a law is broken.
//!
//! `fuzz/` searches for bytes that break one; the bytes that it has found, and those that it starts from, stand in
//! `fuzz/seeds/` and are tried here.

pub mod comments;
pub mod configuration;
pub mod manifest;
pub mod project;
pub mod reader;

use clarlint::check::{Run, check_run};
use clarlint::config::Config;
use clarlint::diagnostic::Diagnostic;
use clarlint::project::Project;
use clarlint::report::json;

/// Checks the project twice: both times the same is said, no rule fails, and every place lies in its file.
pub fn hold(project: &Project, config: &Config) {
    hold_run(project, config, &Run::default());
}

pub fn hold_run(project: &Project, config: &Config, run: &Run) {
    let report = check_run(project, config, run);
    let said = json::document(project, &report);
    let findings = report.findings.iter().map(|finding| &finding.diagnostic);
    are_in_place(project, findings);
    assert!(!said.contains("\"internal-error\""), "{said}");
    assert_eq!(said, json::document(project, &check_run(project, config, run)));
}

/// Every place that a diagnostic names is one of its file.
pub fn are_in_place<'d>(project: &Project, diagnostics: impl Iterator<Item = &'d Diagnostic>) {
    for diagnostic in diagnostics {
        let labels = diagnostic.labels.iter().chain(&diagnostic.trace).map(|label| label.at);
        for at in labels.chain([diagnostic.at]) {
            let text = &project.file(at.file).text;
            assert!(text.get(at.span.range()).is_some(), "{diagnostic:#?}\nis not in\n{text}");
        }
    }
}

#[test]
fn seeds_break_no_law() {
    let try_all = |name: &str, run: fn(&[u8])| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
        let seeds = walkdir::WalkDir::new(&folder).min_depth(1).sort_by_file_name();
        let mut count = 0;
        for seed in seeds {
            let path = seed.expect("seeds can be read").into_path();
            println!("{}", path.display());
            run(&std::fs::read(&path).expect("seeds can be read"));
            count += 1;
        }
        assert!(count > 0, "{} holds no seeds", folder.display());
    };
    try_all("comments", comments::run);
    try_all("configuration", configuration::run);
    try_all("manifest", manifest::run);
    try_all("project", project::run);
    try_all("reader", reader::run);
}
