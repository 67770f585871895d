//! What the chain demands since versions and epochs that the analyser does not know, and that has nothing to do with
//! types: names of traits, and how much may stand in a list.

use rustc_hash::FxHashSet;

use super::Fault;
use super::analysis::Source;
use crate::builtins::Define;
use crate::project::Epoch;
use crate::syntax::Expr;

/// The most parameters of a function, methods of a trait and parameters of a method, since epoch 3.3.
pub const MOST: usize = 256;
/// The most allowances of one form, and the most identifiers of `with-nft`.
pub const MOST_ALLOWANCES: u32 = 128;
/// The longest buffer that `to-ascii?` takes: it makes two characters of each byte.
pub const LONGEST_BUFFER: u32 = 524_284;

/// Looks at the forms in the order in which the chain reads them.
pub fn check(forms: &[Expr<'_>], source: &Source<'_>) -> Result<(), Fault> {
    let mut taken = FxHashSet::default();
    for (define, arguments) in forms.iter().filter_map(|&form| form.define()) {
        let arguments: Vec<_> = arguments.collect();
        let Some(&first) = arguments.first() else { continue };
        if source.epoch >= Epoch::EPOCH_3_3 {
            counts(define, &arguments)?;
        }
        let name = first.call().map_or(first, |(name, _)| name);
        let Some(symbol) = name.symbol() else { continue };
        match define {
            // From Clarity 3 on a trait needs a name of its own; until then only what is defined after it does.
            Define::Trait | Define::UseTrait => {
                if source.version.number() >= 3 && taken.contains(&symbol) {
                    let message = format!("the name `{}` is already used", name.text());
                    return Err(Fault::at(name, message));
                }
            }
            // The chain forgets read-only functions when it asks whether a name is taken.
            Define::ReadOnly | Define::ImplTrait => {}
            _ => {
                taken.insert(symbol);
            }
        }
    }
    Ok(())
}

fn counts(define: Define, arguments: &[Expr<'_>]) -> Result<(), Fault> {
    match define {
        Define::Private | Define::Public | Define::ReadOnly => {
            let parameters = arguments[0].children().count().saturating_sub(1);
            at_most(arguments[0], parameters, "a function", "parameters")
        }
        Define::Trait => {
            let Some(methods) = arguments.get(1) else { return Ok(()) };
            at_most(arguments[0], methods.children().count(), "a trait", "methods")?;
            for method in methods.children() {
                let parameters = method.children().nth(1).map_or(0, |list| list.children().count());
                at_most(method, parameters, "a method of a trait", "parameters")?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn at_most(at: Expr<'_>, count: usize, what: &str, of: &str) -> Result<(), Fault> {
    if count <= MOST {
        return Ok(());
    }
    let at = at.call().map_or(at, |(head, _)| head);
    Err(Fault::at(at, format!("{what} has {MOST} {of} at most, and this has {count}")))
}
