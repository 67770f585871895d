//! How findings show what they rest on.

use super::{Lint, Rule};
use crate::builtins::{Builtin, Keyword};
use crate::config::Asked;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::facts::{Effect, EffectKind, Engine, Facts, Show, shared};
use crate::graph::{FunctionId, Program, Site};
use crate::model::{Access, ExprId, ExprKind};
use crate::source::{Location, Span};

/// How many helpers of helpers are looked into for who asks who calls.
const MAX_HELPERS: u32 = 3;

/// The calls that lead from an entrypoint to an effect.
pub(super) fn trace(program: &Program<'_>, effect: &Effect) -> Vec<Label> {
    let call = |&site: &Site| Label {
        at: program.head(site),
        message: format!("calls `{}`", callee(program, site)),
    };
    effect.calls.iter().map(call).collect()
}

/// What a call calls, as it is written.
fn callee(program: &Program<'_>, site: Site) -> String {
    let node = program.node(site);
    let mut children = node.children();
    match children.next().map(|head| head.text()) {
        Some("contract-call?") => children.take(2).map(|part| part.text()).collect::<Vec<_>>().join(" "),
        Some("map" | "fold" | "filter") => {
            children.next().map(|part| part.text()).unwrap_or_default().to_string()
        }
        head => head.unwrap_or_default().to_string(),
    }
}

/// Where an entrypoint's own contract does something, or calls what does it.
pub(super) fn here(program: &Program<'_>, entrypoint: FunctionId, effect: &Effect) -> Location {
    let mut sites = effect.calls.iter().chain([&effect.site]).rev();
    let own = sites.find(|site| site.contract == entrypoint.contract);
    program.head(*own.unwrap_or(&effect.site))
}

/// The paths on which an effect is kept although a check was not passed: the ways out that keep it and do not know of
/// the check, while others do, and the conditions that the check hangs on.
pub(super) fn lacking(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    effect: &Effect,
    mut passes: impl FnMut(&mut Lint<'_>, &Facts) -> bool,
) -> Vec<Label> {
    let program = lint.program;
    let summary = lint.engine.summary(entrypoint);
    let site = |expr| Site { contract: entrypoint.contract, expr };
    let exits = effect.exits.iter().filter_map(|&exit| summary.exits.get(exit as usize));
    let known: Vec<_> = exits.filter_map(|exit| Some((exit.site, exit.facts.as_ref()?))).collect();
    let (passed, open): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, facts)| passes(lint, facts));
    if !passed.is_empty() {
        let label = |(exit, _): (ExprId, &Facts)| Label {
            at: program.head(site(exit)),
            message: "this way out keeps it without the check".to_string(),
        };
        return open.into_iter().map(label).collect();
    }
    let mut labels = Vec::new();
    for fact in effect.facts.iter() {
        let Some(&learned) = summary.origins.get(&fact) else { continue };
        for (taken, side) in lint.engine.sides(fact).into_iter().flatten() {
            if side.is_some_and(|side| passes(lint, &side)) {
                let when = Show { engine: &lint.engine, function: entrypoint }.fact(taken);
                let message = format!("it is checked only if `{when}`");
                labels.push(Label { at: program.head(site(learned)), message });
            }
        }
    }
    labels
}

/// What an effect does, in a few words.
pub(super) fn effect(engine: &Engine<'_>, function: FunctionId, effect: &Effect) -> String {
    match effect.kind {
        EffectKind::Write(_, state) => format!("`{}` changes here", Show { engine, function }.state(state)),
        EffectKind::Token(builtin, state) => {
            let does = match builtin {
                Builtin::FtMint | Builtin::NftMint => "is minted",
                Builtin::FtBurn | Builtin::NftBurn => "is burnt",
                _ => "moves",
            };
            format!("`{}` {does} here", Show { engine, function }.state(state))
        }
        EffectKind::Stx(_) => "STX move here".to_string(),
        EffectKind::Dynamic { .. } | EffectKind::External(_) | EffectKind::Unchecked => {
            "another contract is called here".to_string()
        }
    }
}

/// A finding about an effect that an entrypoint keeps: at the entrypoint's name, with the effect and the calls to it.
pub(super) fn finding(
    lint: &Lint<'_>,
    rule: &Rule,
    entrypoint: FunctionId,
    effect: &Effect,
    message: String,
) -> Diagnostic {
    let program = lint.program;
    let mut diagnostic = Diagnostic::new(rule.id, Severity::Error, program.location(entrypoint), message)
        .label(program.head(effect.site), self::effect(&lint.engine, entrypoint, effect));
    diagnostic.function = Some(program.name(entrypoint).to_string());
    diagnostic.trace = trace(program, effect);
    diagnostic
}

/// What the policy does, and why: `the policy asks for it: no fee is paid while the treasury is stopped`.
pub(super) fn policy(does: &str, reason: Option<&String>) -> String {
    match reason {
        Some(reason) => format!("the policy {does}: {reason}"),
        None => format!("the policy {does}"),
    }
}

/// A finding that an entry of the policy asks for, which is where `at` is. Where it is exempt and nobody says why, a
/// warning.
pub(super) fn asked(
    diagnostic: Diagnostic,
    asked: Asked,
    at: Location,
    reason: Option<&String>,
) -> Diagnostic {
    let diagnostic = diagnostic.label(at, policy("asks for it", reason));
    match asked {
        Asked::Plainly => diagnostic,
        Asked::Unexplained(exemption) => Diagnostic { severity: Severity::Warning, ..diagnostic }
            .label(exemption, "exempt without a `reason`: a warning until one is given"),
    }
}

