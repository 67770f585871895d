//! Names that a map holds from the start, and where they are looked up: breakers, limits and parameters by their ids.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::Lint;
use crate::builtins::Builtin;
use crate::facts::{Effect, EffectKind, Engine, Op, Part, StateId, Summary, TermId};
use crate::graph::{FunctionId, Site};
use crate::model::{Access, ExprKind};
use crate::project::ContractId;

/// Of an open map, at least so many names are registered by name ..
const LEAST: usize = 3;
/// .. and so many times more of those looked up are known than are not.
const MAJORITY: usize = 3;
/// How many calls of one function are looked into.
const MAX_CALLS: usize = 256;

/// A name under which a map is looked up, as it is written: in quotes.
pub(super) type Name = String;

/// A map whose entries have names.
#[derive(Default)]
pub(super) struct Register {
    /// What is registered by its name, and where it happens at deployment.
    pub names: BTreeMap<Name, Option<Site>>,
    /// Whether names can be registered that nobody has written down.
    is_open: bool,
    /// The functions that look a name up which they have written down themselves.
    pub lookups: BTreeSet<(Name, FunctionId, Site)>,
}

impl Register {
    /// Of these names, those that neither anybody registers nor `also` has. None, if they may well be registered later.
    pub fn unknown<'n>(&self, asked: &BTreeSet<&'n Name>, also: &BTreeSet<Name>) -> Vec<&'n Name> {
        let is_known = |name: &Name| self.names.contains_key(name) || also.contains(name);
        let unknown: Vec<&'n Name> = asked.iter().copied().filter(|&name| !is_known(name)).collect();
        let used: BTreeSet<&Name> = self.lookups.iter().map(|(name, ..)| name).chain(also).collect();
        let known = used.into_iter().filter(|name| is_known(name)).count();
        let is_list = self.names.len() + also.len() >= LEAST && known >= MAJORITY * unknown.len();
        if self.is_open && !is_list { Vec::new() } else { unknown }
    }
}

/// What one contract registers and looks up, wherever the maps are.
#[derive(Clone, Default)]
pub(super) struct Answer {
    registrations: Vec<Registration>,
    lookups: Vec<(StateId, (Name, FunctionId, Site))>,
    /// Maps that strangers' calls ask for names which nobody has written down.
    pub computed: BTreeSet<StateId>,
    /// Contracts in which something may be registered that was not seen.
    unseen: BTreeSet<ContractId>,
}

#[derive(Clone)]
struct Registration {
    map: StateId,
    /// `None` for a name that is not written down.
    name: Option<Name>,
    at_deployment: Option<Site>,
    holds_principal: bool,
}

impl Answer {
    pub fn join(&mut self, other: Self) {
        self.registrations.extend(other.registrations);
        self.lookups.extend(other.lookups);
        self.computed.extend(other.computed);
        self.unseen.extend(other.unseen);
    }
}

/// What a contract says.
pub(super) fn answer(lint: &mut Lint<'_>, contract: ContractId) -> Answer {
    let program = lint.program;
    let mut answer = Answer::default();
    let deployment = lint.engine.deployment(contract);
    let mut summaries = vec![(deployment, true)];
    for function in program.functions_of(contract) {
        let summary = lint.begin(function);
        for (map, name) in looked_up(&mut lint.engine, summary.told().chain(summary.result).collect()) {
            let body = Site { contract, expr: program.function(function).body };
            if let Some(site) = written(&mut lint.engine, body, &name) {
                answer.lookups.push((map, (name, function, site)));
            }
        }
        // What private functions write is told with those that call them.
        if program.function(function).access == Access::Public {
            if program.is_entrypoint(function) {
                answer.computed.extend(computed(lint, &summary));
            }
            summaries.push((summary, false));
        }
    }
    for (summary, at_deployment) in summaries {
        for effect in &summary.effects {
            let Some((map, key)) = registration(&lint.engine, effect) else { continue };
            let site = effect.calls.first().copied().unwrap_or(effect.site);
            for name in names(&lint.engine, key) {
                answer.registrations.push(Registration {
                    map,
                    name,
                    at_deployment: at_deployment.then_some(site),
                    holds_principal: holds_principal(&lint.engine, effect),
                });
            }
        }
        if summary.unchecked.is_some() {
            // An unknown function may register anything, here and in what is called.
            answer.unseen.insert(contract);
            answer.unseen.extend(program.called_contracts(contract).iter().copied());
        }
    }
    answer
}

/// The maps that a stranger's call looks names up in that nobody has written down.
fn computed(lint: &mut Lint<'_>, summary: &Summary) -> BTreeSet<StateId> {
    let mut computed = BTreeSet::new();
    // Effects share most of their facts.
    let mut seen = FxHashSet::default();
    for effect in &summary.effects {
        if lint.governance.has_role(&mut lint.engine, &effect.facts) {
            continue;
        }
        let engine = &lint.engine;
        let is_computed = |key: Option<TermId>| {
            engine.parts(key).into_iter().any(|part| {
                !matches!(engine.terms.op(part), Op::Literal(_) | Op::Tuple(_) | Op::Constant(..))
            })
        };
        let mut open: Vec<_> = effect.facts.iter().map(|fact| fact.term()).collect();
        while let Some(term) = open.pop() {
            if !seen.insert(term) {
                continue;
            }
            let args = engine.terms.args(term);
            if let Op::Entry(map) = engine.terms.op(term)
                && is_computed(args.first().copied())
            {
                computed.insert(map);
            }
            open.extend_from_slice(args);
        }
    }
    computed
}

