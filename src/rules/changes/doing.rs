//! What an entrypoint does, and what is known whenever it does it, where both revisions can be compared.

use std::collections::BTreeMap;

use super::guard::{Held, Limit, Watch};
use super::{Entrypoint, Guard, Meeting, interface};
use crate::builtins::Builtin;
use crate::facts::{
    Carrier, Effect, EffectKind, Engine, Facts, Op, Parameter, Proofs, Renamed, Show, Source, StateId,
    TermId, shared,
};
use crate::graph::FunctionId;
use crate::project::ContractId;
use crate::rules::authorisation::Conditions;
use crate::rules::{Lint, breaker};

/// One of the two projects.
pub struct Side<'l, 'a> {
    pub lint: &'l mut Lint<'a>,
    pub conditions: Conditions,
    proofs: Proofs,
    /// What the other project calls its contracts.
    pub renamed: Renamed,
    /// The rate limits, once somebody has asked for them.
    pub limits: Option<Vec<Limit>>,
}

/// What tells one kind of doing from another: the operation, what it is done to, and in whose name.
pub type Key = (String, Vec<TermId>);

/// A value of an effect: what it is for, the value itself, and what the contract calls it.
#[derive(Clone)]
pub struct Value {
    pub name: String,
    pub term: TermId,
    pub shown: String,
}

/// One kind of thing that an entrypoint does.
pub struct Doing {
    pub key: Key,
    /// In the words of the contract.
    pub title: String,
    /// Whether guards are asked for it.
    pub stops: bool,
    /// Whether tokens or STX move.
    moves: bool,
    /// What holds whenever it is kept, and whether that is all.
    pub known: Facts,
    pub is_all: bool,
    /// With which values it is done.
    pub done: Vec<Done>,
}

impl Doing {
    /// What is done, and of what is moved how much from whom to whom.
    pub fn told(&self) -> String {
        if !self.moves {
            return self.title.clone();
        }
        let mut moved: Vec<_> = self.done.iter().map(ToString::to_string).collect();
        moved.dedup();
        format!("{}  {}", self.title, moved.join("; "))
    }
}

/// The values that something is done with, once.
pub struct Done {
    pub values: Vec<Value>,
}

impl Done {
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.name == name)
    }

    pub fn is_like(&self, other: &Self) -> bool {
        let told = |done: &Self| done.values.iter().map(|it| (it.name.clone(), it.term)).collect::<Vec<_>>();
        told(self) == told(other)
    }

    /// Whether both change what a map holds under one key.
    pub fn is_of_one_key(&self, other: &Self) -> bool {
        let key = |done: &Self| {
            let parts = done.values.iter().filter(|value| value.name.starts_with(KEY));
            parts.map(|value| value.term).collect::<Vec<_>>()
        };
        !key(self).is_empty() && key(self) == key(other)
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values: Vec<_> = self.values.iter().map(|it| format!("{}: {}", it.name, it.shown)).collect();
        f.write_str(&values.join(", "))
    }
}

/// What the values that make up a key are called, and each with its own name after it.
const KEY: &str = "key";

/// An entrypoint, carried to where it is compared.
pub struct Entry {
    pub doings: Vec<Doing>,
    pub guards: Vec<Held>,
}

impl Entry {
    pub fn doing(&self, key: &Key) -> Option<&Doing> {
        self.doings.iter().find(|doing| doing.key == *key)
    }

    /// Whether a guard is asked before everything that guards are asked for.
    pub fn is_whole(&self, guard: &Held) -> bool {
        self.doings.iter().all(|doing| !doing.stops || guard.on.contains(&doing.key))
    }

    /// What kinds of doing are called; `None` if they are all.
    pub fn titles(&self, keys: &[Key]) -> Option<Vec<String>> {
        let all = self.doings.iter().filter(|doing| doing.stops);
        let titles: Vec<_> =
            all.clone().filter(|it| keys.contains(&it.key)).map(|it| it.title.clone()).collect();
        (titles.len() < all.count()).then_some(titles)
    }
}

impl<'l, 'a> Side<'l, 'a> {
    pub fn new(lint: &'l mut Lint<'a>, renamed: Renamed) -> Self {
        let conditions = Conditions::new(lint);
        Self { lint, conditions, proofs: Proofs::default(), renamed, limits: None }
    }

    /// The public functions by their paths; of those with one path, the first.
    pub fn entrypoints(&self) -> BTreeMap<String, FunctionId> {
        let all = self.lint.entrypoints().into_iter().rev();
        all.map(|entrypoint| (path(self.lint, &self.renamed, entrypoint), entrypoint)).collect()
    }

    pub fn codes(&mut self, entrypoint: FunctionId) -> Vec<String> {
        let codes = self.lint.engine.codes(entrypoint);
        let more = codes.more.then(|| "others".to_string());
        codes.known.into_iter().chain(more).collect()
    }

