//! What depends on state: how much is paid, whom, when something may be done, and of what.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::written::Place;
use super::{transfer, vouching};
use crate::builtins::{self, Builtin};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, StateId, TermId};
use crate::graph::{FunctionId, Site};

/// How many terms are looked at for what one effect depends on.
const MAX_TERMS: usize = 1_024;

/// State, or one field of it, that an entrypoint reads for something that matters.
#[derive(Clone)]
pub(super) struct Use {
    pub state: StateId,
    pub field: Option<String>,
    pub what: What,
    pub entrypoint: FunctionId,
    pub site: Site,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Amount,
    Recipient,
    Date,
    /// More or less than something must not be.
    Bound,
    /// Who or what is on a list.
    List,
    Switch,
}

impl What {
    /// What an entrypoint does by it, in words that follow the state.
    pub fn purpose(self, by: &str) -> String {
        match self {
            What::Amount => format!("from which `{by}` computes an amount"),
            What::Recipient => format!("by which `{by}` knows who gets it"),
            What::Date => format!("by which `{by}` knows whether it is time"),
            What::Bound => format!("by which `{by}` knows how much is too much"),
            What::List => format!("by which `{by}` knows who or what is let in"),
            What::Switch => format!("by which `{by}` is stopped"),
        }
    }
}

/// State, or one field of it.
type Part = (StateId, Option<String>);

/// What an entrypoint depends on: each part once, with the first effect that shows it.
pub(super) fn of(engine: &mut Engine<'_>, entrypoint: FunctionId, effects: &[Effect]) -> Vec<Use> {
    let mut found: BTreeMap<(Part, What), Site> = BTreeMap::new();
    let mut facts = FxHashSet::default();
    for effect in effects {
        let (amount, recipient) = moved(engine, effect);
        let mut note = |parts: Vec<Part>, what| {
            for part in parts {
                found.entry((part, what)).or_insert(effect.site);
            }
        };
        note(places(engine, Vec::from_iter(amount)), What::Amount);
        note(places(engine, Vec::from_iter(recipient)), What::Recipient);
        for fact in effect.facts.iter().filter(|&fact| facts.insert(fact)).collect::<Vec<_>>() {
            for side in vouching::sides(engine, fact) {
                if let Some((what, parts)) = asked(engine, side) {
                    note(parts, what);
                }
            }
        }
    }
    let used = |(((state, field), what), site)| Use { state, field, what, entrypoint, site };
    found.into_iter().map(used).collect()
}

/// The state that a fact compares something with, or by which it lets somebody in.
fn asked(engine: &mut Engine<'_>, fact: Fact) -> Option<(What, Vec<Part>)> {
    let term = fact.term();
    let mask = engine.terms.mask(term);
    match engine.terms.op(term) {
        Op::Pure(Builtin::Less) if mask.has(Mask::CHAIN) => Some((What::Date, places(engine, vec![term]))),
        Op::Pure(Builtin::Less) => {
            let parts = values(engine, vec![term]);
            let is_product = |part: &TermId| {
                matches!(engine.terms.op(*part), Op::Pure(Builtin::Multiply | Builtin::Divide))
            };
            let products: Vec<_> = parts.into_iter().filter(is_product).collect();
            if !products.is_empty() {
                return Some((What::Amount, places(engine, products)));
            }
            // What a record holds may well be compared with what another says.
            let mut read = places(engine, vec![term]);
            read.retain(|(state, _)| matches!(state, StateId::Variable(..)));
            Some((What::Bound, read))
        }
        Op::Good if fact.holds() => {
            let found = engine.terms.arg(term, 0);
            let list = *engine.terms.args(found).first()?;
            let is_list = engine.terms.op(found) == Op::Pure(Builtin::IndexOf);
            is_list.then(|| (What::List, places(engine, vec![list])))
        }
        Op::Initial(state) if engine.is_flag(state) => Some((What::Switch, vec![(state, None)])),
        Op::Payload | Op::Field(_) if fact.holds() => {
            allowed(engine, term).map(|part| (What::List, vec![part]))
        }
        _ => None,
    }
}

