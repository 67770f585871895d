//! `hardcoded-address`: a contract is written out that is reached through the registry only, or a principal is called.

use std::collections::BTreeSet;

use super::registry::Registry;
use super::{Check, Group, Lint, Question, Rule};
use crate::builtins::Builtin;
use crate::config::{Resolved, Upgrade};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{EffectKind, Engine, Mask, Op, TermId};
use crate::graph::{FunctionId, Program, Site};
use crate::model::{ExprId, ExprKind};
use crate::project::ContractId;
use crate::syntax::Kind;

pub const RULE: Rule = Rule {
    id: "hardcoded-address",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/hardcoded-address.md"),
    checks: &[Check::Function(called_principals), Check::Project(&[Question::Registries], of_policy)],
    yields_to: &[],
};

/// What the policy says to resolve and contracts name.
fn of_policy(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let (program, Some(upgrade)) = (lint.program, &lint.policy.upgrade) else { return Vec::new() };
    let registering = registering(lint);
    let linted = program.project.contract_ids().filter(|&id| program.contract(id).linted);
    linted.flat_map(|contract| written_out(lint, upgrade, contract, &registering)).collect()
}

/// Calls of what a variable, a map or a binding holds: only a contract that came in as a trait can be called.
fn called_principals(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let program = lint.program;
    let summary = lint.engine.summary(function);
    let own = summary.effects.iter().filter(|effect| effect.calls.is_empty());
    let calls = own.filter(|effect| matches!(effect.kind, EffectKind::Dynamic { .. }));
    let plain =
        calls.filter(|call| call.args.first().is_some_and(|&called| is_plain(lint, function, called)));
    let report = |site: Site| {
        let node = program.node(site);
        let target = node.children().nth(1).unwrap_or(node);
        let text = target.one_line();
        let at = program.location_in(site.contract, target.span());
        let message = format!("`{text}` is a principal, and only what is passed as a trait can be called");
        let help = format!(
            "take the contract as an argument `(callee <trait>)`, check it with \
             `(asserts! (is-eq (contract-of callee) {text}) ERR)`, and call `callee`"
        );
        let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(text);
        diagnostic.function = Some(program.name(function).to_string());
        diagnostic.cause(program.head(site), program.location(function))
    };
    plain.map(|call| report(call.site)).collect()
}

/// Whether a value is surely no trait: those come in by parameters that are declared with one, and contracts that are
/// written out may be called, too, alone or out of a list.
fn is_plain(lint: &Lint<'_>, function: FunctionId, called: TermId) -> bool {
    let engine = &lint.engine;
    let program = lint.program;
    let tree = &program.contract(function.contract).syntax.tree;
    let parameters = &program.function(function).parameters;
    let may_be_trait = |term: TermId| match engine.terms.op(term) {
        Op::Parameter(index) => {
            let declared = parameters.get(index as usize).and_then(|parameter| parameter.declared_type);
            declared.is_none_or(|declared| tree.expr(declared).text().contains('<'))
        }
        Op::Opaque(..) | Op::External(_) | Op::Mapped(_) | Op::Folded(_) => true,
        _ => false,
    };
    !is_written_out(engine, called) && !engine.parts([called]).into_iter().any(may_be_trait)
}

/// Whether a value is a contract that is written out, whichever of several, alone or out of a list.
fn is_written_out(engine: &Engine<'_>, value: TermId) -> bool {
    let mut open = vec![value];
    while let Some(mut picked_from) = open.pop() {
        while let Op::Payload | Op::Field(_) | Op::Element | Op::Pure(Builtin::ElementAt) =
            engine.terms.op(picked_from)
        {
            picked_from = engine.terms.arg(picked_from, 0);
        }
        match engine.terms.op(picked_from) {
            Op::If => open.extend(&engine.terms.args(picked_from)[1..]),
            _ if engine.terms.mask(picked_from) == Mask::NOTHING => {}
            _ => return false,
        }
    }
    true
}

/// The expressions by which contracts are registered: they have to name them.
fn registering(lint: &mut Lint<'_>) -> BTreeSet<Site> {
    let mut sites = BTreeSet::new();
    for registry in Registry::all(lint) {
        let writes = registry.registered.iter().flat_map(|entry| entry.calls.iter().chain([&entry.site]));
        for &write in writes {
            sites.extend(below(lint.program, write));
        }
    }
    sites
}

fn below(program: &Program<'_>, site: Site) -> Vec<Site> {
    let all = program.model(site.contract).below(site.expr);
    all.into_iter().map(|expr| Site { expr, ..site }).collect()
}

/// What a contract names that the policy says to resolve.
fn written_out(
    lint: &Lint<'_>,
    upgrade: &Upgrade,
    contract: ContractId,
    registering: &BTreeSet<Site>,
) -> Vec<Diagnostic> {
    let (program, model) = (lint.program, lint.program.model(contract));
    let called = model.exprs().filter_map(|(_, expr)| match expr.kind {
        ExprKind::ContractCall { target_and_arguments, .. } => {
            model.list(target_and_arguments).first().copied()
        }
        _ => None,
    });
    let called: BTreeSet<ExprId> = called.collect();
    let mut found = Vec::new();
    for (expr, _) in model.exprs().filter(|(_, expr)| matches!(expr.kind, ExprKind::Literal)) {
        let site = Site { contract, expr };
        let node = program.node(site);
        let Some((issuer, name)) = node.contract_literal().filter(|_| node.kind() == Kind::Contract) else {
            continue;
        };
        let named = program.find_contract(contract, issuer, name).filter(|_| !registering.contains(&site));
        let Some(named) = named.map(|named| lint.named(named)) else { continue };
        let own = lint.named(contract);
        for entry in &upgrade.resolved {
            found.extend(report(lint, upgrade, entry, site, (&own, &named), called.contains(&expr)));
        }
    }
    found
}

fn report(
    lint: &Lint<'_>,
    upgrade: &Upgrade,
    entry: &Resolved,
    site: Site,
    (own, named): (&str, &str),
    is_called: bool,
) -> Option<Diagnostic> {
    let asks = entry.keeps(own, named)?;
    let (program, registry) = (lint.program, &upgrade.registry.value);
    let stands = |contracts: &[crate::config::Spanned<crate::config::NamePattern>]| {
        contracts.iter().any(|pattern| pattern.value.matches(named))
    };
    let name = upgrade.names.iter().find(|(_, contracts)| stands(contracts));
    let name = name.map_or(named, |(name, _)| name.value.as_str());
    let (does, help) = if is_called {
        let help = format!(
            "take it as a trait argument, and compare its `contract-of` with what `{registry}` has for \"{name}\""
        );
        ("calls", help)
    } else {
        ("names", format!("look up \"{name}\" in `{registry}` when it is needed"))
    };
    let message = format!("`{own}` {does} `{named}` directly, and would not follow an upgrade of it");
    let at = program.location_in(site.contract, program.span(site));
    let reason = format!("the policy reaches it by name only: {}", entry.reason);
    let diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message).label(asks.at, reason);
    Some(diagnostic.help(help).key(named))
}
