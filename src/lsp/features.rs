//! What client and server agree on: the handshake, and settings.

use std::sync::atomic::{AtomicBool, Ordering};

use gen_lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeLensOptions, CompletionOptions,
    DiagnosticOptions, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, InitializeParams,
    InitializeResult, Registration, ServerCapabilities, ServerInfo, TextDocumentSyncKind,
    TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use serde_json::Value;

use super::configuration::TRIGGERS;
use super::position::Encoding;

/// The section of an editor's settings.
pub const SECTION: &str = "clarlint";

/// The files that an analysis may depend on.
const WATCHED: [&str; 5] = [
    "**/*.clar",
    "**/*.toml",
    "**/clarlint-baseline.json",
    "**/deployments/*.yaml",
    "**/requirements/*.json",
];

/// What was agreed on, and what the user wants.
#[derive(Debug, Default)]
pub struct Features {
    pub encoding: Encoding,
    /// Whether the client can be asked for settings.
    pub has_settings: bool,
    /// Whether the client watches files for us.
    pub watches: bool,
    /// Whether the client shows that work is under way.
    pub progress: bool,
    /// Whether the client asks for diagnostics instead of being told, as it wished.
    pub pulls: bool,
    /// Whether the client asks again for diagnostics, for lenses and for hints, when it is told to.
    pub refreshes_diagnostics: bool,
    pub refreshes_lenses: bool,
    pub refreshes_hints: bool,
    pub code_lens: AtomicBool,
    pub inlay_hints: AtomicBool,
    /// The settings that the client came with.
    at_first: Settings,
}

/// Settings that users can change while the server runs.
#[derive(Clone, Copy, Debug)]
struct Settings {
    code_lens: bool,
    inlay_hints: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { code_lens: true, inlay_hints: false }
    }
}

impl Settings {
    /// Each by itself: what is missing or makes no sense is as it was.
    fn but(self, said: &Value) -> Self {
        let setting = |key: &str, before| said.get(key).and_then(Value::as_bool).unwrap_or(before);
        Self {
            code_lens: setting("codeLens", self.code_lens),
            inlay_hints: setting("inlayHints", self.inlay_hints),
        }
    }
}

impl Features {
    pub fn of(params: &InitializeParams) -> Self {
        let ClientCapabilities { workspace, general, window, .. } = &params.capabilities;
        let offered = general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let workspace = workspace.as_ref();
        let watches = workspace.and_then(|it| it.did_change_watched_files.as_ref()?.dynamic_registration);
        let options = params.initialization_options.clone().unwrap_or_default();
        let features = Self {
            encoding: Encoding::negotiate(offered),
            has_settings: workspace.and_then(|it| it.configuration).unwrap_or_default(),
            watches: watches.unwrap_or_default(),
            progress: window.as_ref().and_then(|it| it.work_done_progress).unwrap_or_default(),
            // Clients that can do both would show everything twice.
            pulls: options.get("diagnostics").is_some_and(|how| how == "pull"),
            refreshes_diagnostics: workspace
                .and_then(|it| it.diagnostics.as_ref()?.refresh_support)
                .unwrap_or_default(),
            refreshes_lenses: workspace
                .and_then(|it| it.code_lens.as_ref()?.refresh_support)
                .unwrap_or_default(),
            refreshes_hints: workspace
                .and_then(|it| it.inlay_hint.as_ref()?.refresh_support)
                .unwrap_or_default(),
            at_first: Settings::default().but(&options),
            ..Self::default()
        };
        features.set(&Value::Null);
        features
    }

    /// Takes over settings. Of what they do not say, the client's introduction counts.
    pub fn set(&self, said: &Value) {
        let settings = self.at_first.but(said);
        self.code_lens.store(settings.code_lens, Ordering::Relaxed);
        self.inlay_hints.store(settings.inlay_hints, Ordering::Relaxed);
    }

    pub fn answer(&self) -> InitializeResult {
        let sync = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(true.into()),
            ..TextDocumentSyncOptions::default()
        };
        let folders = WorkspaceFoldersServerCapabilities {
            supported: Some(true),
            change_notifications: Some(true.into()),
        };
        let capabilities = ServerCapabilities {
            position_encoding: Some(self.encoding.kind()),
            text_document_sync: Some(sync.into()),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some(TRIGGERS.map(str::to_owned).to_vec()),
                ..CompletionOptions::default()
            }),
            hover_provider: Some(true.into()),
            definition_provider: Some(true.into()),
            references_provider: Some(true.into()),
            implementation_provider: Some(true.into()),
            code_action_provider: Some(
                CodeActionOptions {
                    code_action_kinds: Some(vec![CodeActionKind::QuickFix]),
                    ..CodeActionOptions::default()
                }
                .into(),
            ),
            code_lens_provider: Some(CodeLensOptions::default()),
            inlay_hint_provider: Some(true.into()),
            call_hierarchy_provider: Some(true.into()),
            diagnostic_provider: self.pulls.then(|| pulling().into()),
            document_symbol_provider: Some(true.into()),
            workspace_symbol_provider: Some(true.into()),
            workspace: Some(WorkspaceOptions {
                workspace_folders: Some(folders),
                ..WorkspaceOptions::default()
            }),
            ..ServerCapabilities::default()
        };
        let server_info = ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        InitializeResult { capabilities, server_info: Some(server_info) }
    }
}

fn pulling() -> DiagnosticOptions {
    DiagnosticOptions {
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        ..DiagnosticOptions::default()
    }
}

/// Asks the client to watch files.
pub fn watching() -> Registration {
    let watcher = |pattern: &str| FileSystemWatcher { glob_pattern: pattern.to_owned().into(), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: WATCHED.map(watcher).to_vec() };
    Registration {
        id: "files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    }
}
