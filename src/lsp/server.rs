//! The thread that reads: the handshake, what the editor tells, and what it asks.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use gen_lsp_types::{
    CancelNotification, CodeLensRefreshRequest, ConfigurationItem, ConfigurationParams, ConfigurationRequest,
    DidChangeConfigurationNotification, DidChangeTextDocumentNotification, DidChangeWatchedFilesNotification,
    DidChangeWorkspaceFoldersNotification, DidCloseTextDocumentNotification, DidOpenTextDocumentNotification,
    DidSaveTextDocumentNotification, Id, InitializeParams, InlayHintRefreshRequest, RegistrationParams,
    RegistrationRequest, Uri, WorkspaceFolder, WorkspaceFolders,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::Value;
use time::Date;

use super::client::Client;
use super::features::{Features, SECTION, watching};
use super::published::Published;
use super::question::{Open, Question};
use super::session::Shared;
use super::workspace::Workspace;
use super::{answer, uri};
use crate::project::is_contract;

/// What editors ask while somebody types.
const COMPLETION: &str = "textDocument/completion";

/// How a client went.
pub enum Ended {
    /// It said so before.
    Orderly,
    Abruptly,
}

/// Serves one client until it goes.
pub fn serve(stdin: &mut dyn Read, stdout: &mut (dyn Write + Send), today: Option<Date>) -> Ended {
    let (sender, outgoing) = channel();
    thread::scope(|scope| {
        scope.spawn(move || write(&outgoing, stdout));
        let client = Arc::new(Client::new(sender));
        let mut reader = BufReader::new(stdin);
        let Some((id, params)) = handshake(&mut reader, &client) else { return Ended::Abruptly };
        let features = Features::of(&params);
        client.respond(Response::new_ok(id, features.answer()));
        let shared = Shared { client: client.clone(), published: Published::default(), features, today };
        thread::scope(|scope| {
            let workspace = Workspace::new(scope, &shared, folders(&params));
            let (open, settings) = (Arc::default(), None);
            Server { client, shared: &shared, workspace, open, settings, is_ending: false }.run(&mut reader)
        })
    })
}

/// Writes what is sent until nobody can send any more, or nobody reads it.
fn write(outgoing: &Receiver<Message>, stdout: &mut dyn Write) {
    let mut stdout = stdout;
    let _ = outgoing.iter().try_for_each(|message| message.write(&mut stdout));
}

/// The next message; `None` when there are no more. What is no message is left out.
fn read(reader: &mut impl BufRead, client: &Client) -> Option<Message> {
    loop {
        match Message::read(reader) {
            Ok(message) => return message,
            Err(error) if error.kind() == ErrorKind::InvalidData => client.log(error.to_string()),
            Err(_) => return None,
        }
    }
}

/// Waits for the client to introduce itself.
fn handshake(reader: &mut impl BufRead, client: &Client) -> Option<(RequestId, InitializeParams)> {
    loop {
        let refuse = |id, code: ErrorCode, message: String| {
            client.respond(Response::new_err(id, code as i32, message));
        };
        match read(reader, client)? {
            Message::Request(Request { id, method, params }) if method == "initialize" => {
                match serde_json::from_value(params) {
                    Ok(params) => return Some((id, params)),
                    Err(error) => refuse(id, ErrorCode::InvalidParams, error.to_string()),
                }
            }
            Message::Request(request) => {
                let message = "the first request is `initialize`".to_owned();
                refuse(request.id, ErrorCode::ServerNotInitialized, message);
            }
            Message::Notification(notification) if notification.method == "exit" => return None,
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
}

/// The folders that the client has open.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    match &params.workspace_folders_initialize_params.workspace_folders {
        Some(WorkspaceFolders::WorkspaceFolderList(folders)) => paths(folders),
        // Clients from before there could be several.
        #[expect(deprecated, reason = "some clients send nothing else")]
        _ => params.root_uri.as_ref().and_then(uri::path).into_iter().collect(),
    }
}

fn paths(folders: &[WorkspaceFolder]) -> Vec<PathBuf> {
    folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect()
}

struct Server<'s, 'e> {
    client: Arc<Client>,
    shared: &'e Shared,
    workspace: Workspace<'s, 'e>,
    open: Arc<Open>,
    /// The request for settings that waits for its answer.
    settings: Option<RequestId>,
    /// After `shutdown`.
    is_ending: bool,
}

impl Server<'_, '_> {
    fn run(mut self, reader: &mut impl BufRead) -> Ended {
        while let Some(message) = read(reader, &self.client) {
            match message {
                Message::Request(request) => self.request(request),
                Message::Notification(notification) if notification.method == "exit" => break,
                Message::Notification(notification) => {
                    let method = notification.method.clone();
                    if let Err(error) = self.notification(notification) {
                        self.client.log(format!("`{method}` cannot be read: {error}"));
                    }
                }
                Message::Response(response) => self.response(response),
            }
        }
        if self.is_ending { Ended::Orderly } else { Ended::Abruptly }
    }

