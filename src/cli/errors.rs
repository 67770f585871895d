//! `clarlint errors`: the protocol's error codes, where they are defined and who can return them.

use super::args::ErrorsArguments;
use super::choices::TableFormat;
use super::load;
use super::names::Names;
use super::{Console, Exit, Stop};
use crate::report::json;
use crate::rules::error_table::{ByContract, ErrorTable, Row, error_table};
use crate::rules::{Question, look};

pub fn run(arguments: &ErrorsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(&arguments.config, console)?;
    let table = look(&project, &config.policy, &[Question::Codes], error_table);
    let table = if arguments.names.is_empty() { table } else { part(table, &arguments.names)? };
    let text = match arguments.format {
        TableFormat::Human => human(&table),
        TableFormat::Markdown => markdown(&table),
        TableFormat::Json => json::pretty(&table),
    };
    console.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// The part of the table that speaks of these codes, contracts and entrypoints.
fn part(table: ErrorTable, given: &[String]) -> Result<ErrorTable, Stop> {
    let (codes, names): (Vec<_>, Vec<_>) =
        given.iter().cloned().partition(|name| table.codes.iter().any(|row| row.code == *name));
    let names_only = Names::parse(&names)?;
    let functions = table.codes.iter().map(|row| &row.entrypoints).chain([&table.unknown]);
    let functions: Vec<_> = functions
        .flatten()
        .flat_map(|(contract, functions)| {
            functions.iter().map(move |function| (contract.as_str(), function.as_str()))
        })
        .collect();
    names_only.check(functions.iter().copied())?;
    let wanted = |of: ByContract| -> ByContract {
        let keep = |(contract, mut functions): (String, Vec<String>)| {
            functions.retain(|function| names_only.want(&contract, function));
            (!functions.is_empty()).then_some((contract, functions))
        };
        of.into_iter().filter_map(keep).collect()
    };
    let rows = table.codes.into_iter().filter(|row| codes.is_empty() || codes.contains(&row.code));
    let rows = rows.map(|row| Row { entrypoints: wanted(row.entrypoints), ..row });
    let rows = rows.filter(|row| names.is_empty() || !row.entrypoints.is_empty()).collect();
    let unknown = if codes.is_empty() { wanted(table.unknown) } else { ByContract::new() };
    Ok(ErrorTable { codes: rows, unknown })
}

/// A block for each code: a table would be wider than any terminal.
fn human(table: &ErrorTable) -> String {
    if table.codes.is_empty() && table.unknown.is_empty() {
        return "no entrypoint fails with a code of its own\n".to_string();
    }
    let mut out: String = table.codes.iter().map(block).collect();
    if !table.unknown.is_empty() {
        out += "codes that are not known\n";
        out += &lines("returned by", functions(&table.unknown));
    }
    out
}

fn block(row: &Row) -> String {
    let names: Vec<_> = row.names().into_iter().collect();
    let mut out = format!("{} {}", row.code, names.join(", ")).trim_end().to_string() + "\n";
    out += &lines("defined at", row.constants.iter().map(|constant| constant.place.clone()));
    out += &lines("literal at", row.literals.iter().cloned());
    out += &lines("answer of", row.builtins.iter().cloned());
    out + &lines("returned by", functions(&row.entrypoints))
}

/// A contract and its functions on each line.
fn functions(all: &ByContract) -> impl Iterator<Item = String> + '_ {
    all.iter().map(|(contract, names)| format!("{contract}: {}", names.join(", ")))
}

/// Lines below each other, the first behind a heading.
fn lines(heading: &str, all: impl Iterator<Item = String>) -> String {
    let headings = std::iter::once(heading).chain(std::iter::repeat(""));
    headings.zip(all).map(|(heading, text)| format!("  {heading:11}  {text}\n")).collect()
}

fn markdown(table: &ErrorTable) -> String {
    let mut out = "| code | names | defined at | returned by |\n|---|---|---|---|\n".to_string();
    for row in &table.codes {
        let names: Vec<_> = row.names().into_iter().map(|name| format!("`{name}`")).collect();
        let constants = row.constants.iter().map(|it| &*it.place);
        let others = row.literals.iter().chain(&row.builtins).map(String::as_str);
        let places: Vec<_> = constants.chain(others).collect();
        out += &line(&format!("`{}`", row.code), &names.join(", "), &places.join("<br>"), &row.entrypoints);
    }
    if !table.unknown.is_empty() {
        out += &line("not known", "", "", &table.unknown);
    }
    out
}

fn line(code: &str, names: &str, places: &str, entrypoints: &ByContract) -> String {
    let paths = entrypoints
        .iter()
        .flat_map(|(contract, names)| names.iter().map(move |name| format!("`{contract}.{name}`")));
    format!("| {code} | {names} | {places} | {} |\n", paths.collect::<Vec<_>>().join("<br>"))
}
