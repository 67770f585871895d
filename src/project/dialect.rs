//! Which version of the language a contract is written in.

use rustc_hash::FxHashSet;

use crate::builtins::{Builtin, ClarityVersion, Word};
use crate::project::Epoch;
use crate::syntax::{Expr, Kind, Symbol, Tree};

/// The version and the epoch that a contract is deployed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub version: ClarityVersion,
    pub epoch: Epoch,
}

impl Dialect {
    /// What a manifest says, completed the way Clarinet does.
    pub fn stated(version: Option<ClarityVersion>, epoch: Option<Epoch>) -> Self {
        let epoch = epoch.unwrap_or_else(|| version.map_or(Epoch::UNSTATED, Epoch::introducing));
        Self { version: version.unwrap_or_else(|| epoch.default_version()), epoch }
    }

    /// Version 2, or the oldest later one that has every name which the contract uses; version 1 if the contract defines a
    /// name itself that version 2 reserves. Names tell nothing about the versions that came after: a contract that uses
    /// none of the newer names could be any of them, and the older version rejects less.
    pub fn guess(tree: &Tree) -> Self {
        let Words { used, defined } = Words::of(tree);
        let words = || used.iter().copied().filter_map(Symbol::word);
        let first = |word: Word| word.versions().0;
        let needed = words().map(first).max().unwrap_or(ClarityVersion::OLDEST);
        let usual = ClarityVersion::new(2).into_iter().chain([needed]).max().unwrap_or(needed);
        // A contract cannot define a name that its version of Clarity reserves.
        let is_taken = defined.iter().filter_map(|name| name.word()).any(|word| first(word) == usual);
        let version = if is_taken { needed } else { usual };
        // Since the epoch that abolished `at-block` no contract that has it is deployed.
        let has_at_block = words().any(|word| word == Word::Builtin(Builtin::AtBlock));
        let latest = if has_at_block { Epoch::EPOCH_3_3 } else { Epoch::LATEST };
        Self { version, epoch: latest.max(Epoch::introducing(version)) }
    }
}

/// The words of the language that a contract has.
struct Words {
    /// Those that it uses for what the language means by them: not where it defines a function of that name, binds it or
    /// has a field of that name.
    used: FxHashSet<Symbol>,
    /// The names that it defines.
    defined: FxHashSet<Symbol>,
}

impl Words {
    fn of(tree: &Tree) -> Self {
        let (mut used, mut bound) = (FxHashSet::default(), FxHashSet::default());
        for expr in tree.exprs() {
            match expr.kind() {
                Kind::List => {
                    words_of_list(expr, &mut used);
                    // A keyword in front is a name that the list binds.
                    bound.extend(expr.call().and_then(|(head, _)| keyword(head)));
                }
                // Keys and values in turn.
                Kind::Tuple => used.extend(expr.children().skip(1).step_by(2).filter_map(keyword)),
                _ => {}
            }
        }
        let defined: FxHashSet<_> = tree.forms().filter_map(|form| form.defined()?.symbol()).collect();
        used.retain(|word| !bound.contains(word) && !defined.contains(word));
        Self { used, defined }
    }
}

fn words_of_list(list: Expr<'_>, used: &mut FxHashSet<Symbol>) {
    let Some((head, mut arguments)) = list.call() else { return };
    match head.symbol().and_then(Symbol::word) {
        // A definition's name and a field's name mean nothing else.
        Some(Word::Define(_) | Word::Builtin(Builtin::Get)) => {
            arguments.next();
        }
        Some(Word::Builtin(Builtin::Map | Builtin::Filter | Builtin::Fold)) => {
            used.extend(arguments.next().and_then(Expr::symbol));
        }
        Some(Word::Keyword(_)) | None => return used.extend(arguments.filter_map(keyword)),
        Some(Word::Builtin(_)) => {}
    }
    used.extend(head.symbol());
    used.extend(arguments.filter_map(keyword));
}

fn keyword(expr: Expr<'_>) -> Option<Symbol> {
    expr.symbol().filter(|symbol| matches!(symbol.word(), Some(Word::Keyword(_))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    fn guess(text: &str) -> u8 {
        let parse = parse(text.into(), Epoch::LATEST.nesting_limit());
        Dialect::guess(&parse.tree).version.number()
    }

    #[test]
    fn names_date_a_contract() {
        assert_eq!(guess("(define-public (f) (ok block-height))"), 2);
        assert_eq!(guess("(define-public (f) (ok stacks-block-height))"), 3);
        assert_eq!(guess("(define-public (f) (ok {at: stacks-block-time}))"), 4);
        assert_eq!(guess("(define-public (f) (as-contract? () true))"), 4);
        assert_eq!(guess("(define-read-only (f (l (list 3 uint))) (map to-ascii? l))"), 4);
        assert_eq!(guess("(define-public (f) (ok (ed25519-verify 0x00 0x00 0x00)))"), 6);
    }

    #[test]
    fn own_names_do_not_date_a_contract() {
        assert_eq!(guess("(define-private (slice? (n uint)) n) (define-public (f) (ok (slice? u1)))"), 1);
        assert_eq!(
            guess("(define-private (to-ascii? (n uint)) n) (define-public (f) (ok (to-ascii? u1)))"),
            2
        );
        assert_eq!(guess("(define-map m uint {tenure-height: uint})"), 2);
        assert_eq!(guess("(define-public (f (current-contract principal)) (ok current-contract))"), 2);
        assert_eq!(guess("(define-public (f) (let ((tenure-height u1)) (ok tenure-height)))"), 2);
        assert_eq!(guess("(define-public (f) (ok (get tenure-height {tenure-height: u1})))"), 2);
    }

    #[test]
    fn a_manifest_may_state_half() {
        let stated = |version: Option<u8>, epoch: Option<&str>| {
            let dialect =
                Dialect::stated(version.and_then(ClarityVersion::new), epoch.and_then(Epoch::parse));
            (dialect.version.number(), dialect.epoch.to_string())
        };
        assert_eq!(stated(None, None), (1, "2.05".into()));
        assert_eq!(stated(None, Some("3.3")), (4, "3.3".into()));
        assert_eq!(stated(Some(3), None), (3, "3.0".into()));
        assert_eq!(stated(Some(2), Some("3.3")), (2, "3.3".into()));
    }
}
