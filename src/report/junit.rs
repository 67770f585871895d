//! JUnit's XML, for services that show tests: a suite for each file, a case for each finding, one that passes when
//! there are none. A note fails nothing.

use std::collections::HashMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::diagnostic::{Diagnostic, Severity};
use crate::project::Project;
use crate::report::text::one_line;
use crate::report::{Finding, Report};

/// The whole document.
pub fn document(project: &Project, report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory does not fail.
    let written = write(&mut writer, project, report);
    debug_assert!(written.is_ok(), "{written:?}");
    String::from_utf8_lossy(&writer.into_inner()).into_owned() + "\n"
}

fn write(writer: &mut Writer<Vec<u8>>, project: &Project, report: &Report) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = writer.create_element("testsuites").with_attribute(("name", env!("CARGO_PKG_NAME")));
    let mut findings: Vec<_> = report.new_findings().collect();
    findings.sort_by_key(|finding| finding.diagnostic.at.file);
    let counts = Counts::of(&findings);
    suites.with_attributes(counts.attributes()).write_inner_content(|writer| {
        if findings.is_empty() {
            return clean(writer);
        }
        let of_one_file = |a: &&Finding, b: &&Finding| a.diagnostic.at.file == b.diagnostic.at.file;
        findings.chunk_by(of_one_file).try_for_each(|findings| suite(writer, project, findings))
    })?;
    Ok(())
}

/// Services take a report without cases for a run that went wrong.
fn clean(writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let suite = writer.create_element("testsuite").with_attribute(("name", env!("CARGO_PKG_NAME")));
    suite.with_attributes(Counts::of(&[]).attributes()).write_inner_content(|writer| {
        let attributes = [("name", "no findings"), ("classname", env!("CARGO_PKG_NAME"))];
        writer.create_element("testcase").with_attributes(attributes).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn suite(writer: &mut Writer<Vec<u8>>, project: &Project, findings: &[&Finding]) -> io::Result<()> {
    let path = valid(&project.file(findings[0].diagnostic.at.file).path);
    let suite = writer.create_element("testsuite").with_attribute(("name", path.as_str()));
    let mut names = HashMap::new();
    suite.with_attributes(Counts::of(findings).attributes()).write_inner_content(|writer| {
        findings.iter().try_for_each(|finding| {
            let name = name(&finding.diagnostic, &mut names);
            case(writer, project, (&path, &name), &finding.diagnostic)
        })
    })?;
    Ok(())
}

/// Services know a case again by its name, and drop the second of two that have the same: no lines, but numbers where
/// needed.
fn name(diagnostic: &Diagnostic, seen: &mut HashMap<String, usize>) -> String {
    let name = format!("{}: {}", diagnostic.rule, valid(&diagnostic.message));
    let times = seen.entry(name.clone()).or_default();
    *times += 1;
    if *times == 1 { name } else { format!("{name} ({times})") }
}

fn case(
    writer: &mut Writer<Vec<u8>>,
    project: &Project,
    (path, name): (&str, &str),
    diagnostic: &Diagnostic,
) -> io::Result<()> {
    let start = project.file(diagnostic.at.file).positions(diagnostic.at.span).0;
    let message = valid(&diagnostic.message);
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {}", valid(help))).unwrap_or_default();
    let text = format!("{path}:{}:{}: {message}{help}", start.line + 1, start.character + 1);
    let file = valid(&project.repository_path(diagnostic.at.file));
    let attributes = [("name", name), ("classname", path), ("file", &file)];
    writer.create_element("testcase").with_attributes(attributes).write_inner_content(|writer| {
        let outcome = match diagnostic.severity {
            Severity::Note => writer.create_element("system-out"),
            severity => writer
                .create_element("failure")
                .with_attributes([("type", severity.as_str()), ("message", message.as_str())]),
        };
        outcome.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

struct Counts {
    tests: String,
    failures: String,
}

impl Counts {
    fn of(findings: &[&Finding]) -> Self {
        let fails = |finding: &&&Finding| finding.diagnostic.severity > Severity::Note;
        let failures = findings.iter().filter(fails).count();
        Self { tests: findings.len().max(1).to_string(), failures: failures.to_string() }
    }

    fn attributes(&self) -> [(&str, &str); 3] {
        [("tests", &self.tests), ("failures", &self.failures), ("errors", "0")]
    }
}

/// `text` without what XML cannot hold in any form.
fn valid(text: &str) -> String {
    one_line(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
