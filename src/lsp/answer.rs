//! What the server is asked, and who answers.

use gen_lsp_types::{
    CallHierarchyIncomingCallsRequest, CallHierarchyOutgoingCallsRequest, CallHierarchyPrepareRequest,
    CodeActionRequest, CodeLensRequest, CompletionRequest, DefinitionRequest, DocumentDiagnosticRequest,
    DocumentSymbolRequest, HoverRequest, ImplementationRequest, InlayHintRequest, ReferencesRequest, Request,
    Uri, WorkspaceDiagnosticRequest, WorkspaceSymbolRequest,
};
use lsp_server::{ErrorCode, ResponseError};
use serde_json::{Value, json};

use super::state::State;
use super::{actions, configuration, hierarchy, hints, hover, lens, navigation, pull, symbols};

/// The requests that projects answer.
pub const METHODS: &[&str] = &[
    "callHierarchy/incomingCalls",
    "callHierarchy/outgoingCalls",
    "textDocument/codeAction",
    "textDocument/codeLens",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/diagnostic",
    "textDocument/documentSymbol",
    "textDocument/hover",
    "textDocument/implementation",
    "textDocument/inlayHint",
    "textDocument/prepareCallHierarchy",
    "textDocument/references",
    "workspace/diagnostic",
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
        "callHierarchy/incomingCalls" => {
            ask::<CallHierarchyIncomingCallsRequest>(params, |it| hierarchy::incoming(state, &it.item))
        }
        "callHierarchy/outgoingCalls" => {
            ask::<CallHierarchyOutgoingCallsRequest>(params, |it| hierarchy::outgoing(state, &it.item))
        }
        "textDocument/codeAction" => ask::<CodeActionRequest>(params, |it| actions::actions(state, &it)),
        "textDocument/codeLens" => ask::<CodeLensRequest>(params, |it| lens::lenses(state, &it)),
        "textDocument/completion" => {
            ask::<CompletionRequest>(params, |it| configuration::completion(state, &it))
        }
        "textDocument/definition" => ask::<DefinitionRequest>(params, |it| {
            navigation::definition(state, &it.text_document_position_params)
        }),
        "textDocument/diagnostic" => ask::<DocumentDiagnosticRequest>(params, |it| pull::document(state, it)),
        "textDocument/documentSymbol" => {
            ask::<DocumentSymbolRequest>(params, |it| symbols::document(state, &it))
        }
        "textDocument/hover" => {
            ask::<HoverRequest>(params, |it| hover::hover(state, &it.text_document_position_params))
        }
        "textDocument/implementation" => ask::<ImplementationRequest>(params, |it| {
            navigation::implementation(state, &it.text_document_position_params)
        }),
        "textDocument/inlayHint" => ask::<InlayHintRequest>(params, |it| hints::hints(state, &it)),
        "textDocument/prepareCallHierarchy" => ask::<CallHierarchyPrepareRequest>(params, |it| {
            hierarchy::prepare(state, &it.text_document_position_params)
        }),
        "textDocument/references" => {
            ask::<ReferencesRequest>(params, |it| navigation::references(state, &it))
        }
        "workspace/diagnostic" => ask::<WorkspaceDiagnosticRequest>(params, |it| pull::workspace(state, &it)),
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
pub fn join(method: &str, answers: Vec<Value>) -> Value {
    let mut answers = answers.into_iter().filter(|answer| !answer.is_null());
    let Some(mut first) = answers.next() else { return nothing(method) };
    for mut other in answers {
        if let (Some(all), Some(more)) = (list(&mut first), list(&mut other)) {
            all.append(more);
        }
    }
    first
}

/// The list that an answer is or holds.
fn list(answer: &mut Value) -> Option<&mut Vec<Value>> {
    match answer {
        Value::Array(all) => Some(all),
        Value::Object(report) => report.get_mut("items")?.as_array_mut(),
        _ => None,
    }
}

/// What is said of what belongs to no project.
fn nothing(method: &str) -> Value {
    match method {
        "textDocument/diagnostic" => json!({"kind": "full", "items": []}),
        "workspace/diagnostic" => json!({"items": []}),
        _ => Value::Null,
    }
}
