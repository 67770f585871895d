//! What facts amount to: a role, an identity, a circuit breaker. Decided by what a fact depends on, never by names.
//!
//! Everything rests on one question: is a piece of state *governed*, that is, can only a privileged caller decide what
//! it holds? The answer is the greatest set of state that its own writers agree with. Every contract answers for the
//! writes that its public functions lead to, on its own state and on that of the contracts it calls.

mod approval;
mod fixpoint;
mod identity;
mod role;
mod trust;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::Engine;
use super::set::Fact;
use super::term::{StateId, TermId, TextId};
use crate::graph::FunctionId;

use approval::Entered;
pub use role::{is_who_calls, place_in_key};

/// The part of a piece of state that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A variable, or a map's value that is not a tuple.
    Value,
    /// Which keys a map has.
    Keys,
    /// What stands at one place of a map's keys, where they are tuples; `None` is any place of them.
    Key(Option<TextId>),
    /// One field of a map's or variable's tuples.
    Field(TextId),
}

/// A part by the names that it has in every arena.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartName {
    Value,
    Keys,
    Key(Option<String>),
    Field(String),
}

impl Part {
    pub fn name(self, engine: &Engine<'_>) -> PartName {
        let text = |id| engine.terms.text(id).to_string();
        match self {
            Part::Value => PartName::Value,
            Part::Keys => PartName::Keys,
            Part::Key(place) => PartName::Key(place.map(text)),
            Part::Field(name) => PartName::Field(text(name)),
        }
    }
}

impl PartName {
    pub fn part(&self, engine: &mut Engine<'_>) -> Part {
        match self {
            PartName::Value => Part::Value,
            PartName::Keys => Part::Keys,
            PartName::Key(place) => Part::Key(place.as_ref().map(|name| engine.terms.intern(name))),
            PartName::Field(name) => Part::Field(engine.terms.intern(name)),
        }
    }
}

/// Who lets strangers decide: the public function, and which of its effects does it.
pub type Writer = (FunctionId, usize);

/// Parts of the state that strangers can decide on.
pub type Open = BTreeSet<(StateId, PartName)>;

/// What one contract's public functions say of state, for those who call it.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The parts that strangers decide on through this contract, each with the first write that shows it.
    pub open: BTreeMap<(StateId, PartName), Writer>,
    /// The contract's own state that some privileged caller can set. That nobody else decides on it is another question.
    pub set_by_roles: FxHashSet<StateId>,
    /// The truth values that the contract's flags can be set to.
    pub settable: FxHashSet<(StateId, bool)>,
    /// What strangers enter in maps, write by write.
    pub entered: FxHashMap<StateId, Vec<Entered>>,
    /// The functions of which it could not be found out in time what they write for whom.
    pub too_large: Vec<FunctionId>,
}

/// What was decided in the belief that strangers do not decide on it.
#[derive(Clone, Debug, Default)]
pub struct Reliance {
    parts: FxHashSet<(StateId, Kind)>,
    /// State of which no part may be decided on.
    whole: FxHashSet<StateId>,
    /// What was known to be open.
    known: FxHashSet<(StateId, PartName)>,
}

/// A kind of parts: whoever decides on one of a kind is rarely asked about without the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Keys,
    Content,
}

impl From<Part> for Kind {
    fn from(part: Part) -> Self {
        match part {
            Part::Keys | Part::Key(_) => Kind::Keys,
            Part::Value | Part::Field(_) => Kind::Content,
        }
    }
}

impl PartName {
    fn kind(&self) -> Kind {
        match self {
            PartName::Keys | PartName::Key(_) => Kind::Keys,
            PartName::Value | PartName::Field(_) => Kind::Content,
        }
    }
}

/// Parts by the state that they are of.
pub type Parts = FxHashMap<StateId, Vec<PartName>>;

impl Reliance {
    /// Whether something else might have been decided if these parts had been known to be open.
    pub fn is_shaken_by(&self, open: &Parts) -> bool {
        let is_news = |state: &StateId, kind: Option<Kind>| {
            open.get(state).into_iter().flatten().any(|part| {
                kind.is_none_or(|kind| kind == part.kind()) && !self.known.contains(&(*state, part.clone()))
            })
        };
        self.whole.iter().any(|state| is_news(state, None))
            || self.parts.iter().any(|(state, kind)| is_news(state, Some(*kind)))
    }
}

