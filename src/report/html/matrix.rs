//! The guards of all entrypoints, each with its evidence below it.

use super::markup::Html;
use super::{Page, choice, filters, headings, list};
use crate::rules::matrix::Row;

pub fn write(page: &Page<'_>, html: &mut Html) {
    if page.rows.is_empty() {
        html.with_text("p", &[], "No entrypoint does anything.");
        return;
    }
    filters(html, "entrypoints", |html| {
        html.element("label", &[], |html| {
            html.text("Text ");
            html.void(
                "input",
                &[("type", "search"), ("name", "text"), ("placeholder", "vault.deposit, u403, ..")],
            );
        });
        for (column, &name) in page.columns.iter().enumerate() {
            let values = page.rows.iter().flat_map(|row| cell(row, name)).map(String::as_str);
            choice(html, name, &column.to_string(), values.chain([NONE]));
        }
    });
    let findings = page.findings_by_entrypoint();
    html.element("table", &[("id", "matrix")], |html| {
        html.with_text("caption", &[], "What protects which entrypoint. A name shows the evidence below it.");
        let names: Vec<_> = std::iter::once("entrypoint").chain(page.columns.iter().copied()).collect();
        headings(html, &names);
        for row in &page.rows {
            html.verbatim("\n");
            html.element("tbody", &[], |html| {
                cells(page, html, row);
                let numbers = findings.get(&row.entrypoint).map_or(&[][..], Vec::as_slice);
                evidence(page, html, row, numbers);
            });
        }
    });
}

/// What is chosen to see entrypoints that have nothing in a column; the script knows it, too.
const NONE: &str = "— none";

fn cell<'r>(row: &'r Row, name: &str) -> &'r [String] {
    row.cells().into_iter().find(|(heading, _)| *heading == name).map_or(&[], |(_, cell)| cell)
}

fn cells(page: &Page<'_>, html: &mut Html, row: &Row) {
    html.element("tr", &[], |html| {
        html.element("th", &[("scope", "row")], |html| {
            page.entrypoint(html, &row.entrypoint, &row.entrypoint);
        });
        for name in &page.columns {
            html.element("td", &[("data-label", name)], |html| match cell(row, name) {
                [] => {}
                values => list(html, values),
            });
        }
    });
}

/// What `clarlint why` says of an entrypoint, and the findings about it.
fn evidence(page: &Page<'_>, html: &mut Html, row: &Row, findings: &[usize]) {
    let Some(why) = page.why.get(&row.entrypoint) else { return };
    let columns = (page.columns.len() + 1).to_string();
    html.element("tr", &[("class", "why")], |html| {
        html.element("td", &[("colspan", &columns)], |html| {
            html.element("details", &[], |html| {
                html.with_text("summary", &[], &format!("Evidence for {}", row.entrypoint));
                html.with_text("pre", &[("id", &format!("why-{}", row.entrypoint))], why);
                if findings.is_empty() {
                    return;
                }
                let all: Vec<_> = page.report.new_findings().collect();
                html.element("ul", &[], |html| {
                    for &number in findings {
                        let message = &all[number].diagnostic.message;
                        html.element("li", &[], |html| {
                            html.with_text("a", &[("href", &format!("#finding-{number}"))], message);
                        });
                    }
                });
            });
        });
    });
}
