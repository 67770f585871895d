//! `tx-sender-auth`: who may do something is asked of `tx-sender` alone.

use std::collections::BTreeSet;

use super::vouching::{entered, is_unfolded};
use super::{Check, Group, Lint, Rule, evidence, transfer};
use crate::builtins::{Builtin, Keyword};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Engine, Fact, Facts, Mask, Op, Show, StateId, TermId, Terms};
use crate::graph::{FunctionId, Site};
use crate::model::{ExprId, ExprKind};
use crate::project::ContractId;
use crate::source::Location;
use crate::syntax::Expr;

pub const RULE: Rule = Rule {
    id: "tx-sender-auth",
    group: Group::Architecture,
    level: None,
    doc: include_str!("../../rules/tx-sender-auth.md"),
    checks: &[Check::Contract(check)],
    yields_to: &[],
};

/// How deep the sides of conditions are looked into.
const MAX_NESTING: u32 = 8;
/// How many helpers within helpers are looked into for the word itself.
const MAX_HELPERS: u32 = 8;

/// What the signer is taken for.
#[derive(Clone, Copy)]
enum Signer {
    /// Somebody in particular whom the contract names.
    Role,
    /// One of some whom the contract keeps in a map.
    Member,
    /// Who owns a record, a token or a name: what the signer is compared with.
    Owner(TermId),
}

/// What the rule asks of a contract as a whole.
struct Contract {
    /// The maps in which callers enter themselves: users' records and no appointments.
    joined: BTreeSet<StateId>,
    /// Whether it makes tokens, or does anything in its own name.
    has_assets: bool,
}

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let contract = Contract::new(lint, contract);
    let mut found = Vec::new();
    for entrypoint in lint.entrypoints() {
        lint.begin(entrypoint);
        found.extend(of_entrypoint(lint, &contract, entrypoint));
    }
    found
}

impl Contract {
    fn new(lint: &mut Lint<'_>, contract: ContractId) -> Self {
        let model = lint.program.model(contract);
        let own = lint.engine.principal(contract);
        let makes_tokens = !model.fungible_tokens.is_empty() || !model.non_fungible_tokens.is_empty();
        let mut known = Self { joined: BTreeSet::new(), has_assets: makes_tokens };
        for entrypoint in lint.entrypoints() {
            for effect in &lint.begin(entrypoint).effects {
                known.has_assets |= effect.sender == own;
                known.joined.extend(joined(&lint.engine, effect));
            }
        }
        known
    }
}

/// The map in which an effect enters who calls. What takes them off it again enters nobody.
fn joined(engine: &Engine<'_>, effect: &Effect) -> Option<StateId> {
    let (EffectKind::Write(_, map), &[key, value]) = (&effect.kind, &effect.args[..]) else { return None };
    let terms = &engine.terms;
    let takes_away = |part: &TermId| *part == Terms::FALSE;
    let is_exit = takes_away(&value)
        || matches!(terms.op(value), Op::Tuple(_)) && terms.args(value).iter().all(takes_away);
    (terms.mask(key).has(Mask::CALLER) && !is_exit).then_some(*map)
}

fn of_entrypoint(lint: &mut Lint<'_>, contract: &Contract, entrypoint: FunctionId) -> Vec<Diagnostic> {
    let summary = lint.engine.summary(entrypoint);
    let mut found = Vec::new();
    let mut said = BTreeSet::new();
    for effect in &summary.effects {
        let Some((fact, signer)) = asked(lint, contract, &effect.facts, MAX_NESTING) else { continue };
        let Some(&learned) = summary.origins.get(&fact) else { continue };
        // Where the signer's own tokens move, their wallet shows it and can refuse.
        let mut effects = summary.effects.iter();
        if is_at_stake(lint, contract, entrypoint, effect, signer)
            && !effects.any(|effect| takes_of_signer(&lint.engine, effect, signer))
            && let Some(at) = word(lint, entrypoint.contract, learned)
            && said.insert(at)
        {
            found.push(report(lint, entrypoint, effect, at, signer));
        }
    }
    found
}

