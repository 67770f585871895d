//! Lists, buffers and strings.

use super::doubt::DoubtKind;
use super::presets::{
    EMPTY_LIST, OPTIONAL_ASCII_1, OPTIONAL_BUFFER_1, OPTIONAL_UINT, OPTIONAL_UTF8_1, UINT, UNKNOWN,
};
use super::shape::{Shape, Ty};
use super::walk::Walk;
use crate::builtins::{Builtin, Effect, Word};
use crate::syntax::{Children, Expr};

impl<'t> Walk<'_, 't> {
    pub fn sequence(&mut self, builtin: Builtin, expr: Expr<'t>, mut arguments: Children<'t>) -> Ty {
        let all = arguments;
        let mut next = || arguments.next();
        match builtin {
            Builtin::List => self.list(expr, all),
            Builtin::Append => {
                let (Some(list), Some(element)) = (next(), next()) else { return UNKNOWN };
                let (list, element) = (self.value(list), self.value(element));
                let Shape::List(length, of) = self.pool.shape(list) else {
                    return self.no_sequence(expr, list);
                };
                let of = self.pool.common(of, element, &self.names);
                let of = self.matched(expr, of);
                let made = self.pool.list(length.saturating_add(1), of);
                self.bounded(expr, made)
            }
            Builtin::Concat => {
                let mut all = next().map_or(UNKNOWN, |first| self.value(first));
                for argument in arguments {
                    let of = self.value(argument);
                    all = self.joined(expr, all, of);
                }
                all
            }
            Builtin::AsMaxLen => {
                let (Some(sequence), Some(length)) = (next(), next()) else { return UNKNOWN };
                let of = self.value(sequence);
                let most = length.uint().and_then(|length| u32::try_from(length).ok());
                let Some(most) = most else { return self.doubt(length, DoubtKind::Form) };
                self.of[length.id().0 as usize] = UINT;
                let made = match self.pool.shape(of) {
                    Shape::List(_, element) => self.pool.list(most, element),
                    Shape::Buffer(_) => self.pool.buffer(most),
                    Shape::Ascii(_) => self.pool.ascii(most),
                    Shape::Utf8(_) => self.pool.utf8(most),
                    _ => return self.no_sequence(expr, of),
                };
                let made = made.and_then(|of| self.pool.large_optional(of));
                self.bounded(expr, made)
            }
            Builtin::Len => {
                let of = next().map_or(UNKNOWN, |sequence| self.value(sequence));
                if self.pool.length(of).is_none() {
                    self.no_sequence(expr, of);
                }
                UINT
            }
            Builtin::ElementAt | Builtin::ElementAtOptional => {
                let (Some(sequence), Some(index)) = (next(), next()) else { return UNKNOWN };
                self.expects(index, UINT);
                let of = self.value(sequence);
                match self.pool.shape(of) {
                    Shape::List(_, element) => {
                        let made = self.pool.optional(element);
                        self.bounded(expr, made)
                    }
                    Shape::Buffer(_) => OPTIONAL_BUFFER_1,
                    Shape::Ascii(_) => OPTIONAL_ASCII_1,
                    Shape::Utf8(_) => OPTIONAL_UTF8_1,
                    _ => self.no_sequence(expr, of),
                }
            }
            Builtin::IndexOf | Builtin::IndexOfOptional => {
                let (Some(sequence), Some(element)) = (next(), next()) else { return UNKNOWN };
                let of = self.value(sequence);
                let unit = self.unit(expr, of);
                self.expects(element, unit);
                OPTIONAL_UINT
            }
            Builtin::Slice => {
                let (Some(sequence), Some(from), Some(to)) = (next(), next(), next()) else { return UNKNOWN };
                let of = self.value(sequence);
                self.expects(from, UINT);
                self.expects(to, UINT);
                if self.pool.length(of).is_none() {
                    return self.no_sequence(expr, of);
                }
                let made = self.pool.optional(of);
                self.bounded(expr, made)
            }
            Builtin::ReplaceAt => {
                let (Some(sequence), Some(at), Some(element)) = (next(), next(), next()) else {
                    return UNKNOWN;
                };
                let of = self.value(sequence);
                let unit = self.unit(expr, of);
                self.expects(at, UINT);
                self.expects(element, unit);
                if of == UNKNOWN {
                    return UNKNOWN;
                }
                let made = self.pool.optional(of);
                self.bounded(expr, made)
            }
            Builtin::Map => {
                let Some(function) = next() else { return UNKNOWN };
                self.map(expr, function, arguments)
            }
            Builtin::Filter => {
                let (Some(function), Some(sequence)) = (next(), next()) else { return UNKNOWN };
                let of = self.value(sequence);
                let unit = self.unit(expr, of);
                let result = self.applied(function, &[unit]);
                if ![super::presets::BOOL, UNKNOWN].contains(&result) {
                    self.doubt(function, DoubtKind::Mismatch);
                }
                of
            }
            Builtin::Fold => {
                let (Some(function), Some(sequence), Some(initial)) = (next(), next(), next()) else {
                    return UNKNOWN;
                };
                let of = self.value(sequence);
                let unit = self.unit(expr, of);
                let initial = self.value(initial);
                let once = self.applied(function, &[unit, initial]);
                self.applied(function, &[unit, once])
            }
            _ => self.doubt(expr, DoubtKind::Form),
        }
    }

    fn list(&mut self, expr: Expr<'t>, mut elements: Children<'t>) -> Ty {
        let Some(first) = elements.next() else { return EMPTY_LIST };
        let mut of = self.value(first);
        let mut length = 1;
        for element in elements {
            let other = self.value(element);
            let common = self.pool.common(of, other, &self.names);
            of = self.matched(expr, common);
            length += 1;
        }
        let made = self.pool.list(length, of);
        self.bounded(expr, made)
    }

    fn joined(&mut self, expr: Expr<'t>, one: Ty, other: Ty) -> Ty {
        let made = match (self.pool.shape(one), self.pool.shape(other)) {
            (Shape::List(length, one), Shape::List(more, other)) => {
                let of = self.pool.common(one, other, &self.names);
                let of = self.matched(expr, of);
                self.pool.list(length.saturating_add(more), of)
            }
            (Shape::Buffer(length), Shape::Buffer(more)) => self.pool.buffer(length.saturating_add(more)),
            (Shape::Ascii(length), Shape::Ascii(more)) => self.pool.ascii(length.saturating_add(more)),
            (Shape::Utf8(length), Shape::Utf8(more)) => self.pool.utf8(length.saturating_add(more)),
            (Shape::Unknown, _) | (_, Shape::Unknown) => return UNKNOWN,
            _ => return self.doubt(expr, DoubtKind::Mismatch),
        };
        self.bounded(expr, made)
    }

    fn map(&mut self, expr: Expr<'t>, function: Expr<'t>, sequences: Children<'t>) -> Ty {
        let base = self.types.len();
        let mut shortest = u32::MAX;
        for sequence in sequences {
            let of = self.value(sequence);
            let unit = self.unit(sequence, of);
            shortest = shortest.min(self.pool.length(of).unwrap_or(u32::MAX));
            self.types.push(unit);
        }
        let units = self.types.split_off(base);
        let of = self.applied(function, &units);
        if shortest == u32::MAX {
            return UNKNOWN;
        }
        let made = self.pool.list(shortest, of);
        self.bounded(expr, made)
    }

    /// What a sequence is made of.
    fn unit(&mut self, at: Expr<'t>, sequence: Ty) -> Ty {
        match self.pool.unit(sequence) {
            Some(unit) => unit,
            None => self.no_sequence(at, sequence),
        }
    }

    fn no_sequence(&mut self, at: Expr<'t>, of: Ty) -> Ty {
        if of == UNKNOWN { UNKNOWN } else { self.doubt(at, DoubtKind::Mismatch) }
    }

    /// What `map`, `filter` and `fold` get from a function that they apply. Other than in a call the types have to fit
    /// as they are, and the chain counts.
    fn applied(&mut self, function: Expr<'t>, arguments: &[Ty]) -> Ty {
        let Some(name) = function.symbol() else {
            return self.doubt(function, DoubtKind::Form);
        };
        if let Some(Word::Builtin(builtin)) = name.word()
            && self.exists(builtin)
        {
            let spec = builtin.spec();
            if !spec.simple {
                return self.doubt(function, DoubtKind::Form);
            }
            self.writes |= spec.effect == Effect::Burn;
            let base = self.types.len();
            self.types.extend_from_slice(arguments);
            return self.apply_builtin(builtin, function, base);
        }
        let Some(found) = self.function(name) else { return self.doubt(function, DoubtKind::Name) };
        let (signature, writes) = (std::rc::Rc::clone(&found.signature), found.writes);
        self.writes |= writes;
        let parameters = &signature.parameters;
        if parameters.len() != arguments.len() {
            return self.doubt(function, DoubtKind::Count);
        }
        if !parameters.iter().zip(arguments).all(|(&wanted, &given)| self.pool.admits(wanted, given)) {
            self.doubt(function, DoubtKind::Mismatch);
        }
        signature.result
    }
}
