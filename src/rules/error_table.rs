//! The protocol's error codes: the rows of `clarlint errors`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Lint;
use super::error_codes::constant;
use crate::facts::Origin;
use crate::graph::FunctionId;
use crate::source::Location;

/// Every code that can leave an entrypoint.
#[derive(Debug, Serialize)]
pub struct ErrorTable {
    /// Numbers first, in their order.
    pub codes: Vec<Row>,
    /// Entrypoints that can also fail with codes that are not known: computed, or those of contracts that are not here.
    pub unknown: ByContract,
}

/// Functions by the contract that they belong to.
pub type ByContract = BTreeMap<String, Vec<String>>;

/// A code, where it comes from and where it goes.
#[derive(Debug, Serialize)]
pub struct Row {
    /// As contracts write it: `u404`.
    pub code: String,
    /// The constants that hold it and are thrown.
    pub constants: Vec<Constant>,
    /// The places that throw it as a literal: `path:line`.
    pub literals: Vec<String>,
    /// The builtins whose answer it is, and what it means there: `stx-transfer?: the amount is 0`.
    pub builtins: BTreeSet<String>,
    pub entrypoints: ByContract,
}

impl Row {
    /// What the constants call the code.
    pub fn names(&self) -> BTreeSet<&str> {
        self.constants.iter().map(|constant| constant.name.as_str()).collect()
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Constant {
    pub name: String,
    /// `path:line`.
    pub place: String,
}

/// Everything about codes that the linted contracts can fail with.
pub fn error_table(lint: &mut Lint<'_>) -> ErrorTable {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for (&origin, leaves) in &lint.digest.codes.leaving {
        let Some((_, thrown)) = leaves.first() else { continue };
        let row = row(&mut rows, &thrown.code);
        match origin {
            Origin::Constant(contract, index) => {
                let (name, at) = constant(lint, contract, index);
                row.constants.push(Constant { name: name.to_string(), place: place(lint, at) });
            }
            Origin::Literal(site) => row.literals.push(place(lint, lint.program.head(site))),
        }
    }
    let mut unknown = ByContract::new();
    let entrypoints: Vec<_> = lint.entrypoints();
    for entrypoint in entrypoints {
        let codes = lint.engine.codes(entrypoint);
        for code in &codes.known {
            add(&mut row(&mut rows, code).entrypoints, lint, entrypoint);
        }
        for builtin in codes.builtins {
            for code in builtin.codes() {
                let meaning = format!("{}: {}", builtin.spec().name, code.meaning);
                row(&mut rows, &format!("u{}", code.number)).builtins.insert(meaning);
            }
        }
        for (fence, allowances) in codes.allowances {
            for place in 0..allowances {
                let meaning =
                    format!("{}: more left than allowance {} lets out", fence.spec().name, place + 1);
                row(&mut rows, &format!("u{place}")).builtins.insert(meaning);
            }
        }
        if codes.more {
            add(&mut unknown, lint, entrypoint);
        }
    }
    let mut codes: Vec<_> = rows.into_values().collect();
    codes.sort_by_key(|row| order(&row.code));
    for row in &mut codes {
        row.constants.sort();
        row.literals.sort();
    }
    ErrorTable { codes, unknown }
}

fn row<'r>(rows: &'r mut BTreeMap<String, Row>, code: &str) -> &'r mut Row {
    rows.entry(code.to_string()).or_insert_with(|| Row {
        code: code.to_string(),
        constants: Vec::new(),
        literals: Vec::new(),
        builtins: BTreeSet::new(),
        entrypoints: ByContract::new(),
    })
}

fn add(functions: &mut ByContract, lint: &Lint<'_>, function: FunctionId) {
    let name = lint.program.name(function).to_string();
    functions.entry(lint.contract_name(function)).or_default().push(name);
}

fn place(lint: &Lint<'_>, at: Location) -> String {
    let file = lint.program.project.file(at.file);
    format!("{}:{}", file.path, file.line_of(at.span.start) + 1)
}

/// Codes that are numbers come first, by their values.
fn order(code: &str) -> (bool, Option<i128>, String) {
    let number = code.trim_start_matches('u').parse().ok();
    (number.is_none(), number, code.to_string())
}