/// The map in which a flag is set under something that the caller names.
fn allowed(engine: &Engine<'_>, flag: TermId) -> Option<Part> {
    let place = Place::of(engine, flag)?;
    let mut entry = flag;
    while let Op::Payload | Op::Field(_) = engine.terms.op(entry) {
        entry = engine.terms.arg(entry, 0);
    }
    let is_named = matches!(engine.terms.op(entry), Op::Entry(_))
        && engine.terms.mask(engine.terms.arg(entry, 0)).only(Mask::PARAMETER);
    is_named.then(|| (place.state, place.field(engine).map(str::to_string)))
}

/// How much moves by an effect, and to whom.
fn moved(engine: &Engine<'_>, effect: &Effect) -> (Option<TermId>, Option<TermId>) {
    use Builtin::{FtBurn, FtMint, FtTransfer, NftMint, StxBurn, StxTransfer, StxTransferMemo};
    let counts = match effect.kind {
        EffectKind::Token(builtin, _) => matches!(builtin, FtMint | FtBurn | FtTransfer),
        EffectKind::Stx(builtin) => matches!(builtin, StxTransfer | StxTransferMemo | StxBurn),
        _ => true,
    };
    let what = match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(FtMint | NftMint | FtBurn, _) | EffectKind::Stx(StxBurn), &[what, ..]) => {
            Some(what)
        }
        _ => transfer::of(engine, effect).map(|moved| moved.what),
    };
    let to = transfer::recipient(engine, effect);
    (what.filter(|_| counts), to)
}

/// Whether a value is an argument, or is computed from one that does not only select it.
pub(super) fn is_said(engine: &mut Engine<'_>, value: TermId) -> bool {
    let mask = engine.terms.mask(value);
    mask.has(Mask::PARAMETER)
        && values(engine, vec![value])
            .into_iter()
            .any(|part| matches!(engine.terms.op(part), Op::Parameter(_)))
}

/// The terms that values are computed from. What selects a record, or one of two values, is no part of the value.
pub(super) fn values(engine: &mut Engine<'_>, roots: Vec<TermId>) -> Vec<TermId> {
    let (mut seen, mut all, mut open) = (FxHashSet::default(), Vec::new(), roots);
    while let Some(term) = open.pop() {
        if !seen.insert(term) || seen.len() > MAX_TERMS {
            continue;
        }
        all.push(term);
        match engine.terms.op(term) {
            Op::Entry(_) | Op::Good | Op::Token(..) => {}
            Op::Pure(builtin) if builtin.spec().effect == builtins::Effect::ReadChain => {}
            Op::If => open.extend_from_slice(&engine.terms.args(term)[1..]),
            Op::Pure(Builtin::ElementAt) => open.push(engine.terms.arg(term, 0)),
            Op::Pure(Builtin::ReplaceAt) => {
                open.extend([0, 2].map(|index| engine.terms.arg(term, index)));
            }
            Op::Call(_) => open.extend(engine.unfold(term)),
            _ => open.extend_from_slice(engine.terms.args(term)),
        }
    }
    all
}

/// The state that values are computed from, by its fields where it has some. A flag is no value.
fn places(engine: &mut Engine<'_>, roots: Vec<TermId>) -> Vec<Part> {
    let mut found = Vec::new();
    for part in values(engine, roots) {
        let Some(place) = Place::of(engine, part) else { continue };
        if !engine.is_flag(place.state) {
            found.push((place.state, place.field(engine).map(str::to_string)));
        }
    }
    let with_fields: FxHashSet<_> =
        found.iter().filter(|(_, field)| field.is_some()).map(|&(state, _)| state).collect();
    found.retain(|(state, field)| field.is_some() || !with_fields.contains(state));
    found.sort_unstable();
    found.dedup();
    found
}
