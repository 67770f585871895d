//! From names to where they are defined, used and implemented, across contracts.

use gen_lsp_types::{
    DefinitionResponse, ImplementationResponse, Location, ReferenceParams, TextDocumentPositionParams,
};

use super::names::{Named, Occurrence};
use super::state::State;
use crate::graph::TraitId;
use crate::model::Definition;

pub fn definition(state: &State<'_>, at: &TextDocumentPositionParams) -> Option<DefinitionResponse> {
    let found = state.named(at)?;
    let place = state.names().definition(found.named)?;
    Some(DefinitionResponse::Definition(state.location(place).into()))
}

pub fn references(state: &State<'_>, params: &ReferenceParams) -> Option<Vec<Location>> {
    let named = state.named(&params.text_document_position_params)?.named;
    let definition = state.names().definition(named).filter(|_| params.context.include_declaration);
    let places = definition.into_iter().chain(state.names().uses(named));
    Some(places.map(|place| state.location(place)).collect())
}

/// The contracts that declare a trait, or their functions for one of its methods.
pub fn implementation(state: &State<'_>, at: &TextDocumentPositionParams) -> Option<ImplementationResponse> {
    let Occurrence { named, .. } = state.named(at)?;
    let program = state.program();
    let (of, method) = match named {
        Named::Method(of, method) => (of, Some(method)),
        Named::Defined(contract, Definition::Trait(index)) => (TraitId { contract, index }, None),
        Named::Defined(contract, Definition::TraitAlias(index)) => {
            let path = &program.model(contract).trait_aliases[index as usize].path;
            (program.find_trait(contract, path)?, None)
        }
        _ => return None,
    };
    let places: Vec<_> = match method {
        Some(method) => {
            let methods = &program.model(of.contract).traits[of.index as usize].methods;
            let tree = &program.contract(of.contract).syntax.tree;
            let name = tree.name(methods[method as usize].name.symbol);
            program.methods(of, name).map(|function| state.location(program.location(function))).collect()
        }
        None => {
            let contracts = program.implementors(of);
            let places = contracts.filter_map(|it| state.names().definition(Named::Contract(it)));
            places.map(|place| state.location(place)).collect()
        }
    };
    Some(ImplementationResponse::Definition(places.into()))
}
