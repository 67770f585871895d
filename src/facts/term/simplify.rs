//! Terms, simplified as they are made: what their parts decide is decided.
//!
//! Two ways of writing the same should come out as one term here, so that no guard depends on how it is written.

use std::collections::BTreeMap;

use super::{Op, StateId, TermId, Terms, TextId};
use crate::builtins::Builtin;

impl Terms {
    /// The term with this operator and these arguments, simplified as far as its parts decide.
    pub fn make(&mut self, op: Op, args: &[TermId]) -> TermId {
        match (op, args) {
            (Op::If, &[condition, yes, no]) => self.if_(condition, yes, no),
            (Op::Good, &[of]) => self.good(of),
            (Op::Payload, &[of]) => self.payload(of, true),
            (Op::Failure, &[of]) => self.payload(of, false),
            (Op::Field(name), &[of]) => self.field(name, of),
            (Op::Element, &[list]) => self.element(list),
            (Op::Entry(map), &[key, version]) => self.entry(map, key, version),
            (Op::Pure(builtin), args) => self.pure(builtin, args),
            _ => self.raw(op, args),
        }
    }

    /// What a map holds under a key: what was written last under the same key, if nothing in between may have been
    /// written there.
    fn entry(&mut self, map: StateId, key: TermId, mut version: TermId) -> TermId {
        while let (Op::Written(_), &[before, written, held]) = (self.op(version), self.args(version)) {
            if written == key {
                return held;
            }
            if self.equal(written, key) != Self::FALSE {
                break;
            }
            version = before;
        }
        self.raw(Op::Entry(map), &[key, version])
    }

    /// Any element of a list; of a list of one value it is that value.
    fn element(&mut self, list: TermId) -> TermId {
        match (self.op(list), self.args(list)) {
            (Op::Pure(Builtin::List), &[first, ref rest @ ..])
                if rest.iter().all(|&other| other == first) =>
            {
                first
            }
            _ => self.raw(Op::Element, &[list]),
        }
    }

    pub fn not(&mut self, a: TermId) -> TermId {
        self.if_(a, Self::FALSE, Self::TRUE)
    }

    pub fn and(&mut self, a: TermId, b: TermId) -> TermId {
        self.if_(a, b, Self::FALSE)
    }

    pub fn or(&mut self, a: TermId, b: TermId) -> TermId {
        self.if_(a, Self::TRUE, b)
    }

    /// The negated term, if this is a negation.
    pub fn negated(&self, term: TermId) -> Option<TermId> {
        match (self.op(term), self.args(term)) {
            (Op::If, &[a, Self::FALSE, Self::TRUE]) => Some(a),
            _ => None,
        }
    }

    pub fn if_(&mut self, condition: TermId, yes: TermId, no: TermId) -> TermId {
        match (condition, yes, no) {
            (Self::TRUE, yes, _) => yes,
            (Self::FALSE, _, no) => no,
            (_, yes, no) if yes == no => yes,
            (condition, Self::TRUE, Self::FALSE) => condition,
            (condition, yes, no) if condition == yes => self.if_(condition, Self::TRUE, no),
            (condition, yes, no) if condition == no => self.if_(condition, yes, Self::FALSE),
            (condition, yes, no) => match self.negated(condition) {
                Some(inner) => self.if_(inner, no, yes),
                None => self.choice([condition, yes, no]),
            },
        }
    }

    /// A choice between tuples is a tuple of choices: what both sides agree on shows, and a key is one term wherever it
    /// is chosen.
    fn choice(&mut self, [condition, yes, no]: [TermId; 3]) -> TermId {
        let parts = [condition, yes, no];
        let shape = match (self.op(yes), self.op(no)) {
            (Op::Tuple(shape), Op::Tuple(other)) if shape == other => shape,
            _ => return self.raw(Op::If, &parts),
        };
        if let Some(&known) = self.choice.get(&parts) {
            return known;
        }
        let fields: Vec<_> = self.args(yes).iter().copied().zip(self.args(no).iter().copied()).collect();
        let fields: Vec<_> = fields.into_iter().map(|(yes, no)| self.if_(condition, yes, no)).collect();
        let term = self.raw(Op::Tuple(shape), &fields);
        self.choice.insert(parts, term);
        term
    }

