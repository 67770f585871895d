//! `open-setter`: anybody can set what amounts, recipients or dates are computed from, or use the rights that a contract
//! has elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::{self, Set};
use super::stakes::{Use, What};
use super::vouching::is_unfolded;
use super::{Check, Group, Lint, Question, Rule, entitlement, evidence, purpose};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Mask, Op, Show, StateId, TermId};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "open-setter",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/open-setter.md"),
    checks: &[
        Check::Project(&[Question::Trust, Question::Settings, Question::Names], check),
        Check::Entrypoint(forwards),
    ],
    yields_to: &["token-move-without-auth", "attacker-writable-registry"],
};

/// Why a state is not for anybody to set.
struct Reason {
    /// In words that follow the state.
    why: String,
    seen: Label,
}

fn check(lint: &mut Lint<'_>) -> Vec<Diagnostic> {
    let purposes = purpose::settings(lint);
    let mut uses: BTreeMap<StateId, Vec<&Use>> = BTreeMap::new();
    for used in &lint.digest.settings.depends.uses {
        uses.entry(used.state).or_default().push(used);
    }
    let known = settings::of_others(lint);
    let is_new = |set: &&Set| {
        set.also_as_record && set.is_plain && set.replaces && !known.contains(&set.state)
            // Another rule says what these are for.
            && !purposes.contains_key(&set.state)
    };
    let mut found: BTreeMap<FunctionId, (&Set, Reason, BTreeSet<String>)> = BTreeMap::new();
    let mut said = BTreeSet::new();
    // What a contract lets anybody do is its own fault, and not that of those who call it.
    let (own, others) = settings::by_owner(lint);
    for sets in [own, others] {
        let before = said.clone();
        for set in sets.into_iter().filter(is_new).filter(|set| !before.contains(&set.state)) {
            let used = uses.get(&set.state).into_iter().flatten().find(|used| is_about(set, used));
            let reason = used.map(|used| of_use(lint, used)).or_else(|| commented_out(lint, set));
            let Some(reason) = reason else { continue };
            said.insert(set.state);
            let (_, _, names) = found.entry(set.entrypoint).or_insert((set, reason, BTreeSet::new()));
            names.insert(format!("`{}`", set.shown));
        }
    }
    found.into_values().map(|(set, reason, names)| report(lint, set, &reason, names)).collect()
}

/// Whether an entrypoint reads what another sets.
fn is_about(set: &Set, used: &Use) -> bool {
    // A sum is a record of what happened, as far as it is not a point of time.
    let is_meant = match used.what {
        What::Amount | What::Bound | What::List => !set.adds,
        What::Recipient | What::Date | What::Switch => true,
    };
    set.chooses(used.field.as_ref()) && is_meant && used.entrypoint != set.entrypoint
}

fn of_use(lint: &Lint<'_>, used: &Use) -> Reason {
    let by = lint.program.name(used.entrypoint);
    let seen =
        Label { at: lint.program.head(used.site), message: format!("what `{by}` does here depends on it") };
    Reason { why: used.what.purpose(by), seen }
}

fn commented_out(lint: &Lint<'_>, set: &Set) -> Option<Reason> {
    let at = evidence::commented_out(lint.program, set.entrypoint)?;
    let seen = Label { at, message: "this does not check anything".to_string() };
    Some(Reason { why: "and the check of who calls is commented out".to_string(), seen })
}

fn report(lint: &Lint<'_>, set: &Set, reason: &Reason, names: BTreeSet<String>) -> Diagnostic {
    let program = lint.program;
    let name = program.name(set.entrypoint);
    let state = format!("`{}`", set.shown);
    let others: Vec<_> = names.into_iter().filter(|other| *other != state).collect();
    let also = match &others[..] {
        [] => String::new(),
        others => format!("; and {}", evidence::listed(others)),
    };
    let message = format!("`{name}` lets anybody set {state}, {}{also}", reason.why);
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.location(set.entrypoint), message)
        .label(program.head(set.site), set.effect.as_str())
        .label(reason.seen.at, &reason.seen.message)
        .help(format!(
            "let `{name}` check who calls, as in `(asserts! (is-eq contract-caller OWNER) ERR-UNAUTHORIZED)`"
        ))
        .key(set.shown.as_str());
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = set.trace.clone();
    diagnostic
}

