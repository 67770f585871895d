//! `always-fails`: an operation that no run gets through.

use super::unenforced_guard::Body;
use super::{Check, Group, Lint, Rule, allowances, evidence, tautology, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Allowance, Effect, EffectKind, Op, Show, StateId, TermId};
use crate::graph::{FunctionId, Site};
use crate::model::{ExprId, ExprKind};
use crate::syntax::{Expr, Kind};

pub const RULE: Rule = Rule {
    id: "always-fails",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/always-fails.md"),
    checks: &[Check::Entrypoint(operations), Check::Function(expressions), Check::Function(assertions)],
    yields_to: &[],
};

/// Operations that the chain refuses by who calls them and by what is allowed.
fn operations(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let mut found = Vec::new();
    for effect in &summary.effects {
        let Some((message, help)) = refused(lint, entrypoint, effect) else { continue };
        let (at, by) = (lint.program.head(effect.site), lint.program.location(entrypoint));
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message)
            .label(by, "whoever calls this")
            .help(help)
            .key(lint.program.name(entrypoint))
            .cause(at, by);
        diagnostic.function = Some(lint.program.name(entrypoint).to_string());
        diagnostic.trace = evidence::trace(lint.program, effect);
        found.push(diagnostic);
    }
    found
}

fn refused(lint: &mut Lint<'_>, entrypoint: FunctionId, effect: &Effect) -> Option<(String, String)> {
    let operation = lint.program.node(effect.site).children().next()?.text();
    let own = lint.engine.principal(effect.site.contract);
    let from = owner_of(lint, effect)?;
    if from != own {
        return None;
    }
    if let (EffectKind::Stx(_), Op::Sender) = (&effect.kind, lint.engine.terms.op(effect.sender)) {
        return Some((
            format!("this `{operation}` always fails: only the contract itself can send its STX, and `tx-sender` is who calls"),
            match Builtin::AsContractSafe.spec().first > lint.program.contract(effect.site.contract).version {
                true => "send it as the contract, as in `(as-contract (stx-transfer? amount tx-sender recipient))`",
                false => {
                    "send it as the contract, as in `(as-contract? ((with-stx amount)) (try! (stx-transfer? amount tx-sender recipient)))`"
                }
            }
            .to_string(),
        ));
    }
    let allowances = effect.allowances.clone()?;
    if effect.sender != own || allowances.iter().any(|allowance| lets_out(lint, allowance, effect)) {
        return None;
    }
    let what = match effect.kind {
        EffectKind::Token(_, token) => {
            let token = Show { engine: &lint.engine, function: entrypoint }.state(token);
            format!("`{token}`")
        }
        _ => "STX".to_string(),
    };
    let needed = allowances::listed(&allowances::needed_by(lint, entrypoint, [effect]));
    Some((
        format!(
            "this `{operation}` is always undone: the `as-contract?` around it allows no {what}, or less than is sent"
        ),
        format!("allow what is sent: `{needed}`"),
    ))
}

/// Who loses what an operation of the chain moves.
fn owner_of(lint: &Lint<'_>, effect: &Effect) -> Option<TermId> {
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Stx(Builtin::StxBurn), &[_, from])
        | (EffectKind::Token(Builtin::FtBurn | Builtin::NftBurn, _), &[_, from]) => Some(from),
        (EffectKind::Stx(_) | EffectKind::Token(..), _) => {
            transfer::of(&lint.engine, effect).filter(|moved| moved.from != moved.to).map(|moved| moved.from)
        }
        _ => None,
    }
}

/// Whether an allowance may cover what an operation moves.
fn lets_out(lint: &mut Lint<'_>, allowance: &Allowance, effect: &Effect) -> bool {
    let Some(&what) = effect.args.first() else { return true };
    let kind = match effect.kind {
        EffectKind::Token(Builtin::FtTransfer | Builtin::FtBurn, _) => Builtin::WithFt,
        EffectKind::Token(..) => Builtin::WithNft,
        _ => Builtin::WithStx,
    };
    match (allowance.builtin, &allowance.args[..]) {
        (Builtin::WithAllAssetsUnsafe, _) => true,
        (builtin, _) if builtin != kind => false,
        (Builtin::WithStx, &[most]) => !is_less(lint, most, what),
        (Builtin::WithFt, &[asset, name, most]) => {
            may_be_token(lint, asset, name, effect) && !is_less(lint, most, what)
        }
        (_, &[asset, name, ..]) => may_be_token(lint, asset, name, effect),
        _ => true,
    }
}

