//! Requests of the editor on their way to the projects that can answer them.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use lsp_server::{ErrorCode, Request, RequestId, Response, ResponseError};
use serde_json::Value;

use super::answer;
use super::client::Client;
use super::state::State;

/// The requests that nobody has answered yet.
#[derive(Debug, Default)]
pub struct Open(Mutex<HashSet<RequestId>>);

impl Open {
    pub fn insert(&self, id: RequestId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    /// Whether it was open until now.
    pub fn remove(&self, id: &RequestId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    pub fn contains(&self, id: &RequestId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

/// A request, for one project or for several. Whoever lets go of it last sends what all have answered.
#[derive(Clone)]
pub struct Question(Arc<Shared>);

struct Shared {
    request: Request,
    client: Arc<Client>,
    open: Arc<Open>,
    answers: Mutex<Vec<Result<Value, ResponseError>>>,
}

impl Question {
    pub fn new(request: Request, client: Arc<Client>, open: Arc<Open>) -> Self {
        open.insert(request.id.clone());
        Self(Arc::new(Shared { request, client, open, answers: Mutex::default() }))
    }

    /// Answers for one project.
    pub fn answer(self, state: &State<'_>) {
        let Request { id, method, params } = &self.0.request;
        // Nobody waits for what was cancelled.
        if !self.0.open.contains(id) {
            return;
        }
        match catch_unwind(AssertUnwindSafe(|| answer::answer(state, method, params.clone()))) {
            Ok(answer) => self.0.add(answer),
            Err(_) => self.fail("the question could not be answered"),
        }
    }

    pub fn fail(self, reason: &str) {
        let code = ErrorCode::InternalError as i32;
        self.0.add(Err(ResponseError { code, message: reason.to_owned(), data: None }));
    }
}

impl Shared {
    fn add(&self, answer: Result<Value, ResponseError>) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let id = self.request.id.clone();
        if !self.open.remove(&id) {
            return;
        }
        let answers = std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner));
        let response_result = answers
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map(|answers| answer::join(&self.request.method, answers));
        self.client.respond(Response { id, response_result });
    }
}
