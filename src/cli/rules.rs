//! `clarlint rules`: what there is.

use serde::Serialize;

use super::choices::TableFormat;
use super::{Console, Exit, Stop};
use crate::report::json;
use crate::rules::{RULES, Rule, clarinet_names, stacy_name};

pub fn run(format: TableFormat, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let rows: Vec<_> = RULES.iter().map(|rule| Row::new(rule)).collect();
    let text = match format {
        TableFormat::Human => human(&rows),
        TableFormat::Markdown => markdown(&rows),
        TableFormat::Json => json::pretty(&rows),
    };
    console.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

#[derive(Serialize)]
struct Row {
    rule: &'static str,
    group: &'static str,
    level: &'static str,
    summary: String,
    /// What Clarinet calls it.
    clarinet: Option<String>,
    /// What Stacy calls it.
    stacy: Option<&'static str>,
}

impl Row {
    fn new(rule: &Rule) -> Self {
        let level = rule.level.map_or("off", |severity| severity.as_str());
        let clarinet = clarinet_names(rule.id).collect::<Vec<_>>().join(", ");
        Self {
            rule: rule.id,
            group: rule.group.as_str(),
            level,
            summary: rule.summary(),
            clarinet: Some(clarinet).filter(|names| !names.is_empty()),
            stacy: stacy_name(rule.id),
        }
    }
}

fn human(rows: &[Row]) -> String {
    let width = |cell: fn(&Row) -> &str| rows.iter().map(|row| cell(row).len()).max().unwrap_or_default();
    let (rules, groups) = (width(|row| row.rule), width(|row| row.group));
    let line = |row: &Row| {
        let Row { rule, level, group, summary, clarinet, stacy } = row;
        let clarinet = clarinet.as_ref().map(|names| format!("Clarinet: {names}"));
        let others: Vec<_> = clarinet.into_iter().chain(stacy.map(|name| format!("Stacy: {name}"))).collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join("; ")) };
        format!("{rule:rules$}  {level:7}  {group:groups$}  {summary}{others}\n")
    };
    rows.iter().map(line).collect()
}

fn markdown(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let summary = row.summary.replace('|', "\\|");
        format!("| [`{0}`](rules/{0}.md) | {1} | {2} | {summary} |\n", row.rule, row.level, row.group)
    };
    let head = "| rule | level | group | what it reports |\n|---|---|---|---|\n";
    std::iter::once(head.to_owned()).chain(rows.iter().map(line)).collect()
}
