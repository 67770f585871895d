//! What an `as-contract?` must allow for its body to work, and no more.

use crate::syntax::{Expr, Kind};

/// The allowances of what the expressions move, as a list that can be written down.
pub(super) fn needed<'t>(body: impl Iterator<Item = Expr<'t>>) -> String {
    let mut allowances: Vec<String> = Vec::new();
    let mut open: Vec<_> = body.collect();
    open.reverse();
    while let Some(expr) = open.pop() {
        let allowance = allowance(expr).filter(|allowance| !allowances.contains(allowance));
        allowances.extend(allowance);
        let children: Vec<_> = expr.children().collect();
        open.extend(children.into_iter().rev());
    }
    format!("({})", allowances.join(" "))
}

fn allowance(call: Expr<'_>) -> Option<String> {
    let (head, arguments) = call.call()?;
    let arguments: Vec<_> = arguments.collect();
    let text = |index: usize| arguments.get(index).map(|&argument| one_line(argument));
    let contract = |target: Expr<'_>| match target.kind() {
        Kind::Atom => format!("(contract-of {})", target.text()),
        _ => target.text().to_string(),
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

/// The text of an expression, on one line.
pub(super) fn one_line(expr: Expr<'_>) -> String {
    expr.text().split_whitespace().collect::<Vec<_>>().join(" ")
}
