//! `unchecked-data`: an argument of a public function goes into state or tokens, and nothing on the way speaks of it.

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::dynamic_call::entry_behind;
use super::{Check, Group, Lint, Rule, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{
    Effect, EffectKind, Engine, Fact, Facts, Mask, Op, Outcome, Show, StateId, Summary, TermId,
};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "unchecked-data",
    group: Group::Hygiene,
    level: None,
    doc: include_str!("../../rules/unchecked-data.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &[],
};

/// How many calls are looked into for what reaches an effect.
const MAX_CALLS: u32 = 32;
/// How deep the sides of choices are looked into.
const MAX_NESTING: u32 = 4;

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let mut said = Said::default();
    let mut found = Vec::new();
    // What other contracts make of an argument is theirs to ask.
    for effect in summary.effects.iter().filter(|effect| effect.kind.changes_state()) {
        if is_callers_own(&lint.engine, effect) || is_owners(&mut lint.engine, effect) {
            continue;
        }
        let mut reaching = reaching(&mut lint.engine, effect);
        reaching.retain(|&parameter| is_asked_of(lint, entrypoint, parameter));
        // Whoever may do it knows what it is.
        if reaching.is_empty() || lint.governance.has_role(&mut lint.engine, &effect.facts) {
            continue;
        }
        said.spare(&mut lint.engine, &summary, effect, &mut reaching);
        if !reaching.is_empty() {
            let (at, by) = (lint.program.head(effect.site), lint.program.location(entrypoint));
            found.push(report(lint, entrypoint, effect, &reaching).cause(at, by));
        }
    }
    found
}

/// Whether an effect moves what the caller owns: the chain asks whether there is as much, and post-conditions the rest.
fn is_callers_own(engine: &Engine<'_>, effect: &Effect) -> bool {
    let is_made = matches!(effect.kind, EffectKind::Token(Builtin::FtMint | Builtin::NftMint, _));
    let is_moved = !is_made && !matches!(effect.kind, EffectKind::Write(..));
    let Some(&from) = effect.args.get(1).filter(|_| is_moved) else { return false };
    engine.is_caller(&effect.facts, from)
}

/// Whether an effect changes an entry that names the caller: the seller of a listing, the owner of a name. What they say
/// of it is their affair.
fn is_owners(engine: &mut Engine<'_>, effect: &Effect) -> bool {
    let (EffectKind::Write(_, StateId::Map(..)), Some(&key)) = (&effect.kind, effect.args.first()) else {
        return false;
    };
    let named: Vec<_> = engine.equal_to_caller(&effect.facts).collect();
    named
        .into_iter()
        .any(|named| entry_behind(engine, named).is_some_and(|entry| engine.terms.arg(entry, 0) == key))
}

/// Of a truth value there is nothing to ask, and of a contract another rule does.
fn is_asked_of(lint: &Lint<'_>, entrypoint: FunctionId, parameter: u32) -> bool {
    let program = lint.program;
    let tree = &program.contract(entrypoint.contract).syntax.tree;
    let declared = program.function(entrypoint).parameters.get(parameter as usize);
    let declared = declared.and_then(|parameter| parameter.declared_type).map(|node| tree.expr(node));
    declared.is_some_and(|of| of.text() != "bool" && of.trait_alias().is_none())
}

/// The parameters that an effect keeps or moves. What state holds under a name is the state's, whoever says the name; a
/// condition only chooses; and what a comparison says is no longer what was given.
fn reaching(engine: &mut Engine<'_>, effect: &Effect) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut seen = FxHashSet::default();
    let mut calls = 0;
    let mut open = effect.args.clone();
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match engine.terms.op(term) {
            Op::Parameter(index) => {
                found.insert(index);
            }
            Op::Entry(_) | Op::Token(..) | Op::Good | Op::Pure(Builtin::IsEq | Builtin::Less) => {}
            Op::If => open.extend_from_slice(&engine.terms.args(term)[1..]),
            Op::Call(_) if calls < MAX_CALLS => {
                calls += 1;
                match engine.unfold(term) {
                    Some(result) => open.push(result),
                    None => open.extend_from_slice(engine.terms.args(term)),
                }
            }
            _ => open.extend_from_slice(engine.terms.args(term)),
        }
    }
    found
}

/// The parameters that the terms of an entrypoint are made of, found out once.
#[derive(Default)]
struct Said(FxHashMap<TermId, Rc<BTreeSet<u32>>>);

impl Said {
    /// Takes out the parameters that something on the way to an effect speaks of: a balance that they are taken off, a
    /// fact, a payment of the caller, or a call of a contract that may refuse them.
    fn spare(
        &mut self,
        engine: &mut Engine<'_>,
        summary: &Summary,
        effect: &Effect,
        reaching: &mut BTreeSet<u32>,
    ) {
        let mut terms = taken_off(engine, effect);
        for other in summary.effects.iter().filter(|other| other.outcome != Outcome::Ignored) {
            if may_refuse(engine, other) && other.facts.and(&effect.facts).is_some() {
                terms.extend_from_slice(&other.args);
            }
        }
        for term in terms {
            let said = self.by_term(engine, term);
            reaching.retain(|parameter| !said.contains(parameter));
        }
        for fact in effect.facts.iter() {
            if reaching.is_empty() {
                return;
            }
            let said = self.by_fact(engine, &effect.facts, fact, reaching, MAX_NESTING);
            reaching.retain(|parameter| !said.contains(parameter));
        }
    }

