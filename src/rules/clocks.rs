//! The clocks that numbers were taken from: heights of one chain or the other, or times.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::written::{Place, Write, Written};
use crate::builtins::{Builtin, Keyword};
use crate::facts::{Engine, Fact, Facts, Mask, Op, TermId};
use crate::graph::Site;
use crate::model::ExprKind;

/// How many terms are looked at for the clock of one value.
const MAX_TERMS: u32 = 512;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Clock {
    Burn,
    Stacks,
    Tenure,
    Time,
}

impl Clock {
    fn of_keyword(keyword: Keyword) -> Option<Self> {
        match keyword {
            Keyword::BurnBlockHeight => Some(Clock::Burn),
            Keyword::StacksBlockHeight => Some(Clock::Stacks),
            // Since tenures have many blocks, the old name counts tenures.
            Keyword::BlockHeight | Keyword::TenureHeight => Some(Clock::Tenure),
            Keyword::StacksBlockTime => Some(Clock::Time),
            _ => None,
        }
    }

    /// The clock that an expression asks, if it asks one.
    pub fn of_expression(kind: ExprKind) -> Option<Self> {
        match kind {
            ExprKind::Keyword(keyword) => Self::of_keyword(keyword),
            ExprKind::Builtin(Builtin::GetBlockInfo | Builtin::GetStacksBlockInfo, _) => Some(Clock::Time),
            _ => None,
        }
    }

    /// The clock whose height a question about a block takes. `get-block-info?` counts as `block-height` does (SIP-021).
    pub fn asked_by(question: Builtin) -> Option<Self> {
        match question {
            Builtin::GetBlockInfo => Some(Clock::Tenure),
            Builtin::GetStacksBlockInfo | Builtin::GetTenureInfo => Some(Clock::Stacks),
            Builtin::GetBurnBlockInfo => Some(Clock::Burn),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Clock::Burn => "a height of the burn chain",
            Clock::Stacks => "a height of the Stacks chain",
            Clock::Tenure => "a height in tenures",
            Clock::Time => "a time",
        }
    }
}

/// What is known of the clock of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Told {
    /// A number that is written out: it may stand beside any clock.
    Number,
    By(Clock),
    Unknown,
}

impl Told {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Told::Number, known) | (known, Told::Number) => known,
            (a, b) if a == b => a,
            _ => Told::Unknown,
        }
    }
}

/// A clock, and where state was written that has it.
pub(super) struct Known {
    pub clock: Clock,
    pub written: BTreeSet<Site>,
    pub places: BTreeSet<Place>,
}

/// What was found out of state: all that is written to it, and by which clock.
#[derive(Default)]
pub(super) struct History {
    written: Written,
    held: FxHashMap<Place, Held>,
}

/// The clock of a part of the state, and where it comes from.
#[derive(Clone)]
struct Held {
    told: Told,
    sites: BTreeSet<Site>,
    places: BTreeSet<Place>,
}

/// Finds the clocks of values.
pub(super) struct Clocks<'a, 'p> {
    engine: &'a mut Engine<'p>,
    history: &'a mut History,
    /// The parts of the state that are being looked into.
    open: Vec<Place>,
    /// The first of them that was come to again.
    reached: usize,
    left: u32,
    /// What values were found to be where the same parts are looked into, beside no facts and beside those of one write.
    seen: FxHashMap<(TermId, bool), Told>,
    sites: BTreeSet<Site>,
    places: BTreeSet<Place>,
}

impl<'a, 'p> Clocks<'a, 'p> {
    pub fn new(engine: &'a mut Engine<'p>, history: &'a mut History) -> Self {
        Self {
            engine,
            history,
            open: Vec::new(),
            reached: usize::MAX,
            left: MAX_TERMS,
            seen: FxHashMap::default(),
            sites: BTreeSet::new(),
            places: BTreeSet::new(),
        }
    }

    /// The clock that a value was taken from, if all that it can be was taken from one.
    pub fn of(&mut self, value: TermId, facts: &Facts) -> Option<Known> {
        self.left = MAX_TERMS;
        (self.sites, self.places) = (BTreeSet::new(), BTreeSet::new());
        self.seen.clear();
        match self.told(value, facts) {
            Told::By(clock) => Some(Known {
                clock,
                written: std::mem::take(&mut self.sites),
                places: std::mem::take(&mut self.places),
            }),
            _ => None,
        }
    }

    fn told(&mut self, value: TermId, facts: &Facts) -> Told {
        let key = (value, facts.is_empty());
        if let Some(&known) = self.seen.get(&key) {
            return known;
        }
        if self.left == 0 {
            return Told::Unknown;
        }
        self.left -= 1;
        let told = self.look_at(value, facts);
        self.seen.insert(key, told);
        told
    }

