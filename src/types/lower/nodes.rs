//! Expressions for the analyser: where they stand in the text, or that they stand nowhere.

use clarity::vm::SymbolicExpression;

use super::Lowering;
use crate::syntax::{Expr, Kind, NESTING_LIMIT, parse};
use crate::types::{names, wording};

impl Lowering<'_> {
    /// The expression that stands where `expr` stood.
    pub(super) fn placed(&self, expr: Expr<'_>, mut node: SymbolicExpression) -> SymbolicExpression {
        node.id = u64::from(expr.id().0) + 1;
        node.span = wording::span_of(expr.id());
        node
    }

    pub(super) fn list(&self, expr: Expr<'_>, children: Vec<SymbolicExpression>) -> SymbolicExpression {
        self.placed(expr, SymbolicExpression::list(children.into_boxed_slice()))
    }

    /// An expression that no text has; what is wrong with it is wrong at `at`.
    pub(super) fn made(&mut self, at: Expr<'_>, node: SymbolicExpression) -> SymbolicExpression {
        let mut node = self.plain(node);
        node.span = wording::span_of(at.id());
        node
    }

    pub(super) fn atom(&mut self, at: Expr<'_>, name: &str) -> SymbolicExpression {
        self.made(at, SymbolicExpression::atom(names::name(name)))
    }

    pub(super) fn made_list(
        &mut self,
        at: Expr<'_>,
        children: Vec<SymbolicExpression>,
    ) -> SymbolicExpression {
        self.made(at, SymbolicExpression::list(children.into_boxed_slice()))
    }

    /// A piece of Clarity 2 that is written out in the tables.
    pub(super) fn text(&mut self, text: &str) -> SymbolicExpression {
        let tree = parse(text.into(), NESTING_LIMIT).tree;
        let mut forms = tree.forms();
        let form = forms.next().expect("the tables hold whole expressions");
        self.copy(form)
    }

    pub(super) fn copy(&mut self, expr: Expr<'_>) -> SymbolicExpression {
        let node = match expr.kind() {
            Kind::List => {
                let children: Vec<_> = expr.children().map(|child| self.copy(child)).collect();
                return self.plain_list(children);
            }
            _ => match names::literal(expr, None) {
                Some(value) => SymbolicExpression::literal_value(value),
                None => SymbolicExpression::atom(names::name(expr.text())),
            },
        };
        self.plain(node)
    }

    /// An expression that belongs nowhere in the text.
    pub(super) fn plain(&mut self, mut node: SymbolicExpression) -> SymbolicExpression {
        self.made += 1;
        node.id = self.made;
        node
    }

    pub(super) fn plain_list(&mut self, children: Vec<SymbolicExpression>) -> SymbolicExpression {
        self.plain(SymbolicExpression::list(children.into_boxed_slice()))
    }
}
