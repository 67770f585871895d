//! Forms with a syntax of their own: tuples, bodies, and what binds names.

use super::annotation::two;
use super::doubt::DoubtKind;
use super::pool::LARGEST_VALUE;
use super::presets::UNKNOWN;
use super::shape::{Shape, Ty};
use super::walk::Walk;
use crate::syntax::{Children, Expr, Kind};

impl<'t> Walk<'_, 't> {
    pub fn tuple_literal(&mut self, expr: Expr<'t>) -> Ty {
        let base = self.fields.len();
        let mut parts = expr.children();
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            self.field(name, |walk| walk.value(value));
        }
        self.tuple_from(expr, base)
    }

    pub fn get(&mut self, expr: Expr<'t>, name: Expr<'t>, of: Ty) -> Ty {
        let Some(name) = name.symbol() else { return self.doubt(name, DoubtKind::Form) };
        match self.pool.shape(of) {
            Shape::Unknown => UNKNOWN,
            Shape::Optional(UNKNOWN) => UNKNOWN,
            Shape::Optional(tuple) => match self.pool.field(tuple, name) {
                Some(of) => {
                    let made = self.pool.optional(of);
                    self.bounded(expr, made)
                }
                None => self.doubt(expr, DoubtKind::Mismatch),
            },
            _ => match self.pool.field(of, name) {
                Some(of) => of,
                None => self.doubt(expr, DoubtKind::Mismatch),
            },
        }
    }

    pub fn merge(&mut self, expr: Expr<'t>, one: Ty, update: Ty) -> Ty {
        match (self.pool.shape(one), self.pool.shape(update)) {
            (Shape::Tuple(_), Shape::Tuple(_)) => {
                let mut fields = self.pool.fields(update).to_vec();
                let old = self.pool.fields(one).iter();
                fields.extend(old.filter(|(name, _)| self.pool.field(update, *name).is_none()));
                let made = self.pool.large_tuple(&mut fields, &self.names);
                let made = made.map_or(UNKNOWN, |made| self.bounded(expr, made));
                if self.pool.size(made) > LARGEST_VALUE {
                    self.doubt(expr, DoubtKind::TooLarge);
                }
                made
            }
            (Shape::Unknown, _) | (_, Shape::Unknown) => UNKNOWN,
            _ => self.doubt(expr, DoubtKind::Mismatch),
        }
    }

    /// Expressions in a row, of which the last counts.
    pub fn body(&mut self, forms: Children<'t>) -> Ty {
        let mut last: Option<(Expr<'t>, Ty)> = None;
        for form in forms {
            if let Some((before, of)) = last
                && matches!(self.pool.shape(of), Shape::Response(..))
            {
                self.doubt(before, DoubtKind::Response);
            }
            last = Some((form, self.value(form)));
        }
        last.map_or(UNKNOWN, |(_, of)| of)
    }

    pub fn let_form(&mut self, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let Some(bindings) = arguments.next().filter(|list| list.kind() == Kind::List) else {
            self.walk_all(arguments);
            return self.doubt(expr, DoubtKind::Form);
        };
        let scope = self.enter();
        for pair in bindings.children() {
            match two(pair).and_then(|(name, value)| Some((name, name.symbol()?, value))) {
                Some((name, symbol, value)) => {
                    self.check_new(name, symbol);
                    let of = self.value(value);
                    self.bind_new(symbol, of);
                }
                None => {
                    self.doubt(pair, DoubtKind::Form);
                }
            }
        }
        let of = self.body(arguments);
        self.leave(scope);
        of
    }

    pub fn match_form(&mut self, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let Some(input) = arguments.next() else { return UNKNOWN };
        let of = self.value(input);
        let mut next = || arguments.next();
        let (good, bad) = match (self.pool.shape(of), next(), next(), next(), next()) {
            (Shape::Optional(content), Some(name), Some(some), Some(none), None) => {
                self.decided(expr, content);
                (self.branch(name, content, some), self.value(none))
            }
            (Shape::Response(ok, err), Some(name), Some(good), Some(other), Some(bad)) => {
                self.decided(expr, ok);
                self.decided(expr, err);
                (self.branch(name, ok, good), self.branch(other, err, bad))
            }
            // What follows from an input that nobody knows still has a type now and then.
            (Shape::Unknown, Some(name), Some(good), Some(none), None) => {
                (self.branch(name, UNKNOWN, good), self.value(none))
            }
            (Shape::Unknown, Some(name), Some(good), Some(other), Some(bad)) => {
                (self.branch(name, UNKNOWN, good), self.branch(other, UNKNOWN, bad))
            }
            _ => return self.doubt(expr, DoubtKind::Mismatch),
        };
        let common = self.pool.common(good, bad, &self.names);
        self.matched(expr, common)
    }

    fn branch(&mut self, name: Expr<'t>, of: Ty, body: Expr<'t>) -> Ty {
        let Some(symbol) = name.symbol() else {
            self.value(body);
            return self.doubt(name, DoubtKind::Form);
        };
        self.check_new(name, symbol);
        let scope = self.enter();
        self.bind_new(symbol, of);
        let of = self.value(body);
        self.leave(scope);
        of
    }
}