/// Which state strangers can decide on, as far as it matters to one contract, or to all of a project.
#[derive(Debug, Default)]
pub struct Governance {
    ungoverned: FxHashSet<(StateId, Part)>,
    /// The same state, whatever part of it.
    touched: FxHashSet<StateId>,
    /// What the contracts say whose state can be asked about.
    set_by_roles: FxHashSet<StateId>,
    settable: FxHashSet<(StateId, bool)>,
    entered: FxHashMap<StateId, Vec<Entered>>,
    /// What this contract itself has to say.
    own: Verdict,
    /// Whether all writers were judged. Until then, state that a path itself has written is no evidence on it: a write
    /// would justify itself. Afterwards what is governed is so in every version, because each of its writes is.
    settled: bool,
    /// What contracts have answered that are identified themselves.
    answers: FxHashSet<TermId>,
    /// What was found out since the belief changed: which facts are roles, which terms and contents are trusted.
    roles: RefCell<FxHashMap<Fact, bool>>,
    trusted: RefCell<FxHashMap<(TermId, Option<Part>), bool>>,
    /// What was taken to be governed: a caller further up may show that it is not.
    relied_on: Rc<RefCell<Reliance>>,
}

/// How deep conditional facts are looked into.
const MAX_NESTING: u32 = 16;

impl Governance {
    /// What the contracts intend: the belief that all state is governed. By it, a role is what would be one if no setter
    /// had lost its own.
    pub fn intended() -> Self {
        Self { settled: true, ..Self::default() }
    }

    /// Whether anything of a piece of state is decided by strangers.
    pub fn is_touched(&self, state: StateId) -> bool {
        self.touched.contains(&state)
    }

    pub fn is_governed(&self, state: StateId, part: Part) -> bool {
        let decided = |part| self.ungoverned.contains(&(state, part));
        let is_governed = match part {
            // Who decides what a map holds under a key does not decide which keys there are.
            Part::Keys => !decided(part),
            Part::Key(_) => !decided(Part::Keys) || !decided(part) && !decided(Part::Key(None)),
            Part::Value | Part::Field(_) => !decided(part) && !decided(Part::Value),
        };
        if is_governed {
            self.relied_on.borrow_mut().parts.insert((state, part.into()));
        }
        is_governed
    }

    /// Whether a privileged caller can set it, and nobody else decides what it holds.
    pub fn is_administered(&self, state: StateId) -> bool {
        let is_administered = self.set_by_roles.contains(&state) && !self.touched.contains(&state);
        if is_administered {
            self.relied_on.borrow_mut().whole.insert(state);
        }
        is_administered
    }

    /// Whether somebody can set a flag to that value.
    pub fn can_be_set(&self, flag: StateId, value: bool) -> bool {
        self.settable.contains(&(flag, value))
    }

    /// What the contract says of state, for those who call it.
    pub fn verdict(&self) -> &Verdict {
        &self.own
    }

    /// What is taken to be governed, now and by later questions.
    pub fn reliance(&self) -> Rc<RefCell<Reliance>> {
        self.relied_on.clone()
    }

    /// Takes over what others say: of which state strangers decide, and who can set what.
    fn take_over(&mut self, engine: &mut Engine<'_>, verdict: &Verdict) {
        self.open(engine, verdict.open.keys());
        self.set_by_roles.extend(verdict.set_by_roles.iter().copied());
        self.settable.extend(verdict.settable.iter().copied());
        for (map, entered) in &verdict.entered {
            self.entered.entry(*map).or_default().extend(entered.iter().cloned());
        }
    }

    fn open<'a>(
        &mut self,
        engine: &mut Engine<'_>,
        parts: impl IntoIterator<Item = &'a (StateId, PartName)>,
    ) {
        for (state, part) in parts {
            let part = part.part(engine);
            self.ungoverned.insert((*state, part));
            self.touched.insert(*state);
        }
    }

    /// Forgets what was found out by an older belief.
    fn forget(&mut self) {
        self.roles.borrow_mut().clear();
        self.trusted.borrow_mut().clear();
    }
}