    /// Of a choice both sides have to speak of a parameter, as far as the path can take them. It is looked into only for
    /// those that are wanted.
    fn by_fact(
        &mut self,
        engine: &mut Engine<'_>,
        path: &Facts,
        fact: Fact,
        wanted: &BTreeSet<u32>,
        nesting: u32,
    ) -> Rc<BTreeSet<u32>> {
        let all = self.by_term(engine, fact.term());
        let Some(deeper) = nesting.checked_sub(1).filter(|_| !all.is_disjoint(wanted)) else { return all };
        let Some(sides) = engine.sides(fact) else { return all };
        let sides = sides.into_iter().filter_map(|(_, side)| side?.and(path));
        let mut common: Option<BTreeSet<u32>> = None;
        for side in sides {
            let mut said = BTreeSet::new();
            for fact in side.without(path).iter() {
                said.extend(self.by_fact(engine, path, fact, wanted, deeper).iter());
            }
            common = Some(common.map_or_else(|| said.clone(), |common| &common & &said));
        }
        common.unwrap_or_default().into()
    }

    fn by_term(&mut self, engine: &mut Engine<'_>, term: TermId) -> Rc<BTreeSet<u32>> {
        if !engine.terms.mask(term).has(Mask::PARAMETER) {
            return Rc::default();
        }
        if let Some(known) = self.0.get(&term) {
            return known.clone();
        }
        let said: Rc<BTreeSet<u32>> = Rc::new(asked_about(engine, term));
        self.0.insert(term, said.clone());
        said
    }
}

/// The parameters that a condition asks about. What a helper answers asks about what it looks at, not about all that it is
/// given; under which name a number stands, and how long a list becomes, says nothing of the name or of the list.
fn asked_about(engine: &mut Engine<'_>, condition: TermId) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut seen = FxHashSet::default();
    let mut calls = 0;
    let mut open = vec![(condition, false)];
    while let Some((term, is_compared)) = open.pop() {
        if !seen.insert((term, is_compared)) {
            continue;
        }
        match engine.terms.op(term) {
            Op::Parameter(index) => {
                found.insert(index);
            }
            Op::Call(_)
                if calls < MAX_CALLS
                    && let Some(result) = engine.unfold(term) =>
            {
                calls += 1;
                open.push((result, is_compared));
            }
            Op::Entry(_) | Op::Token(..) if is_compared => {}
            // What the path itself has written there is no question.
            Op::Entry(_) => open.push((engine.terms.arg(term, 0), false)),
            Op::Pure(Builtin::AsMaxLen) => {}
            op => {
                let is_compared = is_compared || op == Op::Pure(Builtin::Less);
                open.extend(engine.terms.args(term).iter().map(|&arg| (arg, is_compared)));
            }
        }
    }
    found
}

/// What is taken off something that the state holds: the chain does not let it be more.
fn taken_off(engine: &Engine<'_>, effect: &Effect) -> Vec<TermId> {
    let mut taken = Vec::new();
    for part in engine.parts(effect.args.iter().copied()) {
        if let (Op::Pure(Builtin::Subtract), &[from, ref rest @ ..]) =
            (engine.terms.op(part), engine.terms.args(part))
            && engine.terms.mask(from).has(Mask::STATE)
        {
            taken.extend_from_slice(rest);
        }
    }
    taken
}

fn may_refuse(engine: &Engine<'_>, other: &Effect) -> bool {
    match other.kind {
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => true,
        _ => {
            is_callers_own(engine, other)
                || transfer::of(engine, other).is_some_and(|it| engine.terms.is_caller(it.from))
        }
    }
}

fn report(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, reaching: &BTreeSet<u32>) -> Diagnostic {
    let program = lint.program;
    let tree = &program.contract(entrypoint.contract).syntax.tree;
    let parameters: Vec<_> =
        reaching.iter().map(|&index| program.function(entrypoint).parameters[index as usize].name).collect();
    let names: Vec<_> = parameters.iter().map(|name| tree.name(name.symbol)).collect();
    let listed: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (goes, decides, it) = match names.len() {
        1 => ("goes", "decides", "it"),
        _ => ("go", "decide", "them"),
    };
    let does = match effect.kind {
        EffectKind::Write(_, state) => format!("{goes} into `{}`", show.state(state)),
        EffectKind::Token(_, state) => format!("{decides} on `{}`", show.state(state)),
        _ => format!("{decides} on STX"),
    };
    let message = format!("{} {does}, and no check on the way mentions {it}", evidence::listed(&listed));
    // The entrypoint's own line says more than that of a contract which it calls.
    let ways: Vec<_> = effect.calls.iter().chain([&effect.site]).collect();
    let own = ways.iter().rev().find(|site| site.contract == entrypoint.contract);
    let at = program.head(**own.unwrap_or(&&effect.site));
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message)
        .help("assert what it may be, or who may call")
        .key(names.join(" "));
    for name in parameters {
        let at = program.location_in(entrypoint.contract, name.span);
        diagnostic = diagnostic.label(at, "whoever calls chooses it");
    }
    diagnostic.function = Some(program.name(entrypoint).to_string());
    diagnostic.trace = evidence::trace(program, effect);
    diagnostic
}
