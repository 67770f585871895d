//! Comparing what is marked with what is reported, both ways, and writing down what is reported.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::environment;

use super::annotated::{self, Line, Mark, Says};
use super::case::{Case, Place, Reported, Source};

/// Runs every case and fails with all that is not as it is marked, or marks all that is reported.
pub fn hold(cases: &[Case]) {
    let mut failures = String::new();
    let mut edits = Edits::default();
    for case in cases {
        let reported = case.run();
        match environment::blesses() {
            true => case.sources.iter().for_each(|source| edits.bless(source, &reported)),
            false => failures += &differences(case, &reported),
        }
    }
    edits.apply();
    assert!(
        failures.is_empty(),
        "\n{failures}\nCLARLINT_BLESS=1 cargo test rules:: marks what is reported; read it before you keep it.\n"
    );
}

/// What is marked and not reported, and what is reported and not marked, line by line.
fn differences(case: &Case, reported: &[Reported]) -> String {
    let mut out = String::new();
    let mut marked = vec![false; reported.len()];
    for source in &case.sources {
        let (lines, faults) = annotated::read(&source.path, &source.text);
        for (number, fault) in faults {
            let _ = writeln!(out, "{}\n  {fault}", source.place(number));
        }
        for line in &lines {
            let mut wrong: Vec<String> = Vec::new();
            for mark in &line.marks {
                match exact(source, line, mark, reported, &marked) {
                    Some(index) => {
                        marked[index] = true;
                        let help = &reported[index].help;
                        if mark.help.is_some() && mark.help != *help {
                            wrong.push(format!("expected  help: {}", mark.help.as_deref().unwrap_or("")));
                            wrong.push(format!("reported  help: {}", help.as_deref().unwrap_or("none")));
                        }
                    }
                    None if is_met(source, line, mark, reported) => {}
                    None => wrong.push(format!("expected  {}", shown(&mark.columns, &mark.says))),
                }
            }
            let here = |place: &Place| place.path == source.path && place.line == line.number;
            for (index, finding) in reported.iter().enumerate().filter(|(_, finding)| here(&finding.at)) {
                if !marked[index] {
                    marked[index] = true;
                    let todo = line.marks.iter().any(|mark| is_todo(mark, finding.rule));
                    let word = if todo { "done, now reported" } else { "reported" };
                    wrong.push(format!("{word}  {}", shown(&finding.at.columns, &finding.says())));
                }
            }
            let labels = line
                .marks
                .iter()
                .any(|mark| matches!(mark.says, Says::Label(_)) && !is_met(source, line, mark, reported));
            if labels {
                let labels = reported.iter().flat_map(|finding| &finding.labels);
                for (place, message) in labels.filter(|(place, _)| here(place)) {
                    wrong.push(format!("reported  {}", shown(&place.columns, &Says::Label(message.clone()))));
                }
            }
            if !wrong.is_empty() {
                let _ = writeln!(out, "{}\n  | {}", source.place(line.number), line.text);
                wrong.iter().for_each(|wrong| out += &format!("  {wrong}\n"));
            }
        }
    }
    for (finding, _) in reported.iter().zip(marked).filter(|(_, marked)| !marked) {
        let home = case.sources.first().map(|source| source.place(0)).unwrap_or_default();
        let _ = writeln!(out, "{home}\n  reported in `{}`  {}", finding.at.path, finding.says());
    }
    out
}

fn shown(columns: &std::ops::Range<usize>, says: &Says) -> String {
    format!("{}..{} {says}", columns.start, columns.end)
}

/// The finding that a mark speaks of and that no other mark has taken.
fn exact(source: &Source, line: &Line, mark: &Mark, reported: &[Reported], taken: &[bool]) -> Option<usize> {
    let says = |finding: &Reported| match &mark.says {
        Says::TodoOk { rule, message } => rule == finding.rule && *message == finding.message,
        other => *other == finding.says(),
    };
    (0..reported.len()).find(|&index| {
        !taken[index] && reported[index].at == place(source, line, mark) && says(&reported[index])
    })
}

/// Whether a mark that is no finding is as it should be.
fn is_met(source: &Source, line: &Line, mark: &Mark, reported: &[Reported]) -> bool {
    match &mark.says {
        // The finding, if there is one, is reported as not marked.
        Says::TodoError { .. } => true,
        Says::Label(message) => {
            let wanted = (place(source, line, mark), message.clone());
            reported.iter().any(|finding| finding.labels.contains(&wanted))
        }
        _ => false,
    }
}

