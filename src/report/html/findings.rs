//! The findings, by file, with the code that they are about.

use std::collections::BTreeMap;
use std::io;

use codespan_reporting::diagnostic::{LabelStyle, Severity};
use codespan_reporting::term::{GeneralWriteResult, WriteStyle};

use super::markup::Html;
use super::{Page, choice, filters, ticked};
use crate::report::human::Sources;
use crate::report::{Finding, rule_url};

pub fn write(page: &Page<'_>, html: &mut Html) {
    let mut files: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
    for (number, finding) in page.report.new_findings().enumerate() {
        let path = &page.project.file(finding.diagnostic.at.file).path;
        files.entry(path).or_default().push((number, finding));
    }
    if files.is_empty() {
        html.with_text("p", &[], "No findings.");
        return;
    }
    filters(html, "findings", |html| {
        for severity in ["error", "warning", "note"] {
            ticked(html, "severity", severity, |html| html.text(severity));
        }
        choice(html, "rule", "rule", page.report.new_findings().map(|finding| finding.diagnostic.rule));
    });
    let sources = Sources::new(&page.project.files);
    for (path, findings) in files {
        html.verbatim("\n");
        html.element("details", &[("class", "file"), ("open", "open")], |html| {
            html.element("summary", &[], |html| {
                html.with_text("h3", &[], path);
                html.with_text("small", &[], &format!(" {}", findings.len()));
            });
            findings.iter().for_each(|&(number, finding)| write_one(page, html, &sources, number, finding));
        });
    }
}

fn write_one(page: &Page<'_>, html: &mut Html, sources: &Sources<'_>, number: usize, finding: &Finding) {
    let diagnostic = &finding.diagnostic;
    let severity = diagnostic.severity.as_str();
    let file = page.project.file(diagnostic.at.file);
    let start = file.position(diagnostic.at.span.start);
    let attributes = [
        ("id", &*format!("finding-{number}")),
        ("class", "finding"),
        ("data-severity", severity),
        ("data-rule", diagnostic.rule),
    ];
    html.element("article", &attributes, |html| {
        html.element("h4", &[], |html| {
            html.with_text("span", &[("class", severity)], severity);
            html.text(" ");
            html.text(&diagnostic.message);
        });
        html.element("p", &[("class", "place")], |html| {
            html.text(&format!("{}:{}:{} ", file.path, start.line + 1, start.character + 1));
            match rule_url(diagnostic.rule) {
                Some(url) => html.with_text("a", &[("href", &url), ("rel", "noreferrer")], diagnostic.rule),
                None => html.text(diagnostic.rule),
            }
        });
        html.element("pre", &[("tabindex", "0")], |html| {
            let mut spans = Spans::new(html);
            sources.write(diagnostic, &mut spans);
            spans.close();
        });
    });
}

/// Styles of a snippet as classes. Its first line says what the heading of the finding has said, and is left out.
struct Spans<'h> {
    html: &'h mut Html,
    is_in_first_line: bool,
    is_open: bool,
    /// Line ends that are written when more follows: the last ones are none to show.
    held: String,
}

impl<'h> Spans<'h> {
    fn new(html: &'h mut Html) -> Self {
        Self { html, is_in_first_line: true, is_open: false, held: String::new() }
    }

    fn style(&mut self, class: &str) -> GeneralWriteResult {
        self.close();
        if !self.is_in_first_line {
            self.html.open_span(class);
            self.is_open = true;
        }
        Ok(())
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.html.close_span();
        }
    }
}

impl io::Write for Spans<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let shown = match text.split_once('\n').filter(|_| self.is_in_first_line) {
            Some((_, shown)) => {
                self.is_in_first_line = false;
                shown
            }
            None if self.is_in_first_line => "",
            None => &text,
        };
        let text = shown.trim_end_matches('\n');
        if !text.is_empty() {
            self.html.text(&std::mem::take(&mut self.held));
            self.html.text(text);
        }
        self.held += &shown[text.len()..];
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteStyle for Spans<'_> {
    fn set_header(&mut self, _: Severity) -> GeneralWriteResult {
        self.style("header")
    }

    fn set_header_message(&mut self) -> GeneralWriteResult {
        self.style("header")
    }

    fn set_line_number(&mut self) -> GeneralWriteResult {
        self.style("number")
    }

    fn set_note_bullet(&mut self) -> GeneralWriteResult {
        self.style("number")
    }

    fn set_source_border(&mut self) -> GeneralWriteResult {
        self.style("number")
    }

    fn set_label(&mut self, severity: Severity, style: LabelStyle) -> GeneralWriteResult {
        match (style, severity) {
            (LabelStyle::Secondary, _) => self.style("secondary"),
            (LabelStyle::Primary, Severity::Bug | Severity::Error) => self.style("error"),
            (LabelStyle::Primary, Severity::Warning) => self.style("warning"),
            (LabelStyle::Primary, Severity::Note | Severity::Help) => self.style("note"),
        }
    }

    fn reset(&mut self) -> GeneralWriteResult {
        self.close();
        Ok(())
    }
}