/// Says so of an entrypoint that passes on to another contract what anybody asks for, where that contract lets this one
/// do it and nobody else.
fn forwards(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let takes = |effect: &Effect| {
        let mut args = effect.args.iter();
        args.any(|&arg| lint.engine.terms.mask(arg).has(Mask::CALLER))
            && !matches!(effect.kind, EffectKind::Token(Builtin::FtMint, _))
    };
    if summary.effects.iter().any(takes) {
        return Vec::new();
    }
    let is_all = summary.effects.len() == 1;
    let found = summary.effects.iter().find(|effect| is_forwarded(lint, entrypoint, effect, is_all));
    found.map(|effect| passes_on(lint, entrypoint, effect)).into_iter().collect()
}

/// Whether an effect is what the caller asked for, word by word, and another contract does it for this one alone. Tokens
/// that are made for whom the caller names, and all that is done, can be asked for again and again.
fn is_forwarded(lint: &mut Lint<'_>, entrypoint: FunctionId, effect: &Effect, is_all: bool) -> bool {
    effect.site.contract != entrypoint.contract
        && (is_word_by_word(&lint.engine, effect) || is_all && is_made_for_anybody(&lint.engine, effect))
        && !effect.facts.iter().any(|fact| speaks(&mut lint.engine, fact))
        && demands_role(lint, effect)
}

/// Whether tokens are made for whom an argument names, in an amount that depends on the arguments.
fn is_made_for_anybody(engine: &Engine<'_>, effect: &Effect) -> bool {
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(Builtin::FtMint, _), &[amount, to]) => {
            matches!(engine.terms.op(to), Op::Parameter(_)) && engine.terms.mask(amount).has(Mask::PARAMETER)
        }
        _ => false,
    }
}

/// Whether what is set, or moved and of whom, are arguments as they are.
fn is_word_by_word(engine: &Engine<'_>, effect: &Effect) -> bool {
    use Builtin::{FtBurn, FtMint, FtTransfer, MapSet, VarSet};
    let is_argument = |term: &TermId| matches!(engine.terms.op(*term), Op::Parameter(_));
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(FtMint, _), [amount, _]) => is_argument(amount),
        (EffectKind::Token(FtBurn | FtTransfer, _), [amount, from, ..]) => {
            is_argument(amount) && is_argument(from)
        }
        (EffectKind::Write(VarSet, _), [value]) => is_argument(value),
        (EffectKind::Write(MapSet, _), [key, value]) => {
            engine.terms.mask(*key).only(Mask::PARAMETER) && is_argument(value)
        }
        _ => false,
    }
}

/// Whether a fact says who calls, or something that cannot be judged here.
fn speaks(engine: &mut Engine<'_>, fact: Fact) -> bool {
    if is_unfolded(engine, fact.term()) {
        return false;
    }
    let mut parts = engine.parts_within_calls([fact.term()]).into_iter();
    parts.any(|part| match engine.terms.op(part) {
        Op::Opaque(..) => engine.terms.label(part).is_none_or(|label| label.contains('.')),
        Op::Sender | Op::Caller | Op::External(_) | Op::Folded(_) | Op::Mapped(_) | Op::Since(_) => true,
        Op::Keyword(_) => true,
        Op::Pure(_) => entitlement::is_proof(engine, part),
        _ => false,
    })
}

/// Whether the function of the other contract asks `contract-caller` for a role before it does it.
fn demands_role(lint: &mut Lint<'_>, effect: &Effect) -> bool {
    let Some((call, rest)) = effect.calls.split_first() else { return false };
    let Some(callee) = lint.program.named_callee(*call) else { return false };
    let summary = lint.engine.summary(callee);
    let same = summary.effects.iter().find(|other| other.site == effect.site && other.calls == rest);
    same.is_some_and(|same| {
        same.facts.iter().any(|fact| {
            let parts = lint.engine.parts([fact.term()]);
            parts.into_iter().any(|part| lint.engine.terms.op(part) == Op::Caller)
        }) && lint.governance.has_role(&mut lint.engine, &same.facts)
    })
}

fn passes_on(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let does = match effect.kind {
        EffectKind::Write(_, state) => format!("set `{}`", show.state(state)),
        EffectKind::Token(Builtin::FtMint, state) => format!("mint `{}`", show.state(state)),
        EffectKind::Token(_, state) => format!("move `{}`", show.state(state)),
        _ => "do it".to_string(),
    };
    let message = format!(
        "`{name}` lets anybody {does}, which only contracts like this one may, and never asks who calls"
    );
    let mut diagnostic = evidence::finding(lint, &RULE, entrypoint, effect, message)
        .help(format!(
            "let `{name}` check who calls, as in `(asserts! (is-eq contract-caller OWNER) ERR-UNAUTHORIZED)`"
        ))
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic
}