    /// An entrypoint that the other project does not have.
    pub fn portrait(&mut self, meeting: &mut Meeting<'_>, path: String, function: FunctionId) -> Entrypoint {
        let count = self.lint.program.function(function).parameters.len() as u32;
        let parameters: Vec<_> = (0..count).map(Parameter::At).collect();
        let entry = self.entry(meeting, function, &parameters);
        let guards = entry.guards.iter().map(|held| Guard {
            kind: held.kind,
            guard: held.text.clone(),
            effects: entry.titles(&held.on),
        });
        Entrypoint {
            entrypoint: path,
            signature: interface::signature(self.lint, function),
            effects: entry.doings.iter().map(Doing::told).collect(),
            guards: guards.collect(),
            codes: self.codes(function),
        }
    }

    /// An entrypoint where both are compared.
    pub fn entry(
        &mut self,
        meeting: &mut Meeting<'_>,
        function: FunctionId,
        parameters: &[Parameter],
    ) -> Entry {
        let summary = self.lint.begin(function);
        meeting.carrying(parameters, |way| {
            let groups = self.groups(way, function, &summary.effects);
            let watched: Vec<_> = groups
                .iter()
                .filter(|group| breaker::stops(group.effects[0]))
                .map(|group| (group.key.clone(), group.effects.clone()))
                .collect();
            // Values first: those that nothing is known of are told apart by the order in which they are come upon.
            let guards = Watch { function, watched: &watched }.guards(self, way);
            Entry {
                doings: groups.into_iter().map(|group| self.doing(way, function, group)).collect(),
                guards,
            }
        })
    }

    /// What a contract does when it is deployed; `None` of one without functions, to which nothing is known.
    pub fn deployment(&mut self, meeting: &mut Meeting<'_>, contract: ContractId) -> Option<Entry> {
        let teller = self.lint.program.functions_of(contract).next()?;
        let summary = self.lint.engine.deployment(contract);
        Some(meeting.carrying(&[], |way| {
            let groups = self.groups(way, teller, &summary.effects);
            let doings = groups.into_iter().map(|group| self.doing(way, teller, group));
            Entry { doings: doings.collect(), guards: Vec::new() }
        }))
    }

    /// The effects of one kind together, in the order in which they come.
    fn groups<'e>(
        &mut self,
        way: &mut Way<'_, '_, '_>,
        function: FunctionId,
        effects: &'e [Effect],
    ) -> Vec<Alike<'e>> {
        let mut groups: Vec<Alike<'_>> = Vec::new();
        for effect in effects {
            let (name, about) = name(self.lint, &self.renamed, effect);
            let about = about.into_iter().map(|term| way.term(self, term)).collect();
            let (key, done) = ((name, about), self.done(way, function, effect));
            match groups.iter_mut().find(|group| group.key == key) {
                Some(group) => {
                    group.effects.push(effect);
                    group.done.push(done);
                }
                None => groups.push(Alike { key, effects: vec![effect], done: vec![done] }),
            }
        }
        groups
    }

    fn doing(&mut self, way: &mut Way<'_, '_, '_>, function: FunctionId, group: Alike<'_>) -> Doing {
        let Alike { key, effects, done } = group;
        let (known, is_all) = way.facts(self, &shared(effects.iter().copied()).unwrap_or_default());
        let title = title(self.lint, function, effects[0]);
        let moves = matches!(effects[0].kind, EffectKind::Token(..) | EffectKind::Stx(_));
        Doing { key, title, stops: breaker::stops(effects[0]), moves, known, is_all, done }
    }

    /// With which values an effect is done.
    fn done(&mut self, way: &mut Way<'_, '_, '_>, function: FunctionId, effect: &Effect) -> Done {
        let named = named(&self.lint.engine, effect);
        let value = |(name, term)| {
            let shown = Show { engine: &self.lint.engine, function }.term(term);
            Value { name, term: way.term(self, term), shown }
        };
        Done { values: named.into_iter().map(value).collect() }
    }

    fn source(&mut self) -> Source<'_, 'a> {
        Source {
            engine: &mut self.lint.engine,
            governance: &self.lint.governance,
            proofs: &mut self.proofs,
            renamed: &self.renamed,
        }
    }
}

/// Effects of one kind, and with which values each is done.
struct Alike<'e> {
    key: Key,
    effects: Vec<&'e Effect>,
    done: Vec<Done>,
}

impl Meeting<'_> {
    /// Does something with terms of one entrypoint, whose parameters are known here by these.
    fn carrying<T>(&mut self, parameters: &[Parameter], work: impl FnOnce(&mut Way<'_, '_, '_>) -> T) -> T {
        let carrier = Carrier::new(parameters, &mut self.strangers);
        work(&mut Way { carrier, to: &mut self.engine })
    }
}

/// The way from one project to where both are compared.
pub struct Way<'w, 's, 'm> {
    carrier: Carrier<'s>,
    to: &'w mut Engine<'m>,
}

