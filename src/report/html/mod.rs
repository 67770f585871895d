//! The report as one page that needs nothing else: no network, no server, and for reading no JavaScript. All of it is
//! there as tables and lists; the script filters, and moves about in the graph.

mod changes;
mod errors;
mod findings;
mod graph;
mod layout;
mod markup;
mod matrix;

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::view::View;
use crate::project::Project;
use crate::report::changes::Between;
use crate::report::{Report, human, json};
use crate::rules::changes::Changes;
use crate::rules::error_table::ErrorTable;
use crate::rules::matrix::Row;

use super::graph::Group;
use markup::Html;

/// Everything that the page shows.
pub struct Page<'a> {
    pub project: &'a Project,
    pub report: Report,
    pub view: View,
    /// The box of each node of the view.
    pub groups: Vec<Option<Group>>,
    pub rows: Vec<Row>,
    /// The headings of the cells of rows that are shown.
    pub columns: Vec<&'static str>,
    /// What `clarlint why` says, by entrypoint.
    pub why: BTreeMap<String, String>,
    pub errors: ErrorTable,
    /// What became of another revision, if it is about that.
    pub changes: Option<(Changes, Between<'a>)>,
}

/// The part that a page is opened at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Changes,
    Graph,
    Guards,
    Findings,
    Errors,
}

impl Part {
    /// Its anchor, its heading, and how many things it shows; `None` if the page is not about it.
    fn heading(self, page: &Page<'_>) -> Option<(&'static str, &'static str, usize)> {
        Some(match self {
            Self::Changes => ("changes", "Changes", page.changes.as_ref()?.0.changed.len()),
            Self::Graph => ("graph", "Call graph", page.view.nodes.len()),
            Self::Guards => ("guards", "Guards", page.rows.len()),
            Self::Findings => ("findings", "Findings", page.report.new_findings().count()),
            Self::Errors => ("errors", "Error codes", page.errors.codes.len()),
        })
    }

    fn write(self, page: &Page<'_>, html: &mut Html) {
        match self {
            Self::Changes => changes::write(page, html),
            Self::Graph => graph::write(page, html),
            Self::Guards => matrix::write(page, html),
            Self::Findings => findings::write(page, html),
            Self::Errors => errors::write(page, html),
        }
    }
}

const PARTS: [Part; 5] = [Part::Changes, Part::Graph, Part::Guards, Part::Findings, Part::Errors];

/// What browsers may do with the page: nothing that leaves it, whatever a contract says.
const RIGHTS: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

