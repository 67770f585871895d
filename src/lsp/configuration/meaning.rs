//! What stands at a place: a key and what it is for, or a name and what it stands for.

use super::place;
use super::place::{Place, Side};
use crate::config::Names;
use crate::graph::FunctionId;
use crate::lsp::names::{Named, Occurrence};
use crate::lsp::state::State;
use crate::model::{Definition, Model, Name};
use crate::source::{FileId, Location, Span};

/// What a key is for, under which a byte stands, and where it stands.
pub fn key(state: &State<'_>, file: FileId, offset: u32) -> Option<(String, Span)> {
    let (Place { path, word, .. }, shape) =
        place(state, file, offset).filter(|(place, _)| !is_value(place))?;
    let name = Some(state.project().file(file).slice(word)).filter(|name| !name.is_empty())?;
    let table = shape.at(&path)?;
    let shape = table.under(name)?;
    let mut lines = vec![format!("**{}**", [&path[..], &[name.to_owned()]].concat().join("."))];
    lines.extend(shape.description().map(str::to_owned));
    let words: Vec<_> = shape.element().words().map(|word| format!("`{word}`")).collect();
    // Whoever wants the list of all rules asks for completions.
    if (1..=8).contains(&words.len()) {
        lines.push(words.join(", "));
    }
    if table.requires(name) {
        lines.push("Required.".to_owned());
    }
    Some((lines.join("\n\n"), word))
}

/// What of the project is named at a place, so that names lead from a policy to what it speaks of.
pub fn named(state: &State<'_>, file: FileId, offset: u32) -> Option<Occurrence> {
    let (names, span) = names_at(state, file, offset)?;
    let text = &state.project().file(file).text[span.range()];
    let named = match names {
        Names::Contract => Named::Contract(state.program().contract_named(text)?),
        Names::Function | Names::Entrypoint => {
            let FunctionId { contract, index } = state.program().function_named(text)?;
            Named::Defined(contract, Definition::Function(index))
        }
        Names::Map => definition(state, text, Definition::Map, |model| &model.maps, |map| map.name)?,
        Names::Trait => definition(state, text, Definition::Trait, |model| &model.traits, |it| it.name)?,
        Names::Role => return None,
    };
    Some(Occurrence { at: Location { file, span }, named })
}

/// What the role asks for that is named at a place, and where it is named.
pub fn role(state: &State<'_>, file: FileId, offset: u32) -> Option<(String, Span)> {
    let (_, span) = names_at(state, file, offset).filter(|(names, _)| *names == Names::Role)?;
    let text = &state.project().file(file).text[span.range()];
    let roles = state.analysis.policy.roles.iter();
    let (name, condition) = roles.rev().find(|(name, _)| name.value == text)?;
    Some((format!("**{}**\n\n```clarity\n{}\n```", name.value, condition.value), span))
}

/// What a text names, and where it stands.
fn names_at(state: &State<'_>, file: FileId, offset: u32) -> Option<(Names, Span)> {
    let (place, shape) = place(state, file, offset)?;
    let around = shape.at(&place.path)?;
    let named = if is_value(&place) { around.element() } else { around.names_of_keys()? };
    Some((named.names()?, place.word))
}

/// What a contract defines under `CONTRACT.NAME`.
fn definition<T>(
    state: &State<'_>,
    path: &str,
    kind: fn(u32) -> Definition,
    all: fn(&Model) -> &Vec<T>,
    name_of: fn(&T) -> Name,
) -> Option<Named> {
    let (contract, name) = path.rsplit_once('.')?;
    let contract = state.program().contract_named(contract)?;
    let tree = &state.program().contract(contract).syntax.tree;
    let mut all = all(state.program().model(contract)).iter();
    let place = all.position(|it| tree.name(name_of(it).symbol) == name)?;
    Some(Named::Defined(contract, kind(place as u32)))
}

fn is_value(place: &Place) -> bool {
    matches!(place.side, Side::Value { .. })
}
