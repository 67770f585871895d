//! A guard as rows of a policy: where it holds in few patterns, and whom it is not asked of.

use std::collections::{BTreeMap, BTreeSet};

use super::Guard;
use super::cover::{Names, Want, cover};
use crate::config::{Callers, CircuitBreaker, Condition, FunctionPattern};
use crate::facts::{Effect, EffectKind, Facts, TermId};
use crate::graph::FunctionId;
use crate::rules::authorisation::Conditions;
use crate::rules::{Lint, breaker};

/// A contract is named as a whole although so many of its entrypoints are exempt, and no more.
const MOST_EXEMPT: usize = 6;
/// A contract in which only roles do something is named as a whole if so many times more entrypoints have a guard than
/// have not.
const MAJORITY: usize = 2;

/// An entry is worth so many patterns; others are left out, those first that stand for least.
const MOST_PATTERNS: usize = 6;

/// An entry of a policy.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its section of the policy.
    pub section: &'static str,
    pub keys: Vec<(&'static str, String)>,
    pub patterns: Vec<String>,
    pub callers: Callers,
    pub exempt: Vec<(Why, Vec<String>)>,
    /// How many entrypoints it speaks of, and how many it leaves out for the sake of brevity.
    pub told: usize,
    pub left: usize,
}

/// Why a guard is not asked of an entrypoint today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its peers have it: a finding already.
    Lacks,
    /// Nothing stops it.
    Open,
    /// Only a role can do it.
    Role,
    /// It does nothing but call a contract where the guard is.
    PassedOn,
    /// Something else stops it.
    Other,
}

/// What a guard is to an entrypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Holds,
    Lacks,
    /// It does nothing that is asked about.
    Idle,
    /// The guard cannot be asked for here.
    Unclear,
}

