//! What one revision of a project does to the architecture that another has: what `clarlint diff` tells.
//!
//! Both revisions are analysed. What their entrypoints do and make sure of is carried into one arena, with all calls
//! inlined, contracts and state by their names and parameters by their places: so locals, parameters and private
//! functions have no names there. A guard is lost where what the new revision knows does not make sure of it, and gained
//! where what the old one knew did not.

mod compare;
mod doing;
mod guard;
mod hands;
mod interface;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Lint, look};
use crate::config::Policy;
use crate::facts::{Engine, Governance, Proofs, Renamed, Strangers};
use crate::project::Project;

use compare::{compared, deployed};
use doing::Side;

/// Everything that differs. Nothing does where contracts only say the same in other words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    pub contracts: Moved<String>,
    /// Contracts that are called otherwise: what is told of them is told by the names that they have now.
    pub renamed: Vec<Was>,
    /// Public functions that were not there before.
    pub added: Vec<Entrypoint>,
    /// Public functions that are gone.
    pub removed: Vec<String>,
    /// Those that are still there, and are not what they were.
    pub changed: Vec<Changed>,
    /// What contracts do when they are deployed, if they do it otherwise: `CONTRACT` is told in place of a function.
    pub deployments: Vec<Changed>,
    /// Calls from contract to contract.
    pub calls: Moved<Call>,
    /// What goes against the layers of the policy.
    pub against_layers: Moved<String>,
    /// Settings and registries that others decide on now.
    pub state: Vec<Handed>,
    /// What could not be compared: a change there may not be told.
    pub unchecked: Vec<String>,
}

/// What is there now and was not, and what was there and is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Moved<T> {
    pub gained: Vec<T>,
    pub lost: Vec<T>,
}

/// A public function as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entrypoint {
    /// `CONTRACT.FUNCTION`.
    pub entrypoint: String,
    /// The types of its parameters.
    pub signature: String,
    pub effects: Vec<String>,
    pub guards: Vec<Guard>,
    /// The codes that it can fail with.
    pub codes: Vec<String>,
}

/// What is made sure of before something is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Guard {
    pub kind: Kind,
    /// The condition, as a contract would ask it or, where it cannot, in words.
    pub guard: String,
    /// The effects that it is about, if not all are.
    pub effects: Option<Vec<String>>,
}

/// What a guard is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing is stopped: a circuit breaker, or a switch that privileged callers hold.
    Breaker,
    /// A budget is not used up.
    Limiter,
    /// The caller is somebody whom the protocol trusts.
    Role,
    /// The caller owns what is touched.
    Ownership,
    /// A contract of the caller's choice is the one that it has to be.
    Identity,
    /// Anything else that is asked for: a bound on an amount, the state of a record.
    Check,
}

/// How a public function differs from what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Changed {
    /// `CONTRACT.FUNCTION`.
    pub entrypoint: String,
    #[serde(flatten)]
    pub change: Change,
}

/// What changed of a public function.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// The types of its parameters, if they changed.
    pub signature: Option<Was>,
    pub guards: Vec<GuardChange>,
    pub effects: Moved<String>,
    /// Effects that are done with other values.
    pub values: Vec<ValueChange>,
    pub codes: Moved<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Was {
    pub was: String,
    pub is: String,
}

/// A guard that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GuardChange {
    pub change: Fate,
    pub kind: Kind,
    pub was: Option<String>,
    pub is: Option<String>,
    /// The effects that it is about, if not all are.
    pub effects: Option<Vec<String>>,
}

/// What became of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It need not hold any more, and nothing stands in its place.
    Lost,
    /// It need not hold any more, but what follows from it must.
    Weakened,
    /// It need not hold any more; another one of its kind must.
    Replaced,
    /// What must hold now makes sure of it, and of more.
    Strengthened,
    Gained,
}

/// An effect, and the parts of it that are other values now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ValueChange {
    pub effect: String,
    /// Which of its values: `recipient`, a key, a field; all of them where it is done once more, or once less.
    pub part: Option<String>,
    pub was: Option<String>,
    pub is: Option<String>,
}

/// Calls of one function of another contract.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Call {
    pub from: String,
    pub to: String,
    pub function: String,
    /// Through a trait: which contract is called is decided when the call is made.
    pub dynamic: bool,
    /// With the calling contract's own identity.
    pub as_contract: bool,
}

/// A variable or a map that others decide on now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Handed {
    /// `CONTRACT.NAME`.
    pub state: String,
    pub was: Hands,
    pub is: Hands,
    /// The public functions that set it.
    pub setters: Moved<String>,
}

/// Who decides on state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Hands {
    /// It is not set as a caller likes.
    Nobody,
    Privileged,
    Strangers,
}

impl<T> Default for Moved<T> {
    fn default() -> Self {
        Self { gained: Vec::new(), lost: Vec::new() }
    }
}

impl<T: Ord + Clone> Moved<T> {
    fn between(was: &BTreeSet<T>, is: &BTreeSet<T>) -> Self {
        Self { gained: is.difference(was).cloned().collect(), lost: was.difference(is).cloned().collect() }
    }
}

