//! `token-move-without-auth`: tokens of somebody are moved, burnt or minted, and nothing on the path speaks of the caller.

use std::collections::BTreeSet;

use super::vouching::is_unfolded;
use super::{Check, Group, Lint, Rule, entitlement, evidence};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Facts, Mask, Op, Show, StateId, Summary, TermId};
use crate::graph::FunctionId;

pub const RULE: Rule = Rule {
    id: "token-move-without-auth",
    group: Group::Architecture,
    level: Some(Severity::Error),
    doc: include_str!("../../rules/token-move-without-auth.md"),
    checks: &[Check::Entrypoint(check)],
    yields_to: &[],
};

/// How deep the sides of conditions are looked into.
const MAX_NESTING: u32 = 8;

/// What happens to tokens: how much or which one, whose, and to whom.
struct Move {
    builtin: Builtin,
    token: StateId,
    what: TermId,
    /// Who loses it, or who gets what is made.
    whose: TermId,
    /// Who gets what is moved.
    to: Option<TermId>,
}

fn check(lint: &mut Lint<'_>, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let mut found = Vec::new();
    // However many tokens a function moves, it forgets to ask once.
    let mut said = BTreeSet::new();
    for effect in &summary.effects {
        let Some(it) = move_of(effect) else { continue };
        if is_chosen(&lint.engine, &it)
            && !speaks(&mut lint.engine, &effect.facts, &it, MAX_NESTING)
            && !is_settled_otherwise(lint, &summary, effect, &it)
            && said.insert(it.whose)
        {
            let (at, by) = (lint.program.head(effect.site), lint.program.location(entrypoint));
            found.push(report(lint, entrypoint, effect, &it).cause(at, by));
        }
    }
    found
}

fn move_of(effect: &Effect) -> Option<Move> {
    use Builtin::{FtBurn, FtMint, FtTransfer, NftBurn, NftTransfer};
    let EffectKind::Token(builtin @ (FtBurn | FtMint | FtTransfer | NftBurn | NftTransfer), token) =
        effect.kind
    else {
        return None;
    };
    let &[what, whose, ref rest @ ..] = &effect.args[..] else { return None };
    Some(Move { builtin, token, what, whose, to: rest.first().copied() })
}

/// Whether the caller names the owner, or how much is made and for whom.
fn is_chosen(engine: &Engine<'_>, it: &Move) -> bool {
    let terms = &engine.terms;
    let arguments = Mask::PARAMETER.or(Mask::ELEMENT);
    let is_argument = |term| terms.mask(term).has(Mask::PARAMETER) && terms.mask(term).only(arguments);
    if it.builtin == Builtin::FtMint {
        return is_argument(it.what) && terms.mask(it.whose).only(arguments.or(Mask::CALLER));
    }
    is_argument(it.whose) || is_argument(it.what) && is_owner_of(engine, it, it.whose)
}

/// Whether a term is who owns the token that is moved.
fn is_owner_of(engine: &Engine<'_>, it: &Move, term: TermId) -> bool {
    let &[of] = engine.terms.args(term) else { return false };
    engine.terms.op(term) == Op::Payload
        && engine.terms.op(of) == Op::Token(Builtin::NftGetOwner, it.token)
        && engine.terms.arg(of, 0) == it.what
}

/// Whether some fact says who calls, or decides something that this rule cannot judge. Of a condition both sides have to.
fn speaks(engine: &mut Engine<'_>, facts: &Facts, it: &Move, nesting: u32) -> bool {
    facts.iter().any(|fact| {
        let Some(deeper) = nesting.checked_sub(1) else { return true };
        match engine.sides(fact) {
            Some(sides) => {
                sides.into_iter().flat_map(|(_, side)| side).all(|side| speaks(engine, &side, it, deeper))
            }
            None if nesting == MAX_NESTING => !is_silent(engine, fact, it, true),
            None => !approves_a_constant(engine, facts, fact) && !is_silent(engine, fact, it, false),
        }
    })
}