/// Whether an effect takes a token of the signer's: of themselves, or the one by whose owner they are known.
fn takes_of_signer(engine: &Engine<'_>, effect: &Effect, signer: Signer) -> bool {
    use Builtin::{FtBurn, NftBurn, NftTransfer, StxBurn};
    let taken = match (&effect.kind, &effect.args[..]) {
        (EffectKind::Token(FtBurn | NftBurn, _) | EffectKind::Stx(StxBurn), &[what, from, ..]) => {
            Some((what, from))
        }
        _ => transfer::of(engine, effect).map(|moved| (moved.what, moved.from)),
    };
    let is_owned = |what| match (&effect.kind, signer) {
        (EffectKind::Token(NftTransfer | NftBurn, token), Signer::Owner(owner)) => {
            engine.parts([owner]).into_iter().any(|part| {
                engine.terms.op(part) == Op::Token(Builtin::NftGetOwner, *token)
                    && engine.terms.arg(part, 0) == what
            })
        }
        _ => false,
    };
    taken.is_some_and(|(what, from)| engine.terms.op(from) == Op::Sender || is_owned(what))
}

/// The fact by which the path knows who signed, if nothing on it asks who calls. Of a choice, whoever attacks takes the
/// side that suits them.
fn asked(lint: &mut Lint<'_>, contract: &Contract, facts: &Facts, nesting: u32) -> Option<(Fact, Signer)> {
    if facts.iter().any(|fact| asks_caller(&mut lint.engine, fact, nesting)) {
        return None;
    }
    let mut weakest = None;
    for fact in facts.iter() {
        match asks_signer(lint, contract, fact, nesting) {
            Some(signer @ Signer::Role) => return Some((fact, signer)),
            Some(signer) => weakest = weakest.or(Some((fact, signer))),
            None => {}
        }
    }
    weakest
}

/// Whether a fact speaks of `contract-caller`, on whichever side of a choice.
fn asks_caller(engine: &mut Engine<'_>, fact: Fact, nesting: u32) -> bool {
    if !engine.terms.mask(fact.term()).has(Mask::CALLER) || is_unfolded(engine, fact.term()) {
        return false;
    }
    match (nesting.checked_sub(1), engine.sides(fact)) {
        (Some(deeper), Some(sides)) => sides
            .into_iter()
            .flat_map(|(_, side)| side)
            .all(|side| side.iter().any(|fact| asks_caller(engine, fact, deeper))),
        _ => engine.parts([fact.term()]).into_iter().any(|part| engine.terms.op(part) == Op::Caller),
    }
}

fn asks_signer(lint: &mut Lint<'_>, contract: &Contract, fact: Fact, nesting: u32) -> Option<Signer> {
    let term = fact.term();
    if !lint.engine.terms.mask(term).has(Mask::CALLER) {
        return None;
    }
    if let Some(sides) = lint.engine.sides(fact) {
        let deeper = nesting.checked_sub(1)?;
        let sides = sides.into_iter().flat_map(|(_, side)| side);
        return sides
            .filter_map(|side| asked(lint, contract, &side, deeper))
            .map(|(_, signer)| signer)
            .next();
    }
    if let Some((a, b)) = lint.engine.equation(fact) {
        let other = if is_signer(&lint.engine.terms, a) { b } else { a };
        let is_of_signer = other != a || is_signer(&lint.engine.terms, b);
        return if is_of_signer { compared(lint, fact, other) } else { None };
    }
    let (map, _) = entered(&lint.engine, fact)?;
    (!contract.joined.contains(&map)).then_some(Signer::Member)
}

/// `tx-sender`, for itself or in an optional.
fn is_signer(terms: &Terms, term: TermId) -> bool {
    match terms.op(term) {
        Op::Some => terms.op(terms.arg(term, 0)) == Op::Sender,
        op => op == Op::Sender,
    }
}

