//! `clarlint guards`: what protects which entrypoint, at one look.

use super::args::GuardsArguments;
use super::choices::{Column, MatrixFormat};
use super::load;
use super::names::Names;
use super::{Console, Exit, Stop};
use crate::report::json;
use crate::rules::look;
use crate::rules::matrix::{Row, rows};

pub fn run(arguments: &GuardsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let names = Names::parse(&arguments.names)?;
    let (project, config) = load::project(&arguments.config, console)?;
    let mut rows = look(&project, &config.policy, &[], rows);
    names.check(rows.iter().map(parts))?;
    rows.retain(|row| {
        let (contract, function) = parts(row);
        names.want(contract, function)
    });
    let columns = match (&arguments.columns[..], arguments.format) {
        // A column that nobody has anything in is no news. Programs get all.
        ([], MatrixFormat::Human | MatrixFormat::Markdown) => {
            let all = Column::ALL.into_iter();
            all.filter(|column| rows.iter().any(|row| !cell(row, *column).is_empty())).collect()
        }
        ([], _) => Column::ALL.to_vec(),
        (given, _) => given.to_vec(),
    };
    let table = Table { rows: &rows, columns: &columns };
    let text = match arguments.format {
        MatrixFormat::Human => rows.iter().map(|row| human(row, &columns)).collect(),
        MatrixFormat::Markdown => table.lines("| ", " | ", " |", "<br>", &|cell| cell.replace('|', "\\|")),
        MatrixFormat::Csv => table.lines("", ",", "", "; ", &quoted),
        MatrixFormat::Json => json::pretty(&rows),
    };
    console.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// The contract and the function of a row.
fn parts(row: &Row) -> (&str, &str) {
    row.entrypoint.rsplit_once('.').unwrap_or((&row.entrypoint, ""))
}

fn cell(row: &Row, column: Column) -> &[String] {
    row.cells()[column as usize].1
}

/// A block for each entrypoint: a table would be wider than any terminal.
fn human(row: &Row, columns: &[Column]) -> String {
    let line = |column: &Column| match cell(row, *column) {
        [] => format!("  {:13}  -\n", column.name()),
        cell => format!("  {:13}  {}\n", column.name(), cell.join(", ")),
    };
    std::iter::once(format!("{}\n", row.entrypoint)).chain(columns.iter().map(line)).collect()
}

struct Table<'a> {
    rows: &'a [Row],
    columns: &'a [Column],
}

impl Table<'_> {
    /// A line for each entrypoint, below a line of headings.
    fn lines(
        &self,
        start: &str,
        between: &str,
        end: &str,
        within: &str,
        escaped: &dyn Fn(&str) -> String,
    ) -> String {
        let headings = std::iter::once("entrypoint").chain(self.columns.iter().map(|column| column.name()));
        let line = |cells: Vec<String>| format!("{start}{}{end}\n", cells.join(between));
        let mut out = line(headings.map(str::to_string).collect());
        if !start.is_empty() {
            out += &line(vec!["---".to_string(); self.columns.len() + 1]);
        }
        for row in self.rows {
            let cells = self.columns.iter().map(|column| escaped(&cell(row, *column).join(within)));
            out += &line(std::iter::once(escaped(&row.entrypoint)).chain(cells).collect());
        }
        out
    }
}

/// A cell of CSV, in quotes where it holds what separates cells.
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}