/// Every map that somebody registers names in and on whose names no stranger decides. Names of contracts are another
/// matter: they are entered as contracts come.
pub(super) fn registers(lint: &Lint<'_>) -> BTreeMap<StateId, Register> {
    let answer = &lint.digest.names;
    let mut registers: BTreeMap<StateId, Register> = BTreeMap::new();
    let (mut open, mut directories) = (BTreeSet::new(), BTreeSet::new());
    for Registration { map, name, at_deployment, holds_principal } in &answer.registrations {
        if *holds_principal {
            directories.insert(*map);
        }
        match name {
            Some(name) => {
                let known = registers.entry(*map).or_default().names.entry(name.clone()).or_default();
                *known = known.or(*at_deployment);
            }
            None => drop(open.insert(*map)),
        }
    }
    registers.retain(|map, _| {
        map.owner().is_some_and(|owner| !answer.unseen.contains(&owner))
            && !directories.contains(map)
            && lint.governance.is_governed(*map, Part::Keys)
    });
    for (map, lookup) in &answer.lookups {
        if let Some(register) = registers.get_mut(map) {
            register.lookups.insert(lookup.clone());
        }
    }
    for (map, register) in &mut registers {
        register.is_open = open.contains(map);
    }
    registers
}

/// The map and the key of a write that may enter something new.
pub(super) fn registration(engine: &Engine<'_>, effect: &Effect) -> Option<(StateId, TermId)> {
    let EffectKind::Write(Builtin::MapSet | Builtin::MapInsert, map) = effect.kind else { return None };
    let key = *effect.args.first()?;
    let is_there = |term: TermId| {
        let of = engine.terms.args(term).first().copied();
        let entry = of.filter(|_| engine.terms.op(term) == Op::Good);
        entry.is_some_and(|entry| {
            engine.terms.op(entry) == Op::Entry(map) && engine.terms.arg(entry, 0) == key
        })
    };
    let changes = effect.facts.iter().any(|fact| fact.holds() && is_there(fact.term()));
    (!changes).then_some((map, key))
}

fn holds_principal(engine: &Engine<'_>, write: &Effect) -> bool {
    let value = write.args.get(1).copied();
    engine.parts(value).into_iter().any(|part| match engine.terms.op(part) {
        Op::Literal(text) => engine.terms.text(text).starts_with(['.', '\'']),
        Op::Deployer | Op::Sender | Op::Caller => true,
        _ => false,
    })
}

/// The text that a key is, or that is all of it.
pub(super) fn name(engine: &Engine<'_>, key: TermId) -> Option<Name> {
    match (engine.terms.op(key), engine.terms.args(key)) {
        (Op::Literal(text), _) => {
            let text = engine.terms.text(text);
            text.contains('"').then(|| text.to_string())
        }
        (Op::Tuple(_), &[only]) => name(engine, only),
        _ => None,
    }
}

/// The texts that a key may be: one, or each of a list that is written out.
fn names(engine: &Engine<'_>, key: TermId) -> Vec<Option<Name>> {
    match (engine.terms.op(key), engine.terms.args(key)) {
        (Op::Tuple(_), &[only]) => names(engine, only),
        (Op::Element, &[list]) if engine.terms.op(list) == Op::Pure(Builtin::List) => {
            engine.terms.args(list).iter().map(|&member| name(engine, member)).collect()
        }
        _ => vec![name(engine, key)],
    }
}

/// The names that these terms look up in maps, also within the calls that are given a name.
pub(super) fn looked_up(engine: &mut Engine<'_>, roots: Vec<TermId>) -> BTreeSet<(StateId, Name)> {
    let mut found = BTreeSet::new();
    let (mut seen, mut open, mut calls) = (FxHashSet::default(), roots, 0);
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        let args = engine.terms.args(term).to_vec();
        match (engine.terms.op(term), &args[..]) {
            (Op::Entry(map), &[key, _]) => found.extend(name(engine, key).map(|name| (map, name))),
            (Op::Call(_), args)
                if calls < MAX_CALLS && args.iter().any(|&arg| name(engine, arg).is_some()) =>
            {
                calls += 1;
                open.extend(engine.unfold(term));
            }
            _ => {}
        }
        open.extend(args);
    }
    found
}

/// The expression below `root` that writes the name down, or the longest part of it: ids are put together from texts.
pub(super) fn written(engine: &mut Engine<'_>, root: Site, name: &str) -> Option<Site> {
    let program = engine.program;
    let model = program.model(root.contract);
    let mut best: Option<(usize, Site)> = None;
    let mut open = vec![root.expr];
    while let Some(expr) = open.pop() {
        let site = Site { expr, ..root };
        let value = match model.expr(expr).kind {
            ExprKind::Literal => engine.literal(root.contract, program.node(site)),
            ExprKind::Constant(index) => engine.constant(root.contract, index),
            // An event may have the name of what it tells of.
            ExprKind::Builtin(Builtin::Print, _) => continue,
            _ => {
                open.extend(model.children(expr).into_iter().rev());
                continue;
            }
        };
        let Some(text) = self::name(engine, value) else { continue };
        let (text, name) = (plain(&text), plain(name));
        let is_part = !text.is_empty() && (name.ends_with(text) || name.starts_with(text));
        if is_part && best.is_none_or(|(length, _)| text.len() > length) {
            best = Some((text.len(), site));
        }
    }
    best.map(|(_, site)| site)
}

/// A name without its quotes.
pub(super) fn plain(name: &str) -> &str {
    name.trim_start_matches('u').trim_matches('"')
}
