//! `commented-out-check`: anybody may do something, and a check of who calls stands on the way, commented out.

use super::settings::parts_of_results;
use super::{Check, Group, Lint, Rule, evidence};
use crate::builtins::Builtin;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Effect, EffectKind, Fact, Mask, TermId};
use crate::graph::{FunctionId, Program};
use crate::project::ContractId;
use crate::source::Location;

pub const RULE: Rule = Rule {
    id: "commented-out-check",
    group: Group::Architecture,
    level: Some(Severity::Warning),
    doc: include_str!("../../rules/commented-out-check.md"),
    checks: &[Check::Contract(check)],
    yields_to: &["open-setter", "token-move-without-auth", "as-contract-outflow", "repeatable-claim"],
};

fn check(lint: &mut Lint<'_>, contract: ContractId) -> Vec<Diagnostic> {
    let program = lint.program;
    let text = &program.project.file(program.contract(contract).file).text;
    if !text.lines().any(evidence::is_commented_out) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for entrypoint in lint.entrypoints() {
        let summary = lint.begin(entrypoint);
        let open = summary.effects.iter().find_map(|effect| {
            let comment = commented_out(program, entrypoint, effect)?;
            is_open(lint, effect).then_some((effect, comment))
        });
        found.extend(open.map(|(effect, comment)| report(lint, entrypoint, effect, comment)));
    }
    found
}

/// Whether anybody may have it done, and it does not only concern who calls.
fn is_open(lint: &mut Lint<'_>, effect: &Effect) -> bool {
    let speaks = |term: TermId| lint.engine.terms.mask(term).has(Mask::CALLER);
    let is_done = effect.kind.changes_state() || matches!(effect.kind, EffectKind::Dynamic { .. });
    // Whoever may make tokens makes them for themselves.
    let is_made = matches!(effect.kind, EffectKind::Token(Builtin::FtMint | Builtin::NftMint, _));
    if !is_done || !is_made && effect.args.iter().any(|&arg| speaks(arg)) {
        return false;
    }
    // Who called a helper does not matter if its result does not depend on it.
    let facts: Vec<_> = effect.facts.iter().map(Fact::term).filter(|&term| speaks(term)).collect();
    !facts.into_iter().any(|fact| {
        let parts = parts_of_results(&mut lint.engine, fact);
        parts.into_iter().any(|part| lint.engine.terms.is_caller(part))
    })
}

/// The first check of who calls that is commented out in one of the functions through which the effect is reached,
/// before it goes on to the next.
fn commented_out(program: &Program<'_>, entrypoint: FunctionId, effect: &Effect) -> Option<Location> {
    let mut within = Some(entrypoint);
    for &site in effect.calls.iter().chain([&effect.site]) {
        let function = within?;
        let before = program.head(site);
        let comment = evidence::commented_out(program, function);
        if let Some(at) = comment.filter(|at| at.file == before.file && at.span.start < before.span.start) {
            return Some(at);
        }
        within = program.callees(function, site).next();
    }
    None
}

fn report(lint: &Lint<'_>, entrypoint: FunctionId, effect: &Effect, comment: Location) -> Diagnostic {
    let name = lint.program.name(entrypoint);
    let message =
        format!("`{name}` does this for anybody: a check of who calls stands on the way, commented out");
    let diagnostic = evidence::finding(lint, &RULE, entrypoint, effect, message)
        .label(comment, "this checks nothing")
        .help("put the check back, or take the comment away and say why everybody may")
        .key(name)
        .cause(comment, lint.program.location(entrypoint));
    Diagnostic { severity: Severity::Warning, ..diagnostic }
}
