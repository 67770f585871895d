//! The conditions that a policy names: what they mean at an entrypoint, and whether its effects are kept only where
//! they hold.

use super::{Lint, breaker};
use crate::config::{Authorisation, Condition, Spanned};
use crate::facts::{Effect, EffectKind, Facts, Op, Proofs, Scope, TermId, Unclear, shared};
use crate::graph::FunctionId;
use crate::source::{Location, Span};
use crate::syntax::{Expr, Tree};

/// The policy's conditions, read once, and what was found out about them so far.
pub(super) struct Conditions {
    roles: Vec<(String, Tree)>,
    proofs: Proofs,
}

/// A condition at one entrypoint.
#[derive(Clone, Copy)]
pub(super) struct Demand {
    pub condition: TermId,
    /// The parameter that it is about, if not all effects need it.
    about: Option<TermId>,
}

impl Conditions {
    pub fn new(lint: &Lint<'_>) -> Self {
        let roles = lint.policy.roles.iter();
        let roles = roles.map(|(name, condition)| (name.value.clone(), condition.value.tree()));
        Self { roles: roles.collect(), proofs: Proofs::default() }
    }

    /// What an entry asks of an entrypoint.
    pub fn demand(
        &self,
        lint: &mut Lint<'_>,
        entry: &Authorisation,
        entrypoint: FunctionId,
    ) -> Result<Demand, (Location, Unclear)> {
        let condition = self.condition(lint, &entry.holds.value, entrypoint);
        let condition = condition.map_err(|fault| {
            let written = fault.role.and_then(|role| lint.policy.roles.get(role));
            (within(lint, written.map_or(&entry.holds, |(_, role)| role), fault.span), fault)
        })?;
        let about = match &entry.calls {
            Some(name) => Some(parameter(lint, entrypoint, &name.value).map_err(|fault| (name.at, fault))?),
            None => None,
        };
        Ok(Demand { condition, about })
    }

    /// The truth value that a condition asks for at an entrypoint.
    pub fn condition(
        &self,
        lint: &mut Lint<'_>,
        condition: &Condition,
        entrypoint: FunctionId,
    ) -> Result<TermId, Unclear> {
        // Whatever was decoded is one expression.
        let roles: Vec<_> =
            self.roles.iter().filter_map(|(name, tree)| Some((name.as_str(), form(tree)?))).collect();
        let tree = condition.tree();
        let Some(node) = form(&tree) else { return Ok(lint.engine.terms.opaque()) };
        lint.engine.condition(&Scope { entrypoint, roles: &roles }, node)
    }

    /// The first effect that is kept although the condition need not hold.
    pub fn escaped<'e>(
        &mut self,
        lint: &mut Lint<'_>,
        entry: &Authorisation,
        demand: Demand,
        effects: &'e [Effect],
    ) -> Option<&'e Effect> {
        let is_asked = |effect: &&Effect| demand.stops(effect) && lint.concerns(&entry.entrypoints, effect);
        let asked: Vec<_> = effects.iter().filter(is_asked).collect();
        let shared = shared(asked.iter().copied())?;
        if self.hold(lint, &shared, demand.condition) != Some(false) {
            return None;
        }
        asked.into_iter().find(|effect| self.hold(lint, &effect.facts, demand.condition) == Some(false))
    }

    /// Whether facts make sure of a condition; `None` if that is too much to find out.
    pub fn hold(&mut self, lint: &mut Lint<'_>, facts: &Facts, condition: TermId) -> Option<bool> {
        self.proofs.holds(&mut lint.engine, &lint.governance, facts, condition)
    }
}

impl Demand {
    /// Whether the condition is asked for an effect: of any, or of handing control to what it is about.
    pub fn stops(self, effect: &Effect) -> bool {
        breaker::stops(effect) && self.about.is_none_or(|about| hands_control(effect, about))
    }
}

/// Whether an effect calls a contract, or hands it to another one.
pub(super) fn hands_control(effect: &Effect, contract: TermId) -> bool {
    matches!(effect.kind, EffectKind::Dynamic { .. }) && effect.args.contains(&contract)
}

fn parameter(lint: &mut Lint<'_>, entrypoint: FunctionId, name: &str) -> Result<TermId, Unclear> {
    let program = lint.program;
    let tree = &program.contract(entrypoint.contract).syntax.tree;
    let parameters = &program.function(entrypoint).parameters;
    match parameters.iter().position(|parameter| tree.name(parameter.name.symbol) == name) {
        Some(index) => Ok(lint.engine.terms.leaf(Op::Parameter(index as u32))),
        None => Err(Unclear {
            span: Span::default(),
            role: None,
            message: format!("`{}` has no parameter `{name}`", program.path(entrypoint)),
            help: "name the trait parameter that the condition is about".to_string(),
        }),
    }
}

/// A condition on one line, with what roles stand for in their places: as a contract would write it.
pub(super) fn written_out(lint: &Lint<'_>, condition: &Condition, roles: usize) -> String {
    let tree = condition.tree();
    let mut text = condition.0.clone();
    let mut names: Vec<_> = Vec::new();
    let mut open: Vec<_> = tree.forms().collect();
    while let Some(node) = open.pop() {
        names.extend(node.name().map(|name| (node.span().range(), name.to_string())));
        open.extend(node.children());
    }
    names.sort_by_key(|(range, _)| range.start);
    for (range, name) in names.into_iter().rev() {
        if let Some(at) = lint.policy.roles[..roles].iter().rposition(|(role, _)| role.value == name) {
            text.replace_range(range, &written_out(lint, &lint.policy.roles[at].1.value, at));
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The one form of a condition.
pub(super) fn form(tree: &Tree) -> Option<Expr<'_>> {
    tree.forms().next()
}

/// A part of a condition where it is written; all of it if it is written with escapes.
fn within(lint: &Lint<'_>, condition: &Spanned<Condition>, part: Span) -> Location {
    let Location { file, span } = condition.at;
    match lint.program.project.file(file).slice(span).find(&condition.value.0) {
        Some(offset) => {
            let start = span.start + offset as u32;
            Location { file, span: Span::new(start + part.start, start + part.end) }
        }
        None => condition.at,
    }
}
