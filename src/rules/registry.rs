//! Registries of contracts: governed maps from names to principals by whose entries the protocol tells which contract
//! is which. The policy names one; without a policy they are found by what is compared with their entries.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::{Lint, registered};
use crate::builtins::Builtin;
use crate::config::Upgrade;
use crate::facts::{Effect, EffectKind, Engine, Fact, Op, Part, PartName, StateId, TermId};
use crate::graph::Site;
use crate::model::Access;
use crate::project::ContractId;

/// How many calls are looked into for the entry that a value comes from.
const MAX_CALLS: u32 = 8;

/// A map from names to contracts.
pub(super) struct Registry {
    pub map: StateId,
    /// What is registered under names that are written out.
    pub registered: Vec<Registered>,
    /// Whether the names above are all that there ever will be.
    pub is_closed: bool,
}

/// A name and what is entered under it.
#[derive(Clone)]
pub(super) struct Registered {
    pub name: String,
    /// The contracts of the project among what is entered.
    pub contracts: Vec<ContractId>,
    /// Whether all principals that are entered are written out.
    pub is_known: bool,
    /// The write.
    pub site: Site,
    /// The calls that lead to it.
    pub calls: Vec<Site>,
}

/// What one contract says of registries, wherever they are.
#[derive(Clone, Default)]
pub(super) struct Answer {
    /// The maps under whose names the caller, or a contract that is called, is looked for, and the part of the entry that
    /// says who that is.
    asked: BTreeSet<(StateId, PartName)>,
    entered: Vec<(StateId, Registered)>,
    /// Maps in which names are entered that nobody has written down.
    open: BTreeSet<StateId>,
    /// Whether all that could be entered was seen.
    unseen: BTreeSet<ContractId>,
    pub wrong_roles: Vec<super::resolution_mismatch::Verified>,
}

impl Answer {
    pub fn join(&mut self, other: Self) {
        self.asked.extend(other.asked);
        self.entered.extend(other.entered);
        self.open.extend(other.open);
        self.unseen.extend(other.unseen);
        self.wrong_roles.extend(other.wrong_roles);
    }
}

/// What a contract says.
pub(super) fn answer(lint: &mut Lint<'_>, contract: ContractId) -> Answer {
    let program = lint.program;
    let mut answer = Answer { asked: asked(lint), ..Answer::default() };
    let mut summaries = vec![lint.engine.deployment(contract)];
    let public = program.functions_of(contract).filter(|&it| program.function(it).access == Access::Public);
    summaries.extend(public.map(|function| lint.engine.summary(function)));
    for summary in summaries {
        if summary.unchecked.is_some() {
            answer.unseen.insert(contract);
            answer.unseen.extend(program.called_contracts(contract).iter().copied());
        }
        for write in &summary.effects {
            let (EffectKind::Write(Builtin::MapSet | Builtin::MapInsert, map), &[key, value]) =
                (&write.kind, &write.args[..])
            else {
                continue;
            };
            match name(&lint.engine, key) {
                Some(name) => answer.entered.push((*map, entered(lint, name, value, write))),
                // What is there already gets no new name.
                None if registered::registration(&lint.engine, write).is_some() => {
                    answer.open.insert(*map);
                }
                None => {}
            }
        }
    }
    for entrypoint in lint.entrypoints() {
        lint.begin(entrypoint);
        answer.wrong_roles.extend(super::resolution_mismatch::verified(lint, entrypoint));
    }
    answer
}

impl Registry {
    /// The registry that the policy names, or all that are found.
    pub fn all(lint: &mut Lint<'_>) -> Vec<Self> {
        let maps: Vec<_> = match &lint.policy.upgrade {
            Some(upgrade) => of_policy(lint, upgrade).into_iter().collect(),
            None => inferred(lint).into_iter().collect(),
        };
        maps.into_iter().map(|map| Self::new(lint, map)).collect()
    }

    fn new(lint: &Lint<'_>, map: StateId) -> Self {
        let answer = &lint.digest.registries;
        let entered = answer.entered.iter().filter(|(of, _)| *of == map);
        let is_seen = map.owner().is_some_and(|owner| !answer.unseen.contains(&owner));
        Self {
            map,
            registered: entered.map(|(_, registered)| registered.clone()).collect(),
            is_closed: is_seen && !answer.open.contains(&map),
        }
    }

    /// The contracts that stand for a name; `None` if that is not known.
    pub fn contracts_of(&self, lint: &Lint<'_>, name: &str) -> Option<Vec<ContractId>> {
        let program = lint.program;
        if let Some(patterns) = lint.policy.upgrade.as_ref().and_then(|upgrade| upgrade.contracts_of(name)) {
            let stands = |&contract: &ContractId| {
                let contract = lint.named(contract);
                patterns.iter().any(|pattern| pattern.value.matches(&contract))
            };
            return Some(program.project.contract_ids().filter(stands).collect());
        }
        let entries: Vec<_> = self.registered.iter().filter(|entry| entry.name == name).collect();
        let known = !entries.is_empty() && entries.iter().all(|entry| entry.is_known);
        known.then(|| entries.iter().flat_map(|entry| entry.contracts.iter().copied()).collect())
    }
}

