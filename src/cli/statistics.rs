//! `clarlint check --statistics`: what the rules have inferred, and how much each of them has found.

use std::collections::BTreeMap;

use crate::analysis::Analysis;
use crate::report::Report;
use crate::rules::statistics::inferred;
use crate::rules::{Digest, Lint};

pub fn text(analysis: &Analysis<'_>, digest: Digest, report: &Report) -> String {
    let mut sections = inferred(&mut Lint::of_project(analysis, digest));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.diagnostic.rule).or_default() += 1;
    }
    sections.push(("findings", counts.iter().map(|(rule, count)| format!("{rule}: {count}")).collect()));
    sections.iter().map(|(heading, lines)| section(heading, lines)).collect()
}

fn section(heading: &str, lines: &[String]) -> String {
    let lines = if lines.is_empty() {
        "  none\n".to_string()
    } else {
        lines.iter().map(|it| format!("  {it}\n")).collect()
    };
    format!("{heading}\n{lines}")
}
