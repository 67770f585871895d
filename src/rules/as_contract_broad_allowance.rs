//! `as-contract-broad-allowance`: an `as-contract?` that lets more leave than its body sends, or whose verdict nobody
//! hears.

use super::allowances::{self, Scope};
use super::{Check, Group, Lint, Rule};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Allowance, Effect, EffectKind, Fact, Op, Show, TermId};
use crate::graph::FunctionId;
use crate::model::{Access, ExprId};

pub const RULE: Rule = Rule {
    id: "as-contract-broad-allowance",
    group: Group::AsContract,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/as-contract-broad-allowance.md"),
    checks: &[Check::Function(check)],
    yields_to: &[],
};

/// As much as there can be.
const MOST: &str = "u340282366920938463463374607431768211455";

fn check(lint: &mut Lint<'_>, function: FunctionId) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for scope in allowances::scopes(lint.program, function) {
        let inside: Vec<_> = effects(lint, function, &scope);
        let mut needed = allowances::needed(lint.program.node(scope.site).children().skip(2));
        if needed.is_empty() {
            // What a called contract sends of its own is allowed, or not, over there.
            let own = lint.engine.principal(function.contract);
            let sent = inside.iter().filter(|effect| effect.args.get(1) == Some(&own));
            needed = allowances::needed_by(lint, function, sent);
        }
        let needed = allowances::listed(&needed);
        if scope.is_dropped {
            let message =
                "the result of `as-contract?` is dropped: the function goes on after all inside was undone";
            let help = "unwrap it, `(unwrap! (as-contract? ..) (err ..))`, or return it".to_string();
            found.push(finding(lint, function, scope.site.expr, message.to_string(), help));
        }
        let all = scope.allowances.iter().find(|(_, builtin)| *builtin == Builtin::WithAllAssetsUnsafe);
        if let Some(&(at, _)) = all {
            let message = "`with-all-assets-unsafe` lets everything leave that the contract owns".to_string();
            let help = format!("allow what the body sends and nothing else: `{needed}`");
            found.push(finding(lint, function, at, message, help));
            continue;
        }
        let Some(evaluated) = inside.iter().find_map(|effect| scope.evaluated(effect)) else { continue };
        for (&(at, _), allowance) in scope.allowances.iter().zip(evaluated.iter()) {
            if let Some(message) = fault(lint, function, allowance, &inside) {
                let help = format!("allow exactly what the body sends: `{needed}`");
                found.push(finding(lint, function, at, message, help));
            }
        }
    }
    found
}

fn finding(lint: &Lint<'_>, function: FunctionId, at: ExprId, message: String, help: String) -> Diagnostic {
    let program = lint.program;
    let contract = function.contract;
    let at = program.head(crate::graph::Site { contract, expr: at });
    let name = program.name(function);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, at, message).help(help).key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic
}

/// What is done inside the scope, in the function or in what it calls there.
fn effects(lint: &mut Lint<'_>, function: FunctionId, scope: &Scope) -> Vec<Effect> {
    let summary = lint.engine.summary(function);
    let is_inside =
        |effect: &&Effect| scope.body.contains(&effect.calls.first().unwrap_or(&effect.site).expr);
    summary.effects.iter().filter(is_inside).cloned().collect()
}