    pub fn good(&mut self, of: TermId) -> TermId {
        match self.op(of) {
            Op::Some | Op::Ok => Self::TRUE,
            Op::None | Op::Err => Self::FALSE,
            Op::If => {
                if let Some(&known) = self.good.get(&of) {
                    return known;
                }
                let &[condition, yes, no] = self.args(of) else {
                    unreachable!("an `If` has three arguments")
                };
                let (yes, no) = (self.good(yes), self.good(no));
                let term = self.if_(condition, yes, no);
                self.good.insert(of, term);
                term
            }
            _ => self.raw(Op::Good, &[of]),
        }
    }

    /// What a good value (`wanted` true) or an err holds.
    pub fn payload(&mut self, of: TermId, wanted: bool) -> TermId {
        match self.op(of) {
            Op::Some | Op::Ok if wanted => self.arg(of, 0),
            Op::Err if !wanted => self.arg(of, 0),
            Op::Some | Op::Ok | Op::Err | Op::None | Op::Absurd => self.leaf(Op::Absurd),
            Op::If => {
                if let Some(&known) = self.payload.get(&(of, wanted)) {
                    return known;
                }
                let &[condition, yes, no] = self.args(of) else {
                    unreachable!("an `If` has three arguments")
                };
                let impossible = Self::bool(!wanted);
                let term = match (self.good(yes) == impossible, self.good(no) == impossible) {
                    (true, _) => self.payload(no, wanted),
                    (_, true) => self.payload(yes, wanted),
                    _ => {
                        let (yes, no) = (self.payload(yes, wanted), self.payload(no, wanted));
                        self.if_(condition, yes, no)
                    }
                };
                self.payload.insert((of, wanted), term);
                term
            }
            _ => self.raw(if wanted { Op::Payload } else { Op::Failure }, &[of]),
        }
    }

    /// `(get name of)`; of an optional tuple it is the optional field.
    pub fn field(&mut self, name: TextId, of: TermId) -> TermId {
        if self.is_optional(of) {
            let payload = self.payload(of, true);
            let field = self.field(name, payload);
            let (good, some, none) = (self.good(of), self.raw(Op::Some, &[field]), self.leaf(Op::None));
            return self.if_(good, some, none);
        }
        match self.op(of) {
            Op::Tuple(shape) => match self.fields(shape).iter().position(|&field| field == name) {
                Some(index) => self.arg(of, index),
                None => self.leaf(Op::Absurd),
            },
            Op::If => {
                let &[condition, yes, no] = self.args(of) else {
                    unreachable!("an `If` has three arguments")
                };
                if let Some(&known) = self.field.get(&(of, name)) {
                    return known;
                }
                let (yes, no) = (self.field(name, yes), self.field(name, no));
                let term = self.if_(condition, yes, no);
                self.field.insert((of, name), term);
                term
            }
            // The right side of a merge wins.
            Op::Pure(Builtin::Merge) => {
                let (left, right) = (self.arg(of, 0), self.arg(of, 1));
                match self.op(right) {
                    Op::Tuple(shape) if self.fields(shape).contains(&name) => self.field(name, right),
                    Op::Tuple(_) => self.field(name, left),
                    _ => self.raw(Op::Field(name), &[of]),
                }
            }
            _ => self.raw(Op::Field(name), &[of]),
        }
    }

    /// A tuple; its fields are put in the order of their names.
    pub fn tuple(&mut self, mut fields: Vec<(&str, TermId)>) -> TermId {
        fields.sort_by_key(|&(name, _)| name);
        let shape = fields.iter().map(|&(name, _)| name).collect::<Vec<_>>().join(" ");
        let shape = self.shape(&shape);
        let values: Vec<_> = fields.into_iter().map(|(_, value)| value).collect();
        self.raw(Op::Tuple(shape), &values)
    }

    pub fn equal(&mut self, a: TermId, b: TermId) -> TermId {
        if a == b {
            return Self::TRUE;
        }
        // Equality is symmetric; the order of what terms are makes it one term.
        let (a, b) = if self.comes_before(a, b) { (a, b) } else { (b, a) };
        match (self.op(a), self.op(b)) {
            (Op::Bool(value), _) => {
                if value {
                    b
                } else {
                    self.not(b)
                }
            }
            (Op::Literal(a), Op::Literal(b)) if self.are_distinct(a, b) => Self::FALSE,
            (Op::Tuple(_), Op::Tuple(_)) => self.equal_tuples(a, b),
            (Op::None, _) => {
                let good = self.good(b);
                self.not(good)
            }
            (_, Op::None) => {
                let good = self.good(a);
                self.not(good)
            }
            (Op::Some | Op::Ok, _) => self.equal_payload(a, b),
            (_, Op::Some | Op::Ok) => self.equal_payload(b, a),
            _ => self.raw(Op::Pure(Builtin::IsEq), &[a, b]),
        }
    }

