//! What is sent to the editor, from whichever thread.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::Sender;

use gen_lsp_types::{LogMessageNotification, LogMessageParams, MessageType, Notification, Request};
use lsp_server::{Message, RequestId, Response};
use serde_json::Value;

/// The way to the editor. A message that cannot be sent any more is dropped: nobody is there to read it.
#[derive(Debug)]
pub struct Client {
    sender: Sender<Message>,
    requests: AtomicI32,
}

impl Client {
    pub fn new(sender: Sender<Message>) -> Self {
        Self { sender, requests: AtomicI32::new(0) }
    }

    pub fn notify<N: Notification>(&self, params: N::Params) {
        let method = N::METHOD.as_str().to_owned();
        self.send(lsp_server::Notification::new(method, params).into());
    }

    /// Asks the editor for something. The answer comes with the id.
    pub fn request<R: Request>(&self, params: R::Params) -> RequestId {
        let id = RequestId::from(self.requests.fetch_add(1, Ordering::Relaxed));
        let method = R::METHOD.as_str().to_owned();
        // What has no parameters is null in Rust and nothing at all in the protocol.
        let params = serde_json::to_value(params).unwrap_or(Value::Null);
        self.send(lsp_server::Request { id: id.clone(), method, params }.into());
        id
    }

    pub fn respond(&self, response: Response) {
        self.send(response.into());
    }

    /// Tells whoever looks for a fault.
    pub fn log(&self, message: String) {
        let kind = MessageType::Info;
        self.notify::<LogMessageNotification>(LogMessageParams { kind, message });
    }

    fn send(&self, message: Message) {
        let _ = self.sender.send(message);
    }
}
