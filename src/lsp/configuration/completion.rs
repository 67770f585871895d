//! What can be written at a place.

use gen_lsp_types::{CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, TextEdit};

use super::place;
use super::place::{Place, Side};
use crate::config::{Names, RuleName, Shape};
use crate::graph::Program;
use crate::lsp::state::State;
use crate::model::{Access, Model, Name};
use crate::project::Contract;
use crate::rules;
use crate::source::{FileId, Location, Span};

/// What makes editors ask for completions, besides letters.
pub const TRIGGERS: [&str; 4] = ["[", ".", "\"", "'"];

/// Something that can be written.
struct Candidate {
    text: String,
    kind: CompletionItemKind,
    about: String,
}

impl Candidate {
    fn new(text: impl Into<String>, kind: CompletionItemKind, about: impl Into<String>) -> Self {
        Self { text: text.into(), kind, about: about.into() }
    }
}

pub fn completion(state: &State<'_>, params: &CompletionParams) -> Option<CompletionResponse> {
    let (file, offset) = state.place(&params.text_document_position_params)?;
    let (place, shape) = place(state, file, offset)?;
    let items = match place.side {
        Side::Heading(at) => headings(state, file, at, shape),
        Side::Key => keys(state, file, &place, shape.at(&place.path)?),
        Side::Value { lists } => values(state, file, &place, shape.at(&place.path)?, lists)?,
    };
    Some(items.into())
}

/// All headings that there can be: whoever has written a bracket may not know how many it takes.
fn headings(state: &State<'_>, file: FileId, at: Span, shape: Shape<'_>) -> Vec<CompletionItem> {
    let text = &state.project().file(file).text[at.range()];
    let brackets = &text[..text.len() - text.trim_start_matches('[').len()];
    let item = |(path, shape): (String, Shape<'_>)| {
        let heading = if shape.is_list() { format!("[[{path}]]") } else { format!("[{path}]") };
        let candidate =
            Candidate::new(&heading, CompletionItemKind::Module, shape.description().unwrap_or_default());
        CompletionItem {
            filter_text: Some(format!("{brackets}{path}")),
            ..item(state, file, at, candidate, heading)
        }
    };
    let mut all = Vec::new();
    collect_headings(shape, "", &mut all);
    all.into_iter().map(item).collect()
}

fn collect_headings<'s>(shape: Shape<'s>, path: &str, all: &mut Vec<(String, Shape<'s>)>) {
    for (key, shape) in shape.keys() {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if shape.is_table() {
            all.push((path.clone(), shape));
            collect_headings(shape, &path, all);
        } else if shape.is_list() && shape.element().is_table() {
            all.push((path, shape));
        }
    }
}

fn keys(state: &State<'_>, file: FileId, place: &Place, table: Shape<'_>) -> Vec<CompletionItem> {
    let behind =
        state.project().file(file).text[place.word.end as usize..].trim_start_matches(['"', '\'', ' ', '\t']);
    let sign = if behind.starts_with(['=', '.']) { "" } else { " = " };
    let known = table.keys().map(|(key, shape)| {
        let detail = shape.description().unwrap_or_default();
        // A table may be written as `key.` and `key =`.
        let sign = if shape.is_table() { "" } else { sign };
        (Candidate::new(key, CompletionItemKind::Property, detail), sign)
    });
    let chosen = table.names_of_keys().into_iter().flat_map(|shape| candidates(state, shape));
    let all = known.chain(chosen.map(|candidate| (candidate, sign)));
    let new = all.filter(|(candidate, _)| !place.written.contains(&candidate.text));
    new.map(|(candidate, sign)| {
        let text = match place.string {
            Some(_) => quoted(place, &candidate.text),
            None => format!("{}{sign}", bare(&candidate.text)),
        };
        item(state, file, place.word, candidate, text)
    })
    .collect()
}

/// Keys of other letters need quotes.
fn bare(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if key.chars().all(is_bare) { key.to_owned() } else { format!("\"{key}\"") }
}

