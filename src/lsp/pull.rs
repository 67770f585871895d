//! Diagnostics for editors that ask for them instead of being told.

use std::hash::BuildHasher;
use std::path::PathBuf;

use gen_lsp_types::{
    Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, FullDocumentDiagnosticReport,
    PreviousResultId, RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, WorkspaceDiagnosticParams, WorkspaceDiagnosticReport,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};
use rustc_hash::FxBuildHasher;

use super::diagnostics;
use super::state::State;
use super::uri;

/// What is found in a file; what belongs to no project has nothing.
pub fn document(state: &State<'_>, params: DocumentDiagnosticParams) -> DocumentDiagnosticReport {
    let mut all = diagnostics::by_file(state);
    let path = uri::path(&params.text_document.uri);
    let items = path.and_then(|path| all.remove(&path)).unwrap_or_default();
    match answer(items, params.previous_result_id.as_deref()) {
        Ok(full_document_diagnostic_report) => {
            let related_documents = None;
            RelatedFullDocumentDiagnosticReport { related_documents, full_document_diagnostic_report }.into()
        }
        Err(unchanged_document_diagnostic_report) => RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report,
        }
        .into(),
    }
}

/// What is found in all files of the project, and nothing in those that are gone.
pub fn workspace(state: &State<'_>, params: &WorkspaceDiagnosticParams) -> WorkspaceDiagnosticReport {
    let all = diagnostics::by_file(state);
    let known = params.previous_result_ids.iter();
    let known = known.filter_map(|PreviousResultId { uri, value }| Some((uri::path(uri)?, value.as_str())));
    let known: Vec<_> = known.collect();
    let gone = known.iter().filter(|(path, _)| path.starts_with(state.folder) && !all.contains_key(path));
    let gone: Vec<_> = gone.map(|(path, _)| (path.clone(), Vec::new())).collect();
    let files = all.into_iter().chain(gone);
    let report = |(path, items): (PathBuf, Vec<Diagnostic>)| -> WorkspaceDocumentDiagnosticReport {
        let previous = known.iter().find(|(known, _)| *known == path).map(|(_, id)| *id);
        let (uri, version) = (state.buffers.uri(&path), state.buffers.get(&path).map(|it| it.version));
        match answer(items, previous) {
            Ok(full_document_diagnostic_report) => {
                WorkspaceFullDocumentDiagnosticReport { uri, version, full_document_diagnostic_report }.into()
            }
            Err(unchanged_document_diagnostic_report) => WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report,
            }
            .into(),
        }
    };
    WorkspaceDiagnosticReport { items: files.map(report).collect() }
}

/// The diagnostics under a name of their own, or that they are those which the editor has.
fn answer(
    items: Vec<Diagnostic>,
    previous: Option<&str>,
) -> Result<FullDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport> {
    let result_id = format!("{:016x}", FxBuildHasher.hash_one(&items));
    match previous == Some(&result_id) {
        true => Err(UnchangedDocumentDiagnosticReport { result_id }),
        false => Ok(FullDocumentDiagnosticReport { result_id: Some(result_id), items }),
    }
}
