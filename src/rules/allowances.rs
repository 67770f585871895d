//! What an `as-contract?` allows, and what it must allow for its body to work.

use rustc_hash::FxHashSet;

use super::Lint;
use crate::builtins::{Builtin, Effect as Does};
use crate::facts::{Allowance, Effect, EffectKind, Show, StateId};
use crate::graph::{FunctionId, Program, Site};
use crate::model::{ExprId, ExprKind, Model};
use crate::syntax::{Expr, Kind};

/// The allowances of what the expressions move themselves.
pub(super) fn needed<'t>(body: impl Iterator<Item = Expr<'t>>) -> Vec<String> {
    let mut allowances: Vec<String> = Vec::new();
    let mut open: Vec<_> = body.collect();
    open.reverse();
    while let Some(expr) = open.pop() {
        let allowance = allowance(expr).filter(|allowance| !allowances.contains(allowance));
        allowances.extend(allowance);
        let children: Vec<_> = expr.children().collect();
        open.extend(children.into_iter().rev());
    }
    allowances
}

/// Allowances as the list that is written down.
pub(super) fn listed(allowances: &[String]) -> String {
    format!("({})", allowances.join(" "))
}

/// The longest expression of an amount that is suggested, in bytes.
const LONGEST: usize = 80;

/// The allowances of what is moved by what the expressions call.
pub(super) fn needed_by<'e>(
    lint: &Lint<'_>,
    function: FunctionId,
    inside: impl IntoIterator<Item = &'e Effect>,
) -> Vec<String> {
    let mut allowances: Vec<String> = Vec::new();
    for effect in inside {
        let Some(&what) = effect.args.first() else { continue };
        let what = Show { engine: &lint.engine, function }.term(what);
        // What is too long to be read is not what anybody would write, and a choice or an entry is not shown as it is written.
        let is_written = what.len() <= LONGEST && !what.contains('[') && !what.contains(" then ");
        let what = if is_written { what } else { "..".to_string() };
        let token = |token| token_name(lint, token);
        let allowance = match effect.kind {
            EffectKind::Stx(_) => Some(format!("(with-stx {what})")),
            EffectKind::Token(Builtin::FtTransfer | Builtin::FtBurn, moved) => {
                token(moved).map(|(contract, name)| format!("(with-ft {contract} \"{name}\" {what})"))
            }
            EffectKind::Token(Builtin::NftTransfer | Builtin::NftBurn, moved) => {
                token(moved).map(|(contract, name)| format!("(with-nft {contract} \"{name}\" (list {what}))"))
            }
            _ => None,
        };
        allowances.extend(allowance.filter(|allowance| !allowances.contains(allowance)));
    }
    allowances
}

/// The contract of a token, as it is addressed, and the token's name.
pub(super) fn token_name<'l>(lint: &Lint<'l>, token: StateId) -> Option<(String, &'l str)> {
    let program = lint.program;
    let contract = token.owner()?;
    let (model, file) = (program.model(contract), program.contract(contract));
    let storage = match token {
        StateId::FungibleToken(_, index) => &model.fungible_tokens[index as usize],
        StateId::NonFungibleToken(_, index) => &model.non_fungible_tokens[index as usize],
        _ => return None,
    };
    let address = match &file.issuer {
        Some(issuer) => format!("'{issuer}.{}", file.name),
        None => format!(".{}", file.name),
    };
    Some((address, file.syntax.tree.name(storage.name.symbol)))
}