    /// Whether two literals that are written differently are different values: a contract may be named with and without
    /// its deployer.
    fn are_distinct(&self, a: TextId, b: TextId) -> bool {
        let is_relative = |text: TextId| self.text(text).starts_with('.');
        let is_absolute = |text: TextId| self.text(text).starts_with('\'');
        !(is_relative(a) && is_absolute(b) || is_absolute(a) && is_relative(b))
    }

    /// Tuples are different if one of their fields is.
    fn equal_tuples(&mut self, a: TermId, b: TermId) -> TermId {
        let fields: Vec<_> = self.args(a).iter().copied().zip(self.args(b).iter().copied()).collect();
        let differ =
            self.op(a) == self.op(b) && fields.into_iter().any(|(a, b)| self.equal(a, b) == Self::FALSE);
        if differ { Self::FALSE } else { self.raw(Op::Pure(Builtin::IsEq), &[a, b]) }
    }

    /// `wrapped` is some or ok: the other is, too, and what they hold is equal.
    fn equal_payload(&mut self, wrapped: TermId, other: TermId) -> TermId {
        let good = self.good(other);
        let (inside, payload) = (self.arg(wrapped, 0), self.payload(other, true));
        let equal = self.equal(inside, payload);
        self.and(good, equal)
    }

    /// Nothing is below itself, and no uint below zero; of two that are written out it is told.
    fn less(&mut self, a: TermId, b: TermId) -> TermId {
        match (self.number(a), self.number(b)) {
            _ if a == b => Self::FALSE,
            (_, Some(0)) => Self::FALSE,
            (Some(less), Some(more)) => Self::bool(less < more),
            _ => self.raw(Op::Pure(Builtin::Less), &[a, b]),
        }
    }

    pub fn pure(&mut self, builtin: Builtin, args: &[TermId]) -> TermId {
        match (builtin, args) {
            (Builtin::Not, &[a]) => self.not(a),
            (Builtin::And, args) => args.iter().rev().fold(Self::TRUE, |all, &a| self.and(a, all)),
            (Builtin::Or, args) => args.iter().rev().fold(Self::FALSE, |any, &a| self.or(a, any)),
            (Builtin::IsOk | Builtin::IsSome, &[a]) => self.good(a),
            (Builtin::IsErr | Builtin::IsNone, &[a]) => {
                let good = self.good(a);
                self.not(good)
            }
            (Builtin::Ok, &[a]) => self.raw(Op::Ok, &[a]),
            (Builtin::Err, &[a]) => self.raw(Op::Err, &[a]),
            (Builtin::Some, &[a]) => self.raw(Op::Some, &[a]),
            (Builtin::DefaultTo, &[default, of]) => {
                let (good, payload) = (self.good(of), self.payload(of, true));
                self.if_(good, payload, default)
            }
            (Builtin::IsEq, &[first, ref rest @ ..]) => {
                let equal: Vec<_> = rest.iter().map(|&other| self.equal(first, other)).collect();
                equal.into_iter().rev().fold(Self::TRUE, |all, a| self.and(a, all))
            }
            (Builtin::Xor, &[_, Self::TRUE] | &[Self::TRUE, _]) => {
                let other = if args[0] == Self::TRUE { args[1] } else { args[0] };
                self.not(other)
            }
            // Every comparison is a `<`, so that both ways of writing it are one fact.
            (Builtin::Less, &[a, b]) => self.less(a, b),
            (Builtin::Greater, &[a, b]) => self.less(b, a),
            (Builtin::GreaterOrEqual, &[a, b]) => {
                let less = self.less(a, b);
                self.not(less)
            }
            (Builtin::LessOrEqual, &[a, b]) => {
                let less = self.less(b, a);
                self.not(less)
            }
            (Builtin::IndexOfOptional, args) => self.raw(Op::Pure(Builtin::IndexOf), args),
            (Builtin::ElementAt | Builtin::ElementAtOptional, &[list, at]) => self.element_at(list, at),
            // A contract that is written out is its own principal.
            (Builtin::ContractOf, &[a]) if matches!(self.op(a), Op::Literal(_)) => a,
            (Builtin::Concat, args) => self.concat(args),
            (Builtin::Merge, &[left, right]) => self.merge(left, right),
            (_, args) => self.raw(Op::Pure(builtin), args),
        }
    }

