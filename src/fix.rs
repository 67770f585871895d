//! Making the changes that findings propose.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Applicability, Edit};
use crate::project::Project;
use crate::report::Report;
use crate::source::{FileId, SourceFile, Span};

/// The texts that come out when the changes are made that findings to be looked at propose. Of two that touch the same
/// piece of text the second waits for another round; a contract that does not parse is left alone.
pub fn fixed(project: &Project, report: &Report, up_to: Applicability) -> BTreeMap<FileId, String> {
    let broken = project.contracts.iter().filter(|contract| !contract.syntax.errors.is_empty());
    let broken: BTreeSet<_> = broken.map(|contract| contract.file).collect();
    let mut taken: BTreeMap<FileId, BTreeMap<u32, &Edit>> = BTreeMap::new();
    let fixes = report.new_findings().filter_map(|finding| finding.diagnostic.fix.as_ref());
    for fix in fixes.filter(|fix| fix.applicability == Applicability::Safe || fix.applicability == up_to) {
        let is_free = |edit: &Edit| {
            !broken.contains(&edit.at.file)
                && taken.get(&edit.at.file).is_none_or(|taken| !meets(edit.at.span, taken))
        };
        if fix.edits.iter().all(is_free) {
            for edit in &fix.edits {
                taken.entry(edit.at.file).or_default().insert(edit.at.span.start, edit);
            }
        }
    }
    taken.into_iter().map(|(file, edits)| (file, applied(project.file(file), edits.into_values()))).collect()
}

/// Whether a piece of text touches what is changed already.
fn meets(span: Span, taken: &BTreeMap<u32, &Edit>) -> bool {
    let before = taken.range(..=span.start).next_back();
    let behind = taken.range(span.start..).next();
    before.is_some_and(|(&start, edit)| start == span.start || edit.at.span.end > span.start)
        || behind.is_some_and(|(&start, _)| start < span.end)
}

/// The text with edits made that come in their order.
fn applied<'e>(source: &SourceFile, edits: impl Iterator<Item = &'e Edit>) -> String {
    let (mut text, mut done) = (String::with_capacity(source.text.len()), 0);
    for edit in edits {
        let range = source.range(edit.at.span);
        text += &source.text[done..range.start];
        text += &edit.text;
        done = range.end;
    }
    text + &source.text[done..]
}
