//! `clarlint guards`: what protects which entrypoint, at one look.

use super::args::{GuardsArguments, MatrixFormat};
use super::load;
use super::{Console, Exit, Stop};
use crate::analysis::Analysis;
use crate::graph::Program;
use crate::report::json;
use crate::rules::matrix::{Row, rows};
use crate::rules::{Lint, gather};

pub fn run(arguments: &GuardsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(&arguments.config, console)?;
    let program = Program::link(&project);
    let analysis = Analysis::new(&program, &config.policy, None);
    let rows = rows(&mut Lint::of_project(&analysis, gather(&analysis, &[])));
    let text = match arguments.format {
        MatrixFormat::Human => rows.iter().map(human).collect(),
        MatrixFormat::Markdown => table(&rows, "| ", " | ", " |", "<br>", &|cell| cell.replace('|', "\\|")),
        MatrixFormat::Csv => table(&rows, "", ",", "", "; ", &quoted),
        MatrixFormat::Json => json::pretty(&rows),
    };
    console.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// A block for each entrypoint: a table would be wider than any terminal.
fn human(row: &Row) -> String {
    let line = |(heading, cell): (&str, &[String])| match cell {
        [] => format!("  {heading:13}  -\n"),
        cell => format!("  {heading:13}  {}\n", cell.join(", ")),
    };
    std::iter::once(format!("{}\n", row.entrypoint)).chain(row.cells().into_iter().map(line)).collect()
}

/// A line for each entrypoint, below a line of headings.
fn table(
    rows: &[Row],
    start: &str,
    between: &str,
    end: &str,
    within: &str,
    escaped: &dyn Fn(&str) -> String,
) -> String {
    let headings = ["entrypoint", "effects", "breakers", "limiters", "authorisation", "identity", "errors"];
    let line = |cells: Vec<String>| format!("{start}{}{end}\n", cells.join(between));
    let mut out = line(headings.map(str::to_string).into());
    if !start.is_empty() {
        out += &line(vec!["---".to_string(); headings.len()]);
    }
    for row in rows {
        let cells = row.cells().map(|(_, cell)| escaped(&cell.join(within)));
        out += &line(std::iter::once(escaped(&row.entrypoint)).chain(cells).collect());
    }
    out
}

/// A cell of CSV, in quotes where it holds what separates cells.
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}
