//! Quick fixes: what a finding offers, and allowing it with a reason.

use std::cell::LazyCell;
use std::collections::HashMap;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, TextEdit, WorkspaceEdit,
};

use super::configuration::edits;
use super::diagnostics::diagnostic;
use super::guard;
use super::state::State;
use crate::baseline::{self, Baseline};
use crate::config::Asked;
use crate::diagnostic::{Applicability, Diagnostic, Fix};
use crate::project::is_contract;
use crate::report::Finding;
use crate::rules::{self, Group};
use crate::source::{FileId, Location, SourceFile, Span, indentation, line_end};
use crate::syntax::Kind;

/// What can be done about a finding.
struct Offer {
    title: String,
    /// Whether it is what nearly everybody wants.
    is_preferred: bool,
    /// Pieces of texts, and what stands there instead.
    edits: Vec<(Location, String)>,
}

impl Offer {
    fn new(title: String, is_preferred: bool, at: Location, text: String) -> Self {
        Self { title, is_preferred, edits: vec![(at, text)] }
    }
}

pub fn actions(state: &State<'_>, params: &CodeActionParams) -> Option<Vec<CodeActionResponse>> {
    let file = state.file(&params.text_document.uri)?;
    let asked = state.lines(file).span(params.range);
    let is_wanted = |kind: &CodeActionKind| matches!(kind, CodeActionKind::QuickFix | CodeActionKind::Empty);
    if params.context.only.as_ref().is_some_and(|only| !only.iter().any(is_wanted)) {
        return None;
    }
    let mut actions = Vec::new();
    let is_own = LazyCell::new(|| state.baseline.is_some_and(|baseline| is_own(state, baseline)));
    for finding in state.report.new_findings() {
        let found = &finding.diagnostic;
        let span = found.at.span;
        if found.at.file != file || span.end < asked.start || asked.end < span.start {
            continue;
        }
        let offers = meant(state, found).into_iter().chain(proposed(found)).chain(guarding(state, found));
        let offers = offers
            .chain(allowing(state, found))
            .chain(exempting(state, found))
            .chain(remembering(state, finding, *is_own));
        actions.extend(offers.map(|offer| {
            let mut changes: HashMap<_, Vec<_>> = HashMap::new();
            for (at, new_text) in offer.edits {
                let edit = TextEdit { range: state.range(at), new_text };
                changes.entry(state.uri(at.file)).or_default().push(edit);
            }
            CodeActionResponse::CodeAction(CodeAction {
                title: offer.title,
                kind: Some(CodeActionKind::QuickFix),
                diagnostics: Some(vec![diagnostic(state, finding)]),
                is_preferred: Some(offer.is_preferred),
                edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
                ..CodeAction::default()
            })
        }));
    }
    Some(actions)
}

/// The change that the finding proposes. One that others may notice is not what nearly everybody wants.
fn proposed(found: &Diagnostic) -> Option<Offer> {
    let Fix { title, applicability, edits } = found.fix.as_ref()?;
    let first = title.chars().next()?;
    let title = format!("{}{}", first.to_ascii_uppercase(), &title[first.len_utf8()..]);
    let edits = edits.iter().map(|edit| (edit.at, edit.text.clone())).collect();
    Some(Offer { title, is_preferred: *applicability == Applicability::Safe, edits })
}

/// The name that was meant.
fn meant(state: &State<'_>, found: &Diagnostic) -> Option<Offer> {
    let name = found.help.as_deref()?.strip_prefix("did you mean `")?.strip_suffix("`?")?;
    let written = state.project().file(found.at.file).slice(found.at.span);
    // Strings of TOML keep their quotes.
    let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let quote = quote.filter(|&quote| written.len() > 1 && written.ends_with(quote));
    let text = quote.map_or_else(|| name.to_owned(), |quote| format!("{quote}{name}{quote}"));
    Some(Offer::new(format!("Write `{name}`"), true, found.at, text))
}

/// The guard that a peer has. Whether it is the right one is for the user to say.
fn guarding(state: &State<'_>, found: &Diagnostic) -> Option<Offer> {
    let (guard, edits) = guard::insertion(state, found)?;
    Some(Offer { title: format!("Begin with `{guard}`"), is_preferred: false, edits })
}

