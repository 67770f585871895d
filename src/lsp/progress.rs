//! Tells the editor that a project is being analysed, once that takes longer than people notice.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use gen_lsp_types::{
    ProgressNotification, ProgressParams, ProgressToken, WorkDoneProgressBegin, WorkDoneProgressCreateParams,
    WorkDoneProgressCreateRequest, WorkDoneProgressEnd,
};
use serde::Serialize;
use serde_json::Value;

use super::client::Client;

/// What takes no longer is not told.
const PATIENCE: Duration = Duration::from_millis(300);

/// The work of one project, under a watch of its own.
pub struct Progress(Option<Sender<Event>>);

#[derive(PartialEq, Eq)]
enum Event {
    Begun,
    Done,
}

/// Work under way; it is done when this is dropped.
pub struct Working<'p>(&'p Progress);

impl Progress {
    /// For editors that show none.
    pub fn silent() -> Self {
        Self(None)
    }

    /// `name` tells the project from others.
    pub fn shown(client: Arc<Client>, name: String) -> Self {
        let (sender, events) = channel();
        let thread = thread::Builder::new().name("progress".to_owned());
        let watch = thread.spawn(move || watch(&events, &client, &name));
        // Without a thread for it nobody sees any progress, and everything else goes on.
        Self(watch.is_ok().then_some(sender))
    }

    pub fn begin(&self) -> Working<'_> {
        self.send(Event::Begun);
        Working(self)
    }

    fn send(&self, event: Event) {
        if let Some(sender) = &self.0 {
            let _ = sender.send(event);
        }
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.send(Event::Done);
    }
}

fn watch(events: &Receiver<Event>, client: &Client, name: &str) {
    let mut told = 0;
    while let Ok(event) = events.recv() {
        if event == Event::Done || events.recv_timeout(PATIENCE).is_ok() {
            continue;
        }
        told += 1;
        let token = ProgressToken::String(format!("{name} {told}"));
        client
            .request::<WorkDoneProgressCreateRequest>(WorkDoneProgressCreateParams { token: token.clone() });
        let title = "clarlint: analysing".to_owned();
        let begin = WorkDoneProgressBegin { title, message: Some(name.to_owned()), ..Default::default() };
        tell(client, &token, begin);
        // Also when the project is gone.
        let _ = events.recv();
        tell(client, &token, WorkDoneProgressEnd::default());
    }
}

fn tell(client: &Client, token: &ProgressToken, value: impl Serialize) {
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    client.notify::<ProgressNotification>(ProgressParams { token: token.clone(), value });
}
