//! A line above each entrypoint: what guards it, and who calls it.

use std::sync::atomic::Ordering;

use gen_lsp_types::{CodeLens, CodeLensParams, Command};

use super::state::State;
use crate::graph::FunctionId;
use crate::rules::matrix::{self, Row};

pub fn lenses(state: &State<'_>, params: &CodeLensParams) -> Option<Vec<CodeLens>> {
    if !state.features.code_lens.load(Ordering::Relaxed) {
        return None;
    }
    let contract = state.contract(state.file(&params.text_document.uri)?)?;
    let functions = state.program().functions_of(contract);
    let entrypoints = functions.filter(|&function| state.program().is_entrypoint(function));
    let lens = |entrypoint| {
        let command = Command { title: title(state, entrypoint)?, ..Command::default() };
        let range = state.range(state.program().location(entrypoint));
        Some(CodeLens { range, command: Some(command), data: None })
    };
    Some(entrypoints.filter_map(lens).collect())
}

/// `None` of what does nothing.
fn title(state: &State<'_>, entrypoint: FunctionId) -> Option<String> {
    let mut lint = state.lint();
    if lint.begin(entrypoint).unchecked.is_some() {
        return Some("not checked".to_owned());
    }
    let Row { breakers, limiters, authorisation, errors, .. } = matrix::row(&mut lint, entrypoint)?;
    let named = |what: &str, all: &[String]| (!all.is_empty()).then(|| format!("{what}: {}", all.join(", ")));
    let counted = |count: usize, one: &str, several: &str| match count {
        0 => None,
        1 => Some(one.to_owned()),
        count => Some(several.replace("{}", &count.to_string())),
    };
    let callers = state.callers(entrypoint).len();
    let parts = [
        named("breaker", &breakers),
        named("limit", &limiters),
        Some(named("role", &authorisation).unwrap_or_else(|| "any caller".to_owned())),
        counted(errors.len(), "1 error code", "{} error codes"),
        counted(callers, "called by 1", "called by {}"),
    ];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}