/// How a guard is found in facts.
#[derive(Clone, Copy)]
pub(super) enum Check<'a> {
    Breaker(&'a CircuitBreaker, FunctionId),
    Condition(&'a str),
}

/// An entrypoint, and those of its effects that a guard could stop.
pub(super) struct Entrypoint {
    pub function: FunctionId,
    contract: String,
    name: String,
    effects: Vec<(Effect, Callers)>,
}

impl Entrypoint {
    /// Whether anybody can do something by it.
    pub fn is_open(&self) -> bool {
        self.effects.iter().any(|(_, callers)| *callers == Callers::Anybody)
    }

    pub fn path(&self) -> String {
        format!("{}.{}", self.contract, self.name)
    }
}

/// Every entrypoint.
pub(super) struct View {
    pub entrypoints: Vec<Entrypoint>,
    places: BTreeMap<FunctionId, usize>,
    names: BTreeMap<String, Vec<String>>,
}

impl View {
    pub fn new(lint: &mut Lint<'_>) -> Self {
        let mut view = Self { entrypoints: Vec::new(), places: BTreeMap::new(), names: BTreeMap::new() };
        for function in lint.entrypoints() {
            let summary = lint.engine.summary(function);
            let stopped = summary.effects.iter().filter(|effect| breaker::stops(effect));
            let effects = stopped.map(|effect| {
                let is_role = lint.governance.has_role(&mut lint.engine, &effect.facts);
                (effect.clone(), if is_role { Callers::All } else { Callers::Anybody })
            });
            let effects = effects.collect();
            let (contract, name) = (lint.contract_name(function), lint.program.name(function).to_owned());
            view.names.entry(contract.clone()).or_default().push(name.clone());
            view.places.insert(function, view.entrypoints.len());
            view.entrypoints.push(Entrypoint { function, contract, name, effects });
        }
        view
    }

    /// Whether all that an entrypoint does is to call contracts through a trait, and each of the project that could be
    /// called has the guard, or does nothing there.
    pub fn passes_on(&self, lint: &Lint<'_>, entrypoint: &Entrypoint, holders: &BTreeSet<&str>) -> bool {
        let mut reached = false;
        let all = entrypoint.effects.iter().all(|(effect, _)| {
            let EffectKind::Dynamic { method, of: Some(of) } = effect.kind else { return false };
            let method = lint.engine.terms.text(method).to_owned();
            let mut called = lint.program.methods(of, &method).peekable();
            called.peek().is_some()
                && called.all(|callee| {
                    let Some(known) = self.places.get(&callee).map(|&at| &self.entrypoints[at]) else {
                        return true;
                    };
                    let holds = holders.contains(known.path().as_str());
                    reached |= holds;
                    holds || known.effects.is_empty()
                })
        });
        all && reached
    }
}

/// What is found out about one guard.
pub(super) struct Asking<'a, 'v> {
    view: &'v View,
    check: Check<'a>,
    conditions: Conditions,
    known: BTreeMap<(FunctionId, bool), Standing>,
}

impl<'a, 'v> Asking<'a, 'v> {
    pub fn new(lint: &Lint<'_>, view: &'v View, check: Check<'a>) -> Self {
        Self { view, check, conditions: Conditions::new(lint), known: BTreeMap::new() }
    }

    /// The rows of a guard that stops whoever calls: one for all callers, one for what anybody can do. A contract is named
    /// as a whole by one guard, so that what is new there is a finding once. `stopped` has all that anything stops.
    pub fn stop(
        &mut self,
        lint: &mut Lint<'_>,
        guard: &Guard,
        stopped: &BTreeSet<&str>,
        whole: &mut BTreeSet<String>,
    ) -> Vec<Row> {
        let view = self.view;
        let holders: BTreeSet<_> = guard.entrypoints.iter().map(String::as_str).collect();
        let (mut all, mut anybody) = (Wanted::default(), Wanted::default());
        for (contract, members) in by_contract(view, &holders) {
            let (open, open_without) = self.parted(lint, &members, Callers::Anybody);
            let (into, holding, without, times) = match open.is_empty() {
                false => (&mut anybody, open, open_without, 1),
                true => {
                    let (holding, without) = self.parted(lint, &members, Callers::All);
                    (&mut all, holding, without, MAJORITY)
                }
            };
            let is_other = |one: &&Entrypoint| stopped.contains(one.path().as_str());
            let unstopped = without.iter().filter(|one| !is_other(one)).count();
            let is_whole = holding.len() >= times * unstopped && without.len() <= MOST_EXEMPT;
            if !is_whole || whole.contains(contract) {
                into.wants.extend(holding.into_iter().map(|one| (one.want(), 1)));
                continue;
            }
            whole.insert(contract.to_owned());
            into.wants.insert(Want::Contract(contract.to_owned()), holding.len());
            for one in without {
                let why = match guard.missing.contains(&one.path()) {
                    true => Why::Lacks,
                    false if is_other(&one) => Why::Other,
                    false if view.passes_on(lint, one, &holders) => Why::PassedOn,
                    false if one.is_open() => Why::Open,
                    false => Why::Role,
                };
                into.exempt.push((why, one));
            }
        }
        let rows = [(all, Callers::All), (anybody, Callers::Anybody)];
        let rows = rows.into_iter().filter(|(wanted, _)| !wanted.wants.is_empty());
        rows.map(|(wanted, callers)| self.row(lint, guard, wanted, callers)).collect()
    }

    /// Those who have the guard, and those who do something without it.
    fn parted<'e>(
        &mut self,
        lint: &mut Lint<'_>,
        members: &[&'e Entrypoint],
        callers: Callers,
    ) -> (Vec<&'e Entrypoint>, Vec<&'e Entrypoint>) {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for &one in members {
            match self.standing(lint, one, callers) {
                Standing::Holds => with.push(one),
                Standing::Lacks | Standing::Unclear => without.push(one),
                Standing::Idle => {}
            }
        }
        (with, without)
    }

    /// The row of a guard that is asked only where it is: contracts are named as a whole where all that they do is guarded.
    pub fn role(&mut self, lint: &mut Lint<'_>, guard: &Guard) -> Row {
        let view = self.view;
        let holders: BTreeSet<_> = guard.entrypoints.iter().map(String::as_str).collect();
        let mut wanted = Wanted::default();
        for (contract, members) in by_contract(view, &holders) {
            let is_free = |it: &&Entrypoint| {
                matches!(self.standing(lint, it, Callers::All), Standing::Holds | Standing::Idle)
            };
            let is_whole = members.iter().all(is_free);
            let holding = members.iter().filter(|it| holders.contains(it.path().as_str()));
            match is_whole {
                true => wanted.wants.extend([(Want::Contract(contract.to_owned()), holding.count())]),
                false => wanted.wants.extend(holding.map(|it| (it.want(), 1))),
            }
        }
        self.row(lint, guard, wanted, Callers::All)
    }

    fn row(&mut self, lint: &mut Lint<'_>, guard: &Guard, wanted: Wanted<'_>, callers: Callers) -> Row {
        let Wanted { wants, exempt } = wanted;
        let view = self.view;
        let known: BTreeMap<_, _> =
            view.entrypoints.iter().map(|it| ((it.contract.as_str(), it.name.as_str()), it)).collect();
        let mut may = |contract: &str, name: &str| {
            known.get(&(contract, name)).is_some_and(|it| {
                exempt.iter().any(|(_, other)| other.function == it.function)
                    || matches!(self.standing(lint, it, callers), Standing::Holds | Standing::Idle)
            })
        };
        let mut patterns = cover(&wants, &view.names, Names::Grouped, &mut may);
        let left = patterns.split_off(patterns.len().min(MOST_PATTERNS));
        let sum = |patterns: &[(String, usize)]| patterns.iter().map(|(_, count)| count).sum();
        let (told, left) = (sum(&patterns), sum(&left));
        let patterns: Vec<_> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
        let kept: Vec<_> = patterns.iter().filter_map(|it| FunctionPattern::parse(it).ok()).collect();
        let mut reasons: BTreeMap<Why, BTreeMap<Want, usize>> = BTreeMap::new();
        for (why, one) in exempt {
            if kept.iter().any(|pattern| pattern.matches(&one.contract, &one.name)) {
                reasons.entry(why).or_default().insert(one.want(), 1);
            }
        }
        let exempt = reasons.into_iter().map(|(why, wants)| {
            // What the row does not name need not be exempt, and may be.
            let mut may = |contract: &str, name: &str| !kept.iter().any(|it| it.matches(contract, name));
            let each = cover(&wants, &view.names, Names::Each, &mut may);
            (why, each.into_iter().map(|(pattern, _)| pattern).collect())
        });
        let section = guard.section();
        Row { section, keys: guard.keys.clone(), patterns, callers, exempt: exempt.collect(), told, left }
    }

    fn standing(&mut self, lint: &mut Lint<'_>, entrypoint: &Entrypoint, callers: Callers) -> Standing {
        let key = (entrypoint.function, callers == Callers::All);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let standing = self.find_out(lint, entrypoint, callers);
        self.known.insert(key, standing);
        standing
    }

    fn find_out(&mut self, lint: &mut Lint<'_>, entrypoint: &Entrypoint, callers: Callers) -> Standing {
        let function = entrypoint.function;
        let asked: Vec<_> = entrypoint.effects.iter().filter(|(_, of)| *of >= callers).collect();
        if asked.is_empty() && callers == Callers::Anybody {
            return Standing::Idle;
        }
        let condition = match self.check {
            Check::Breaker(..) => None,
            Check::Condition(text) => match self.condition(lint, text, function) {
                Some(condition) => Some(condition),
                None => return Standing::Unclear,
            },
        };
        let mut holds = |lint: &mut Lint<'_>, facts: &Facts| match (self.check, condition) {
            (Check::Breaker(entry, check), _) => breaker::is_checked(lint, entry, check, facts),
            (_, Some(condition)) => self.conditions.hold(lint, facts, condition) == Some(true),
            _ => false,
        };
        match asked.is_empty() {
            true => Standing::Idle,
            false if asked.iter().all(|(effect, _)| holds(lint, &effect.facts)) => Standing::Holds,
            false => Standing::Lacks,
        }
    }

    /// What a condition means at an entrypoint, if it means something there and does not always hold.
    fn condition(&mut self, lint: &mut Lint<'_>, text: &str, function: FunctionId) -> Option<TermId> {
        let condition = self.conditions.condition(lint, &Condition(text.to_owned()), function).ok()?;
        let always = self.conditions.hold(lint, &Facts::default(), condition) == Some(true);
        (!always).then_some(condition)
    }
}

/// What a row is to name, and whom it is to exempt.
#[derive(Default)]
struct Wanted<'v> {
    wants: BTreeMap<Want, usize>,
    exempt: Vec<(Why, &'v Entrypoint)>,
}

impl Entrypoint {
    fn want(&self) -> Want {
        Want::Function(self.contract.clone(), self.name.clone())
    }
}

/// The entrypoints of each contract that has one of those.
fn by_contract<'v>(view: &'v View, holders: &BTreeSet<&str>) -> BTreeMap<&'v str, Vec<&'v Entrypoint>> {
    let mut contracts: BTreeMap<&str, Vec<&Entrypoint>> = BTreeMap::new();
    for entrypoint in &view.entrypoints {
        contracts.entry(&entrypoint.contract).or_default().push(entrypoint);
    }
    contracts.retain(|_, members| members.iter().any(|it| holders.contains(it.path().as_str())));
    contracts
}