/// What the signer is who equals that value. What the caller says themselves makes them nobody; a contract does not sign.
fn compared(lint: &mut Lint<'_>, fact: Fact, other: TermId) -> Option<Signer> {
    let mask = lint.engine.terms.mask(other);
    let is_contract = match lint.engine.terms.op(other) {
        Op::Literal(text) => lint.engine.terms.text(text).contains('.'),
        _ => false,
    };
    if is_contract || mask.has(Mask::CALLER) {
        None
    } else if lint.governance.is_role(&mut lint.engine, fact) {
        Some(Signer::Role)
    } else {
        mask.has(Mask::STATE.or(Mask::UNKNOWN)).then_some(Signer::Owner(other))
    }
}

/// Whether an effect is what somebody loses by who was led to call it.
fn is_at_stake(
    lint: &mut Lint<'_>,
    contract: &Contract,
    entrypoint: FunctionId,
    effect: &Effect,
    signer: Signer,
) -> bool {
    match effect.kind {
        EffectKind::Write(builtin, state) => {
            !is_of_signer(&lint.engine, effect, state)
                && is_chosen(lint, entrypoint, effect, state, (builtin, signer))
                && (contract.has_assets || !is_picture(lint, state))
        }
        _ => is_sent_away(&mut lint.engine, effect, signer),
    }
}

/// Whether a write keeps a record of the signer's own, or only counts.
fn is_of_signer(engine: &Engine<'_>, write: &Effect, state: StateId) -> bool {
    let terms = &engine.terms;
    match (state, &write.args[..]) {
        (StateId::Variable(..), &[value]) => {
            let before = |part: TermId| matches!(terms.op(part), Op::Initial(of) if of == state);
            is_signer(terms, value)
                || !terms.mask(value).has(Mask::PARAMETER) && engine.parts([value]).into_iter().any(before)
        }
        (_, &[key, ..]) => terms.mask(key).has(Mask::CALLER),
        _ => true,
    }
}

/// Whether who calls chooses what is written. Who has a role decides by calling at all.
fn is_chosen(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    write: &Effect,
    state: StateId,
    (builtin, signer): (Builtin, Signer),
) -> bool {
    let engine = &lint.engine;
    let is_argument = |part: &TermId| match engine.terms.op(*part) {
        Op::Parameter(_) => {
            !engine.declared_type(Some(entrypoint), *part).is_some_and(|(_, declared)| is_text(declared))
        }
        _ => false,
    };
    let chosen = || engine.parts(write.args.iter().copied()).into_iter().filter(is_argument);
    match signer {
        Signer::Role => true,
        // What is computed is computed for them as for others.
        Signer::Member => {
            let is_constant = |&arg: &TermId| engine.terms.mask(arg) == Mask::NOTHING;
            chosen().next().is_some() || write.args.iter().all(is_constant)
        }
        // The record of what is owned, and something in it that does not say which it is.
        Signer::Owner(owner) => {
            let owned = engine.parts([owner]);
            let key = engine.parts(write.args.first().copied());
            matches!(state, StateId::Map(..))
                && builtin != Builtin::MapDelete
                && key.iter().filter(|part| is_argument(part)).any(|part| owned.contains(part))
                && chosen().any(|part| !owned.contains(&part))
        }
    }
}

/// Whether a type holds text alone.
fn is_text(declared: Expr<'_>) -> bool {
    let Some((head, mut parts)) = declared.call() else { return false };
    match head.text() {
        "string-ascii" | "string-utf8" => true,
        "optional" => parts.next().is_some_and(is_text),
        _ => false,
    }
}

/// Whether state is a name or a picture.
fn is_picture(lint: &Lint<'_>, state: StateId) -> bool {
    let value = match state {
        StateId::Variable(owner, index) => (owner, &lint.program.model(owner).variables[index as usize]),
        StateId::Map(owner, index) => (owner, &lint.program.model(owner).maps[index as usize]),
        _ => return false,
    };
    let tree = &lint.program.contract(value.0).syntax.tree;
    value.1.value_type.is_some_and(|declared| is_text(tree.expr(declared)))
}

