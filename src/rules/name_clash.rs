//! `name-clash`: a name that the chain's analysis lets pass and that fails when the contract is deployed or run.

use rustc_hash::FxHashMap;

use super::usage::Usage;
use super::{Check, Group, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Access, Definition, ExprId, Function, Name};
use crate::source::Span;
use crate::syntax::Symbol;
use crate::types::infer::order;

pub const RULE: Rule = Rule {
    id: "name-clash",
    group: Group::Types,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/name-clash.md"),
    checks: &[Check::Usage(check)],
    yields_to: &[],
};

fn check(usage: &Usage<'_>) -> Vec<Diagnostic> {
    let mut clashes = bindings(usage);
    clashes.extend(parameters(usage));
    // The chain's own word counts, and names one fault at a time.
    if !clashes.is_empty() && usage.is_rejected() {
        return Vec::new();
    }
    let found = clashes.into_iter().map(|Clash { name, with, what }| {
        let text = usage.tree.name(name.symbol);
        usage
            .at_name(RULE.id, Severity::Error, name, format!("`{text}` has a meaning already: {what}"))
            .label(usage.location(with.span), "defined here")
            .help("give it another name")
    });
    found.collect()
}

struct Clash {
    name: Name,
    /// What has the name already.
    with: Name,
    what: &'static str,
}

/// Names of `let` and `match` that are functions of the contract: the chain looks for those when it binds, and at
/// functions that it comes to later only then.
fn bindings(usage: &Usage<'_>) -> Vec<Clash> {
    let clash = |(_, name, _): (ExprId, Name, u32)| match usage.model.definition(name.symbol)? {
        Definition::Function(index) => {
            let with = usage.model.functions[index as usize].name;
            Some(Clash {
                name,
                with,
                what: "it is a function, and whenever it is bound here, the transaction is rolled back",
            })
        }
        _ => None,
    };
    usage.bindings().filter_map(clash).collect()
}

/// Parameters of one name, and those that are read-only functions which the chain comes to first: its analysis forgets
/// these.
fn parameters(usage: &Usage<'_>) -> Vec<Clash> {
    let (mut clashes, mut read_only) = (Vec::new(), Vec::new());
    for function in &usage.model.functions {
        let mut seen: FxHashMap<Symbol, Name> = FxHashMap::default();
        for name in function.parameters.iter().map(|parameter| parameter.name) {
            if let Some(with) = seen.insert(name.symbol, name) {
                let what = "it is another parameter, and every call of the function fails";
                clashes.push(Clash { name, with, what });
            }
            let Some(Definition::Function(other)) = usage.model.definition(name.symbol) else { continue };
            let other = &usage.model.functions[other as usize];
            if other.access == Access::ReadOnly {
                read_only.push((name, function, other));
            }
        }
    }
    if !read_only.is_empty() {
        let order = order(usage.tree).forms;
        let places: FxHashMap<Span, usize> = order.iter().map(|form| form.span()).zip(0..).collect();
        let comes_first = |(_, function, other): &(_, &Function, &Function)| {
            places.get(&other.span) < places.get(&function.span)
        };
        let what = "it is a function, and the contract is refused when it is deployed";
        let refused = read_only.into_iter().filter(comes_first);
        clashes.extend(refused.map(|(name, _, other)| Clash { name, with: other.name, what }));
    }
    clashes
}