/// The map that the policy names.
pub(super) fn of_policy(lint: &Lint<'_>, upgrade: &Upgrade) -> Option<StateId> {
    let path = &upgrade.registry.value;
    let program = lint.program;
    let contract = program.contract_named(&path.contract.to_string())?;
    let tree = &program.contract(contract).syntax.tree;
    let maps = &program.model(contract).maps;
    let index = maps.iter().position(|map| tree.name(map.name.symbol) == path.map)?;
    Some(StateId::Map(contract, index as u32))
}

/// The maps that are asked and whose names and answers no stranger decides on. When something was entered may be in
/// anybody's hands: who carries out what was voted for chooses the block.
fn inferred(lint: &mut Lint<'_>) -> BTreeSet<StateId> {
    let (engine, governance) = (&mut lint.engine, &lint.governance);
    let mut maps = BTreeMap::new();
    for (map, part) in &lint.digest.registries.asked {
        let part = part.part(engine);
        let is_ours = governance.is_governed(*map, Part::Keys) && governance.is_governed(*map, part);
        *maps.entry(*map).or_insert(true) &= is_ours;
    }
    maps.into_iter().filter(|&(_, is_ours)| is_ours).map(|(map, _)| map).collect()
}

/// The maps under whose names the caller, or a contract that is called, is looked for, and what of the entries is asked.
fn asked(lint: &mut Lint<'_>) -> BTreeSet<(StateId, PartName)> {
    let mut maps = BTreeSet::new();
    let mut seen = FxHashSet::default();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        for fact in summary.effects.iter().flat_map(|effect| effect.facts.iter()) {
            if !seen.insert(fact) {
                continue;
            }
            let Some((_, entry)) = compared(&lint.engine, fact, is_identity) else { continue };
            if let Some(Lookup { map, part, .. }) = looked_up(&mut lint.engine, entry) {
                maps.insert((map, part.name(&lint.engine)));
            }
        }
    }
    maps
}

/// Whether a term says who somebody is.
fn is_identity(engine: &Engine<'_>, term: TermId) -> bool {
    matches!(engine.terms.op(term), Op::Sender | Op::Caller | Op::Pure(Builtin::ContractOf))
}

/// The two sides of a comparison that holds, the wanted one first.
pub(super) fn compared(
    engine: &Engine<'_>,
    fact: Fact,
    wanted: impl Fn(&Engine<'_>, TermId) -> bool,
) -> Option<(TermId, TermId)> {
    let (a, b) = engine.equation(fact)?;
    if wanted(engine, a) { Some((a, b)) } else { wanted(engine, b).then_some((b, a)) }
}

/// Where a value comes from: a part of what a map holds under a name that is written out.
pub(super) struct Lookup {
    pub map: StateId,
    pub name: String,
    pub part: Part,
}

/// Where a value was looked up, if it was.
pub(super) fn looked_up(engine: &mut Engine<'_>, value: TermId) -> Option<Lookup> {
    let mut open = vec![(value, Part::Value)];
    let mut calls = 0;
    while let Some((term, part)) = open.pop() {
        match engine.terms.op(term) {
            Op::Entry(map) => {
                let key = engine.terms.arg(term, 0);
                return Some(Lookup { map, name: name(engine, key)?, part });
            }
            Op::Call(_) if calls < MAX_CALLS => {
                calls += 1;
                open.extend(engine.unfold(term).map(|result| (result, part)));
            }
            // Of fields within fields the outer one is a part of the entry.
            Op::Field(name) => open.push((engine.terms.arg(term, 0), Part::Field(name))),
            Op::Payload | Op::Some | Op::Ok => open.push((engine.terms.arg(term, 0), part)),
            Op::If => open.extend(engine.terms.args(term)[1..].iter().map(|&side| (side, part))),
            _ => {}
        }
    }
    None
}

/// The name in a key, without its quotes.
fn name(engine: &Engine<'_>, key: TermId) -> Option<String> {
    Some(registered::plain(&registered::name(engine, key)?).to_string())
}

/// What a write registers.
fn entered(lint: &Lint<'_>, name: String, value: TermId, write: &Effect) -> Registered {
    let engine = &lint.engine;
    let parts = match engine.terms.op(value) {
        Op::Tuple(_) => engine.terms.args(value).to_vec(),
        _ => vec![value],
    };
    let literals = parts.iter().map(|&part| match engine.terms.op(part) {
        Op::Literal(text) => Some(engine.terms.text(text)),
        _ => None,
    });
    let addresses = literals.filter_map(|text| text?.strip_prefix(['.', '\'']));
    let contracts: Vec<_> = addresses.filter_map(|address| lint.program.contract_named(address)).collect();
    let is_known = !contracts.is_empty();
    Registered { name, contracts, is_known, site: write.site, calls: write.calls.clone() }
}
