//! What a contract makes use of, found in one pass over its expressions for all rules that ask.
//!
//! Only what lives uses anything: what runs at deployment, what can be called from outside, and what these come to. So
//! what only unused code uses is unused itself, and removing one finding leaves no other behind.

mod collect;
mod signatures;

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::edits;
use crate::analysis::Analysis;
use crate::builtins::Builtin;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::graph::{Program, Site};
use crate::model::{Access, Definition, ExprId, ExprKind, Model, Name};
use crate::project::ContractId;
use crate::source::{Location, SourceFile, Span};
use crate::syntax::{Expr, Symbol, Tree};
use crate::types::Outcome;
use crate::types::infer::Inferred;
use signatures::Method;
pub use signatures::demanded;

/// What is done with a definition by what lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub reads: bool,
    pub writes: bool,
    pub removes: bool,
    pub mints: bool,
}

impl Uses {
    const ALL: Self = Self { reads: true, writes: true, removes: true, mints: true };

    fn of(builtin: Builtin) -> Self {
        let none = Self::default();
        match builtin {
            Builtin::VarSet | Builtin::MapSet => Self { writes: true, ..none },
            // Its answer tells whether there was an entry.
            Builtin::MapInsert => Self { reads: true, writes: true, ..none },
            Builtin::MapDelete => Self { removes: true, ..none },
            Builtin::FtMint | Builtin::NftMint => Self { mints: true, ..none },
            _ => Self { reads: true, ..none },
        }
    }

    fn add(&mut self, other: Self) {
        self.reads |= other.reads;
        self.writes |= other.writes;
        self.removes |= other.removes;
        self.mints |= other.mints;
    }
}

/// A piece of the text that is evaluated as a whole.
struct Body {
    /// What it belongs to; `None` for what runs at deployment.
    owner: Option<Definition>,
    root: ExprId,
    references: Vec<(Definition, Uses)>,
    /// The locals and parameters that it uses.
    locals: FxHashSet<u32>,
    parameters: FxHashSet<u32>,
    /// What `let` binds its locals to.
    bound: FxHashMap<u32, ExprId>,
}

/// What a contract makes use of.
pub struct Usage<'a> {
    pub program: &'a Program<'a>,
    analysis: &'a Analysis<'a>,
    pub contract: ContractId,
    pub model: &'a Model,
    pub tree: &'a Tree,
    /// In the order of their expressions: those of a body end with its root.
    bodies: Vec<Body>,
    by_owner: FxHashMap<Definition, usize>,
    uses: FxHashMap<Definition, Uses>,
    /// The functions that `map`, `fold` and `filter` apply.
    applied: FxHashSet<u32>,
    // What follows is found out for the first who asks.
    /// The forms at top level.
    forms: OnceCell<Vec<Span>>,
    mentioned: OnceCell<FxHashSet<Definition>>,
    /// The bodies that change something or print.
    acting: OnceCell<Vec<bool>>,
    /// The methods that others demand, see [`signatures::demanded`].
    demanded: OnceCell<Option<FxHashSet<Method<'a>>>>,
}

impl<'a> Usage<'a> {
    /// What lives does with a definition; `None` if it does nothing with it.
    pub fn of(&self, definition: Definition) -> Option<Uses> {
        self.uses.get(&definition).copied()
    }

    /// Whether anything refers to a definition, alive or not.
    pub fn is_mentioned(&self, definition: Definition) -> bool {
        let all = || self.bodies.iter().flat_map(|body| &body.references).map(|&(to, _)| to).collect();
        self.mentioned.get_or_init(all).contains(&definition)
    }

    /// The types that were inferred.
    pub fn inferred(&self) -> Option<&Inferred> {
        self.analysis.types().inferred(self.contract)
    }

    /// Whether the chain does not take the contract.
    pub fn is_rejected(&self) -> bool {
        matches!(self.analysis.types().outcome(self.contract), Some(Outcome::Rejected(_)))
    }

    /// Whether a name of `use-trait` stands in any signature.
    pub fn names_trait(&self, alias: Symbol) -> bool {
        self.tree.exprs().any(|node| node.trait_alias() == Some(alias))
    }

    /// Whether a function changes anything or prints, itself or through what it calls.
    pub fn acts(&self, function: u32) -> bool {
        let body = self.by_owner.get(&Definition::Function(function));
        body.is_some_and(|&body| self.acting.get_or_init(|| self.acting())[body])
    }

    pub fn uses_parameter(&self, function: u32, parameter: u32) -> bool {
        self.body_of(Definition::Function(function)).is_none_or(|body| body.parameters.contains(&parameter))
    }

    /// Whether the body around an expression uses one of its locals.
    pub fn uses_local(&self, within: ExprId, local: u32) -> bool {
        self.around(within).is_none_or(|body| body.locals.contains(&local))
    }