/// What can stand within so many lists, with the brackets that are missing; `None` where there are too many, or where
/// quotes keep brackets out.
fn values(
    state: &State<'_>,
    file: FileId,
    place: &Place,
    shape: Shape<'_>,
    lists: usize,
) -> Option<Vec<CompletionItem>> {
    let missing =
        shape.lists().checked_sub(lists).filter(|&missing| missing == 0 || place.string.is_none())?;
    let shape = shape.element();
    let item = |(candidate, text): (Candidate, String)| {
        let text = ["[".repeat(missing), text, "]".repeat(missing)].concat();
        item(state, file, place.word, candidate, text)
    };
    if shape.is_switch() && place.string.is_none() {
        let candidate = |word: &str| (Candidate::new(word, CompletionItemKind::Keyword, ""), word.to_owned());
        return Some(["true", "false"].map(candidate).map(item).into());
    }
    let quoted = |candidate: Candidate| {
        let text = quoted(place, &candidate.text);
        (candidate, text)
    };
    Some(candidates(state, shape).into_iter().map(quoted).map(item).collect())
}

/// A text with the quotes that are missing.
fn quoted(place: &Place, text: &str) -> String {
    match place.string {
        None => format!("\"{text}\""),
        Some(string) if !string.is_closed => format!("{text}{}", string.mark),
        Some(_) => text.to_owned(),
    }
}

fn item(state: &State<'_>, file: FileId, at: Span, candidate: Candidate, new_text: String) -> CompletionItem {
    let range = state.range(Location { file, span: at });
    CompletionItem {
        filter_text: Some(candidate.text.clone()),
        label: candidate.text,
        kind: Some(candidate.kind),
        // Editors set this as text, and what they call the detail as code.
        documentation: Some(candidate.about).filter(|about| !about.is_empty()).map(Into::into),
        text_edit: Some(TextEdit { range, new_text }.into()),
        ..CompletionItem::default()
    }
}

/// The texts that there can be.
fn candidates(state: &State<'_>, shape: Shape<'_>) -> Vec<Candidate> {
    let word = |word: &str| {
        let detail = match rules::find(word) {
            Some(rule) => rule.summary(),
            None if word == RuleName::ALL => "all rules".to_owned(),
            None => String::new(),
        };
        Candidate::new(word, CompletionItemKind::EnumMember, detail)
    };
    shape
        .words()
        .map(word)
        .chain(shape.names().into_iter().flat_map(|names| names_in_project(state, names)))
        .collect()
}

/// What the project has of such names.
fn names_in_project(state: &State<'_>, names: Names) -> Vec<Candidate> {
    let program = state.program();
    let contracts = &state.project().contracts;
    match names {
        Names::Contract => {
            let candidate = |it: &Contract| {
                Candidate::new(
                    it.qualified_name().to_string(),
                    CompletionItemKind::Module,
                    &state.project().file(it.file).path,
                )
            };
            contracts.iter().map(candidate).collect()
        }
        Names::Function => {
            let functions = program.functions().filter(|&it| program.function(it).access != Access::Private);
            functions.map(|it| Candidate::new(program.path(it), CompletionItemKind::Function, "")).collect()
        }
        Names::Entrypoint => {
            let mut candidates: Vec<_> = program
                .entrypoints()
                .map(|it| Candidate::new(program.path(it), CompletionItemKind::Function, ""))
                .collect();
            let mut patterns: Vec<_> = program
                .entrypoints()
                .map(|it| format!("{}.*", program.contract(it.contract).qualified_name()))
                .collect();
            patterns.dedup();
            let all = |pattern| {
                Candidate::new(pattern, CompletionItemKind::Module, "all entrypoints of the contract")
            };
            candidates.extend(patterns.into_iter().map(all));
            candidates
        }
        Names::Map => defined(program, CompletionItemKind::Struct, |model| {
            model.maps.iter().map(|map| map.name).collect()
        }),
        Names::Trait => defined(program, CompletionItemKind::Interface, |model| {
            model.traits.iter().map(|it| it.name).collect()
        }),
        Names::Role => {
            let roles = state.analysis.policy.roles.iter();
            roles
                .map(|(name, condition)| {
                    Candidate::new(&name.value, CompletionItemKind::Constant, &condition.value.0)
                })
                .collect()
        }
    }
}

/// `CONTRACT.NAME` of what all contracts define of a kind.
fn defined(
    program: &Program<'_>,
    kind: CompletionItemKind,
    names: impl Fn(&Model) -> Vec<Name>,
) -> Vec<Candidate> {
    let of_contract = |id| {
        let contract = program.contract(id);
        let path = move |name: Name| {
            let name = contract.syntax.tree.name(name.symbol);
            Candidate::new(format!("{}.{name}", contract.qualified_name()), kind, "")
        };
        names(program.model(id)).into_iter().map(path)
    };
    program.project.contract_ids().flat_map(of_contract).collect()
}