/// Whether a fact says nothing about who may do it: it is about arguments, about who owns the token or how many, or about
/// a switch that is the same for everybody.
fn is_silent(engine: &mut Engine<'_>, fact: Fact, it: &Move, is_outermost: bool) -> bool {
    let term = fact.term();
    // What its result says is a fact of its own.
    if is_unfolded(engine, term) {
        return true;
    }
    let parts = engine.parts_within_calls([term]);
    let (mut mask, mut entries) = (Mask::NOTHING, Vec::new());
    let mut reads = false;
    for part in parts {
        match engine.terms.op(part) {
            // That the move itself, or another, succeeds.
            Op::Opaque(..) if is_outcome(engine, part) => {}
            Op::Opaque(..) | Op::External(_) | Op::Mapped(_) | Op::Folded(_) | Op::Filtered(_) => {
                return false;
            }
            Op::Pure(_) if entitlement::is_proof(engine, part) => return false,
            Op::Entry(_) => entries.push(part),
            Op::Initial(StateId::Variable(..)) | Op::After(StateId::Variable(..)) => reads = true,
            Op::Since(_) => return false,
            Op::Parameter(_) | Op::Sender | Op::Caller | Op::Keyword(_) => {
                mask = mask.or(engine.terms.mask(part));
            }
            _ => {}
        }
    }
    let is_mint = it.builtin == Builtin::FtMint;
    let compares = matches!(engine.terms.op(term), Op::Pure(Builtin::IsEq));
    let is_denied = !fact.holds() && (compares || !matches!(engine.terms.op(term), Op::Pure(_)));
    if engine.terms.mask(term) == Mask::NOTHING || mask.has(Mask::CHAIN) {
        return false;
    }
    if mask.has(Mask::CALLER) {
        // That somebody is not the caller, or is on no list, lets all others in. A mark for each caller is a limit.
        return is_denied && !is_mint;
    }
    if is_mint {
        return entries.is_empty()
            && !reads
            && !engine.terms.mask(term).has(Mask::STATE)
            && !is_portion(engine, fact, it);
    }
    if !entries.is_empty() {
        return is_denied
            || entries.iter().all(|&entry| is_of_somebody_named(engine, entry, it))
            || is_taken(engine, it) && entries.iter().all(|&entry| is_of_owner(engine, entry, it))
            || is_outermost && !engine.terms.mask(term).has(Mask::PARAMETER);
    }
    // A switch beside the question who calls waives it on purpose.
    !reads || is_outermost && !mask.has(Mask::PARAMETER)
}

/// Whether a fact bounds the amount from above: a faucet, which gives to everybody on purpose.
fn is_portion(engine: &Engine<'_>, fact: Fact, it: &Move) -> bool {
    let (Op::Pure(Builtin::Less), &[less, more]) =
        (engine.terms.op(fact.term()), engine.terms.args(fact.term()))
    else {
        return false;
    };
    it.what == if fact.holds() { less } else { more }
}

/// Whether a value is the outcome of an operation of the chain's, and not the word of another contract, which is labelled
/// with the contract's name.
fn is_outcome(engine: &Engine<'_>, term: TermId) -> bool {
    engine.terms.label(term).is_some_and(|label| !label.contains('.'))
}

/// Whether the caller says who gets what somebody loses.
fn is_taken(engine: &Engine<'_>, it: &Move) -> bool {
    it.to.is_some_and(|to| matches!(engine.terms.op(to), Op::Parameter(_)))
}

/// Whether an entry stands under the owner alone: it says who they are, not who calls.
fn is_of_owner(engine: &Engine<'_>, entry: TermId, it: &Move) -> bool {
    let key = engine.terms.arg(entry, 0);
    key == it.whose || matches!(engine.terms.op(key), Op::Tuple(_)) && *engine.terms.args(key) == [it.whose]
}

/// Whether an entry stands under the owner and another argument: what somebody was allowed whom the caller only names.
fn is_of_somebody_named(engine: &Engine<'_>, entry: TermId, it: &Move) -> bool {
    let key = engine.terms.arg(entry, 0);
    let is_argument = |part: &&TermId| matches!(engine.terms.op(**part), Op::Parameter(_));
    let places = engine.terms.args(key);
    matches!(engine.terms.op(key), Op::Tuple(_))
        && places.contains(&it.whose)
        && places.iter().filter(is_argument).count() > 1
        && places.iter().all(|&place| place != it.what)
}

