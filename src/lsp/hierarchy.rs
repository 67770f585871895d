//! Who calls a function, and whom it calls, contract by contract.

use std::collections::BTreeMap;

use gen_lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, Range, SymbolKind,
    TextDocumentIdentifier, TextDocumentPositionParams,
};

use super::state::State;
use crate::graph::{FunctionId, Site};

pub fn prepare(state: &State<'_>, at: &TextDocumentPositionParams) -> Option<Vec<CallHierarchyItem>> {
    let function = state.named(at)?.named.function()?;
    Some(vec![item(state, function)])
}

pub fn incoming(state: &State<'_>, of: &CallHierarchyItem) -> Option<Vec<CallHierarchyIncomingCall>> {
    let calls = by_function(state, state.program().calls_of(function(state, of)?)).into_iter();
    let call = |(caller, from_ranges)| CallHierarchyIncomingCall { from: item(state, caller), from_ranges };
    Some(calls.map(call).collect())
}

pub fn outgoing(state: &State<'_>, of: &CallHierarchyItem) -> Option<Vec<CallHierarchyOutgoingCall>> {
    let calls = by_function(state, state.program().calls_in(function(state, of)?)).into_iter();
    let call = |(callee, from_ranges)| CallHierarchyOutgoingCall { to: item(state, callee), from_ranges };
    Some(calls.map(call).collect())
}

/// The function that an item was made of, if it is still there.
fn function(state: &State<'_>, item: &CallHierarchyItem) -> Option<FunctionId> {
    let text_document = TextDocumentIdentifier { uri: item.uri.clone() };
    let at = TextDocumentPositionParams { text_document, position: item.selection_range.start };
    state.named(&at)?.named.function()
}

/// The functions at the other ends of calls, each with the heads of the calls.
fn by_function(
    state: &State<'_>,
    calls: impl Iterator<Item = (FunctionId, Site)>,
) -> BTreeMap<FunctionId, Vec<Range>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (function, site) in calls {
        all.entry(function).or_default().push(state.range(state.program().head(site)));
    }
    for ranges in all.values_mut() {
        ranges.sort();
        ranges.dedup();
    }
    all
}

fn item(state: &State<'_>, function: FunctionId) -> CallHierarchyItem {
    let program = state.program();
    let at = program.location(function);
    let contract = program.contract(function.contract);
    CallHierarchyItem {
        name: program.name(function).to_owned(),
        kind: SymbolKind::Function,
        tags: None,
        detail: Some(contract.qualified_name().to_string()),
        uri: state.uri(at.file),
        range: state.range(program.location_in(function.contract, program.function(function).span)),
        selection_range: state.range(at),
        data: None,
    }
}
