//! What an entrypoint does, and what is known whenever it does it, where both revisions can be compared.

use std::collections::BTreeMap;

use super::guard::{Held, Limit, Watch, limits};
use super::{Entrypoint, Guard, Meeting, interface};
use crate::builtins::Builtin;
use crate::facts::{
    Carrier, Effect, EffectKind, Engine, Facts, Op, Parameter, Proofs, Show, Source, TermId, shared,
};
use crate::graph::FunctionId;
use crate::rules::authorisation::Conditions;
use crate::rules::{Lint, breaker};

/// One of the two projects.
pub struct Side<'l, 'a> {
    pub lint: &'l mut Lint<'a>,
    pub conditions: Conditions,
    proofs: Proofs,
    pub limits: Vec<Limit>,
}

/// What tells one kind of doing from another: the operation, what it is done to, and in whose name.
pub type Key = (String, Vec<TermId>);

/// A value of an effect, and what it is for.
type Value = (String, TermId);

/// One kind of thing that an entrypoint does.
pub struct Doing {
    pub key: Key,
    /// In the words of the contract.
    pub title: String,
    /// Whether guards are asked for it.
    pub stops: bool,
    /// What holds whenever it is kept, and whether that is all.
    pub known: Facts,
    pub is_all: bool,
    /// With which values it is done, and what the contract calls them.
    pub done: Vec<Done>,
}

pub struct Done {
    pub values: Vec<Value>,
    pub shown: Vec<String>,
}

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
    pub fn new(lint: &'l mut Lint<'a>) -> Self {
        let (conditions, limits) = (Conditions::new(lint), limits(lint));
        Self { lint, conditions, proofs: Proofs::default(), limits }
    }

    /// The public functions by their paths; of those with one path, the first.
    pub fn entrypoints(&self) -> BTreeMap<String, FunctionId> {
        let all = self.lint.entrypoints().into_iter().rev();
        all.map(|entrypoint| (self.lint.path(entrypoint), entrypoint)).collect()
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
            effects: entry.doings.iter().map(|doing| doing.title.clone()).collect(),
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
        let mut groups: Vec<(String, Vec<TermId>, Vec<&Effect>)> = Vec::new();
        let mut values: Vec<Vec<Done>> = Vec::new();
        let mut guards = Vec::new();
        let mut doings = Vec::new();
        let mut strangers = std::mem::take(&mut meeting.strangers);
        let mut way = Way { carrier: Carrier::new(parameters, &mut strangers), to: &mut meeting.engine };
        for effect in &summary.effects {
            let (name, about) = name(self.lint, effect);
            let about: Vec<_> = about.into_iter().map(|term| way.term(self, term)).collect();
            let done = self.done(&mut way, function, effect);
            match groups.iter().position(|(other, of, _)| (other, of) == (&name, &about)) {
                Some(at) => {
                    groups[at].2.push(effect);
                    values[at].push(done);
                }
                None => {
                    groups.push((name, about, vec![effect]));
                    values.push(vec![done]);
                }
            }
        }
        for ((name, about, effects), done) in groups.iter().zip(values) {
            let facts = shared(effects.iter().copied()).unwrap_or_default();
            let (known, is_all) = way.facts(self, &facts);
            doings.push(Doing {
                key: (name.clone(), about.clone()),
                title: title(self.lint, function, effects[0]),
                stops: breaker::stops(effects[0]),
                known,
                is_all,
                done,
            });
        }
        let watched: Vec<_> = groups.iter().filter(|(.., effects)| breaker::stops(effects[0])).collect();
        let watched: Vec<_> = watched
            .into_iter()
            .map(|(name, about, effects)| ((name.clone(), about.clone()), effects.clone()))
            .collect();
        guards.extend(Watch { function, watched: &watched }.guards(self, &mut way));
        drop(way);
        meeting.strangers = strangers;
        Entry { doings, guards }
    }

    /// With which values an effect is done.
    fn done(&mut self, way: &mut Way<'_, '_, '_>, function: FunctionId, effect: &Effect) -> Done {
        let named = named(&self.lint.engine, effect);
        let show = Show { engine: &self.lint.engine, function };
        let shown = named.iter().map(|&(_, term)| show.term(term)).collect();
        let values = named.into_iter().map(|(name, term)| (name, way.term(self, term))).collect();
        Done { values, shown }
    }

    fn origin(&mut self) -> Source<'_, 'a> {
        Source { engine: &mut self.lint.engine, governance: &self.lint.governance, proofs: &mut self.proofs }
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
        let carried = self.carrier.term(&mut side.origin(), self.to, term);
        carried.unwrap_or_else(|| self.to.terms.opaque())
    }

    fn facts(&mut self, side: &mut Side<'_, '_>, facts: &Facts) -> (Facts, bool) {
        self.carrier.facts(&mut side.origin(), self.to, facts)
    }
}

/// What an effect is called wherever it stands, and the terms that tell it from others of that name.
fn name(lint: &Lint<'_>, effect: &Effect) -> (String, Vec<TermId>) {
    let mut about = Vec::new();
    let of = |state| lint.state_path(state).unwrap_or_default();
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
        _ => name(lint, effect).0,
    };
    match lint.engine.terms.op(effect.sender) {
        Op::Sender => what,
        _ => format!("{what} as {}", show.term(effect.sender)),
    }
}

/// The values of an effect, each with what it is for.
fn named(engine: &Engine<'_>, effect: &Effect) -> Vec<Value> {
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
        (EffectKind::Write(..), &[key]) => parts("key", "key ", key),
        (EffectKind::Write(..), &[key, value]) => {
            [parts("key", "key ", key), parts("value", "", value)].concat()
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