impl<T> Moved<T> {
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty()
    }
}

impl<T: PartialOrd> PartialOrd for Moved<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (&self.gained, &self.lost).partial_cmp(&(&other.gained, &other.lost))
    }
}

impl<T: Ord> Ord for Moved<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.gained, &self.lost).cmp(&(&other.gained, &other.lost))
    }
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Breaker => "breaker",
            Kind::Limiter => "limiter",
            Kind::Role => "role",
            Kind::Ownership => "ownership",
            Kind::Identity => "identity",
            Kind::Check => "check",
        }
    }

    /// Whether one may stand in for the other: both are about the same.
    fn is_like(self, other: Self) -> bool {
        let of_caller = |kind| matches!(kind, Kind::Role | Kind::Ownership);
        self == other || of_caller(self) && of_caller(other)
    }
}

impl Fate {
    pub fn as_str(self) -> &'static str {
        match self {
            Fate::Lost => "lost",
            Fate::Weakened => "weakened",
            Fate::Replaced => "replaced",
            Fate::Strengthened => "strengthened",
            Fate::Gained => "gained",
        }
    }
}

impl Change {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Changes {
    /// What `new` is that `old` was not, each by its own policy.
    pub fn between(old: (&Project, &Policy), new: (&Project, &Policy)) -> Self {
        look(new.0, new.1, &[], |new| Self::since(old, new))
    }

    /// The same for whoever looks at the new revision already.
    pub fn since(old: (&Project, &Policy), new: &mut Lint<'_>) -> Self {
        look(old.0, old.1, &[], |old| changes(old, new))
    }

    /// Whether nothing changed, as far as it could be compared.
    pub fn is_empty(&self) -> bool {
        *self == Self { unchecked: self.unchecked.clone(), ..Self::default() }
    }

    /// Every change of a guard, with the entrypoint.
    pub fn guards(&self) -> impl Iterator<Item = (&str, &GuardChange)> {
        self.changed.iter().flat_map(|changed| {
            changed.change.guards.iter().map(|guard| (changed.entrypoint.as_str(), guard))
        })
    }

    /// How many guards of some kinds had one of these fates.
    pub fn count(&self, fates: &[Fate], is_counted: impl Fn(Kind) -> bool) -> usize {
        let told = self.guards().filter(|(_, it)| fates.contains(&it.change) && is_counted(it.kind));
        told.count()
    }
}

/// Where terms of both revisions are compared.
pub(super) struct Meeting<'a> {
    pub engine: Engine<'a>,
    pub governance: Governance,
    pub proofs: Proofs,
    pub strangers: Strangers,
}

fn changes(old: &mut Lint<'_>, new: &mut Lint<'_>) -> Changes {
    let whole = new.analysis.whole();
    let mut meeting = Meeting {
        engine: whole.engine,
        governance: whole.governance,
        proofs: Proofs::default(),
        strangers: Strangers::default(),
    };
    let mut unchecked = interface::unchecked(old);
    unchecked.extend(interface::unchecked(new));
    let renamed = interface::renamed(old, new);
    let none = Renamed::default();
    let told = renamed.0.iter().map(|(was, is)| Was { was: was.to_string(), is: is.to_string() });
    let mut changes = Changes {
        contracts: Moved::between(&interface::contracts(old, &renamed), &interface::contracts(new, &none)),
        renamed: told.collect(),
        calls: Moved::between(&interface::calls(old, &renamed), &interface::calls(new, &none)),
        against_layers: Moved::between(&interface::against_layers(old), &interface::against_layers(new)),
        state: hands::handed(old, new, &renamed),
        unchecked: unchecked.into_iter().collect(),
        ..Changes::default()
    };
    let same = interface::same(old, new);
    let before: BTreeMap<_, _> = old
        .program
        .project
        .contract_ids()
        .map(|id| (renamed.of(old.program.contract(id).qualified_name()), id))
        .collect();
    let (mut old, mut new) = (Side::new(old, renamed), Side::new(new, none));
    let (was, is) = (old.entrypoints(), new.entrypoints());
    changes.removed = was.keys().filter(|path| !is.contains_key(*path)).cloned().collect();
    for (path, function) in is {
        meeting.engine.refill();
        match was.get(&path) {
            None => changes.added.push(new.portrait(&mut meeting, path, function)),
            Some(_) if same.contains(&function.contract) => {}
            Some(&before) => {
                let change = compared(&mut meeting, (&mut old, before), (&mut new, function));
                changes.changed.extend((!change.is_empty()).then_some(Changed { entrypoint: path, change }));
            }
        }
    }
    for contract in new.lint.program.project.contract_ids().filter(|contract| !same.contains(contract)) {
        let name = new.lint.program.contract(contract).qualified_name();
        let Some(&before) = before.get(&name) else { continue };
        meeting.engine.refill();
        let change = deployed(&mut meeting, (&mut old, before), (&mut new, contract));
        let changed = Changed { entrypoint: name.to_string(), change };
        changes.deployments.extend((!changed.change.is_empty()).then_some(changed));
    }
    changes
}