impl Way<'_, '_, '_> {
    /// The term there. What is too much to carry is a value that nothing is known of.
    pub fn term(&mut self, side: &mut Side<'_, '_>, term: TermId) -> TermId {
        let carried = self.carrier.term(&mut side.source(), self.to, term);
        carried.unwrap_or_else(|| self.to.terms.opaque())
    }

    fn facts(&mut self, side: &mut Side<'_, '_>, facts: &Facts) -> (Facts, bool) {
        self.carrier.facts(&mut side.source(), self.to, facts)
    }
}

/// A function as the other project would call it.
pub fn path(lint: &Lint<'_>, renamed: &Renamed, function: FunctionId) -> String {
    let contract = lint.program.contract(function.contract).qualified_name();
    format!("{}.{}", renamed.of(contract), lint.program.name(function))
}

/// A variable, map or token as the other project would call it.
pub fn state_path(lint: &Lint<'_>, renamed: &Renamed, state: StateId) -> Option<String> {
    let path = lint.state_path(state)?;
    let (_, name) = path.rsplit_once('.')?;
    Some(format!("{}.{name}", renamed.of(lint.program.contract(state.owner()?).qualified_name())))
}

/// What an effect is called wherever it stands, and the terms that tell it from others of that name.
fn name(lint: &Lint<'_>, renamed: &Renamed, effect: &Effect) -> (String, Vec<TermId>) {
    let mut about = Vec::new();
    let of = |state| state_path(lint, renamed, state).unwrap_or_default();
    let name = match &effect.kind {
        EffectKind::Write(builtin, state) | EffectKind::Token(builtin, state) => {
            format!("{} {}", builtin.spec().name, of(*state))
        }
        EffectKind::Stx(builtin) => builtin.spec().name.to_string(),
        EffectKind::Dynamic { method, .. } => {
            about.extend(effect.args.first());
            format!("call {}", lint.engine.terms.text(*method))
        }
        EffectKind::External(path) => format!("call {}", lint.engine.terms.text(*path)),
        EffectKind::Unchecked => "what is not checked".to_string(),
    };
    about.push(effect.sender);
    (name, about)
}

/// An effect in the words of a contract.
fn title(lint: &Lint<'_>, function: FunctionId, effect: &Effect) -> String {
    let show = Show { engine: &lint.engine, function };
    let what = match &effect.kind {
        EffectKind::Write(builtin, state) | EffectKind::Token(builtin, state) => {
            format!("{} {}", builtin.spec().name, show.state(*state))
        }
        EffectKind::Dynamic { method, .. } => {
            let target = effect.args.first().map(|&target| show.term(target)).unwrap_or_default();
            format!("call {target}.{}", lint.engine.terms.text(*method))
        }
        _ => name(lint, &Renamed::default(), effect).0,
    };
    match lint.engine.terms.op(effect.sender) {
        Op::Sender => what,
        _ => format!("{what} as {}", show.term(effect.sender)),
    }
}

/// The values of an effect, each with what it is for.
fn named(engine: &Engine<'_>, effect: &Effect) -> Vec<(String, TermId)> {
    let args = &effect.args[..];
    let parts = |whole: &str, within: &str, term: TermId| match engine.terms.op(term) {
        Op::Tuple(shape) => {
            let fields = engine.terms.fields(shape).iter();
            let fields = fields.map(|&field| format!("{within}{}", engine.terms.text(field)));
            fields.zip(engine.terms.args(term).iter().copied()).collect()
        }
        _ => vec![(whole.to_string(), term)],
    };
    let called = |names: &[&str]| {
        let names = names.iter().map(|name| name.to_string()).chain((1..).map(|n| format!("argument {n}")));
        names.zip(args.iter().copied()).collect()
    };
    match (&effect.kind, args) {
        (EffectKind::Write(Builtin::VarSet, _), &[value]) => parts("value", "", value),
        (EffectKind::Write(..), &[key]) => parts(KEY, "key ", key),
        (EffectKind::Write(..), &[key, value]) => {
            [parts(KEY, "key ", key), parts("value", "", value)].concat()
        }
        (EffectKind::Token(builtin, _) | EffectKind::Stx(builtin), _) => match builtin {
            Builtin::FtTransfer | Builtin::StxTransfer | Builtin::StxTransferMemo => {
                called(&["amount", "sender", "recipient", "memo"])
            }
            Builtin::FtMint => called(&["amount", "recipient"]),
            Builtin::FtBurn | Builtin::StxBurn => called(&["amount", "sender"]),
            Builtin::NftTransfer => called(&["identifier", "sender", "recipient"]),
            Builtin::NftMint => called(&["identifier", "recipient"]),
            Builtin::NftBurn => called(&["identifier", "sender"]),
            _ => called(&[]),
        },
        // What is called is told by the name of the effect.
        (EffectKind::Dynamic { .. }, [_, args @ ..]) => {
            (1..).map(|n| format!("argument {n}")).zip(args.iter().copied()).collect()
        }
        _ => called(&[]),
    }
}
