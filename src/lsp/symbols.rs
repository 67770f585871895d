//! Outlines: what contracts define.

use gen_lsp_types::{
    BaseSymbolInformation, DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, SymbolKind,
    WorkspaceSymbol, WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

use super::state::State;
use crate::builtins::Define;
use crate::project::Contract;
use crate::source::{FileId, Location, Span};
use crate::syntax::Kind;

/// The most symbols of the workspace that are listed at once. Editors ask again as the user types on.
const MOST: usize = 512;

/// A definition as it is written, whether the rest of the contract makes sense or not.
struct Outlined<'p> {
    define: Define,
    name: &'p str,
    /// The name, and the whole form.
    at: Span,
    form: Span,
}

pub fn document(state: &State<'_>, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let file = state.file(&params.text_document.uri)?;
    let contract = state.project().contract(state.contract(file)?);
    let symbol = |it: Outlined<'_>| document_symbol(state, file, &it);
    Some(outline(contract).map(symbol).collect::<Vec<_>>().into())
}

#[expect(deprecated, reason = "the field has to be there")]
fn document_symbol(state: &State<'_>, file: FileId, it: &Outlined<'_>) -> DocumentSymbol {
    DocumentSymbol {
        name: it.name.to_owned(),
        detail: Some(it.define.name().to_owned()),
        kind: kind(it.define),
        tags: None,
        deprecated: None,
        range: state.range(Location { file, span: it.form }),
        selection_range: state.range(Location { file, span: it.at }),
        children: None,
    }
}

pub fn workspace(state: &State<'_>, params: &WorkspaceSymbolParams) -> Option<WorkspaceSymbolResponse> {
    let query = params.query.to_ascii_lowercase();
    let contracts = state.project().contracts.iter();
    let all = contracts.flat_map(|contract| outline(contract).map(move |it| (contract, it)));
    let wanted = all.filter(|(contract, it)| is_wanted(&query, &contract.name, it.name));
    let symbol = |(contract, it): (&Contract, Outlined<'_>)| WorkspaceSymbol {
        location: state.location(Location { file: contract.file, span: it.at }).into(),
        data: None,
        base_symbol_information: BaseSymbolInformation {
            name: it.name.to_owned(),
            kind: kind(it.define),
            tags: None,
            container_name: Some(contract.qualified_name().to_string()),
        },
    };
    Some(wanted.take(MOST).map(symbol).collect::<Vec<_>>().into())
}

/// Whether the letters of a query come in a name in their order. A dot parts the contract from the name.
fn is_wanted(query: &str, contract: &str, name: &str) -> bool {
    let comes_in = |query: &str, name: &str| {
        let mut letters = name.chars().map(|c| c.to_ascii_lowercase());
        query.chars().all(|wanted| letters.any(|letter| letter == wanted))
    };
    match query.split_once('.') {
        Some((first, rest)) => comes_in(first, contract) && comes_in(rest, name),
        None => comes_in(query, name),
    }
}

fn outline(contract: &Contract) -> impl Iterator<Item = Outlined<'_>> {
    contract.syntax.tree.forms().filter_map(|form| {
        let (define, mut arguments) = form.define()?;
        let first = arguments.next()?;
        let name = first.call().map_or(first, |(name, _)| name);
        // The name of a trait that is implemented is not defined here.
        let is_name = name.kind() == Kind::Atom;
        is_name.then(|| Outlined { define, name: name.text(), at: name.span(), form: form.span() })
    })
}

fn kind(define: Define) -> SymbolKind {
    match define {
        Define::Public | Define::ReadOnly | Define::Private => SymbolKind::Function,
        Define::Constant => SymbolKind::Constant,
        Define::DataVar => SymbolKind::Variable,
        Define::Map => SymbolKind::Object,
        Define::FungibleToken | Define::NonFungibleToken => SymbolKind::Class,
        Define::Trait | Define::UseTrait | Define::ImplTrait => SymbolKind::Interface,
    }
}