/// Whether an allowance may name the token that is moved.
fn may_be_token(lint: &mut Lint<'_>, asset: TermId, name: TermId, effect: &Effect) -> bool {
    let EffectKind::Token(
        _,
        token @ (StateId::FungibleToken(contract, _) | StateId::NonFungibleToken(contract, _)),
    ) = effect.kind
    else {
        return true;
    };
    let owner = lint.engine.principal(contract);
    let terms = &lint.engine.terms;
    let (Op::Literal(_), Op::Literal(name)) = (terms.op(asset), terms.op(name)) else { return true };
    let declared = allowances::token_name(lint, token).map(|(_, name)| format!("\"{name}\""));
    asset == owner
        && (terms.text(name) == "\"*\"" || declared.is_none_or(|declared| terms.text(name) == declared))
}

/// Whether an amount is less than another in every run in which that is not zero.
fn is_less(lint: &Lint<'_>, most: TermId, what: TermId) -> bool {
    let terms = &lint.engine.terms;
    let number = |term: TermId| terms.number(term);
    match (terms.op(most), terms.args(most)) {
        (Op::Pure(Builtin::Divide), &[whole, by]) => {
            whole == what && number(what).is_none() && number(by).is_some_and(|by| by > 1)
        }
        _ => number(most).zip(number(what)).is_some_and(|(most, what)| most < what),
    }
}

/// Expressions that abort whenever they are evaluated.
fn expressions(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let program = lint.program;
    let model = program.model(function.contract);
    let mut open = vec![program.function(function).body];
    let mut found = Vec::new();
    while let Some(expr) = open.pop() {
        open.extend(model.children(expr));
        let Some((at, message, help)) = compares_trait(lint, function, expr) else { continue };
        let at = program.location_in(function.contract, at.span());
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).help(help);
        diagnostic.function = Some(program.name(function).to_string());
        found.push(diagnostic);
    }
    found
}

/// Assertions that no run passes.
fn assertions(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let program = lint.program;
    let contract = function.contract;
    let summary = lint.engine.summary(function);
    let body = Body::new(program.model(contract), program.function(function).body);
    let mut found = Vec::new();
    for &asserted in &summary.statements.asserted {
        if !tautology::never_passes(lint, contract, &body, asserted) {
            continue;
        }
        let at = program.head(Site { contract, expr: asserted.0 });
        let message = "this condition never holds: whoever comes here fails".to_string();
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message)
            .help("compare with what must hold; no uint is below `u0`, for example");
        diagnostic.function = Some(program.name(function).to_string());
        found.push(diagnostic);
    }
    found
}

type Fault<'t> = (Expr<'t>, String, String);

/// A contract that came in by a trait, compared with what is a principal: the chain has no such comparison.
fn compares_trait<'t>(lint: &Lint<'t>, function: FunctionId, expr: ExprId) -> Option<Fault<'t>> {
    let program = lint.program;
    let model = program.model(function.contract);
    let ExprKind::Builtin(Builtin::IsEq, args) = model.expr(expr).kind else { return None };
    let tree = &program.contract(function.contract).syntax.tree;
    let is_trait = |arg: &&ExprId| match model.expr(**arg).kind {
        ExprKind::Parameter(index) => {
            let parameter = program.function(function).parameters.get(index as usize);
            let declared = parameter.and_then(|parameter| parameter.declared_type);
            declared.is_some_and(|declared| tree.expr(declared).text().starts_with('<'))
        }
        _ => false,
    };
    let &of = model.list(args).iter().find(is_trait)?;
    let is_principal = |arg: &&ExprId| {
        let node = program.node(Site { contract: function.contract, expr: **arg });
        matches!(node.kind(), Kind::Contract | Kind::Principal)
            || matches!(model.expr(**arg).kind, ExprKind::Builtin(Builtin::VarGet, _))
    };
    model.list(args).iter().find(is_principal)?;
    let node = program.node(Site { contract: function.contract, expr: of });
    let name = node.text();
    Some((
        node,
        format!("comparing `{name}` always aborts: it is a contract by its trait, and no principal"),
        format!("compare `(contract-of {name})`"),
    ))
}
