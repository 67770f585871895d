//! The same contracts with every name that its author chose replaced by one that says nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

use clarlint::config::FunctionPattern;
use clarlint::graph::{FunctionId, Program};
use clarlint::model::Access;
use clarlint::project::Epoch;
use clarlint::syntax::{Expr, Kind, parse};

use super::layout;
use super::projects::Texts;
use super::rewrite::Rewrite;

/// Names that the language gives a meaning and that are no words of it: types, and properties of blocks.
const KEPT: &[&str] = &[
    "uint",
    "int",
    "bool",
    "principal",
    "buff",
    "string-ascii",
    "string-utf8",
    "optional",
    "response",
    "trait_reference",
    "time",
    "header-hash",
    "id-header-hash",
    "miner-address",
    "vrf-seed",
    "burnchain-header-hash",
];

#[derive(Default)]
struct Names(RefCell<BTreeMap<String, String>>);

impl Names {
    fn of(&self, name: &str) -> String {
        let mut names = self.0.borrow_mut();
        let next = format!("x{}", names.len() + 1);
        names.entry(name.to_owned()).or_insert(next).clone()
    }

    fn leaf(&self, expr: Expr<'_>) -> String {
        let text = expr.text();
        match expr.kind() {
            Kind::Atom if expr.symbol().and_then(|it| it.word()).is_some() || KEPT.contains(&text) => {
                text.to_owned()
            }
            Kind::Atom => self.of(text),
            Kind::TraitReference => format!("<{}>", self.of(text.trim_matches(['<', '>']))),
            // The contract keeps its name: files are called by it.
            Kind::TraitIdentifier => match text.rsplit_once('.') {
                Some((contract, name)) => format!("{contract}.{}", self.of(name)),
                None => text.to_owned(),
            },
            _ => text.to_owned(),
        }
    }
}

pub fn rewrite(program: &Program<'_>, texts: &Texts) -> Rewrite {
    let names = Names::default();
    let mut rewrite = Rewrite::of(texts);
    for (name, text) in texts.files.iter().filter(|(name, _)| name.ends_with(".clar")) {
        let tree = parse(text.as_str().into(), Epoch::LATEST.nesting_limit()).tree;
        let mut words = Vec::new();
        tree.forms().for_each(|form| layout::push(form, &|leaf| names.leaf(leaf), &mut words));
        rewrite.texts.replace(name, words.join(" "));
    }
    for (name, text) in &mut rewrite.texts.files {
        if name.ends_with(".toml") && name != clarlint::project::MANIFEST_NAME {
            *text = policy(program, text, &names);
        }
    }
    let names = names.0.into_inner();
    rewrite.changes = names.len();
    let back: BTreeMap<_, _> = names.into_iter().map(|(old, new)| (new, old)).collect();
    rewrite.original = Box::new(move |name| back.get(name).cloned().unwrap_or_else(|| name.to_owned()));
    rewrite
}

/// A policy that speaks of the new names. A pattern becomes the list of what it matches.
fn policy(program: &Program<'_>, text: &str, names: &Names) -> String {
    let roles: Vec<_> =
        text.split("[policy.roles]").skip(1).flat_map(|below| below.lines().skip(1)).collect();
    let roles: Vec<_> = roles.iter().map_while(|line| line.split_once(" = ")).map(|(role, _)| role).collect();
    let mut out = String::new();
    for line in text.lines() {
        let is_text = |quote: &char| ['"', '\''].contains(quote);
        let mut rest = line;
        while let Some(start) = rest.find(|it| is_text(&it)).filter(|_| !line.trim_start().starts_with('#')) {
            let quote = &rest[start..=start];
            let end = start + 1 + rest[start + 1..].find(quote).expect("strings end on their line");
            let calls = rest[..start].ends_with("calls = ");
            out += &rest[..=start];
            out += &match &rest[start + 1..end] {
                name if calls => names.of(name),
                condition if condition.starts_with('(') => self::condition(condition, &roles, names),
                path => self::path(program, path, names),
            };
            out += quote;
            rest = &rest[end + 1..];
        }
        out += rest;
        out.push('\n');
    }
    out
}

/// An expression of Clarity in which roles keep their names.
fn condition(text: &str, roles: &[&str], names: &Names) -> String {
    let tree = parse(text.into(), Epoch::LATEST.nesting_limit()).tree;
    let leaf = |expr: Expr<'_>| match roles.contains(&expr.text()) {
        true => expr.text().to_owned(),
        false => names.leaf(expr),
    };
    let mut words = Vec::new();
    tree.forms().for_each(|form| layout::push(form, &leaf, &mut words));
    words.join(" ")
}

/// The name of a function, or all that a pattern matches; anything else stays.
fn path(program: &Program<'_>, text: &str, names: &Names) -> String {
    let contract = text.split_once('.').map_or("", |(contract, _)| contract);
    let is_known = contract == "*" || program.project.contracts.iter().any(|it| it.name == contract);
    match (is_known && !text.contains([' ', '/']), text.contains('*')) {
        (false, _) => text.to_owned(),
        (true, false) => renamed(text, names),
        (true, true) => {
            let Ok(pattern) = FunctionPattern::parse(text) else { panic!("`{text}` was read before") };
            let public = |function: &FunctionId| program.function(*function).access == Access::Public;
            let paths = program.functions().filter(public).map(|function| program.path(function));
            let matched = paths.filter(|path| {
                let (contract, function) = path.split_once('.').unwrap_or_default();
                pattern.matches(contract, function)
            });
            matched.map(|path| renamed(&path, names)).collect::<Vec<_>>().join("\", \"")
        }
    }
}

/// `contract.name`, and what may follow, with the name replaced.
fn renamed(path: &str, names: &Names) -> String {
    match path.split_once('.') {
        Some((contract, name)) => format!("{contract}.{}", names.of(name)),
        None => path.to_owned(),
    }
}