    fn request(&mut self, request: Request) {
        let refuse = |id, code: ErrorCode, message: String| {
            self.client.respond(Response::new_err(id, code as i32, message));
        };
        match request.method.as_str() {
            _ if self.is_ending => {
                refuse(request.id, ErrorCode::InvalidRequest, "the server is shutting down".to_owned());
            }
            "shutdown" => {
                self.is_ending = true;
                self.client.respond(Response::new_ok(request.id, Value::Null));
            }
            method if answer::METHODS.contains(&method) => {
                let file = answer::uri(&request.params).map(|uri| uri::path(&uri));
                let completes = method == COMPLETION;
                let question = Question::new(request, self.client.clone(), self.open.clone());
                match file {
                    // Contracts are completed by others, who should not have to wait.
                    Some(Some(file)) if completes && is_contract(&file) => {}
                    Some(Some(file)) => self.workspace.ask_about(&file, question),
                    // A buffer that is no file, or none that anything can be said of.
                    Some(None) => {}
                    None => self.workspace.ask_all(&question),
                }
            }
            method => {
                let message = format!("`{method}` is not served");
                refuse(request.id, ErrorCode::MethodNotFound, message);
            }
        }
    }

    fn response(&mut self, response: Response) {
        if self.settings.take_if(|id| *id == response.id).is_some()
            && let Ok(Value::Array(settings)) = response.response_result
        {
            self.set(settings.first().unwrap_or(&Value::Null));
        }
    }

    fn set(&self, settings: &Value) {
        self.shared.features.set(settings);
        if self.shared.features.refreshes_lenses {
            self.client.request::<CodeLensRefreshRequest>(());
        }
        if self.shared.features.refreshes_hints {
            self.client.request::<InlayHintRefreshRequest>(());
        }
    }

    fn notification(&mut self, told: Notification) -> serde_json::Result<()> {
        let encoding = self.shared.features.encoding;
        match told.method.as_str() {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => {
                let item = params::<DidOpenTextDocumentNotification>(told)?.text_document;
                if let Some(file) = uri::path(&item.uri) {
                    self.workspace.open(&file, item);
                }
            }
            "textDocument/didChange" => {
                let change = params::<DidChangeTextDocumentNotification>(told)?;
                let document = change.text_document;
                if let Some(file) = uri::path(&document.text_document_identifier.uri) {
                    let changes = change.content_changes;
                    self.workspace.edit(&file, |buffers| {
                        buffers.change(&file, document.version, changes, encoding);
                    });
                }
            }
            "textDocument/didClose" => {
                let closed = params::<DidCloseTextDocumentNotification>(told)?.text_document;
                if let Some(file) = uri::path(&closed.uri) {
                    self.workspace.close(&file);
                }
            }
            "textDocument/didSave" => {
                let saved = params::<DidSaveTextDocumentNotification>(told)?.text_document;
                self.changed([saved.uri].iter());
            }
            "workspace/didChangeWatchedFiles" => {
                let changes = params::<DidChangeWatchedFilesNotification>(told)?.changes;
                self.changed(changes.iter().map(|change| &change.uri));
            }
            "workspace/didChangeWorkspaceFolders" => {
                let event = params::<DidChangeWorkspaceFoldersNotification>(told)?.event;
                self.workspace.change_folders(paths(&event.added), &paths(&event.removed));
            }
            "workspace/didChangeConfiguration" => {
                let settings = params::<DidChangeConfigurationNotification>(told)?.settings;
                match self.shared.features.has_settings {
                    true => self.ask_for_settings(),
                    false => self.set(settings.get(SECTION).unwrap_or(&Value::Null)),
                }
            }
            "$/cancelRequest" => {
                let id = match params::<CancelNotification>(told)?.id {
                    Id::Int(id) => RequestId::from(id),
                    Id::String(id) => RequestId::from(id),
                };
                if self.open.remove(&id) {
                    let code = ErrorCode::RequestCanceled as i32;
                    self.client.respond(Response::new_err(id, code, "cancelled".to_owned()));
                }
            }
            // What a server does not know it leaves alone.
            _ => {}
        }
        Ok(())
    }

    fn initialized(&mut self) {
        if self.shared.features.watches {
            let registrations = vec![watching()];
            self.client.request::<RegistrationRequest>(RegistrationParams { registrations });
        }
        if self.shared.features.has_settings {
            self.ask_for_settings();
        }
    }

    fn ask_for_settings(&mut self) {
        let items = vec![ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) }];
        self.settings = Some(self.client.request::<ConfigurationRequest>(ConfigurationParams { items }));
    }

    fn changed<'u>(&mut self, uris: impl Iterator<Item = &'u Uri>) {
        let files: Vec<_> = uris.filter_map(uri::path).collect();
        self.workspace.changed(&files);
    }
}

fn params<N: gen_lsp_types::Notification>(notification: Notification) -> serde_json::Result<N::Params> {
    serde_json::from_value(notification.params)
}