/// Whether an effect gives away what is not the signer's: by whoever has a role, or to whom the caller names.
fn is_sent_away(engine: &mut Engine<'_>, effect: &Effect, signer: Signer) -> bool {
    use Builtin::{FtMint, NftMint};
    let to = transfer::recipient(engine, effect);
    let is_made = matches!(effect.kind, EffectKind::Token(FtMint | NftMint, _));
    if to.is_some_and(|to| engine.terms.op(to) == Op::Sender) {
        return false;
    }
    let own = engine.principal(effect.site.contract);
    let is_ours = matches!(effect.kind, EffectKind::Token(..) | EffectKind::Stx(_)) || effect.sender == own;
    match signer {
        Signer::Role => is_ours,
        Signer::Member | Signer::Owner(_) => {
            (is_ours && !is_made || matches!(signer, Signer::Member))
                && to.is_some_and(|to| engine.terms.mask(to).has(Mask::PARAMETER))
        }
    }
}

/// Where the word stands by which a fact was learned: in the expression, or in a helper that it calls. What another
/// contract asks before it does something is that contract's affair.
fn word(lint: &mut Lint<'_>, contract: ContractId, learned: ExprId) -> Option<Location> {
    let program = lint.program;
    let model = program.model(contract);
    let site = |expr| Site { contract, expr };
    let (mut roots, mut seen) = (vec![learned], BTreeSet::new());
    let mut does_more = false;
    for _ in 0..MAX_HELPERS {
        let (mut open, mut words) = (std::mem::take(&mut roots), Vec::new());
        while let Some(expr) = open.pop() {
            match model.expr(expr).kind {
                ExprKind::Keyword(Keyword::TxSender) => words.push(program.span(site(expr))),
                ExprKind::Call(function, _) if seen.insert(function) => {
                    roots.push(model.functions[function as usize].body);
                }
                ExprKind::ContractCall { .. } if does_something(lint, site(expr)) => {
                    does_more = true;
                    continue;
                }
                _ => {}
            }
            open.extend(model.children(expr));
        }
        if let Some(word) = words.into_iter().min_by_key(|word| word.start) {
            return Some(program.location_in(contract, word));
        }
    }
    (!does_more).then(|| program.head(site(learned)))
}

/// Whether a call of another contract may do more than answer.
fn does_something(lint: &mut Lint<'_>, call: Site) -> bool {
    let callee = lint.program.named_callee(call);
    callee.is_none_or(|callee| !lint.engine.summary(callee).effects.is_empty())
}

fn report(
    lint: &Lint<'_>,
    entrypoint: FunctionId,
    effect: &Effect,
    at: Location,
    signer: Signer,
) -> Diagnostic {
    let program = lint.program;
    let name = program.name(entrypoint);
    let who = match signer {
        Signer::Role => "an authorised person".to_string(),
        Signer::Member => "one of those who may".to_string(),
        Signer::Owner(owner) => {
            format!("`{}`", Show { engine: &lint.engine, function: entrypoint }.term(owner))
        }
    };
    let message = format!(
        "`{name}` asks `tx-sender` alone who calls: any contract that {who} is led to call can call it in their name"
    );
    let mut diagnostic = Diagnostic::new(RULE.id, Severity::Warning, at, message)
        .label(program.head(effect.site), evidence::effect(&lint.engine, entrypoint, effect))
        .help("ask `contract-caller`, or for both: `(asserts! (is-eq tx-sender contract-caller) ERR-UNAUTHORIZED)`")
        .key(name);
    diagnostic.function = Some(name.to_string());
    diagnostic.trace = evidence::trace(program, effect);
    diagnostic.cause(at, program.location(entrypoint))
}
