//! The ways to break what is not a statement: operands, callees, names, codes, allowances, layers.

use std::collections::BTreeMap;

use clarlint::builtins::Builtin;
use clarlint::graph::{FunctionId, Site};
use clarlint::model::{Access, ExprId, ExprKind};
use clarlint::syntax::Kind;

use super::guards::Mentions;
use super::{Maker, below, is_protocol, is_public};

const BREAKER: &str = "parameter-contract.check-circuit-breaker";
const RESOLVE: &str = "upgrade-manager.resolve-contract-address";
const ROLE: &str = "upgrade-manager.is-contract-named";

const IDENTITY: &[&str] = &[
    "unverified-contract-argument",
    "as-contract-dynamic-call",
    "resolution-mismatch",
    "missing-authorisation",
];

pub fn of_function(maker: &mut Maker<'_, '_>, function: FunctionId) {
    let program = maker.program;
    let contract = function.contract;
    let model = program.model(contract);
    for expr in below(model, program.function(function).body) {
        let site = Site { contract, expr };
        match model.expr(expr).kind {
            ExprKind::Builtin(Builtin::ContractOf, parts) => {
                if let &[of] = model.list(parts) {
                    other_operand(maker, function, site, of);
                }
            }
            ExprKind::ContractCall { target_and_arguments, .. } => {
                if let Some(&target) = model.list(target_and_arguments).first() {
                    other_callee(maker, function, site, target);
                    other_name(maker, function, site);
                }
            }
            ExprKind::Call(..) => other_name(maker, function, site),
            ExprKind::Builtin(Builtin::Err, parts) => {
                if let &[code] = model.list(parts) {
                    bare_code(maker, function, code);
                }
            }
            ExprKind::Builtin(Builtin::AsContractSafe, _) => all_assets(maker, function, site),
            ExprKind::Builtin(Builtin::MapSet, _) => lost_count(maker, function, site),
            _ => {}
        }
    }
}

/// Trait parameters of the function besides the one that `operand` is, as they are written, and their types.
fn trait_parameters(
    maker: &Maker<'_, '_>,
    function: FunctionId,
    operand: ExprId,
) -> Option<(String, Vec<String>)> {
    let program = maker.program;
    let contract = function.contract;
    let ExprKind::Parameter(own) = program.model(contract).expr(operand).kind else { return None };
    let tree = &program.contract(contract).syntax.tree;
    let mut own_type = None;
    let mut others = Vec::new();
    for (index, parameter) in program.function(function).parameters.iter().enumerate() {
        let Some(declared) = parameter.declared_type.map(|id| tree.expr(id)) else { continue };
        if declared.kind() != Kind::TraitReference {
            continue;
        }
        match index == own as usize {
            true => own_type = Some(declared.text().to_owned()),
            false => others.push(tree.name(parameter.name.symbol).to_owned()),
        }
    }
    Some((own_type?, others))
}

/// Another parameter is checked than the one that is called.
fn other_operand(maker: &mut Maker<'_, '_>, function: FunctionId, check: Site, operand: ExprId) {
    let Some((own_type, others)) = trait_parameters(maker, function, operand) else { return };
    let operand = Site { contract: check.contract, expr: operand };
    let what = maker.text(check).to_owned();
    let at = maker.range(operand);
    for other in others {
        let edits = vec![(at.clone(), other)];
        maker.add("swap the contract-of operand", function, &what, IDENTITY, edits);
    }
    if let Some(end) = end_of_parameters(maker, function) {
        let edits =
            vec![(end..end, format!(" (unchecked {own_type})")), (at.clone(), "unchecked".to_owned())];
        maker.add("check a parameter that is not called", function, &what, IDENTITY, edits);
    }
}

/// What is checked is not what is called.
fn other_callee(maker: &mut Maker<'_, '_>, function: FunctionId, call: Site, target: ExprId) {
    let Some((own_type, _)) = trait_parameters(maker, function, target) else { return };
    let Some(end) = end_of_parameters(maker, function) else { return };
    let at = maker.range(Site { contract: call.contract, expr: target });
    let what = maker.text(call).to_owned();
    let edits = vec![(end..end, format!(" (unchecked {own_type})")), (at, "unchecked".to_owned())];
    // What a policy says of the other one is said of nothing then.
    let rules = [IDENTITY, &["unused-policy-entry"]].concat();
    maker.add("call a parameter that is not checked", function, &what, &rules, edits);
}

/// After the last parameter of a public function. Nobody in the project has to be told of one more.
fn end_of_parameters(maker: &Maker<'_, '_>, function: FunctionId) -> Option<usize> {
    let program = maker.program;
    let tree = &program.contract(function.contract).syntax.tree;
    let last = program.function(function).parameters.last()?.declared_type?;
    let end = tree.expr(last).span().end as usize;
    is_public(program, function).then_some(end + tree.text()[end..].find(')')? + 1)
}

