//! A word behind the names of entrypoints that anybody can call, and of state that anybody or only some can change. Where
//! not everything is known, nothing is said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use gen_lsp_types::{InlayHint, InlayHintParams};

use super::names::Occurrence;
use super::state::State;
use crate::facts::{EffectKind, StateId, Summary};
use crate::graph::{FunctionId, Program};
use crate::project::ContractId;
use crate::rules::Lint;
use crate::rules::standing::asks_caller;

/// Who can change something; what counts more comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Governed,
    Unknown,
    Anybody,
}

pub fn hints(state: &State<'_>, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    if !state.features.inlay_hints.load(Ordering::Relaxed) {
        return None;
    }
    let file = state.file(&params.text_document.uri)?;
    let contract = state.contract(file)?;
    let defined = state.names().definitions_in(file, state.lines(file).span(params.range));
    let defined: Vec<_> = defined.collect();
    let mut lint = state.lint();
    let storages = defined.iter().filter_map(|it| it.named.storage());
    let who = who_changes(&mut lint, contract, storages);
    let is_broken = is_broken(lint.program, &lint.program.reached_from([contract]));
    let word = |lint: &mut Lint<'_>, function: Option<FunctionId>, storage: Option<StateId>| {
        let any_caller = function.filter(|&function| !is_broken && is_for_anybody(lint, function));
        let any_caller = any_caller.map(|_| "any caller");
        any_caller.or_else(|| match who.get(&storage?)? {
            Who::Governed => Some("governed"),
            Who::Anybody => Some("anybody"),
            Who::Unknown => None,
        })
    };
    let hint = |it: Occurrence| {
        Some(InlayHint {
            position: state.range(it.at).end,
            label: word(&mut lint, it.named.function(), it.named.storage())?.to_owned().into(),
            padding_left: Some(true),
            kind: None,
            text_edits: None,
            tooltip: None,
            padding_right: None,
            data: None,
        })
    };
    Some(defined.into_iter().filter_map(hint).collect())
}

/// Whether an entrypoint changes state and asks nothing of who calls.
fn is_for_anybody(lint: &mut Lint<'_>, function: FunctionId) -> bool {
    if !lint.program.is_entrypoint(function) {
        return false;
    }
    let summary = lint.begin(function);
    is_whole(&summary)
        && !asks_strangers(&summary)
        && summary.effects.iter().any(|effect| effect.kind.changes_state())
        && !summary.effects.iter().any(|effect| {
            asks_caller(lint, &effect.facts) || lint.governance.has_role(&mut lint.engine, &effect.facts)
        })
}

/// Whether all is known that a function changes.
fn is_whole(summary: &Summary) -> bool {
    summary.unchecked.is_none() && !summary.effects.iter().any(|effect| effect.kind == EffectKind::Unchecked)
}

/// Whether a contract that is not there may have asked anything of the caller.
fn asks_strangers(summary: &Summary) -> bool {
    summary.effects.iter().any(|effect| matches!(effect.kind, EffectKind::External(_)))
}

/// Whether one of some contracts has syntax errors: what was left out may change and ask anything.
fn is_broken(program: &Program<'_>, contracts: &BTreeSet<ContractId>) -> bool {
    contracts.iter().any(|&it| !program.contract(it).syntax.errors.is_empty())
}

/// Who changes state of a contract; what nobody changes is left out.
fn who_changes(
    lint: &mut Lint<'_>,
    contract: ContractId,
    storages: impl Iterator<Item = StateId>,
) -> BTreeMap<StateId, Who> {
    let mut who: BTreeMap<_, Option<Who>> = storages.map(|storage| (storage, None)).collect();
    if who.is_empty() {
        return BTreeMap::new();
    }
    for other in lint.program.project.contract_ids() {
        let program = lint.program;
        let reached = program.reached_from([other]);
        if !reached.contains(&contract) {
            continue;
        }
        let is_broken = is_broken(program, &reached);
        let mut is_unknown = is_broken;
        for entrypoint in program.functions_of(other).filter(|&it| program.is_entrypoint(it)) {
            let summary = lint.begin(entrypoint);
            let is_whole = is_whole(&summary);
            is_unknown |= !is_whole;
            let is_known = is_whole && !asks_strangers(&summary) && !is_broken;
            for effect in &summary.effects {
                let Some(known) = effect.kind.state().and_then(|state| who.get_mut(&state)) else { continue };
                let has_role = lint.governance.has_role(&mut lint.engine, &effect.facts);
                let by = match (has_role, is_known) {
                    (true, _) => Who::Governed,
                    (false, true) => Who::Anybody,
                    (false, false) => Who::Unknown,
                };
                *known = (*known).max(Some(by));
            }
        }
        // What is not known may change anything that it reaches.
        if is_unknown {
            who.values_mut().for_each(|known| *known = (*known).max(Some(Who::Unknown)));
        }
    }
    who.into_iter().filter_map(|(state, who)| Some((state, who?))).collect()
}
