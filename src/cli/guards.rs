//! `clarlint guards`: what protects which entrypoint, at one look.

use super::args::{GraphArguments, GuardsArguments};
use super::choices::{Column, MatrixFormat};
use super::names::Names;
use super::{Console, Exit, Stop};
use super::{load, report};
use crate::report::html::Part;
use crate::report::json;
use crate::rules::look;
use crate::rules::matrix::{Row, rows};

pub fn run(arguments: &GuardsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let names = Names::parse(&arguments.names)?;
    let render: fn(Table<'_>) -> String = match arguments.format {
        MatrixFormat::Human => |table| table.rows.iter().map(|row| human(row, table.columns)).collect(),
        MatrixFormat::Markdown => {
            |table| table.lines("| ", " | ", " |", "<br>", &|cell| cell.replace('|', "\\|"))
        }
        MatrixFormat::Csv => |table| table.lines("", ",", "", "; ", &quoted),
        MatrixFormat::Json => |table| json::pretty(&table.rows),
        MatrixFormat::Html => {
            let (project, config, run) = load::linted(&arguments.config, console)?;
            let mut page = report::page(&project, &config, &run, &GraphArguments::default(), |_| None)?;
            page.rows = part(&names, page.rows)?;
            page.columns = columns(arguments, &page.rows).into_iter().map(Column::name).collect();
            return report::print(&page, Part::Guards, console);
        }
    };
    let (project, config) = load::project(&arguments.config, console)?;
    let rows = part(&names, look(&project, &config.policy, &[], rows))?;
    let table = Table { rows: &rows, columns: &columns(arguments, &rows) };
    console.stdout.write_all(render(table).as_bytes())?;
    Ok(Exit::Clean)
}

/// The rows that are asked for.
fn part(names: &Names, mut rows: Vec<Row>) -> Result<Vec<Row>, Stop> {
    names.check(rows.iter().map(parts))?;
    rows.retain(|row| {
        let (contract, function) = parts(row);
        names.want(contract, function)
    });
    Ok(rows)
}

/// The columns that are asked for. A column that nobody has anything in is no news; programs get all.
fn columns(arguments: &GuardsArguments, rows: &[Row]) -> Vec<Column> {
    match (&arguments.columns[..], arguments.format) {
        ([], MatrixFormat::Csv | MatrixFormat::Json) => Column::ALL.to_vec(),
        ([], _) => filled(rows),
        (given, _) => given.to_vec(),
    }
}

/// The columns that somebody has something in.
pub fn filled(rows: &[Row]) -> Vec<Column> {
    let is_filled = |column: &Column| rows.iter().any(|row| !cell(row, *column).is_empty());
    Column::ALL.into_iter().filter(is_filled).collect()
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