    /// What stands at a place of a list that is written out.
    fn element_at(&mut self, list: TermId, at: TermId) -> TermId {
        let place = self.number(at).and_then(|at| usize::try_from(at).ok());
        match (self.op(list), place) {
            (Op::Pure(Builtin::List), Some(place)) => match self.args(list).get(place) {
                Some(&element) => self.raw(Op::Some, &[element]),
                None => self.leaf(Op::None),
            },
            _ => self.raw(Op::Pure(Builtin::ElementAt), &[list, at]),
        }
    }

    /// Tuples that are written out are merged into one; the right side wins.
    fn merge(&mut self, left: TermId, right: TermId) -> TermId {
        let (Op::Tuple(old), Op::Tuple(new)) = (self.op(left), self.op(right)) else {
            return self.raw(Op::Pure(Builtin::Merge), &[left, right]);
        };
        let mut merged = BTreeMap::new();
        for (shape, tuple) in [(old, left), (new, right)] {
            let names = self.fields(shape).iter().map(|&name| self.text(name).to_string());
            merged.extend(names.zip(self.args(tuple).iter().copied()));
        }
        self.tuple(merged.iter().map(|(name, &value)| (name.as_str(), value)).collect())
    }

    /// Strings that are written out are joined: `(concat "action-" "deposit")`.
    fn concat(&mut self, args: &[TermId]) -> TermId {
        let mut whole = String::from("\"");
        for &arg in args {
            let piece = match self.op(arg) {
                Op::Literal(text) => {
                    self.text(text).strip_prefix('"').and_then(|text| text.strip_suffix('"'))
                }
                _ => None,
            };
            match piece {
                Some(piece) => whole.push_str(piece),
                None => return self.raw(Op::Pure(Builtin::Concat), args),
            }
        }
        whole.push('"');
        self.literal(&whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectives_are_one_operator() {
        let mut terms = Terms::new(Default::default());
        let (a, b) = (terms.leaf(Op::Parameter(0)), terms.leaf(Op::Parameter(1)));
        let not_a = terms.not(a);
        assert_eq!(terms.not(not_a), a);
        let either = terms.or(not_a, b);
        let implied = terms.if_(a, b, Terms::TRUE);
        assert_eq!(either, implied);
        assert_eq!(terms.and(a, a), a);
        assert_eq!(terms.equal(Terms::FALSE, a), not_a);
    }

    #[test]
    fn payloads_and_fields_see_through_conditionals() {
        let mut terms = Terms::new(Default::default());
        let (c, x) = (terms.leaf(Op::Parameter(0)), terms.leaf(Op::Parameter(1)));
        let code = terms.literal("u1");
        let (ok, err) = (terms.pure(Builtin::Ok, &[x]), terms.pure(Builtin::Err, &[code]));
        let result = terms.if_(c, ok, err);
        assert_eq!(terms.good(result), c);
        assert_eq!(terms.payload(result, true), x);
        assert_eq!(terms.payload(result, false), code);
        let tuple = terms.tuple(vec![("b", x), ("a", c)]);
        let name = terms.intern("b");
        assert_eq!(terms.field(name, tuple), x);
        let other = terms.tuple(vec![("b", x), ("a", code)]);
        let (chosen, field) = (terms.if_(c, tuple, other), terms.if_(c, c, code));
        assert_eq!(chosen, terms.tuple(vec![("b", x), ("a", field)]));
    }

    /// The chain refuses it, the reader takes it.
    #[test]
    fn an_empty_tuple_has_no_fields() {
        let mut terms = Terms::new(Default::default());
        let (empty, x) = (terms.tuple(Vec::new()), terms.leaf(Op::Parameter(0)));
        let name = terms.intern("");
        assert_eq!(terms.field(name, empty), terms.leaf(Op::Absurd));
        let one = terms.tuple(vec![("a", x)]);
        assert_eq!(terms.pure(Builtin::Merge, &[empty, one]), one);
        assert_ne!(terms.equal(empty, one), Terms::TRUE);
    }
}
