//! What a place means: what a function does and asks for, who sets a variable, who fails with a constant, what a rule
//! reports.

use gen_lsp_types::{Hover, MarkupContent, MarkupKind, TextDocumentPositionParams};

use super::configuration;
use super::names::Named;
use super::state::State;
use crate::facts::{self, Origin, StateId};
use crate::graph::FunctionId;
use crate::model::{Access, Definition};
use crate::project::{ContractId, is_contract};
use crate::rules::matrix;
use crate::rules::{self, Rule};
use crate::source::{FileId, Location, Span};

/// The most things that a line names.
const MOST: usize = 8;

pub fn hover(state: &State<'_>, at: &TextDocumentPositionParams) -> Option<Hover> {
    let (file, offset) = state.place(at)?;
    let written = rule(state, file, offset).map(|(rule, span)| (rule.doc.trim().to_owned(), span));
    let written = written.or_else(|| configuration::key(state, file, offset));
    let (text, place) = match written.or_else(|| configuration::role(state, file, offset)) {
        Some((text, span)) => (text, Location { file, span }),
        None => {
            let found = state.named(at)?;
            (describe(state, found.named)?, found.at)
        }
    };
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: text };
    Some(Hover { contents: contents.into(), range: Some(state.range(place)) })
}

/// The rule that is named at a place of a comment or of a configuration.
fn rule(state: &State<'_>, file: FileId, offset: u32) -> Option<(&'static Rule, Span)> {
    let source = state.project().file(file);
    let text = &source.text;
    if is_contract(source.path.as_ref()) {
        let tree = &state.project().contract(state.contract(file)?).syntax.tree;
        tree.comments().find(|comment| (comment.span().start..=comment.span().end).contains(&offset))?;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let before = text[..offset as usize].trim_end_matches(is_part).len();
    let behind = text.len() - text[offset as usize..].trim_start_matches(is_part).len();
    let rule = rules::find(&text[before..behind].replace('_', "-"))?;
    Some((rule, Span::of(before..behind)))
}

fn describe(state: &State<'_>, named: Named) -> Option<String> {
    match named {
        Named::Defined(contract, Definition::Function(index)) => {
            Some(function(state, FunctionId { contract, index }))
        }
        Named::Defined(contract, Definition::Constant(index)) => Some(constant(state, contract, index)),
        Named::Defined(..) => Some(storage(state, named.storage()?, named)),
        Named::Contract(_) | Named::Method(..) | Named::Parameter(..) | Named::Local(..) => None,
    }
}

/// What a function does, what protects it, and how it fails: `why`, shortened.
fn function(state: &State<'_>, function: FunctionId) -> String {
    let program = state.program();
    let definition = program.function(function);
    let tree = &program.contract(function.contract).syntax.tree;
    let access = match definition.access {
        Access::Public => "public",
        Access::ReadOnly => "read-only",
        Access::Private => "private",
    };
    let mut lines = vec![format!("**{}** {access}", program.path(function))];
    let parameter = |it: &crate::model::Parameter| {
        let declared = it.declared_type.map_or_else(|| "?".to_owned(), |it| tree.expr(it).one_line());
        format!("`{}: {declared}`", tree.name(it.name.symbol))
    };
    let parameters: Vec<_> = definition.parameters.iter().map(parameter).collect();
    if !parameters.is_empty() {
        lines.push(format!("- takes {}", parameters.join(", ")));
    }
    let mut lint = state.lint();
    if lint.begin(function).unchecked.is_some() {
        lines.push("- not checked: it is too large, or takes part in a cycle of calls".to_owned());
    }
    match matrix::row(&mut lint, function) {
        Some(row) => {
            let cells = row.cells().into_iter().filter(|(heading, cell)| {
                // What does not respond fails with nothing.
                !cell.is_empty() && (*heading != "errors" || definition.access == Access::Public)
            });
            lines.extend(cells.map(|(heading, cell)| format!("- {heading}: {}", in_code(cell))));
            let mut holds = facts::holds(&mut lint.engine, function);
            holds.retain(|it| !row.authorisation.contains(it));
            if !holds.is_empty() {
                lines.push(format!("- always: {}", in_code(&holds)));
            }
        }
        None => lines.push("- changes nothing".to_owned()),
    }
    let callers = state.callers(function);
    if !callers.is_empty() {
        lines.push(format!("- called by {}", listed(state, &callers)));
    }
    lines.join("\n")
}

/// Which entrypoints fail with a constant, and how often it is named.
fn constant(state: &State<'_>, contract: ContractId, index: u32) -> String {
    let (program, named) = (state.program(), Named::Defined(contract, Definition::Constant(index)));
    let constant = &program.model(contract).constants[index as usize];
    let tree = &program.contract(contract).syntax.tree;
    let value = tree.expr(program.model(contract).expr(constant.value).node).one_line();
    let mut lines = vec![format!("**{}** `{value}`", tree.name(constant.name.symbol))];
    let mut lint = state.lint();
    let mut leaves = |entrypoint: &FunctionId| {
        let thrown = state.analysis.throws.of(*entrypoint);
        let Some(thrown) = thrown.get(&Origin::Constant(contract, index)) else { return false };
        lint.begin(*entrypoint);
        lint.engine.codes(*entrypoint).known.contains(&thrown.code)
    };
    let entrypoints: Vec<_> = program.entrypoints().filter(|it| leaves(it)).collect();
    if !entrypoints.is_empty() {
        lines.push(format!("- fails {}", listed(state, &entrypoints)));
    }
    lines.push(used(state, named));
    lines.join("\n")
}

/// Who changes a variable, map or token, and as whom.
fn storage(state: &State<'_>, storage: StateId, named: Named) -> String {
    let mut lint = state.lint();
    let mut lines = Vec::new();
    for entrypoint in state.program().entrypoints() {
        let summary = lint.begin(entrypoint);
        let writes = summary.effects.iter().filter(|it| it.kind.state() == Some(storage));
        let writes: Vec<_> = writes.cloned().collect();
        if !writes.is_empty() {
            let roles = matrix::authorisation(&mut lint, entrypoint, &writes);
            let who = if roles.is_empty() { "any caller".to_owned() } else { in_code(&roles) };
            lines.push(format!("- `{}`: {who}", state.program().path(entrypoint)));
        }
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    let heading = if lines.is_empty() { "no entrypoint changes it" } else { "changed by" };
    lines.insert(0, format!("{heading}\n"));
    lines.push(used(state, named));
    lines.join("\n")
}

fn used(state: &State<'_>, named: Named) -> String {
    match state.names().uses(named).count() {
        0 => "- used nowhere".to_owned(),
        1 => "- used at one place".to_owned(),
        count => format!("- used at {count} places"),
    }
}

fn in_code(texts: &[String]) -> String {
    let shown: Vec<_> = texts.iter().take(MOST).map(|text| format!("`{text}`")).collect();
    match texts.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn listed(state: &State<'_>, functions: &[FunctionId]) -> String {
    let names: Vec<_> = functions.iter().map(|&it| state.program().path(it)).collect();
    in_code(&names)
}