/// A name that is handed to a check or a look-up is another one.
fn other_name(maker: &mut Maker<'_, '_>, function: FunctionId, call: Site) {
    let program = maker.program;
    let model = program.model(call.contract);
    let (ExprKind::Call(_, arguments) | ExprKind::ContractCall { target_and_arguments: arguments, .. }) =
        model.expr(call.expr).kind
    else {
        return;
    };
    let mut mentions = Mentions::default();
    mentions.collect(program, call.contract, &BTreeMap::new(), call.expr, 1);
    let arguments: Vec<_> = model.list(arguments).to_vec();
    let Some(&name) = arguments.iter().find(|&&argument| {
        program.node(Site { contract: call.contract, expr: argument }).kind() == Kind::Ascii
    }) else {
        return;
    };
    let name = Site { contract: call.contract, expr: name };
    let (at, old, what) = (maker.range(name), maker.text(name).to_owned(), maker.text(call).to_owned());
    let other_role = if old == "\"treasury\"" { "\"oracle\"" } else { "\"treasury\"" };
    if mentions.calls.contains(BREAKER) {
        let letters = old.len() - 2;
        let new = format!("{}z\"", &old[..=letters - 1]);
        let rules = ["unknown-breaker", "missing-circuit-breaker"];
        maker.add("breaker id off by a letter", function, &what, &rules, vec![(at, new)]);
    } else if mentions.calls.contains(RESOLVE) {
        let edits = vec![(at, other_role.to_owned())];
        maker.add("resolve another role", function, &what, &["resolution-mismatch"], edits);
    } else if mentions.calls.contains(ROLE) {
        let edits = vec![(at, other_role.to_owned())];
        maker.add("ask for another role", function, &what, &["missing-authorisation"], edits);
    }
}

/// A code by its number.
fn bare_code(maker: &mut Maker<'_, '_>, function: FunctionId, code: ExprId) {
    let program = maker.program;
    let contract = function.contract;
    let model = program.model(contract);
    let ExprKind::Constant(index) = model.expr(code).kind else { return };
    let value = Site { contract, expr: model.constants[index as usize].value };
    let (at, number) = (maker.range(Site { contract, expr: code }), maker.text(value).to_owned());
    let what = maker.text(Site { contract, expr: code }).to_owned();
    maker.add("bare number for a code", function, &what, &["bare-error-literal"], vec![(at, number)]);
}

/// Everything the contract owns may leave.
fn all_assets(maker: &mut Maker<'_, '_>, function: FunctionId, scope: Site) {
    let Some(allowances) = maker.program.node(scope).children().nth(1) else { return };
    let at = allowances.span().range();
    let what = maker.text(scope).to_owned();
    let edits = vec![(at, "((with-all-assets-unsafe))".to_owned())];
    maker.add("allow all assets", function, &what, &["as-contract-broad-allowance"], edits);
}

/// The limiter looks at its budget and does not use it up.
fn lost_count(maker: &mut Maker<'_, '_>, function: FunctionId, write: Site) {
    let what = maker.text(write).to_owned();
    if maker.program.path(function) == "parameter-contract.consume-quota" {
        let edits = vec![(maker.range(write), "true".to_owned())];
        maker.add("drop the limiter's write-back", function, &what, &["missing-rate-limit"], edits);
    }
}

/// A contract may call those of lower layers alone.
const LAYERS: &[&[&str]] = &[
    &["upgrade-manager"],
    &["parameter-contract"],
    &["emergency-response", "oracle", "analytics", "treasury", "dispute-resolution"],
    &["incentives", "insurance-fund", "pricing"],
    &["policy-registry"],
    &["liquidity-pool"],
    &["liquidation-engine", "p2p-marketplace", "governance"],
];

/// Calls of the same layer and of higher ones.
pub fn against_the_layers(maker: &mut Maker<'_, '_>) {
    let program = maker.program;
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    for from in program.functions().filter(|&function| is_protocol(program, function)) {
        let contract = from.contract;
        let first = program.functions_of(contract).find(|&function| is_public(program, function));
        if first != Some(from) {
            continue;
        }
        for to in program.project.contract_ids().filter(|&to| to != contract) {
            let (lower, upper) = (&program.contract(contract).name, &program.contract(to).name);
            let (Some(lower), Some(higher)) = (layer(lower), layer(upper)) else { continue };
            let called = program.functions_of(to).find(|&function| {
                program.function(function).access == Access::ReadOnly
                    && program.function(function).parameters.is_empty()
            });
            let Some(called) = called.filter(|_| higher >= lower) else { continue };
            let body = Site { contract, expr: program.function(from).body };
            let call = format!("(contract-call? .{upper} {})", program.name(called));
            let new = format!("(begin {call} {})", maker.text(body));
            let rules = ["forbidden-dependency", "dependency-cycle"];
            let edits = vec![(maker.range(body), new)];
            maker.add("call against the layers", from, &call, &rules, edits);
        }
    }
}