/// What is wrong with an allowance that was evaluated.
fn fault(
    lint: &mut Lint<'_>,
    function: FunctionId,
    allowance: &Allowance,
    inside: &[Effect],
) -> Option<String> {
    let name = allowance.builtin.spec().name;
    let amount = match (allowance.builtin, &allowance.args[..]) {
        (Builtin::WithStx | Builtin::WithStacking | Builtin::WithStaking, &[amount]) => Some(amount),
        (Builtin::WithFt, &[_, _, amount]) => Some(amount),
        _ => None,
    };
    if let Some(amount) = amount {
        if is_literal(lint, amount, MOST) {
            return Some(format!("`{name}` allows any amount"));
        }
        let is_privileged = |effect: &Effect| lint.governance.has_role(&mut lint.engine, &effect.facts);
        if !inside.iter().all(is_privileged) && is_free(lint, function, amount, inside) {
            return Some(format!("`{name}` allows as much as the caller says, whatever is sent"));
        }
    }
    let (Builtin::WithFt | Builtin::WithNft, &[asset, token, ..]) = (allowance.builtin, &allowance.args[..])
    else {
        return None;
    };
    let count = if is_literal(lint, token, "\"*\"") { tokens(lint, allowance.builtin, asset) } else { 1 };
    let show = |lint: &Lint<'_>, term| Show { engine: &lint.engine, function }.term(term);
    if count > 1 {
        let asset = show(lint, asset);
        return Some(format!("`{name}` with \"*\" allows all {count} tokens of `{asset}`"));
    }
    let moved = moved(lint, inside)?;
    let other = moved.iter().all(|&(other, effect)| is_another(lint, asset, other, effect));
    (other && !moved.is_empty()).then(|| {
        let (asset, moved) = (show(lint, asset), show(lint, moved[0].0));
        format!("`{name}` allows `{asset}`, and what is sent is `{moved}`")
    })
}

fn is_literal(lint: &Lint<'_>, term: TermId, value: &str) -> bool {
    let terms = &lint.engine.terms;
    matches!(terms.op(term), Op::Literal(text) if terms.text(text) == value)
}

/// Whether an amount is an argument of the entrypoint that nothing sends and nothing bounds.
fn is_free(lint: &Lint<'_>, function: FunctionId, amount: TermId, inside: &[Effect]) -> bool {
    let engine = &lint.engine;
    let is_argument = matches!(engine.terms.op(amount), Op::Parameter(_))
        && lint.program.function(function).access == Access::Public;
    is_argument
        && inside.iter().all(|effect| {
            let parts = engine.parts(effect.args.iter().copied().chain(effect.facts.iter().map(Fact::term)));
            !parts.contains(&amount)
        })
}

/// How many tokens of that kind the contract has, if it is of the project.
fn tokens(lint: &mut Lint<'_>, builtin: Builtin, asset: TermId) -> usize {
    let program = lint.program;
    let mut contracts = program.project.contract_ids();
    let contract = contracts.find(|&contract| lint.engine.principal(contract) == asset);
    let model = contract.map(|contract| program.model(contract));
    model.map_or(0, |model| match builtin {
        Builtin::WithFt => model.fungible_tokens.len(),
        _ => model.non_fungible_tokens.len(),
    })
}

/// The contracts of all tokens that are sent; `None` if something is called that may send others.
fn moved<'e>(lint: &mut Lint<'_>, inside: &'e [Effect]) -> Option<Vec<(TermId, &'e Effect)>> {
    let mut moved = Vec::new();
    for effect in inside {
        match (&effect.kind, &effect.args[..]) {
            (EffectKind::Token(_, state), _) => moved.push((lint.engine.principal(state.owner()?), effect)),
            (EffectKind::Dynamic { method, .. }, &[target, ..])
                if lint.engine.terms.text(*method) == "transfer" =>
            {
                moved.push((lint.engine.terms.pure(Builtin::ContractOf, &[target]), effect));
            }
            (EffectKind::Write(..) | EffectKind::Stx(_), _) => {}
            _ => return None,
        }
    }
    Some(moved)
}

/// Whether two principals are told apart by how they are given, and nothing known makes them one.
fn is_another(lint: &Lint<'_>, a: TermId, b: TermId, effect: &Effect) -> bool {
    let terms = &lint.engine.terms;
    let is_given = |term: TermId| {
        let op = |term| matches!(terms.op(term), Op::Literal(_) | Op::Parameter(_));
        op(term) || (terms.op(term) == Op::Pure(Builtin::ContractOf) && op(terms.arg(term, 0)))
    };
    let equal = effect.facts.iter().any(|fact| {
        let parts = lint.engine.parts([fact.term()]);
        parts.contains(&a) && parts.contains(&b)
    });
    // A contract that is handed on as a principal is the same one.
    let same = a == b || terms.args(b).first() == Some(&a) || terms.args(a).first() == Some(&b);
    is_given(a) && is_given(b) && !same && !equal
}
