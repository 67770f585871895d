//! The same words, laid out another way.

use clarlint::project::Epoch;
use clarlint::syntax::{Expr, Kind, parse};

use super::projects::Texts;
use super::rewrite::Rewrite;

/// Every contract with `space` between any two words, and without comments.
pub fn rewrite(texts: &Texts, space: &str) -> Rewrite {
    let mut rewrite = Rewrite::of(texts);
    for (name, text) in &texts.files {
        if name.ends_with(".clar") {
            let tree = parse(text.as_str().into(), Epoch::LATEST.nesting_limit()).tree;
            let mut words = Vec::new();
            tree.forms().for_each(|form| push(form, &|leaf| leaf.text().to_owned(), &mut words));
            rewrite.texts.replace(name, words.join(space));
            rewrite.changes += 1;
        }
    }
    rewrite
}

/// Every contract with its maps, or its variables, in the opposite order: nothing of them rests on another.
pub fn reversed(texts: &Texts, head: &str) -> Rewrite {
    let mut rewrite = Rewrite::of(texts);
    for (name, text) in texts.files.iter().filter(|(name, _)| name.ends_with(".clar")) {
        let tree = parse(text.as_str().into(), Epoch::LATEST.nesting_limit()).tree;
        let is_it = |form: &Expr<'_>| form.call().is_some_and(|(it, _)| it.text() == head);
        let forms: Vec<_> = tree.forms().filter(is_it).map(|form| form.span().range()).collect();
        let mut new = text.clone();
        for (at, other) in forms.iter().zip(forms.iter().rev()).rev() {
            new.replace_range(at.clone(), &text[other.clone()]);
        }
        rewrite.changes += forms.len() / 2;
        rewrite.texts.replace(name, new);
    }
    rewrite
}

/// The words of an expression, its leaves as `leaf` writes them.
pub fn push(expr: Expr<'_>, leaf: &dyn Fn(Expr<'_>) -> String, words: &mut Vec<String>) {
    match expr.kind() {
        Kind::List => {
            words.push("(".to_owned());
            expr.children().for_each(|child| push(child, leaf, words));
            words.push(")".to_owned());
        }
        Kind::Tuple => {
            words.push("{".to_owned());
            for (index, child) in expr.children().enumerate() {
                push(child, leaf, words);
                words.push(if index % 2 == 0 { ":" } else { "," }.to_owned());
            }
            words.push("}".to_owned());
        }
        _ => words.push(leaf(expr)),
    }
}
