//! `as-contract?` and `restrict-assets?`: allowances, and a body of which nothing may be a response.

use super::doubt::DoubtKind;
use super::presets::{ASCII_128, PRINCIPAL, UINT};
use super::shape::{Shape, Ty};
use super::walk::Walk;
use crate::builtins::{Builtin, Word};
use crate::syntax::{Children, Expr, Kind, Symbol};
use crate::types::limits::MOST_ALLOWANCES;

impl<'t> Walk<'_, 't> {
    pub fn allowances(&mut self, list: Expr<'t>, unsafe_is_fine: bool) {
        let count = list.children().count();
        if list.kind() != Kind::List || count > MOST_ALLOWANCES as usize {
            self.doubt(list, DoubtKind::Form);
            return;
        }
        for allowance in list.children() {
            let Some((head, arguments)) = allowance.call() else {
                self.doubt(allowance, DoubtKind::Form);
                continue;
            };
            let builtin = match head.symbol().and_then(Symbol::word) {
                Some(Word::Builtin(builtin)) if self.exists(builtin) => builtin,
                _ => {
                    self.doubt(allowance, DoubtKind::Form);
                    continue;
                }
            };
            match builtin {
                Builtin::WithStx | Builtin::WithStacking | Builtin::WithStaking => {
                    self.arguments(allowance, arguments, &[UINT]);
                }
                Builtin::WithFt => self.arguments(allowance, arguments, &[PRINCIPAL, ASCII_128, UINT]),
                Builtin::WithNft => {
                    let mut rest = arguments;
                    let identifiers = rest.nth(2);
                    for (argument, wanted) in arguments.zip([PRINCIPAL, ASCII_128]) {
                        self.expects(argument, wanted);
                    }
                    let of = identifiers.map(|identifiers| self.value(identifiers));
                    let fits = |of| match self.pool.shape(of) {
                        Shape::List(length, _) => length <= MOST_ALLOWANCES,
                        shape => shape == Shape::Unknown,
                    };
                    if !of.is_some_and(fits) || rest.next().is_some() {
                        self.doubt(allowance, DoubtKind::Mismatch);
                    }
                }
                Builtin::WithPox => self.arguments(allowance, arguments, &[]),
                Builtin::WithAllAssetsUnsafe => {
                    self.arguments(allowance, arguments, &[]);
                    if !unsafe_is_fine || count > 1 {
                        self.doubt(allowance, DoubtKind::Form);
                    }
                }
                _ => {
                    self.doubt(allowance, DoubtKind::Form);
                }
            }
        }
    }

    /// A body of which nothing may be a response, and that results in one.
    pub fn restricted(&mut self, expr: Expr<'t>, body: Children<'t>) -> Ty {
        let last = self.body(body);
        if matches!(self.pool.shape(last), Shape::Response(..)) {
            self.doubt(expr, DoubtKind::Response);
        }
        let made = self.pool.response(last, UINT);
        self.bounded(expr, made)
    }
}