/// A comment that allows the finding. The reason is the user's to write; until then, its absence is reported.
fn allowing(state: &State<'_>, found: &Diagnostic) -> Option<Offer> {
    let rule = rules::find(found.rule).filter(|rule| rule.group != Group::Run)?;
    let source = state.project().file(found.at.file);
    if !is_contract(source.path.as_ref()) {
        return None;
    }
    let line = source.line_of(found.at.span.start) as usize;
    let start = source.line_starts()[line];
    let rest = &source.text[start as usize..];
    let written = rest[..rest.find('\n').unwrap_or(rest.len())].trim_end();
    let indent = indentation(written, 0);
    let comment = format!(";; clarlint-allow({}): ", rule.id);
    let (place, text) = match holds(state, found.at.file, start + indent.len() as u32, found.at.span) {
        true => (start, format!("{indent}{comment}{}", line_end(&source.text))),
        // Behind a comment it would be part of that.
        false if ends_in_comment(state, found.at.file, line) => return None,
        false => (start + written.len() as u32, format!(" {comment}")),
    };
    let at = Location { file: found.at.file, span: Span::new(place, place) };
    let title = format!("Allow `{}` here, with a reason", rule.id);
    Some(Offer::new(title, false, at, text))
}

/// An exemption, where the policy has asked for what is missing; else turning the rule off. Both are for the configuration
/// that there is.
fn exempting(state: &State<'_>, found: &Diagnostic) -> Option<Offer> {
    let rule = rules::find(found.rule).filter(|rule| rule.group != Group::Run)?;
    let (file, title, (span, text)) = match asked_by(state, found) {
        Some((entry, entrypoint)) => {
            let SourceFile { path, text, .. } = state.project().file(entry.file);
            let title = format!("Exempt `{entrypoint}` in {path}, with a reason");
            (entry.file, title, edits::exemption(text, entry.span, &entrypoint)?)
        }
        None => {
            let file = state.configuration()?;
            let SourceFile { path, text, .. } = state.project().file(file);
            (file, format!("Turn `{}` off in {path}", rule.id), edits::ignore(text, rule.id)?)
        }
    };
    Some(Offer::new(title, false, Location { file, span }, text))
}

/// The entry of the policy that asks for what is missing, if it may leave out entrypoints, and the one to leave out.
fn asked_by(state: &State<'_>, found: &Diagnostic) -> Option<(Location, String)> {
    let (policy, program) = (state.analysis.policy, state.program());
    let function = state.function(found).filter(|&function| program.is_entrypoint(function))?;
    let contract = program.contract(function.contract).qualified_name().to_string();
    let breakers = policy.circuit_breakers.iter().map(|entry| (entry.at(), &entry.entrypoints));
    let limits = policy.rate_limits.iter().map(|entry| (entry.at(), &entry.entrypoints));
    let conditions = policy.authorisation.iter().map(|entry| (entry.at(), &entry.entrypoints));
    // What is said of the check that an entry names is about all of its entrypoints.
    let (at, _) = breakers.chain(limits).chain(conditions).find(|(at, entrypoints)| {
        found.labels.iter().any(|label| label.at == *at)
            && entrypoints.asks(&contract, program.name(function)) == Some(Asked::Plainly)
    })?;
    Some((at, program.path(function)))
}

/// Whether the baseline is written as clarlint writes it.
fn is_own(state: &State<'_>, baseline: &Baseline) -> bool {
    *state.project().file(baseline.file()).text == *baseline::document(baseline.entries().to_vec())
}

/// An entry of the baseline, if the project has one: the bytes that `clarlint baseline --add` would write.
fn remembering(state: &State<'_>, finding: &Finding, is_own: bool) -> Option<Offer> {
    let baseline = state.baseline.filter(|_| !state.report.incomplete)?;
    let entry = baseline::entry(state.project(), finding)?;
    let (file, entries) = (baseline.file(), baseline.entries());
    let source = state.project().file(file);
    let addition = Some(&entry).filter(|_| is_own).and_then(|it| baseline::addition(source, entries, it));
    let (span, text) = addition.unwrap_or_else(|| {
        let all = entries.iter().cloned().chain([entry]).collect();
        (Span::of(0..source.text.len()), baseline::document(all))
    });
    Some(Offer::new("Add to the baseline".to_owned(), false, Location { file, span }, text))
}

fn ends_in_comment(state: &State<'_>, file: FileId, line: usize) -> bool {
    let Some(contract) = state.contract(file) else { return false };
    let mut comments = state.project().contract(contract).syntax.tree.comments();
    comments.any(|comment| state.project().file(file).line_of(comment.span().start) as usize == line)
}

/// Whether the form that begins at a place, if one does, holds a finding: then a comment above speaks of it.
fn holds(state: &State<'_>, file: FileId, start: u32, found: Span) -> bool {
    let Some(contract) = state.contract(file) else { return false };
    let tree = &state.project().contract(contract).syntax.tree;
    let mut forms = tree.exprs().filter(|node| node.kind() != Kind::Comment && node.span().start >= start);
    forms.next().is_some_and(|form| form.span().range().contains(&(found.start as usize)))
}
