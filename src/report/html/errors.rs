//! The error codes, where they come from, and who can return them.

use super::markup::Html;
use super::{Page, headings, list};
use crate::rules::error_table::ByContract;

pub fn write(page: &Page<'_>, html: &mut Html) {
    let table = &page.errors;
    if table.codes.is_empty() && table.unknown.is_empty() {
        html.with_text("p", &[], "No entrypoint fails with a code of its own.");
        return;
    }
    html.element("table", &[], |html| {
        html.with_text("caption", &[], "The codes that entrypoints can fail with.");
        headings(html, &["code", "names", "defined at", "returned by"]);
        html.element("tbody", &[], |html| {
            for row in &table.codes {
                let constants = row.constants.iter().map(|constant| &constant.place);
                line(
                    page,
                    html,
                    &row.code,
                    row.names(),
                    constants.chain(&row.literals).chain(&row.builtins),
                    &row.entrypoints,
                );
            }
            if !table.unknown.is_empty() {
                let none: [&String; 0] = [];
                line(page, html, "not known", [""; 0], none, &table.unknown);
            }
        });
    });
}

fn line<'a>(
    page: &Page<'_>,
    html: &mut Html,
    code: &str,
    names: impl IntoIterator<Item = impl AsRef<str>>,
    places: impl IntoIterator<Item = &'a String>,
    entrypoints: &ByContract,
) {
    html.verbatim("\n");
    html.element("tr", &[], |html| {
        html.with_text("th", &[("scope", "row")], code);
        html.element("td", &[("data-label", "names")], |html| list(html, names));
        html.element("td", &[("data-label", "defined at")], |html| list(html, places));
        html.element("td", &[("data-label", "returned by")], |html| {
            html.element("ul", &[], |html| {
                for (contract, functions) in entrypoints {
                    html.element("li", &[], |html| returned_by(page, html, contract, functions));
                }
            });
        });
    });
}

/// A contract and its functions.
fn returned_by(page: &Page<'_>, html: &mut Html, contract: &str, functions: &[String]) {
    html.text(contract);
    for (index, function) in functions.iter().enumerate() {
        html.text(if index == 0 { ": " } else { ", " });
        page.entrypoint(html, &format!("{contract}.{function}"), function);
    }
}
