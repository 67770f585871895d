//! Changes to a text that leave everything around them as it is.

use crate::diagnostic::Edit;
use crate::source::{Location, SourceFile, Span};
use crate::syntax::Expr;

/// Takes a piece of the text out.
pub(super) fn delete(at: Location) -> Edit {
    Edit { at, text: String::new() }
}

/// Where a form at top level stands together with the comment that belongs to it: the lines directly above it, and what
/// ends its last line. A comment that begins the file, and what stands above a line that is only drawn, are about more.
pub(super) fn form_with_comment(source: &SourceFile, form: Span) -> Span {
    let text = &*source.text;
    let Span { start, end } = form;
    let behind = &text[end as usize..];
    let line_end = behind.find('\n').map_or(text.len(), |at| end as usize + at + 1);
    let line_start = source.line_starts()[source.line_of(start) as usize] as usize;
    let before = &text[line_start..start as usize];
    let rest = text[end as usize..line_end].trim();
    // Something else on its lines stays where it is.
    if !before.trim().is_empty() || !(rest.is_empty() || rest.starts_with(';')) {
        return form;
    }
    let start = start_of_comment(source, line_start);
    let is_blank = |line: &str| line.trim().is_empty();
    let next = text[line_end..].split_inclusive('\n').next().filter(|line| is_blank(line));
    let above = text[..start].trim_end_matches(' ');
    // One empty line between what stood around it is enough.
    let gap = next.filter(|_| above.is_empty() || above.ends_with("\n\n"));
    let end = line_end + gap.map_or(0, str::len);
    let start =
        if end == text.len() { text[..start].trim_end().len() + line_feed(&text[..start]) } else { start };
    Span::new(start as u32, end as u32)
}

/// One for the end of the last line that is kept, if there is such a line.
fn line_feed(kept: &str) -> usize {
    usize::from(!kept.trim_end().is_empty() && kept.trim_end().len() < kept.len())
}

/// Where the comment in the lines above a line begins; the line itself if there is none that belongs to it.
fn start_of_comment(source: &SourceFile, line_start: usize) -> usize {
    let mut start = line_start;
    let lines = source.text[..line_start].split_inclusive('\n').rev();
    for line in lines.take_while(|line| line.trim_start().starts_with(';')) {
        if !line.contains(char::is_alphanumeric) {
            return start;
        }
        start -= line.len();
    }
    if start == 0 { line_start } else { start }
}

/// Where something can be put before a form at top level without parting it from the comment directly above it.
pub(super) fn above_comment(source: &SourceFile, form: Span) -> u32 {
    let line_start = source.line_starts()[source.line_of(form.start) as usize];
    if !source.text[line_start as usize..form.start as usize].trim().is_empty() {
        return form.start;
    }
    let lines = source.text[..line_start as usize].split_inclusive('\n').rev();
    let comment = lines.take_while(|line| line.trim_start().starts_with(';'));
    line_start - comment.map(|line| line.len() as u32).sum::<u32>()
}

/// Leaves of a piece of text only a part; `None` if a comment would go with the rest.
pub(super) fn keep(
    source: &SourceFile,
    whole: Location,
    part: Span,
    around: (&str, &str),
) -> Option<Vec<Edit>> {
    let edit = |start: u32, end: u32, text: &str| {
        let span = Span::new(start, end);
        let at = Location { span, ..whole };
        (!source.slice(span).contains(';')).then(|| Edit { at, text: text.to_string() })
    };
    let before = edit(whole.span.start, part.start, around.0)?;
    Some(vec![before, edit(part.end, whole.span.end, around.1)?])
}

/// Takes an operand out together with the white space before it; `None` if there is a comment in that.
pub(super) fn leave_out(source: &SourceFile, whole: Location, operand: Span) -> Option<Vec<Edit>> {
    let before = source.slice(Span::new(whole.span.start, operand.start));
    let gap = before.len() - before.trim_end().len();
    // The end of a comment's line is white space, too.
    let line = before.trim_end().rsplit('\n').next().unwrap_or_default();
    let span = Span::new(operand.start - gap as u32, operand.end);
    (!line.contains(';')).then(|| vec![delete(Location { span, ..whole })])
}

/// Takes the brackets and the head of a call away from its operands.
pub(super) fn unwrap(source: &SourceFile, at: Location, head: Expr<'_>) -> Vec<Edit> {
    let Span { start, end } = at.span;
    let behind = source.slice(Span::new(head.span().end, end));
    let gap = behind.len() - behind.trim_start().len();
    let opening = Span::new(start, head.span().end + gap as u32);
    [opening, closing(source, at.span)].map(|span| delete(Location { span, ..at })).to_vec()
}

/// The bracket that ends a call, and the white space before it, but for the end of a comment's line.
pub(super) fn closing(source: &SourceFile, Span { start, end }: Span) -> Span {
    let before = source.slice(Span::new(start, end - 1));
    let kept = before.trim_end();
    let is_comment = kept.rsplit('\n').next().unwrap_or_default().contains(';');
    let gap = if is_comment { 0 } else { before.len() - kept.len() };
    Span::new(end - 1 - gap as u32, end)
}
