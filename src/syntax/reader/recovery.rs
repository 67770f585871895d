//! What to do about brackets that are missing: where to go on, and which form to blame.

use super::{Frame, Reader, byte_at};
use crate::syntax::Kind;
use crate::syntax::bytes::{SPACE, is};
use crate::syntax::errors::{Place, Problem};
use crate::syntax::tree::Node;

/// The innermost open bracket that is the first of its line, and how far that line is indented: whatever is inside is
/// indented further. Known only while recovering.
#[derive(Clone, Copy, Default)]
pub(super) struct Margin {
    opener: u32,
    indentation: Option<u32>,
}

impl Reader<'_> {
    /// The margin for what is inside of the bracket that was just read.
    pub(super) fn margin(&self) -> Margin {
        let indentation = if self.recover { self.lexer.indentation() } else { None };
        match self.stack.last() {
            Some(outer) if indentation.is_none() => outer.margin,
            _ => Margin { opener: self.lexer.start as u32, indentation },
        }
    }

    /// A line that goes on inside of a form without being indented further than it hints at a missing bracket.
    pub(super) fn check_indentation(&mut self) {
        let (Some(frame), Some(indentation)) = (self.stack.last(), self.lexer.indentation()) else { return };
        if self.suspect.is_none() && frame.margin.indentation.is_some_and(|margin| indentation <= margin) {
            self.suspect = Some(frame.margin.opener);
        }
    }

    /// A bracket that closes on a line of its own, below the start of the line where it was opened, shows a style
    /// that does not indent what follows: then indentation says nothing about the form around.
    pub(super) fn relax_margin(&mut self, closed: Margin) {
        let Some(indentation) = self.lexer.indentation() else { return };
        if closed.indentation.is_none_or(|margin| margin < indentation) {
            return;
        }
        if let [.., outer, frame] = &mut self.stack[..]
            && frame.margin.opener == closed.opener
        {
            frame.margin = outer.margin;
        }
    }

    /// Closes all forms that are open when the file ends or the next definition starts.
    pub(super) fn close_unfinished(&mut self, place: Place) {
        if self.stack.is_empty() {
            return;
        }
        let (inside, end) = self.before_trailing_comments();
        let comments = self.nodes.split_off(inside);
        self.close_frames(0, end, place);
        let first = self.nodes.len() as u32;
        let renumbered = |(index, node)| Node { next: first + index + 1, ..node };
        self.nodes.extend((0..).zip(comments).map(renumbered));
        self.suspect = None;
    }

    /// How many nodes there are, and where the text ends, before the comments that precede the current token. Comments
    /// that are not indented belong to the definition after them rather than to the form that is open.
    fn before_trailing_comments(&self) -> (usize, usize) {
        let bytes = self.lexer.bytes;
        let (mut inside, mut end) = (self.nodes.len(), self.lexer.previous_end);
        while let Some(node) = self.nodes[..inside].last() {
            let start = node.span.start as usize;
            let starts_line = start == 0 || bytes[start - 1] == b'\n';
            if node.kind != Kind::Comment || !starts_line || (node.span.end as usize) < end {
                break;
            }
            inside -= 1;
            let space = bytes[..start].iter().rev().take_while(|&&byte| is(byte, SPACE) || byte == b'\r');
            end = start - space.count();
        }
        (inside, end)
    }

    /// Closes the forms from `outermost` inwards, whose brackets are missing.
    pub(super) fn close_frames(&mut self, outermost: usize, end: usize, place: Place) {
        self.unbalanced = true;
        let unclosed = &self.stack[outermost..];
        let missing = unclosed.iter().rev().map(Frame::closer).collect();
        let innermost = unclosed.last().map_or(0, |frame| self.nodes[frame.node as usize].span.start);
        let opener = match place {
            Place::Closer(_) => innermost,
            Place::Definition | Place::EndOfFile => self.suspect.unwrap_or(innermost),
        };
        self.lexer.errors.add(byte_at(opener), Problem::Unclosed { missing, place });
        while self.stack.len() > outermost {
            self.finish_innermost(end);
        }
    }
}
