//! Types that are written out.

use super::doubt::DoubtKind;
use super::presets::{BOOL, INT, PRINCIPAL, UINT};
use super::shape::Ty;
use super::walk::Walk;
use crate::syntax::{Children, Expr, Kind};

impl<'t> Walk<'_, 't> {
    /// The type that stands there. Nesting is bounded by the reader.
    pub fn annotation(&mut self, expr: Expr<'t>) -> Ty {
        match expr.kind() {
            Kind::Atom => match expr.text() {
                "uint" => UINT,
                "int" => INT,
                "bool" => BOOL,
                "principal" => PRINCIPAL,
                _ => self.doubt(expr, DoubtKind::Form),
            },
            Kind::List => {
                let Some((head, arguments)) = expr.call() else { return self.doubt(expr, DoubtKind::Form) };
                self.compound(expr, head, arguments)
            }
            Kind::Tuple => {
                let base = self.fields.len();
                let mut parts = expr.children();
                while let (Some(name), Some(of)) = (parts.next(), parts.next()) {
                    self.field(name, |walk| walk.annotation(of));
                }
                self.tuple_from(expr, base)
            }
            Kind::TraitReference if !self.without_traits => {
                let alias = expr.trait_alias().and_then(|alias| self.slot(alias).alias);
                alias.unwrap_or_else(|| self.doubt(expr, DoubtKind::Name))
            }
            _ => self.doubt(expr, DoubtKind::Form),
        }
    }

    fn compound(&mut self, whole: Expr<'t>, head: Expr<'t>, arguments: Children<'t>) -> Ty {
        let mut rest = arguments;
        let parts = (rest.next(), rest.next(), rest.next());
        let made = match (head.name().unwrap_or_default(), parts) {
            ("optional", (Some(of), None, None)) => {
                let of = self.annotation(of);
                self.pool.optional(of)
            }
            ("response", (Some(ok), Some(err), None)) => {
                let (ok, err) = (self.annotation(ok), self.annotation(err));
                self.pool.response(ok, err)
            }
            ("list", (Some(length), Some(of), None)) if length.kind() == Kind::Int => {
                let of = self.annotation(of);
                let length = length_of(length);
                self.pool.list(length, of)
            }
            ("buff", (Some(length), None, None)) if length.kind() == Kind::Int => {
                self.pool.buffer(length_of(length))
            }
            ("string-ascii", (Some(length), None, None)) if length.kind() == Kind::Int => {
                self.pool.ascii(length_of(length))
            }
            ("string-utf8", (Some(length), None, None)) if length.kind() == Kind::Int => {
                self.pool.utf8(length_of(length))
            }
            ("tuple", _) => {
                let base = self.fields.len();
                for pair in arguments {
                    match two(pair) {
                        Some((name, of)) => self.field(name, |walk| walk.annotation(of)),
                        None => {
                            self.doubt(pair, DoubtKind::Form);
                        }
                    }
                }
                return self.tuple_from(whole, base);
            }
            _ => return self.doubt(whole, DoubtKind::Form),
        };
        self.bounded(whole, made)
    }

    /// A field whose type is still to be found; fields of one tuple gather at the end of the list.
    pub fn field(&mut self, name: Expr<'t>, of: impl FnOnce(&mut Self) -> Ty) {
        let of = of(self);
        match name.symbol() {
            Some(symbol) => self.fields.push((symbol, of)),
            None => {
                self.doubt(name, DoubtKind::Form);
            }
        }
    }

    /// The tuple of the fields from `base` on.
    pub fn tuple_from(&mut self, at: Expr<'t>, base: usize) -> Ty {
        let mut fields = std::mem::take(&mut self.fields);
        let made = self.pool.tuple(&mut fields[base..], &self.names);
        fields.truncate(base);
        self.fields = fields;
        match made {
            Some(made) => self.bounded(at, made),
            None => self.doubt(at, DoubtKind::Form),
        }
    }

    /// A tuple that a builtin results in.
    pub fn builtin_tuple(&mut self, fields: &[(&str, Ty)]) -> Ty {
        super::fixed::tuple(fields, &mut self.pool, &mut self.names)
    }
}

/// A length that no type has stands for one that does not fit.
fn length_of(expr: Expr<'_>) -> u32 {
    expr.int().and_then(|length| u32::try_from(length).ok()).unwrap_or(u32::MAX)
}

/// `(one other)`.
pub fn two(pair: Expr<'_>) -> Option<(Expr<'_>, Expr<'_>)> {
    let mut parts = pair.children();
    match (pair.kind(), parts.next(), parts.next(), parts.next()) {
        (Kind::List, Some(one), Some(other), None) => Some((one, other)),
        _ => None,
    }
}