/// A call of a check as the entrypoint would write it: about its own caller, and with `first` as the first argument if
/// that is known.
pub(super) fn call_of(
    program: &Program<'_>,
    check: FunctionId,
    first: Option<&str>,
    entrypoint: FunctionId,
) -> String {
    let home = check.contract;
    let contract = program.contract(home);
    let tree = &contract.syntax.tree;
    let mut call = match home == entrypoint.contract {
        true => program.name(check).to_string(),
        false => format!("contract-call? .{} {}", contract.name, program.name(check)),
    };
    for (index, parameter) in program.function(check).parameters.iter().enumerate() {
        let declared = parameter.declared_type.map(|declared| tree.expr(declared).text());
        call += &match (first, declared) {
            (Some(first), _) if index == 0 => format!(" \"{first}\""),
            (_, Some("principal")) => " tx-sender".to_string(),
            _ => format!(" {}", tree.name(parameter.name.symbol)),
        };
    }
    format!("({call})")
}

/// `a`, `b` and 3 others.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [first, second, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second} and {} others", rest.len())
        }
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => names.concat(),
    }
}

/// A guard of some function, and the function.
pub(super) struct Example {
    pub peer: FunctionId,
    pub guard: Site,
}

impl Example {
    /// As help ends that begins with what to do.
    pub(super) fn words(&self, program: &Program<'_>) -> String {
        let guard = program.node(self.guard).one_line();
        format!("`{guard}`, as `{}` does", program.name(self.peer))
    }

    pub(super) fn location(&self, program: &Program<'_>) -> Location {
        program.location_in(self.guard.contract, program.span(self.guard))
    }
}

/// Another entrypoint of the contract all of whose effects in question have what `has` asks for, and the expression by
/// which it has it.
pub(super) fn example(
    lint: &mut Lint<'_>,
    entrypoint: FunctionId,
    in_question: impl Fn(&Effect) -> bool,
    has: &mut dyn FnMut(&mut Lint<'_>, FunctionId, &Facts) -> bool,
) -> Option<Example> {
    let program = lint.program;
    let contract = entrypoint.contract;
    for peer in program.functions_of(contract).filter(|&peer| program.function(peer).access == Access::Public)
    {
        let summary = lint.engine.summary(peer);
        let effects = summary.effects.iter().filter(|effect| in_question(effect));
        let Some(shared) = shared(effects) else { continue };
        if peer == entrypoint || !has(lint, peer, &shared) {
            continue;
        }
        let mut origins: Vec<_> =
            shared.iter().filter_map(|fact| Some((*summary.origins.get(&fact)?, fact))).collect();
        origins.sort_unstable();
        let checked = origins.chunk_by(|a, b| a.0 == b.0).find(|learned| {
            let facts = Facts::from_vec(learned.iter().map(|&(_, fact)| fact).collect());
            facts.is_some_and(|facts| has(lint, peer, &facts))
        });
        if let Some(&[(at, _), ..]) = checked {
            return Some(Example { peer, guard: Site { contract, expr: at } });
        }
    }
    None
}

/// A comment within a function that has an assertion about the caller in it, by a keyword or by a helper that asks for one.
pub(super) fn commented_out(program: &Program<'_>, function: FunctionId) -> Option<Location> {
    let span = program.function(function).span;
    let file = program.project.file(program.contract(function.contract).file);
    let mut start = span.start;
    for line in file.slice(span).split_inclusive('\n') {
        let text = line.trim();
        if is_commented_out(text) && speaks_of_caller(program, function, text) {
            let begin = start + (line.len() - line.trim_start().len()) as u32;
            let span = Span::new(begin, begin + text.len() as u32);
            return Some(program.location_in(function.contract, span));
        }
        start += line.len() as u32;
    }
    None
}

/// Whether a line is an assertion that is commented out.
pub(super) fn is_commented_out(line: &str) -> bool {
    line.trim_start().starts_with(";;") && line.contains("(asserts! (")
}

fn speaks_of_caller(program: &Program<'_>, function: FunctionId, comment: &str) -> bool {
    let is_keyword = |word: &&str| comment.contains(*word);
    ["tx-sender", "contract-caller", "nft-get-owner?"].iter().any(is_keyword)
        || comment.split('(').skip(1).any(|call| {
            let name = call.split([' ', ')']).next().unwrap_or_default();
            let helper = program.functions_of(function.contract).find(|&id| program.name(id) == name);
            helper.is_some_and(|helper| asks_who_calls(program, helper, MAX_HELPERS))
        })
}

/// Whether a function, or one of its contract that it calls, has a word for who calls.
fn asks_who_calls(program: &Program<'_>, function: FunctionId, nesting: u32) -> bool {
    let model = program.model(function.contract);
    model.below(program.function(function).body).into_iter().any(|expr| match model.expr(expr).kind {
        ExprKind::Keyword(keyword) => matches!(keyword, Keyword::TxSender | Keyword::ContractCaller),
        ExprKind::Call(index, _) if nesting > 0 => {
            asks_who_calls(program, FunctionId { index, ..function }, nesting - 1)
        }
        _ => false,
    })
}
