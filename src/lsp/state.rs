//! A project as it was analysed last: what questions are answered from.

use std::cell::{OnceCell, RefCell, RefMut};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gen_lsp_types::{self as lsp, Uri};

use super::buffers::Buffers;
use super::configuration;
use super::features::Features;
use super::names::{Names, Occurrence};
use super::position::Lines;
use super::uri;

use crate::analysis::Analysis;
use crate::baseline::Baseline;
use crate::diagnostic::Diagnostic;
use crate::graph::{FunctionId, Program};
use crate::project::{ContractId, Project, path};
use crate::report::Report;
use crate::rules::{Digest, Lint};
use crate::source::{FileId, Location};

pub struct State<'a> {
    pub analysis: &'a Analysis<'a>,
    pub report: &'a Report,
    /// The folder that files are named from.
    pub base: &'a Path,
    /// The folder of the project.
    pub folder: &'a Path,
    /// How many of the files are configurations: `clarlint.toml`, and then the policies that it extends.
    pub configurations: usize,
    /// What was found before.
    pub baseline: Option<&'a Baseline>,
    /// What the editor held then.
    pub buffers: &'a Buffers,
    pub features: &'a Features,
    pub lines: Vec<OnceCell<Lines<'a>>>,
    pub lint: OnceCell<RefCell<Lint<'a>>>,
    pub names: OnceCell<Names>,
}

impl<'a> State<'a> {
    pub fn program(&self) -> &'a Program<'a> {
        self.analysis.program
    }

    pub fn project(&self) -> &'a Project {
        self.analysis.program.project
    }

    /// The `clarlint.toml` of the project.
    pub fn configuration(&self) -> Option<FileId> {
        (self.configurations > 0).then_some(FileId(0))
    }

    /// What is known of all functions; made for the first who asks.
    pub fn lint(&self) -> RefMut<'_, Lint<'a>> {
        let lint = || RefCell::new(Lint::of_project(self.analysis, Digest::default()));
        self.lint.get_or_init(lint).borrow_mut()
    }

    /// Where names stand and what they mean; made for the first who asks.
    pub fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::of(self.program()))
    }

    /// The name that a request is about, in a contract or in a policy.
    pub fn named(&self, at: &lsp::TextDocumentPositionParams) -> Option<Occurrence> {
        let (file, offset) = self.place(at)?;
        self.names().at(file, offset).or_else(|| configuration::named(self, file, offset))
    }

    /// The function that a finding is about.
    pub fn function(&self, found: &Diagnostic) -> Option<FunctionId> {
        let name = found.function.as_deref()?;
        let mut functions = self.program().functions_of(self.contract(found.at.file)?);
        functions.find(|&function| self.program().name(function) == name)
    }

    /// The functions that call a function, in order.
    pub fn callers(&self, function: FunctionId) -> Vec<FunctionId> {
        let callers: BTreeSet<_> = self.program().calls_of(function).map(|(caller, _)| caller).collect();
        callers.into_iter().collect()
    }

    /// The path of a file, by its name in findings.
    pub fn path_of(&self, name: &str) -> PathBuf {
        path::absolute(self.base, Path::new(name))
    }

    pub fn path(&self, file: FileId) -> PathBuf {
        self.path_of(&self.project().file(file).path)
    }

    pub fn uri(&self, file: FileId) -> Uri {
        self.buffers.uri(&self.path(file))
    }

    /// The file that a URI names.
    pub fn file(&self, uri: &Uri) -> Option<FileId> {
        let path = uri::path(uri)?;
        let name = path::name(self.base, &path);
        let place = self.project().files.iter().position(|file| file.path == name)?;
        Some(FileId(place as u32))
    }

    /// The contract that a file holds; the first if it is deployed several times.
    pub fn contract(&self, file: FileId) -> Option<ContractId> {
        self.project().contract_ids().find(|&id| self.project().contract(id).file == file)
    }

    pub fn lines(&self, file: FileId) -> &Lines<'a> {
        let text = &self.project().file(file).text;
        self.lines[file.0 as usize].get_or_init(|| Lines::new(text, self.features.encoding))
    }

    pub fn range(&self, at: Location) -> lsp::Range {
        self.lines(at.file).range(at.span)
    }

    pub fn location(&self, at: Location) -> lsp::Location {
        lsp::Location { uri: self.uri(at.file), range: self.range(at) }
    }

    /// The file and the byte that a request is about.
    pub fn place(&self, at: &lsp::TextDocumentPositionParams) -> Option<(FileId, u32)> {
        let file = self.file(&at.text_document.uri)?;
        Some((file, self.lines(file).offset(at.position)))
    }
}