    fn look_at(&mut self, value: TermId, facts: &Facts) -> Told {
        if self.engine.terms.mask(value) == Mask::NOTHING {
            return Told::Number;
        }
        if let Some(place) = Place::of(self.engine, value) {
            return self.held(place);
        }
        match (self.engine.terms.op(value), self.engine.terms.args(value)) {
            (Op::Keyword(keyword), _) => Clock::of_keyword(keyword).map_or(Told::Unknown, Told::By),
            (Op::Some | Op::Ok, &[of]) => self.told(of, facts),
            (Op::If, &[_, yes, no]) => match self.told(yes, facts) {
                Told::Unknown => Told::Unknown,
                known => known.or(self.told(no, facts)),
            },
            (Op::Call(_), _) => match self.engine.unfold(value) {
                Some(result) => self.told(result, facts),
                None => Told::Unknown,
            },
            (op @ (Op::Payload | Op::Field(_)), &[of]) => self.within(op, of, facts),
            (Op::Pure(Builtin::Add), args) => {
                let args = args.to_vec();
                self.sum(&args, facts)
            }
            // What is between two points of time is none.
            (Op::Pure(Builtin::Subtract), &[from, less]) => match (self.told(from, facts), less) {
                (Told::By(clock), less) if self.engine.terms.mask(less) == Mask::NOTHING => Told::By(clock),
                _ => Told::Unknown,
            },
            (Op::Parameter(_), _) => self.compared(value, facts),
            _ => Told::Unknown,
        }
    }

    /// What a call or a question about a block has answered.
    fn within(&mut self, op: Op, of: TermId, facts: &Facts) -> Told {
        use Builtin::{GetBlockInfo, GetStacksBlockInfo};
        if let Op::Pure(GetBlockInfo | GetStacksBlockInfo) = self.engine.terms.op(of) {
            let property = self.engine.terms.arg(of, 0);
            let is_time = matches!(self.engine.terms.op(property), Op::Literal(text) if self.engine.terms.text(text) == "time");
            return if is_time && op == Op::Payload { Told::By(Clock::Time) } else { Told::Unknown };
        }
        let Some(result) = self.engine.unfold(of) else { return Told::Unknown };
        let value = self.engine.terms.make(op, &[result]);
        self.told(value, facts)
    }

    /// A point of time and what is added to it.
    fn sum(&mut self, args: &[TermId], facts: &Facts) -> Told {
        let told: Vec<_> = args.iter().map(|&arg| self.told(arg, facts)).collect();
        let mut clocks = told.iter().filter_map(|told| match told {
            Told::By(clock) => Some(*clock),
            _ => None,
        });
        match (clocks.next(), clocks.next()) {
            (Some(clock), None) => Told::By(clock),
            (None, _) if told.iter().all(|&told| told == Told::Number) => Told::Number,
            _ => Told::Unknown,
        }
    }

    /// The clock of all that is ever written to a part of the state.
    fn held(&mut self, place: Place) -> Told {
        if let Some(index) = self.open.iter().position(|open| *open == place) {
            self.reached = self.reached.min(index);
            return Told::Number;
        }
        let held = match self.history.held.get(&place) {
            Some(known) => known.clone(),
            None => self.look_into(place),
        };
        self.sites.extend(held.sites);
        self.places.extend(held.places);
        held.told
    }

    fn look_into(&mut self, place: Place) -> Held {
        let (sites, places) = (std::mem::take(&mut self.sites), std::mem::take(&mut self.places));
        let (seen, reached) =
            (std::mem::take(&mut self.seen), std::mem::replace(&mut self.reached, usize::MAX));
        let told = self.told_by_writes(&place);
        self.seen = seen;
        let held = Held {
            told,
            sites: std::mem::replace(&mut self.sites, sites),
            places: std::mem::replace(&mut self.places, places),
        };
        let rests_on_open = self.reached < self.open.len();
        // What was cut short, or rests on a part that is still looked into, is no answer for others.
        if !rests_on_open && self.left > 0 && !self.engine.is_spent() {
            self.history.held.insert(place, held.clone());
        }
        self.reached = if rests_on_open { self.reached.min(reached) } else { reached };
        held
    }

    fn told_by_writes(&mut self, place: &Place) -> Told {
        let first = self.engine.first_value(place.state);
        let Some(writes) = self.history.written.to(self.engine, place.state) else { return Told::Unknown };
        self.open.push(place.clone());
        let first = first.map(|value| place.in_value(self.engine, value));
        let mut all = first.map_or(Told::Number, |value| self.told(value, &Facts::default()));
        for write in writes.iter() {
            // Nothing makes known what is unknown.
            if all == Told::Unknown {
                break;
            }
            all = all.or(self.of_write(place, write));
        }
        self.open.pop();
        self.places.insert(place.clone());
        all
    }

    fn of_write(&mut self, place: &Place, write: &Write) -> Told {
        let Some(value) = write.value else { return Told::Number };
        let value = place.in_value(self.engine, value);
        self.seen.clear();
        let told = self.told(value, &write.facts);
        if let Told::By(_) = told
            && Place::of(self.engine, value).as_ref() != Some(place)
        {
            self.sites.insert(write.site);
        }
        told
    }

    /// The clock that an argument is compared with where it is taken.
    fn compared(&mut self, argument: TermId, facts: &Facts) -> Told {
        let other = |engine: &Engine<'_>, fact: Fact| {
            let (Op::Pure(Builtin::Less | Builtin::IsEq), &[a, b]) =
                (engine.terms.op(fact.term()), engine.terms.args(fact.term()))
            else {
                return None;
            };
            if a == argument { Some(b) } else { Some(a).filter(|_| b == argument) }
        };
        let others: Vec<_> = facts.iter().filter_map(|fact| other(self.engine, fact)).collect();
        let told = others.into_iter().map(|other| self.told(other, &Facts::default()));
        // What it is not said to be beside a clock may bound it all the same.
        let clocks: Vec<_> = told.filter(|told| matches!(told, Told::By(_))).collect();
        match clocks.split_first() {
            Some((&first, others)) if others.iter().all(|&other| other == first) => first,
            _ => Told::Unknown,
        }
    }
}