/// Whether a fact is about an entry that the facts compare with a constant principal: an approval of somebody who need not
/// be the caller.
fn approves_a_constant(engine: &Engine<'_>, facts: &Facts, fact: Fact) -> bool {
    let terms = &engine.terms;
    let is_principal = |side: TermId| match terms.op(side) {
        Op::Deployer => true,
        Op::Literal(text) => terms.text(text).starts_with(['\'', '.']),
        _ => false,
    };
    let entry_in = |term: TermId| {
        let mut parts = engine.parts([term]).into_iter();
        parts.find(|&part| matches!(terms.op(part), Op::Entry(_)))
    };
    let Some(entry) = entry_in(fact.term()) else { return false };
    let holds = |term: TermId| terms.op(term) == Op::Payload && terms.arg(term, 0) == entry;
    let mut equations = facts.iter().filter_map(|fact| engine.equation(fact));
    equations.any(|(a, b)| is_principal(a) && holds(b) || is_principal(b) && holds(a))
}

/// Whether the path takes something from the caller, gives the owner something for what they lose or takes something for
/// what they get, or asks another contract.
fn is_settled_otherwise(lint: &Lint<'_>, summary: &Summary, effect: &Effect, it: &Move) -> bool {
    let terms = &lint.engine.terms;
    let others = summary
        .effects
        .iter()
        .filter(|other| !std::ptr::eq(*other, effect) && other.facts.and(&effect.facts).is_some());
    others.into_iter().any(|other| match other.kind {
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => true,
        EffectKind::Write(..) => other.args.iter().any(|&arg| terms.mask(arg).has(Mask::CALLER)),
        EffectKind::Token(builtin, _) | EffectKind::Stx(builtin) => {
            let is_made = matches!(builtin, Builtin::FtMint | Builtin::NftMint);
            let from = other.args.get(1).filter(|_| !is_made);
            let to = if is_made { other.args.get(1) } else { other.args.get(2) };
            from.is_some_and(|&from| terms.mask(from).has(Mask::CALLER))
                || if it.builtin == Builtin::FtMint { from } else { to } == Some(&it.whose)
        }
    })
}

fn report(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, it: &Move) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let show = Show { engine: &lint.engine, function: entrypoint };
    let (what, whose, token) = (show.term(it.what), show.term(it.whose), show.state(it.token));
    let (message, help) = match it.builtin {
        Builtin::FtMint => (
            format!("`{name}` lets anybody mint as much `{token}` as they like"),
            "ask who calls, as in `(asserts! (is-eq contract-caller MINTER) ERR-UNAUTHORIZED)`, or take a payment for it"
                .to_string(),
        ),
        builtin => {
            let (does, who) = match builtin {
                Builtin::FtBurn | Builtin::NftBurn => ("burn", "of whom they like"),
                _ => ("move", "of whom they like"),
            };
            let owner = match show.term(it.whose) {
                owner if owner.starts_with('(') => "(unwrap! (nft-get-owner? ..) ERR-NOT-FOUND)".to_string(),
                owner => owner,
            };
            (
                format!("`{name}` lets anybody {does} `{token}` {who}: nothing asks whether the caller is `{whose}`"),
                format!("compare them, as in `(asserts! (is-eq tx-sender {owner}) ERR-NOT-OWNER)`"),
            )
        }
    };
    let chosen = match it.builtin {
        Builtin::FtMint => format!("the caller chooses `{what}`"),
        _ if whose.starts_with('(') => format!("the caller chooses `{what}`, and nobody is asked"),
        _ => format!("the caller chooses `{what}` and `{whose}`"),
    };
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Error, program.head(effect.site), message)
        .label(program.location(entrypoint), chosen)
        .help(help)
        .key(name);
    if let Some(at) = evidence::commented_out(program, entrypoint) {
        let message = "a check stands here, commented out".to_string();
        diagnostic.labels.push(Label { at, message });
    }
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, effect);
    diagnostic
}