fn allowance(call: Expr<'_>) -> Option<String> {
    let (head, arguments) = call.call()?;
    let arguments: Vec<_> = arguments.collect();
    let text = |index: usize| arguments.get(index).map(|&argument| argument.one_line());
    let contract = |target: Expr<'_>| match target.kind() {
        Kind::Atom => format!("(contract-of {})", target.text()),
        _ => target.one_line(),
    };
    match (head.name()?, &arguments[..]) {
        ("stx-transfer?" | "stx-transfer-memo?" | "stx-burn?", _) => Some(format!("(with-stx {})", text(0)?)),
        ("ft-transfer?" | "ft-burn?", _) => {
            Some(format!("(with-ft current-contract \"{}\" {})", text(0)?, text(1)?))
        }
        ("nft-transfer?" | "nft-burn?", _) => {
            Some(format!("(with-nft current-contract \"{}\" (list {}))", text(0)?, text(1)?))
        }
        // A token of SIP-010 takes a memo, too; one of SIP-009 takes the identifier first.
        ("contract-call?", [token, method, _, _, _, _]) if method.name() == Some("transfer") => {
            Some(format!("(with-ft {} \"*\" {})", contract(*token), text(2)?))
        }
        ("contract-call?", [token, method, _, _, _]) if method.name() == Some("transfer") => {
            Some(format!("(with-nft {} \"*\" (list {}))", contract(*token), text(2)?))
        }
        _ => None,
    }
}

/// An `as-contract?` as it is written.
pub(super) struct Scope {
    pub(super) site: Site,
    /// What it allows, in order.
    pub(super) allowances: Vec<(ExprId, Builtin)>,
    /// Every expression below it that is not below another scope inside.
    pub(super) body: FxHashSet<ExprId>,
    /// Whether it is a statement whose value is dropped.
    pub(super) is_dropped: bool,
}

impl Scope {
    /// The allowances as they were evaluated, if the effect stands under them and not under those of a callee.
    pub(super) fn evaluated<'e>(&self, effect: &'e Effect) -> Option<&'e [Allowance]> {
        let evaluated = effect.allowances.as_deref()?;
        let same = evaluated.iter().map(|it| it.builtin).eq(self.allowances.iter().map(|it| it.1));
        same.then_some(evaluated)
    }
}

/// Every `as-contract?` of a function.
pub(super) fn scopes(program: &Program<'_>, function: FunctionId) -> Vec<Scope> {
    let contract = function.contract;
    let model = program.model(contract);
    let mut scopes = Vec::new();
    let mut open = vec![(program.function(function).body, false)];
    while let Some((expr, is_dropped)) = open.pop() {
        let children = model.children(expr);
        let kind = model.expr(expr).kind;
        if let ExprKind::Builtin(Builtin::AsContractSafe, _) = kind {
            scopes.push(scope(model, Site { contract, expr }, is_dropped));
        }
        let bindings = match kind {
            ExprKind::Let { bindings, .. } => model.list(bindings).len(),
            _ => 0,
        };
        let is_sequence = matches!(
            kind,
            ExprKind::Let { .. } | ExprKind::Builtin(Builtin::Begin | Builtin::AsContractSafe, _)
        );
        // To ask how it went and to drop the answer is to drop it.
        let is_asked = matches!(kind, ExprKind::Builtin(Builtin::IsOk | Builtin::IsErr, _)) && is_dropped;
        let last = children.len().saturating_sub(1);
        open.extend(
            children.into_iter().enumerate().map(|(index, child)| {
                (child, is_asked || (is_sequence && index >= bindings && index < last))
            }),
        );
    }
    scopes.sort_by_key(|scope| scope.site);
    scopes
}

fn scope(model: &Model, site: Site, is_dropped: bool) -> Scope {
    let parts = model.children(site.expr);
    let allowance = |&expr: &ExprId| match model.expr(expr).kind {
        ExprKind::Builtin(builtin, _) if builtin.spec().effect == Does::Allowance => Some((expr, builtin)),
        _ => None,
    };
    let allowances: Vec<_> = parts.iter().map_while(allowance).collect();
    let mut open = parts[allowances.len()..].to_vec();
    let mut body = FxHashSet::default();
    while let Some(expr) = open.pop() {
        body.insert(expr);
        if !matches!(model.expr(expr).kind, ExprKind::Builtin(Builtin::AsContractSafe, _)) {
            open.extend(model.children(expr));
        }
    }
    Scope { site, allowances, body, is_dropped }
}