impl Page<'_> {
    /// The whole document, opened at a part.
    pub fn document(&self, first: Part) -> String {
        let mut html = Html::default();
        html.verbatim("<!DOCTYPE html>\n");
        html.element("html", &[("lang", "en")], |html| {
            html.element("head", &[], |html| {
                html.void("meta", &[("charset", "utf-8")]);
                html.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", RIGHTS)]);
                html.void(
                    "meta",
                    &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")],
                );
                html.with_text("title", &[], "clarlint report");
                html.element("style", &[], |html| html.verbatim(include_str!("page.css")));
            });
            html.element("body", &[], |html| {
                self.header(html);
                html.element("main", &[], |html| {
                    self.summary(html);
                    for part in PARTS {
                        self.part(html, part, part == first);
                    }
                });
                // The comments make the script a text of XML, too.
                html.element("script", &[], |html| {
                    html.verbatim("//<![CDATA[\n");
                    html.verbatim(include_str!("page.js"));
                    html.verbatim("//]]>\n");
                });
            });
        });
        html.verbatim("\n");
        html.into_string()
    }

    fn header(&self, html: &mut Html) {
        html.element("header", &[], |html| {
            html.with_text("h1", &[], "clarlint");
            html.element("nav", &[("aria-label", "Parts")], |html| {
                for (anchor, title, count) in PARTS.iter().filter_map(|part| part.heading(self)) {
                    html.element("a", &[("href", &format!("#{anchor}"))], |html| {
                        html.text(title);
                        html.text(" ");
                        html.with_text("small", &[], &count.to_string());
                    });
                }
            });
        });
    }

    fn summary(&self, html: &mut Html) {
        html.with_text("p", &[("class", "summary")], &human::summary(&self.report));
        let unchecked = human::unchecked(self.project, &self.report);
        if !unchecked.is_empty() {
            html.element("details", &[], |html| {
                html.with_text("summary", &[], "What was not checked");
                html.with_text("pre", &[], &unchecked);
            });
        }
    }

    fn part(&self, html: &mut Html, part: Part, is_first: bool) {
        let Some((anchor, title, _)) = part.heading(self) else { return };
        let class = if is_first { "part first" } else { "part" };
        let heading = format!("{anchor}-heading");
        let attributes = [("id", anchor), ("class", class), ("aria-labelledby", &heading)];
        html.verbatim("\n");
        html.element("section", &attributes, |html| {
            html.with_text("h2", &[("id", &heading)], title);
            part.write(self, html);
        });
    }

    /// Where the evidence of an entrypoint stands, if it is shown.
    fn evidence(&self, entrypoint: &str) -> Option<String> {
        self.why.contains_key(entrypoint).then(|| format!("#why-{entrypoint}"))
    }

    /// An entrypoint that leads to its evidence, called as is said.
    fn entrypoint(&self, html: &mut Html, entrypoint: &str, called: &str) {
        match self.evidence(entrypoint) {
            Some(anchor) => html.with_text("a", &[("href", &anchor)], called),
            None => html.text(called),
        }
    }

    /// The numbers of the findings about each entrypoint.
    fn findings_by_entrypoint(&self) -> BTreeMap<String, Vec<usize>> {
        let contracts = json::contracts(self.project);
        let mut all: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, finding) in self.report.new_findings().enumerate() {
            let diagnostic = &finding.diagnostic;
            if let (Some(contract), Some(function)) =
                (contracts.get(&diagnostic.at.file), &diagnostic.function)
            {
                all.entry(format!("{contract}.{function}")).or_default().push(number);
            }
        }
        all
    }
}

/// What filters a table, for those who have JavaScript: the script shows it.
fn filters(html: &mut Html, of: &str, inner: impl FnOnce(&mut Html)) {
    let label = format!("Filter {of}");
    html.element("form", &[("class", "filters"), ("hidden", "hidden"), ("aria-label", &label)], |html| {
        inner(html);
        html.with_text("output", &[("aria-live", "polite")], "");
    });
}

/// A choice between texts, and all of them.
fn choice<'t>(html: &mut Html, label: &str, name: &str, texts: impl IntoIterator<Item = &'t str>) {
    html.element("label", &[], |html| {
        html.text(label);
        html.text(" ");
        html.element("select", &[("name", name)], |html| {
            html.with_text("option", &[("value", "")], "any");
            for text in BTreeSet::from_iter(texts) {
                html.with_text("option", &[("value", text)], text);
            }
        });
    });
}

/// A box to tick, ticked.
fn ticked(html: &mut Html, name: &str, value: &str, label: impl FnOnce(&mut Html)) {
    html.element("label", &[], |html| {
        let attributes = [("type", "checkbox"), ("name", name), ("value", value), ("checked", "checked")];
        html.void("input", &attributes);
        label(html);
    });
}

/// A row of headings.
fn headings(html: &mut Html, all: &[&str]) {
    html.element("thead", &[], |html| {
        html.element("tr", &[], |html| {
            for heading in all {
                html.with_text("th", &[("scope", "col"), ("data-label", heading)], heading);
            }
        });
    });
}

/// The texts as a list.
fn list(html: &mut Html, texts: impl IntoIterator<Item = impl AsRef<str>>) {
    html.element("ul", &[], |html| {
        texts.into_iter().for_each(|text| html.with_text("li", &[], text.as_ref()));
    });
}
