//! `stale-price`: an answer that carries a time is computed with, and nothing asks how old it is.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::clocks::{Clocks, History};
use super::{Check, Group, Lint, Rule, evidence, stakes};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{
    Effect, EffectKind, Engine, Fact, Facts, Mask, Op, Show, StateId, Summary, TermId, members,
};
use crate::graph::FunctionId;
use crate::project::ContractId;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "stale-price",
    group: Group::Architecture,
    level: None,
    doc: include_str!("../../rules/stale-price.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

/// What an oracle that everybody knows answers: the methods, the price and when it was made.
struct Oracle {
    methods: &'static [&'static str],
    price: &'static str,
    time: &'static str,
}

/// Contracts that are mostly not in the project, or that are called through a trait: Pyth, Arkadiko, DIA.
const ORACLES: [Oracle; 3] = [
    Oracle { methods: &["read-price-feed", "get-price", "read"], price: "price", time: "publish-time" },
    Oracle { methods: &["get-price", "fetch-price"], price: "last-price", time: "last-block" },
    Oracle { methods: &["get-value"], price: "value", time: "timestamp" },
];

/// A price that an entrypoint goes by.
struct Price {
    /// The record that it stands in.
    answer: TermId,
    price: String,
    /// The field that says when it was made.
    time: String,
}

/// Fields of state that the contract compares with the present somewhere.
type Dates = BTreeSet<(StateId, Option<String>)>;

fn check(lint: &mut Lint<'_>, _: ContractId) -> Vec<Diagnostic> {
    let entrypoints = lint.entrypoints();
    let mut dates = Dates::new();
    for &entrypoint in &entrypoints {
        let summary = lint.begin(entrypoint);
        let uses = stakes::of(&mut lint.engine, entrypoint, &summary.effects);
        let is_date = |used: &stakes::Use| used.what == stakes::What::Date;
        dates.extend(uses.into_iter().filter(is_date).map(|used| (used.state, used.field)));
    }
    let mut found = Vec::new();
    for entrypoint in entrypoints {
        lint.begin(entrypoint);
        found.extend(of_entrypoint(lint, &dates, entrypoint));
    }
    found
}

fn of_entrypoint(lint: &mut Lint<'_>, dates: &Dates, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let done = summary.effects.iter().filter(|effect| !matches!(effect.kind, EffectKind::External(_)));
    let roots =
        done.flat_map(|effect| effect.args.iter().copied().chain(effect.facts.iter().map(Fact::term)));
    let roots: FxHashSet<_> = roots.collect();
    let is_of_others = Mask::UNKNOWN.or(Mask::STATE);
    let roots: Vec<_> =
        roots.into_iter().filter(|&it| lint.engine.terms.mask(it).has(is_of_others)).collect();
    let parts: BTreeSet<_> = lint.engine.parts_within_calls(roots).into_iter().collect();
    let mut factors = None;
    let mut is_factor = |engine: &mut Engine<'_>, part| {
        factors.get_or_insert_with(|| self::factors(engine, &parts)).contains(&part)
    };
    let mut prices: BTreeMap<TermId, Price> = BTreeMap::new();
    let mut history = History::default();
    for &part in &parts {
        let price = of_oracle(&mut lint.engine, part).or_else(|| {
            kept(lint, (&mut history, dates), entrypoint, part).filter(|_| is_factor(&mut lint.engine, part))
        });
        if let Some(price) = price {
            prices.entry(price.answer).or_insert(price);
        }
    }
    if prices.is_empty() {
        return Vec::new();
    }
    let dated = dated(&mut lint.engine, &parts);
    prices.retain(|answer, _| !dated.contains(answer));
    prices.into_values().map(|price| report(lint, entrypoint, &summary, &price)).collect()
}

/// What is multiplied with or divided by something.
fn factors(engine: &mut Engine<'_>, parts: &BTreeSet<TermId>) -> FxHashSet<TermId> {
    let is_product =
        |part: &&TermId| matches!(engine.terms.op(**part), Op::Pure(Builtin::Multiply | Builtin::Divide));
    let products: Vec<_> = parts.iter().filter(is_product).copied().collect();
    stakes::values(engine, products).into_iter().collect()
}

/// The records of which something is compared with the present.
fn dated(engine: &mut Engine<'_>, parts: &BTreeSet<TermId>) -> FxHashSet<TermId> {
    let mut dated = FxHashSet::default();
    for &part in parts {
        let compares =
            matches!(engine.terms.op(part), Op::Pure(Builtin::Less | Builtin::IsEq | Builtin::Subtract));
        if !compares || !engine.terms.mask(part).has(Mask::CHAIN) {
            continue;
        }
        let within = engine.parts_within_calls([part]);
        if within
            .iter()
            .any(|&it| matches!(engine.terms.op(it), Op::Keyword(_)) || is_asked_of_chain(engine, it))
        {
            let fields = within.into_iter().filter(|&it| matches!(engine.terms.op(it), Op::Field(_)));
            for field in fields.collect::<Vec<_>>() {
                let of = engine.terms.arg(field, 0);
                dated.insert(record(engine, of));
            }
        }
    }
    dated
}