    /// Every name that `let` and `match` bind: the expression that binds it, the name, and the local that it stands for.
    pub fn bindings(&self) -> impl Iterator<Item = (ExprId, Name, u32)> + '_ {
        bindings(self.model, self.tree)
    }

    /// What a local is bound to by `let`.
    pub fn bound(&self, within: ExprId, local: u32) -> Option<ExprId> {
        self.around(within)?.bound.get(&local).copied()
    }

    /// Whether somebody else decides on the signature of a function: a trait, a standard, or what applies it.
    pub fn has_foreign_signature(&self, function: u32) -> bool {
        let defined = &self.model.functions[function as usize];
        let is_demanded = || {
            let demanded = || signatures::demanded(self.program, self.contract);
            let method = (self.tree.name(defined.name.symbol), defined.parameters.len());
            self.demanded.get_or_init(demanded).as_ref().is_none_or(|demanded| demanded.contains(&method))
        };
        self.applied.contains(&function) || defined.access != Access::Private && is_demanded()
    }

    /// The name, unless its author means it to be unused: it ends with `_`.
    pub fn expected(&self, name: Name) -> Option<&'a str> {
        Some(self.tree.name(name.symbol)).filter(|text| !text.ends_with('_'))
    }

    /// The expression that is evaluated last: the value of a body.
    pub fn last(&self, mut expr: ExprId) -> ExprId {
        loop {
            let body = match self.model.expr(expr).kind {
                ExprKind::Let { body, .. } | ExprKind::Builtin(Builtin::Begin, body) => body,
                _ => return expr,
            };
            match self.model.list(body).last() {
                Some(&last) => expr = last,
                None => return expr,
            }
        }
    }

    /// What an expression is, through the names of `let` and the answers of functions, as far as so many lead.
    pub fn source_of(&self, expr: ExprId, steps: u32) -> ExprId {
        let mut at = self.last(expr);
        for _ in 0..steps {
            let next = match self.model.expr(at).kind {
                ExprKind::Local(local) => self.bound(at, local),
                ExprKind::Call(index, _) => Some(self.model.functions[index as usize].body),
                _ => None,
            };
            match next {
                Some(next) => at = self.last(next),
                None => break,
            }
        }
        at
    }

    pub fn node(&self, expr: ExprId) -> Expr<'a> {
        self.tree.expr(self.model.expr(expr).node)
    }

    pub fn location(&self, span: Span) -> Location {
        self.program.location_in(self.contract, span)
    }

    /// A finding at the head of an expression.
    pub fn at_head(
        &self,
        rule: &'static str,
        severity: Severity,
        expr: ExprId,
        says: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(rule, severity, self.program.head(Site { contract: self.contract, expr }), says)
    }

    /// A finding at a name.
    pub fn at_name(
        &self,
        rule: &'static str,
        severity: Severity,
        name: Name,
        says: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(rule, severity, self.location(name.span), says).key(self.tree.name(name.symbol))
    }

    pub fn source(&self) -> &'a SourceFile {
        self.program.project.file(self.program.contract(self.contract).file)
    }

    /// Takes the definition of a name out, with its comment.
    pub fn removal(&self, name: Name, what: &str, applicability: Applicability) -> Option<Fix> {
        let forms = self.forms.get_or_init(|| self.tree.forms().map(Expr::span).collect());
        let index = forms.partition_point(|form| form.end <= name.span.start);
        let form = edits::form_with_comment(self.source(), *forms.get(index)?);
        let edits = vec![edits::delete(self.location(form))];
        Some(Fix { title: format!("remove the {what}"), applicability, edits })
    }

    /// The body that an expression belongs to.
    fn around(&self, expr: ExprId) -> Option<&Body> {
        self.place_of(expr).map(|place| &self.bodies[place])
    }

    /// The number of the body that an expression belongs to.
    pub fn place_of(&self, expr: ExprId) -> Option<usize> {
        let place = self.bodies.partition_point(|body| body.root < expr);
        (place < self.bodies.len()).then_some(place)
    }

    fn body_of(&self, owner: Definition) -> Option<&Body> {
        self.by_owner.get(&owner).map(|&index| &self.bodies[index])
    }
}

/// Every name that `let` and `match` bind, see [`Usage::bindings`].
pub fn bindings<'a>(model: &'a Model, tree: &'a Tree) -> impl Iterator<Item = (ExprId, Name, u32)> + 'a {
    model.exprs().flat_map(|(expr, it)| {
        let mut parts = tree.expr(it.node).children();
        let (good, bad) = match it.kind {
            ExprKind::Binding { local, .. } => (parts.next().zip(Some(local)), None),
            ExprKind::Match { good, bad, .. } => (parts.nth(2).zip(Some(good)), parts.nth(1).zip(bad)),
            _ => (None, None),
        };
        good.into_iter().chain(bad).filter_map(move |(name, local)| {
            Some((expr, Name { symbol: name.symbol()?, span: name.span() }, local))
        })
    })
}