fn is_todo(mark: &Mark, reported: &str) -> bool {
    matches!(&mark.says, Says::TodoError { rule, .. } if rule == reported)
}

fn place(source: &Source, line: &Line, mark: &Mark) -> Place {
    Place { path: source.path.clone(), line: line.number, columns: mark.columns.clone() }
}

impl Reported {
    fn says(&self) -> Says {
        let (rule, message) = (self.rule.to_owned(), self.message.clone());
        Says::Finding { severity: self.severity, rule, message }
    }
}

impl Source {
    /// `rules/x.md:12`, the line from zero within this source.
    fn place(&self, line: usize) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let host = self.host.strip_prefix(root).unwrap_or(&self.host);
        format!("{}:{}", host.display(), self.first_line + line + 1)
    }
}

/// New texts for parts of files: by file and first line, how many lines they replace and with what.
#[derive(Default)]
struct Edits(BTreeMap<(PathBuf, usize), (usize, String)>);

impl Edits {
    fn bless(&mut self, source: &Source, reported: &[Reported]) {
        let (mut lines, _) = annotated::read(&source.path, &source.text);
        for line in &mut lines {
            bless_line(source, line, reported);
        }
        let text = annotated::write(&source.path, &lines);
        if text != source.text {
            let key = (source.host.clone(), source.first_line);
            self.0.insert(key, (source.text.lines().count(), text));
        }
    }

    fn apply(self) {
        for ((host, first_line), (count, text)) in self.0.into_iter().rev() {
            let old = std::fs::read_to_string(&host).expect("a file that was read can be read again");
            let mut lines: Vec<_> = old.lines().collect();
            lines.splice(first_line..first_line + count, text.lines());
            std::fs::write(&host, lines.join("\n") + "\n").expect("a file of the repository can be written");
        }
    }
}

/// Marks become what is reported at their line, first those that are still true, then those of the same rule. Todo
/// marks stay as long as they are to do.
fn bless_line(source: &Source, line: &mut Line, reported: &[Reported]) {
    let is_here = |place: &Place| place.path == source.path && place.line == line.number;
    let mut taken: Vec<_> = reported.iter().map(|finding| !is_here(&finding.at)).collect();
    let marks = std::mem::take(&mut line.marks);
    let mut found: Vec<Option<usize>> = Vec::new();
    for mark in &marks {
        let index = exact(source, line, mark, reported, &taken);
        index.into_iter().for_each(|index| taken[index] = true);
        found.push(index);
    }
    for (mark, found) in marks.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
        let same_rule = |&index: &usize| !taken[index] && mark.says.rule() == Some(reported[index].rule);
        *found = (0..reported.len()).find(same_rule);
        found.iter().for_each(|&index| taken[index] = true);
    }
    let labels = || reported.iter().flat_map(|finding| &finding.labels).filter(|(place, _)| is_here(place));
    let mut blessed: Vec<Mark> = Vec::new();
    for (mark, found) in marks.iter().zip(found) {
        let met = is_met(source, line, mark, reported);
        let new = match (&mark.says, found.map(|index| &reported[index])) {
            (Says::TodoOk { rule, .. }, Some(finding)) => {
                let says = Says::TodoOk { rule: rule.clone(), message: finding.message.clone() };
                Some(Mark { columns: finding.at.columns.clone(), says, help: None })
            }
            (_, Some(finding)) => Some(Mark {
                columns: finding.at.columns.clone(),
                says: finding.says(),
                help: mark.help.as_ref().and(finding.help.clone()),
            }),
            (Says::TodoError { .. } | Says::Label(_), None) if met => Some(mark.clone()),
            (Says::Label(_), None) => labels()
                .map(|(place, message)| Mark {
                    columns: place.columns.clone(),
                    says: Says::Label(message.clone()),
                    help: None,
                })
                .find(|label| !blessed.contains(label) && !marks.contains(label)),
            _ => None,
        };
        blessed.extend(new);
    }
    for (finding, _) in reported.iter().zip(taken).filter(|(_, taken)| !taken) {
        blessed.push(Mark { columns: finding.at.columns.clone(), says: finding.says(), help: None });
    }
    line.marks = blessed;
}
