//! Optionals and responses: what makes, asks and opens them, and what is thrown on the way.

use super::doubt::DoubtKind;
use super::presets::{BOOL, NOTHING, OPTIONAL_NOTHING, UNKNOWN};
use super::shape::{Shape, Ty};
use super::walk::Walk;
use crate::builtins::Builtin;
use crate::syntax::{Children, Expr};

impl<'t> Walk<'_, 't> {
    /// What makes an optional or a response, asks one, or opens one.
    pub fn outcome(&mut self, builtin: Builtin, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let mut next = || arguments.next();
        match builtin {
            Builtin::Ok | Builtin::Err | Builtin::Some => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                let made = match builtin {
                    Builtin::Ok => self.pool.response(of, NOTHING),
                    Builtin::Err => self.pool.response(NOTHING, of),
                    _ => self.pool.optional(of),
                };
                self.bounded(expr, made)
            }
            Builtin::IsOk | Builtin::IsErr | Builtin::IsSome | Builtin::IsNone => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                let response = matches!(builtin, Builtin::IsOk | Builtin::IsErr);
                match self.pool.shape(of) {
                    Shape::Response(..) if response => {}
                    Shape::Optional(_) if !response => {}
                    Shape::Unknown => {}
                    _ => {
                        self.doubt(expr, DoubtKind::Mismatch);
                    }
                }
                BOOL
            }
            Builtin::DefaultTo => {
                let (Some(default), Some(optional)) = (next(), next()) else { return UNKNOWN };
                let (default, optional) = (self.value(default), self.value(optional));
                match self.pool.shape(optional) {
                    Shape::Optional(content) => {
                        let common = self.pool.common(default, content, &self.names);
                        self.matched(expr, common)
                    }
                    Shape::Unknown => default,
                    _ => self.doubt(expr, DoubtKind::Mismatch),
                }
            }
            Builtin::Asserts => {
                let (Some(condition), Some(thrown)) = (next(), next()) else { return UNKNOWN };
                self.expects(condition, BOOL);
                let of = self.value(thrown);
                self.throws(expr, of);
                BOOL
            }
            Builtin::Unwrap | Builtin::UnwrapErr => {
                let (Some(input), Some(thrown)) = (next(), next()) else { return UNKNOWN };
                let (of, thrown) = (self.value(input), self.value(thrown));
                self.throws(expr, thrown);
                self.opened(expr, of, builtin == Builtin::UnwrapErr)
            }
            Builtin::UnwrapPanic | Builtin::UnwrapErrPanic => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                self.opened(expr, of, builtin == Builtin::UnwrapErrPanic)
            }
            Builtin::Try => {
                let of = next().map_or(UNKNOWN, |argument| self.value(argument));
                self.tried(expr, of)
            }
            _ => self.doubt(expr, DoubtKind::Form),
        }
    }

    pub fn decided(&mut self, at: Expr<'t>, of: Ty) -> Ty {
        if of == NOTHING { self.doubt(at, DoubtKind::Undecided) } else { of }
    }

    /// What is in an optional or on one side of a response.
    fn opened(&mut self, expr: Expr<'t>, of: Ty, err: bool) -> Ty {
        match self.pool.shape(of) {
            Shape::Optional(content) if !err => self.decided(expr, content),
            Shape::Response(ok, _) if !err => self.decided(expr, ok),
            Shape::Response(_, of) => self.decided(expr, of),
            Shape::Unknown => UNKNOWN,
            _ => self.doubt(expr, DoubtKind::Mismatch),
        }
    }

    fn tried(&mut self, expr: Expr<'t>, of: Ty) -> Ty {
        match self.pool.shape(of) {
            Shape::Optional(content) => {
                self.throws(expr, OPTIONAL_NOTHING);
                self.decided(expr, content)
            }
            Shape::Response(ok, err) => {
                let err = self.decided(expr, err);
                let thrown = self.pool.response(NOTHING, err);
                let thrown = self.bounded(expr, thrown);
                self.throws(expr, thrown);
                self.decided(expr, ok)
            }
            Shape::Unknown => UNKNOWN,
            _ => self.doubt(expr, DoubtKind::Mismatch),
        }
    }

    /// What is thrown, which the function results in, too.
    fn throws(&mut self, at: Expr<'t>, of: Ty) {
        let Some(thrown) = self.thrown else { return };
        let both = match thrown {
            Some(before) => {
                let common = self.pool.common(before, of, &self.names);
                self.matched(at, common)
            }
            None => of,
        };
        self.thrown = Some(Some(both));
    }
}
