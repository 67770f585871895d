//! A tree that is printed is read again as the same tree, whatever stands between its words.

use clarlint::syntax::{Expr, Kind, NESTING_LIMIT, Tree, parse};
use fastrand::Rng;

use super::{generate, own_contracts};
use crate::rewrites::layout;

const ROUNDS: usize = 20_000;
const SPACES: &[&str] = &[" ", "\n", "\t ", " ;; a note\n"];

/// Every node in preorder: its kind, how many children it has, and its text if it has none.
fn shape(tree: &Tree) -> Vec<(Kind, usize, String)> {
    fn add(expr: Expr<'_>, shape: &mut Vec<(Kind, usize, String)>) {
        let inner = matches!(expr.kind(), Kind::List | Kind::Tuple);
        let text = if inner { String::new() } else { expr.text().to_owned() };
        shape.push((expr.kind(), expr.children().count(), text));
        expr.children().for_each(|child| add(child, shape));
    }
    let mut shape = Vec::new();
    tree.forms().for_each(|form| add(form, &mut shape));
    shape
}

fn printed(tree: &Tree, rng: &mut Rng) -> String {
    let mut words = Vec::new();
    tree.forms().for_each(|form| layout::push(form, &|leaf| leaf.text().to_owned(), &mut words));
    let spaced = words.into_iter().flat_map(|word| {
        let space = rng.choice(SPACES).expect("there are some");
        [word, (*space).to_owned()]
    });
    spaced.collect()
}

#[test]
fn what_is_printed_is_read_as_the_same() {
    let own = own_contracts();
    let mut generator = generate::Generator::new(0x7ee5, own.iter().map(|(_, bytes)| bytes.as_slice()));
    let mut rng = Rng::with_seed(0x7ee5);
    let texts = own.iter().map(|(_, bytes)| bytes.clone());
    let generated: Vec<_> = (0..ROUNDS).map(|_| generator.text()).collect();
    let mut printed_trees = 0;
    for text in texts.chain(generated) {
        let read = parse(text, NESTING_LIMIT);
        if !read.errors.is_empty() {
            continue;
        }
        let text = printed(&read.tree, &mut rng);
        let again = parse(text.clone().into(), NESTING_LIMIT);
        assert!(again.errors.is_empty(), "{:?}\n{text}", again.errors);
        assert_eq!(shape(&again.tree), shape(&read.tree), "{text}");
        printed_trees += 1;
    }
    assert!(printed_trees > ROUNDS / 5, "only {printed_trees} of {ROUNDS} were accepted");
}
