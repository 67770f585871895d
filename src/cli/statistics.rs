//! `clarlint check --statistics`: what the rules have inferred, and how much each of them has found.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::graph::Program;
use crate::project::Project;
use crate::report::Report;
use crate::rules::Lint;
use crate::rules::statistics::inferred;

pub fn text(project: &Project, config: &Config, report: &Report) -> String {
    let program = Program::link(project);
    let mut sections = inferred(&mut Lint::new(&program, &config.policy));
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
