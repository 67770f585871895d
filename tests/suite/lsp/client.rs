//! An editor: the built program, spoken to over its standard input and output.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use lsp_server::{Message, Notification, Request, Response, ResponseError};
use serde_json::{Value, json};

use super::uri;

/// Nothing that is asked here takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Client {
    server: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Message>,
    requests: i32,
    /// The settings that the server is told when it asks.
    pub settings: Value,
    /// What is shown of each URI, and of which version; what is clean is left out.
    pub shown: BTreeMap<String, Vec<Value>>,
    pub versions: BTreeMap<String, Option<i64>>,
    /// What else came: notifications and requests by their methods.
    pub heard: Vec<(String, Value)>,
}

impl Client {
    /// A server that nobody has introduced himself to.
    pub fn silent() -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_clarlint"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program is built");
        let stdin = server.stdin.take();
        let mut stdout = BufReader::new(server.stdout.take().expect("it is piped"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Some(message) = Message::read(&mut stdout).expect("the server sends messages") {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self {
            server,
            stdin,
            messages,
            requests: 0,
            settings: Value::Null,
            shown: BTreeMap::new(),
            versions: BTreeMap::new(),
            heard: Vec::new(),
        }
    }

    /// A server with folders open, for an editor that can do what `capabilities` says.
    pub fn with(folders: &[&Path], capabilities: Value) -> Self {
        let mut client = Self::silent();
        let folders: Vec<_> =
            folders.iter().map(|folder| json!({"uri": uri(folder), "name": "folder"})).collect();
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders,
        });
        client.ask("initialize", params).expect("the handshake succeeds");
        client.tell("initialized", json!({}));
        client
    }

    pub fn new(folders: &[&Path]) -> Self {
        Self::with(folders, json!({}))
    }

    pub fn send(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("it is open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server reads");
    }

    fn write(&mut self, message: &Message) {
        let mut bytes = Vec::new();
        message.write(&mut bytes).expect("memory takes everything");
        self.send(&bytes);
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.write(&Notification { method: method.into(), params }.into());
    }

    /// Sends a request without waiting for its answer.
    pub fn begin(&mut self, method: &str, params: Value) -> i32 {
        self.requests += 1;
        let id = self.requests;
        self.write(&Request { id: id.into(), method: method.into(), params }.into());
        id
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, ResponseError> {
        let id = self.begin(method, params);
        self.answer_to(id)
    }

    /// Waits for an answer, and does in the meantime what editors do.
    pub fn answer_to(&mut self, id: i32) -> Result<Value, ResponseError> {
        loop {
            match self.messages.recv_timeout(PATIENCE).expect("the server answers") {
                Message::Response(response) => {
                    assert_eq!(response.id, id.into());
                    return response.response_result;
                }
                Message::Request(request) => self.asked(request),
                Message::Notification(told) => self.told(told),
            }
        }
    }

    fn asked(&mut self, request: Request) {
        let answer = match request.method.as_str() {
            "workspace/configuration" => json!([self.settings]),
            _ => Value::Null,
        };
        self.heard.push((request.method, request.params));
        self.write(&Response::new_ok(request.id, answer).into());
    }

    fn told(&mut self, told: Notification) {
        if told.method == "textDocument/publishDiagnostics" {
            let uri = told.params["uri"].as_str().expect("it names a file").to_owned();
            let diagnostics = told.params["diagnostics"].as_array().expect("it is a list").clone();
            self.versions.insert(uri.clone(), told.params["version"].as_i64());
            match diagnostics.is_empty() {
                true => self.shown.remove(&uri),
                false => self.shown.insert(uri, diagnostics),
            };
        } else {
            self.heard.push((told.method, told.params));
        }
    }

    /// Waits until everything that was told is analysed: questions are answered after that.
    pub fn settle(&mut self) {
        self.ask("workspace/symbol", json!({"query": ""})).expect("symbols are listed");
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        let document = json!({"uri": uri(path), "languageId": "clarity", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the whole text.
    pub fn replace(&mut self, path: &Path, version: i64, text: &str) {
        self.change(path, version, json!([{ "text": text }]));
    }

    pub fn change(&mut self, path: &Path, version: i64, changes: Value) {
        let document = json!({"uri": uri(path), "version": version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    pub fn close(&mut self, path: &Path) {
        self.tell("textDocument/didClose", json!({"textDocument": {"uri": uri(path)}}));
    }

    pub fn save(&mut self, path: &Path) {
        self.tell("textDocument/didSave", json!({"textDocument": {"uri": uri(path)}}));
    }

    /// Tells of files that were made, changed or deleted.
    pub fn watched(&mut self, paths: &[&Path]) {
        let changes: Vec<_> = paths.iter().map(|path| json!({"uri": uri(path), "type": 2})).collect();
        self.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    }

    /// Goes as the protocol wants it; the exit code is returned.
    pub fn quit(mut self) -> i32 {
        self.ask("shutdown", Value::Null).expect("the server shuts down");
        self.leave()
    }

    /// Goes without a word.
    pub fn leave(mut self) -> i32 {
        self.tell("exit", Value::Null);
        self.stdin = None;
        self.server.wait().expect("the server ends").code().expect("no signal ends it")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed does not wait.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
