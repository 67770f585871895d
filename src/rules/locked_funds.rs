//! `locked-funds`: a contract takes in what none of its functions can ever send out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Group, Lint, Rule, evidence, transfer};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Op, Show, StateId, TermId};
use crate::graph::FunctionId;
use crate::project::ContractId;

/// The most entrypoints that a finding names besides its own.
const MAX_OTHERS: usize = 8;

pub const RULE: Rule = Rule {
    id: "locked-funds",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/locked-funds.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asset {
    Stx,
    /// A token that a contract of the project defines.
    Token(StateId),
    /// A token that is called: by name, or as an argument.
    Called,
}

/// An entrypoint, and the transfer by which it takes something in.
type Way = (FunctionId, Effect);

impl Asset {
    fn of(effect: &Effect) -> Option<Self> {
        match effect.kind {
            EffectKind::Stx(_) => Some(Self::Stx),
            EffectKind::Token(_, token) => Some(Self::Token(token)),
            EffectKind::Dynamic { .. } | EffectKind::External(_) => Some(Self::Called),
            EffectKind::Write(..) | EffectKind::Unchecked => None,
        }
    }
}

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let own = lint.engine.principal(contract);
    let (mut taken, mut sent) = (BTreeMap::<Asset, Vec<Way>>::new(), BTreeSet::new());
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        if summary.unchecked.is_some() || summary.effects.iter().any(|effect| may_do_anything(effect, own)) {
            return Vec::new();
        }
        for effect in &summary.effects {
            let Some(asset) = Asset::of(effect) else { continue };
            if may_leave(&mut lint.engine, effect, own) {
                sent.insert(asset);
            } else if transfer::of(&lint.engine, effect).is_some_and(|moved| moved.to == own) {
                taken.entry(asset).or_default().push((entrypoint, effect.clone()));
            }
        }
    }
    // Which token an argument is, is not known: it may be any that is sent out.
    let sends_tokens = sent.iter().any(|asset| *asset != Asset::Stx);
    taken.retain(|&asset, _| {
        let may_be_sent = sent.contains(&asset) || asset == Asset::Called && sends_tokens;
        !may_be_sent && !is_moved_by_others(lint, asset, contract)
    });
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for (asset, ways) in &taken {
        found.entry(ways[0].0).or_default().push((*asset, &ways[..]));
    }
    found.into_iter().map(|(entrypoint, taken)| report(lint, entrypoint, &taken)).collect()
}

/// Whether an effect is a call as the contract itself, of what is not known.
fn may_do_anything(effect: &Effect, own: TermId) -> bool {
    match effect.kind {
        EffectKind::Dynamic { .. } | EffectKind::External(_) => effect.sender == own,
        EffectKind::Unchecked => true,
        EffectKind::Write(..) | EffectKind::Token(..) | EffectKind::Stx(_) => false,
    }
}

/// Whether an effect moves or burns what may be the contract's: anything that is not certainly of who calls. A token that is
/// called may take from whoever calls it, and that is the contract, unless it is asked for a transfer of the caller's.
fn may_leave(engine: &mut Engine<'_>, effect: &Effect, own: TermId) -> bool {
    match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(Builtin::FtMint | Builtin::NftMint, _), _) => false,
        (EffectKind::Token(..) | EffectKind::Stx(_), &[_, from, ..]) => may_be_own(engine, effect, from, own),
        (EffectKind::Dynamic { .. } | EffectKind::External(_), _) => match transfer::of(engine, effect) {
            Some(moved) => may_be_own(engine, effect, moved.from, own),
            None => true,
        },
        _ => false,
    }
}

/// Whether what somebody owns may be what the contract owns.
fn may_be_own(engine: &mut Engine<'_>, effect: &Effect, from: TermId, own: TermId) -> bool {
    if from == own {
        return true;
    }
    if engine.is_caller(&effect.facts, from) || matches!(engine.terms.op(from), Op::Literal(_)) {
        return false;
    }
    // `(or (is-eq tx-sender from) (is-eq contract-caller from))`
    let is_either = |fact: Fact| {
        let Some(sides) = engine.sides(fact) else { return false };
        sides.into_iter().all(|(_, facts)| facts.is_none_or(|facts| engine.is_caller(&facts, from)))
    };
    !effect.facts.iter().any(is_either)
}

/// Whether the contract that defines a token may move what another one owns.
fn is_moved_by_others(lint: &mut Lint<'_>, asset: Asset, contract: ContractId) -> bool {
    let Asset::Token(token) = asset else { return false };
    let Some(owner) = token.owner().filter(|&owner| owner != contract) else { return false };
    let own = lint.engine.principal(contract);
    let functions: Vec<_> = lint.program.functions_of(owner).collect();
    functions.into_iter().filter(|&function| lint.program.is_entrypoint(function)).any(|function| {
        let summary = lint.engine.summary(function);
        let mut moves =
            |effect: &Effect| Asset::of(effect) == Some(asset) && may_leave(&mut lint.engine, effect, own);
        summary.unchecked.is_some() || summary.effects.iter().any(&mut moves)
    })
}

/// Says so of the first entrypoint that takes something in.
fn report(lint: &Lint<'_>, entrypoint: FunctionId, taken: &[(Asset, &[Way])]) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let what = |&(asset, _): &(Asset, &[Way])| match asset {
        Asset::Stx => "STX".to_string(),
        Asset::Token(token) => format!("`{}`", show.state(token)),
        Asset::Called => "tokens of other contracts".to_string(),
    };
    let message = format!(
        "`{name}` takes in {} that no function of `{}` can ever send out",
        evidence::listed(&taken.iter().map(what).collect::<Vec<_>>()),
        program.contract(entrypoint.contract).name
    );
    let (_, effect) = &taken[0].1[0];
    let mut diagnostic = evidence::finding(lint, &RULE, entrypoint, effect, message)
        .help("add a way out, send it straight to where it is meant to stay, or burn it")
        .key(name);
    let all: BTreeSet<_> = taken.iter().flat_map(|(_, ways)| ways.iter().map(|(by, _)| *by)).collect();
    for other in all.into_iter().filter(|&other| other != entrypoint).take(MAX_OTHERS) {
        diagnostic = diagnostic.label(program.location(other), "so does this");
    }
    Diagnostic { severity: Severity::Warning, ..diagnostic }
}
