//! `as-contract-scope`: the contract's identity is taken on before it is needed.

use super::{Check, Group, Lint, Rule};
use crate::builtins::{Builtin, Effect as Does, Keyword};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{EffectKind, Engine};
use crate::graph::{FunctionId, Site, Target};
use crate::model::{Definition, ExprId, ExprKind, Model};

pub const RULE: Rule = Rule {
    id: "as-contract-scope",
    group: Group::AsContract,
    level: Some(Severity::Note),
    doc: include_str!("../../rules/as-contract-scope.md"),
    checks: &[Check::Function(check)],
    yields_to: &[],
};

/// How long an expression may be to be repeated in a message.
const MAX_SHOWN: usize = 50;

fn check(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let program = lint.program;
    let body = Body { engine: &lint.engine, model: program.model(function.contract), function };
    let mut found = Vec::new();
    let mut open = vec![program.function(function).body];
    while let Some(expr) = open.pop() {
        let children = body.model.children(expr);
        if let ExprKind::Builtin(Builtin::AsContract | Builtin::AsContractSafe, _) =
            body.model.expr(expr).kind
        {
            found
                .extend(body.fault(expr, &children).map(|(at, message)| report(lint, function, at, message)));
        }
        open.extend(children);
    }
    found
}

fn report(lint: &Lint<'_>, function: FunctionId, at: ExprId, message: String) -> Diagnostic {
    let program = lint.program;
    let name = program.name(function);
    let at = program.head(Site { contract: function.contract, expr: at });
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Note, at, message)
        .help("act as the contract only where it pays or calls in its own name: what is within can be taken for it")
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic
}

/// The body of a function, and what its expressions need.
struct Body<'e, 'p> {
    engine: &'e Engine<'p>,
    model: &'e Model,
    function: FunctionId,
}

impl Body<'_, '_> {
    fn site(&self, expr: ExprId) -> Site {
        Site { contract: self.function.contract, expr }
    }

    /// What is wrong with a scope, and where.
    fn fault(&self, scope: ExprId, children: &[ExprId]) -> Option<(ExprId, String)> {
        if !children.iter().any(|&child| self.any(child, &|expr| self.needs_identity(expr))) {
            return Some((scope, "nothing in this scope needs the contract's identity".to_string()));
        }
        let mut early = Vec::new();
        self.go_on(children, &mut early);
        let &first = early.first()?;
        let shown = self.engine.program.node(self.site(first)).one_line();
        let shown = match shown.split_once([' ', ')']) {
            Some((head, _)) if shown.len() > MAX_SHOWN => format!("{head} ..)"),
            _ => shown,
        };
        let more = if early.len() == 1 { String::new() } else { format!(" and {} more", early.len() - 1) };
        Some((
            first,
            format!("`{shown}`{more} could stand before the scope, outside the contract's identity"),
        ))
    }

    /// Collects what is evaluated before anything needs the identity or changes anything. Whether it goes on.
    fn go_on(&self, forms: &[ExprId], early: &mut Vec<ExprId>) -> bool {
        forms.iter().all(|&form| match self.model.expr(form).kind {
            ExprKind::Let { .. } | ExprKind::Binding { .. } | ExprKind::Builtin(Builtin::Begin, _) => {
                self.go_on(&self.model.children(form), early)
            }
            ExprKind::Builtin(builtin, _) if builtin.spec().effect == Does::Allowance => true,
            kind => {
                let is_idle = !self.any(form, &|expr| self.needs_identity(expr) || self.acts(expr));
                let computes = matches!(
                    kind,
                    ExprKind::Builtin(..) | ExprKind::Call(..) | ExprKind::ContractCall { .. }
                );
                if is_idle && computes {
                    early.push(form);
                }
                is_idle
            }
        })
    }

    /// Whether that holds for an expression or one below it.
    fn any(&self, expr: ExprId, holds: &dyn Fn(ExprId) -> bool) -> bool {
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            if holds(expr) {
                return true;
            }
            open.extend(self.model.children(expr));
        }
        false
    }

    /// Whether it makes a difference to the expression itself who calls.
    fn needs_identity(&self, expr: ExprId) -> bool {
        match self.model.expr(expr).kind {
            ExprKind::Keyword(keyword) => matches!(keyword, Keyword::TxSender | Keyword::ContractCaller),
            ExprKind::Builtin(builtin, _) => {
                matches!(builtin.spec().effect, Does::Mint | Does::Burn | Does::Transfer | Does::Switch)
            }
            ExprKind::Name(Definition::Function(index)) => {
                self.is_told_caller(FunctionId { contract: self.function.contract, index })
            }
            ExprKind::Call(..) | ExprKind::ContractCall { .. } => {
                let (program, site) = (self.engine.program, self.site(expr));
                let mut callees = program.callees(self.function, site).peekable();
                matches!(program.target(site), Some(target) if !matches!(target, Target::Contract(_)))
                    || callees.peek().is_none()
                    || callees.any(|callee| self.is_told_caller(callee))
            }
            ExprKind::UnknownCall(..) | ExprKind::Unknown => true,
            _ => false,
        }
    }

    /// Whether a function asks who calls it, or moves or calls something.
    fn is_told_caller(&self, function: FunctionId) -> bool {
        let Some(summary) = self.engine.known(function) else { return true };
        let is_write = |kind: &EffectKind| matches!(kind, EffectKind::Write(..));
        summary.uses_caller
            || summary.unchecked.is_some()
            || !summary.effects.iter().all(|effect| is_write(&effect.kind))
    }

    /// Whether the expression itself writes or prints: before it nothing may be moved past.
    fn acts(&self, expr: ExprId) -> bool {
        match self.model.expr(expr).kind {
            ExprKind::Builtin(builtin, _) => matches!(builtin.spec().effect, Does::Write | Does::Event),
            ExprKind::Call(..) | ExprKind::ContractCall { .. } => {
                self.engine.program.callees(self.function, self.site(expr)).any(|callee| {
                    let summary = self.engine.known(callee);
                    summary.is_none_or(|summary| summary.prints || !summary.effects.is_empty())
                })
            }
            _ => false,
        }
    }
}
