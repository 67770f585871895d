//! What the server is asked, and who answers.

use gen_lsp_types::{
    CodeActionRequest, DefinitionRequest, DocumentSymbolRequest, HoverRequest, ImplementationRequest,
    ReferencesRequest, Request, Uri, WorkspaceSymbolRequest,
};
use lsp_server::{ErrorCode, ResponseError};
use serde_json::Value;

use super::state::State;
use super::{actions, hover, navigation, symbols};

/// The requests that projects answer.
pub const METHODS: &[&str] = &[
    "textDocument/codeAction",
    "textDocument/definition",
    "textDocument/documentSymbol",
    "textDocument/hover",
    "textDocument/implementation",
    "textDocument/references",
    "workspace/symbol",
];

/// The document that a request is about; `None` of one that is about the whole workspace.
pub fn uri(params: &Value) -> Option<Uri> {
    let uri = params.pointer("/textDocument/uri").or_else(|| params.pointer("/item/uri"))?;
    Some(Uri(uri.as_str()?.to_owned()))
}

/// The answer of one project.
pub fn answer(state: &State<'_>, method: &str, params: Value) -> Result<Value, ResponseError> {
    match method {
        "textDocument/codeAction" => ask::<CodeActionRequest>(params, |it| actions::actions(state, &it)),
        "textDocument/definition" => ask::<DefinitionRequest>(params, |it| {
            navigation::definition(state, &it.text_document_position_params)
        }),
        "textDocument/documentSymbol" => {
            ask::<DocumentSymbolRequest>(params, |it| symbols::document(state, &it))
        }
        "textDocument/hover" => {
            ask::<HoverRequest>(params, |it| hover::hover(state, &it.text_document_position_params))
        }
        "textDocument/implementation" => ask::<ImplementationRequest>(params, |it| {
            navigation::implementation(state, &it.text_document_position_params)
        }),
        "textDocument/references" => {
            ask::<ReferencesRequest>(params, |it| navigation::references(state, &it))
        }
        "workspace/symbol" => ask::<WorkspaceSymbolRequest>(params, |it| symbols::workspace(state, &it)),
        _ => Ok(Value::Null),
    }
}

fn ask<R: Request>(
    params: Value,
    answer: impl FnOnce(R::Params) -> R::Result,
) -> Result<Value, ResponseError> {
    let failed = |code: ErrorCode, error: serde_json::Error| ResponseError {
        code: code as i32,
        message: error.to_string(),
        data: None,
    };
    let params = serde_json::from_value(params).map_err(|error| failed(ErrorCode::InvalidParams, error))?;
    serde_json::to_value(answer(params)).map_err(|error| failed(ErrorCode::InternalError, error))
}

/// The answers of several projects as one: lists one after the other, or the first that says anything.
pub fn join(answers: Vec<Value>) -> Value {
    let mut answers = answers.into_iter().filter(|answer| !answer.is_null());
    let Some(mut first) = answers.next() else { return Value::Null };
    for mut other in answers {
        if let (Value::Array(all), Value::Array(more)) = (&mut first, &mut other) {
            all.append(more);
        }
    }
    first
}