fn is_asked_of_chain(engine: &Engine<'_>, term: TermId) -> bool {
    use Builtin::{GetBlockInfo, GetBurnBlockInfo, GetStacksBlockInfo, GetTenureInfo};
    matches!(
        engine.terms.op(term),
        Op::Pure(GetBlockInfo | GetBurnBlockInfo | GetStacksBlockInfo | GetTenureInfo)
    )
}

/// The record itself, without what it comes wrapped in, and without the getter that gives it.
fn record(engine: &mut Engine<'_>, mut term: TermId) -> TermId {
    loop {
        let within = match engine.terms.op(term) {
            Op::Payload | Op::Ok | Op::Some => Some(engine.terms.arg(term, 0)),
            Op::Call(_) => engine.unfold(term).filter(|&result| result != term),
            _ => None,
        };
        match within {
            Some(within) => term = within,
            None => return term,
        }
    }
}

/// The price of an oracle that everybody knows.
fn of_oracle(engine: &mut Engine<'_>, part: TermId) -> Option<Price> {
    let Op::Field(name) = engine.terms.op(part) else { return None };
    let of = engine.terms.arg(part, 0);
    let answer = record(engine, of);
    let path = match engine.terms.op(answer) {
        Op::External(path) => engine.terms.text(path),
        _ => engine.terms.label(answer)?,
    };
    let (_, method) = path.rsplit_once('.')?;
    let price = engine.terms.text(name);
    let mut known = ORACLES.iter();
    let oracle = known.find(|oracle| oracle.price == price && oracle.methods.contains(&method))?;
    Some(Price { answer, price: price.to_string(), time: oracle.time.to_string() })
}

/// The price that another contract of the project keeps beside the time at which it was: under a key that is written out,
/// or written by who has a role. A setting has a time of its last change, too, but nobody asks for it.
fn kept(
    lint: &mut Lint<'_>,
    (history, dates): (&mut History, &Dates),
    entrypoint: FunctionId,
    part: TermId,
) -> Option<Price> {
    let engine = &mut lint.engine;
    let Op::Field(name) = engine.terms.op(part) else { return None };
    let of = engine.terms.arg(part, 0);
    let answer = record(engine, of);
    let Op::Entry(map @ StateId::Map(owner, index)) = engine.terms.op(answer) else { return None };
    let key = engine.terms.mask(engine.terms.arg(answer, 0));
    let is_price = owner != entrypoint.contract
        && !key.has(Mask::CALLER)
        && (key == Mask::NOTHING || lint.governance.is_administered(map));
    if !is_price {
        return None;
    }
    let held = engine.terms.payload(answer, true);
    let tree = &lint.program.contract(owner).syntax.tree;
    let declared = tree.expr(lint.program.model(owner).maps[index as usize].value_type?);
    let price = engine.terms.text(name).to_string();
    let names = members(declared)?.into_iter().map(|(name, _)| name);
    for time in names.filter(|&time| time != price) {
        let is_known = ORACLES.iter().any(|oracle| oracle.price == price && oracle.time == time);
        if is_known {
            return Some(Price { answer, price, time: time.to_string() });
        }
        if !dates.contains(&(map, Some(time.to_string()))) {
            continue;
        }
        let field = engine.terms.intern(time);
        let field = engine.terms.field(field, held);
        if Clocks::new(engine, history).of(field, &Facts::default()).is_some() {
            return Some(Price { answer, price, time: time.to_string() });
        }
    }
    None
}

fn report(lint: &Lint<'_>, entrypoint: FunctionId, summary: &Summary, price: &Price) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let terms = &lint.engine.terms;
    let from = match terms.op(price.answer) {
        Op::Entry(map) => Show { engine: &lint.engine, function: entrypoint }.state(map),
        Op::External(path) => terms.text(path).to_string(),
        _ => terms.label(price.answer).unwrap_or_default().to_string(),
    };
    let (field, time) = (&price.price, &price.time);
    let message =
        format!("`{name}` goes by `{field}` of `{from}`, and never asks by `{time}` how old that is");
    let at = asked_at(lint, entrypoint, summary, price).unwrap_or(program.location(entrypoint));
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message)
        .label(program.location(entrypoint), "whatever this does, it does by a price of any age")
        .help(format!(
            "compare `{time}` with the present first, as in `(asserts! (>= (get {time} answer) (- now MAX-AGE)) ERR-STALE-PRICE)`"
        ))
        .key(format!("{name} {field}"));
    diagnostic.function = Some(name.to_string());
    diagnostic.cause(at, program.location(entrypoint))
}

/// Where the answer is asked for.
fn asked_at(lint: &Lint<'_>, entrypoint: FunctionId, summary: &Summary, price: &Price) -> Option<Location> {
    let terms = &lint.engine.terms;
    let is_it = |effect: &&Effect| match (&effect.kind, terms.op(price.answer)) {
        (EffectKind::External(path), Op::External(asked)) => *path == asked,
        _ => effect.result == Some(price.answer),
    };
    summary.effects.iter().find(is_it).map(|effect| evidence::here(lint.program, entrypoint, effect))
}
