//! What state is there for, where that makes it a setting: breakers and limits that a policy names, flags that stop
//! entrypoints, variables that say which contract is called, and maps that are asked by name.

use std::collections::{BTreeMap, BTreeSet};

use super::rate_limit::Limiter;
use super::vouching::compared;
use super::{Lint, evidence, registered, stakes};
use crate::builtins::Builtin;
use crate::diagnostic::Label;
use crate::facts::{Effect, EffectKind, Op, Part, StateId, Terms};
use crate::graph::{FunctionId, Site};

/// A flag that stops so many entrypoints is a breaker, whoever can set it.
const STOPPED: usize = 3;

/// Why state is a setting: what it does, in words that follow its name, and where it does it.
#[derive(Clone)]
pub(super) struct Setting {
    pub purpose: String,
    /// The field that it is about; `None` for all of it.
    pub field: Option<String>,
    pub seen: Label,
}

/// What the entrypoints of a contract depend on.
#[derive(Clone, Default)]
pub(super) struct Depends {
    /// Flags, and the entrypoints that they stop.
    flags: BTreeMap<StateId, BTreeSet<FunctionId>>,
    /// Variables that say which contract is called, or in which field, by whom and where.
    implementations: Vec<(StateId, Option<String>, FunctionId, Site)>,
    /// What amounts, recipients and dates are read from.
    pub uses: Vec<stakes::Use>,
    /// Flags that whoever sets them sets back before they are done: they stop nobody but who comes in between.
    pub locks: BTreeSet<StateId>,
}

impl Depends {
    pub fn join(&mut self, other: Self) {
        for (flag, stopped) in other.flags {
            self.flags.entry(flag).or_default().extend(stopped);
        }
        self.implementations.extend(other.implementations);
        self.uses.extend(other.uses);
        self.locks.extend(other.locks);
    }
}

pub(super) fn depends(lint: &mut Lint<'_>) -> Depends {
    let mut depends = Depends { locks: locks(lint), ..Depends::default() };
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        depends.uses.extend(stakes::of(&mut lint.engine, entrypoint, &summary.effects));
        for effect in &summary.effects {
            for fact in effect.facts.iter() {
                if let Op::Initial(state) = lint.engine.terms.op(fact.term())
                    && lint.engine.is_flag(state)
                {
                    depends.flags.entry(state).or_default().insert(entrypoint);
                }
            }
            let (EffectKind::Dynamic { .. }, Some(&called)) = (&effect.kind, effect.args.first()) else {
                continue;
            };
            let principal = lint.engine.terms.pure(Builtin::ContractOf, &[called]);
            for fact in effect.facts.iter() {
                let compared = compared(&mut lint.engine, fact, &|_, term| term == principal);
                if let Some((state @ StateId::Variable(..), part)) = compared {
                    let field = match part {
                        Part::Field(name) => Some(lint.engine.terms.text(name).to_string()),
                        _ => None,
                    };
                    depends.implementations.push((state, field, entrypoint, effect.site));
                }
            }
        }
    }
    depends
}

/// The flags of the contract that every entrypoint which sets them sets back.
fn locks(lint: &mut Lint<'_>) -> BTreeSet<StateId> {
    let (mut locks, mut others) = (BTreeSet::new(), BTreeSet::new());
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        let mut writes: BTreeMap<StateId, Vec<&Effect>> = BTreeMap::new();
        for effect in &summary.effects {
            if let EffectKind::Write(_, state) = effect.kind
                && lint.engine.is_flag(state)
            {
                writes.entry(state).or_default().push(effect);
            }
        }
        for (state, writes) in writes {
            let is_lock = matches!(writes[..], [set, back] if is_set_back(set, back));
            if is_lock {
                locks.insert(state)
            } else {
                others.insert(state)
            };
        }
    }
    &locks - &others
}

/// Whether a flag that is written is written once more, with the other value, wherever the first write is committed.
fn is_set_back(set: &Effect, back: &Effect) -> bool {
    let other = match set.args[..] {
        [Terms::TRUE] => Terms::FALSE,
        [Terms::FALSE] => Terms::TRUE,
        _ => return false,
    };
    back.args == [other] && back.exits == set.exits && back.facts.without(&set.facts).is_empty()
}

/// The settings that are known by their purpose; the first purpose counts.
pub(super) fn settings(lint: &mut Lint<'_>) -> BTreeMap<StateId, Setting> {
    let mut settings = BTreeMap::new();
    of_policy(lint, &mut settings);
    flags(lint, &mut settings);
    registers(lint, &mut settings);
    implementations(lint, &mut settings);
    settings
}

/// What the checks of the policy read.
fn of_policy(lint: &mut Lint<'_>, settings: &mut BTreeMap<StateId, Setting>) {
    let policy = lint.policy;
    let breakers = policy.circuit_breakers.iter().map(|it| (&it.check, None));
    let limits = policy.rate_limits.iter().map(|it| (&it.check, Some(it)));
    for (path, limit) in breakers.chain(limits) {
        let Some(check) = lint.program.function_named(&path.value.to_string()) else { continue };
        let budgets = limit.map(|limit| Limiter::new(lint, limit, check).budgets).unwrap_or_default();
        let what = if limit.is_some() { "the rate limit" } else { "the circuit breaker" };
        let home = check.contract;
        for state in lint.engine.summary(check).inputs.iter().copied() {
            if state.owner() == Some(home) && !budgets.contains(&state) {
                let purpose = format!("on which {what} of `{}` rests", path.value);
                let seen = Label { at: path.at, message: format!("the policy relies on `{}`", path.value) };
                settings.entry(state).or_insert(Setting { purpose, field: None, seen });
            }
        }
    }
}

/// Flags that stop entrypoints.
fn flags(lint: &Lint<'_>, settings: &mut BTreeMap<StateId, Setting>) {
    for (&state, entrypoints) in &lint.digest.settings.depends.flags {
        let (Some(first), true) = (entrypoints.first(), entrypoints.len() >= STOPPED) else { continue };
        let names: Vec<_> = entrypoints.iter().map(|&it| format!("`{}`", lint.program.name(it))).collect();
        let purpose = format!("on which {} depend", evidence::listed(&names));
        let seen = Label { at: lint.program.location(*first), message: "this depends on it".to_string() };
        settings.entry(state).or_insert(Setting { purpose, field: None, seen });
    }
}

/// Variables that say which contract is called.
fn implementations(lint: &Lint<'_>, settings: &mut BTreeMap<StateId, Setting>) {
    for &(state, ref field, entrypoint, site) in &lint.digest.settings.depends.implementations {
        let by = lint.program.name(entrypoint);
        let purpose = format!("by which `{by}` knows the contract that it calls");
        let message = format!("`{by}` calls the contract here");
        let seen = Label { at: lint.program.head(site), message };
        settings.entry(state).or_insert(Setting { purpose, field: field.clone(), seen });
    }
}

/// Maps that are filled by name at deployment and asked by name afterwards.
fn registers(lint: &Lint<'_>, settings: &mut BTreeMap<StateId, Setting>) {
    for (map, register) in registered::registers(lint) {
        let Some((name, function, site)) = register.lookups.first() else { continue };
        let by = lint.program.name(*function);
        let name = registered::plain(name);
        let purpose = format!("in which `{by}` looks up `{name}`");
        let seen = Label { at: lint.program.head(*site), message: format!("`{by}` relies on `{name}` here") };
        settings.entry(map).or_insert(Setting { purpose, field: None, seen });
    }
}
