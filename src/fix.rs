//! Making the changes that findings propose.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Applicability, Edit, Fix};
use crate::project::Project;
use crate::report::Report;
use crate::source::{FileId, Location, SourceFile, Span};

/// The texts that come out when the changes are made that findings to be looked at propose. Of two that concern the
/// same piece of text the second waits for another round; a contract that does not parse is left alone.
pub fn fixed(project: &Project, report: &Report, up_to: Applicability) -> BTreeMap<FileId, String> {
    let broken = project.contracts.iter().filter(|contract| !contract.syntax.errors.is_empty());
    let broken: BTreeSet<_> = broken.map(|contract| contract.file).collect();
    let mut taken: BTreeMap<FileId, (BTreeMap<u32, u32>, Vec<&Edit>)> = BTreeMap::new();
    let fixes = report.new_findings().filter_map(|finding| finding.diagnostic.fix.as_ref());
    for fix in fixes.filter(|fix| fix.applicability == Applicability::Safe || fix.applicability == up_to) {
        let extents = extents(fix);
        let is_free = |(file, extent): (&FileId, &Span)| {
            !broken.contains(file) && taken.get(file).is_none_or(|(taken, _)| !meets(*extent, taken))
        };
        if !extents.iter().all(is_free) {
            continue;
        }
        for (file, extent) in extents {
            taken.entry(file).or_default().0.insert(extent.start, extent.end);
        }
        for edit in &fix.edits {
            taken.entry(edit.at.file).or_default().1.push(edit);
        }
    }
    taken.into_iter().map(|(file, (_, edits))| (file, applied(project.file(file), edits))).collect()
}

/// From the first edit to the last: what lies between was looked at when the change was thought of.
fn extents(fix: &Fix) -> BTreeMap<FileId, Span> {
    let mut extents: BTreeMap<FileId, Span> = BTreeMap::new();
    for Location { file, span } in fix.edits.iter().map(|edit| edit.at) {
        let extent = extents.entry(file).or_insert(span);
        *extent = Span::new(extent.start.min(span.start), extent.end.max(span.end));
    }
    extents
}

/// Whether a piece of text touches what is changed already, given as starts and ends.
fn meets(span: Span, taken: &BTreeMap<u32, u32>) -> bool {
    let before = taken.range(..=span.start).next_back();
    let behind = taken.range(span.start..).next();
    before.is_some_and(|(&start, &end)| start == span.start || end > span.start)
        || behind.is_some_and(|(&start, _)| start < span.end)
}

/// The text with edits made.
fn applied(source: &SourceFile, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.at.span);
    let (mut text, mut done) = (String::with_capacity(source.text.len()), 0);
    for edit in edits {
        let range = source.range(edit.at.span);
        text += &source.text[done..range.start];
        text += &edit.text;
        done = range.end;
    }
    text + &source.text[done..]
}
