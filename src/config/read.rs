//! Reading `clarlint.toml` and, first, the policies it extends.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::table::{Decoder, Entries, Spanned, Table};
use crate::config::{Config, NamedContract, schema};
use crate::diagnostic::{Diagnostic, Severity};
use crate::project::{Disk, check_name, path};
use crate::source::{FileId, Location, SourceFile, Span};

/// The rule under which problems of the configuration are reported.
pub const RULE: &str = "invalid-config";

impl Config {
    /// Reads the configuration in the file `path`, whose place findings name relative to `base`. What is read is
    /// added to `files`.
    pub fn read(
        path: &Path,
        base: &Path,
        disk: &Disk,
        files: &mut Vec<SourceFile>,
    ) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader { base, disk, files, problems: Vec::new(), open: Vec::new() };
        let config = match reader.text(path) {
            Ok(text) => reader.config(path, text),
            Err(reason) => {
                let file = reader.add(path, "");
                let at = Location { file, span: Span::default() };
                let message = format!("`{}` cannot be read: {reason}", path::name(base, path));
                let severity = Severity::Error;
                reader.problems.push(Diagnostic::new(RULE, severity, at, message));
                Config::default()
            }
        };
        (config, reader.problems)
    }

    /// The JSON schema of `clarlint.toml`, for editors.
    pub fn schema() -> Value {
        let mut schema = Self::shape_of_project();
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        schema["title"] = "clarlint.toml".into();
        schema
    }

    /// What may stand in `clarlint.toml`, and what each key means.
    pub fn shape_of_project() -> Value {
        shape(false)
    }

    /// The same of a policy that it extends.
    pub fn shape_of_policy() -> Value {
        shape(true)
    }
}

fn shape(is_policy: bool) -> Value {
    let mut shape = Decoder::schema(|table| sections(table, is_policy));
    schema::describe(&mut shape);
    shape
}

struct Reader<'a> {
    base: &'a Path,
    disk: &'a Disk,
    files: &'a mut Vec<SourceFile>,
    problems: Vec<Diagnostic>,
    /// The files that extend the one being read, outermost first.
    open: Vec<PathBuf>,
}

impl Reader<'_> {
    fn text(&self, path: &Path) -> Result<String, String> {
        let bytes = self.disk.read(path).map_err(|error| path::reason(&error))?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8".into())
    }

    fn add(&mut self, path: &Path, text: &str) -> FileId {
        self.files.push(SourceFile::new(path::name(self.base, path), text.into()));
        FileId(self.files.len() as u32 - 1)
    }

    fn config(&mut self, path: &Path, text: String) -> Config {
        let file = self.add(path, &text);
        self.open.push(path.to_owned());
        let mut problems = std::mem::take(&mut self.problems);
        let is_policy = self.open.len() > 1;
        let (own, extends) =
            Decoder::read(file, &text, RULE, &mut problems, |table| sections(table, is_policy));
        self.problems = problems;
        let config = match extends {
            Some(extends) => self.extended(path, &extends, own),
            None => own,
        };
        self.open.pop();
        config
    }

    /// `own` on top of the policy that it extends.
    fn extended(&mut self, path: &Path, extends: &Spanned<String>, own: Config) -> Config {
        let target = path::absolute(path.parent().unwrap_or(self.base), Path::new(&extends.value));
        let report = |problems: &mut Vec<Diagnostic>, message: String, help: &str| {
            let severity = Severity::Error;
            problems.push(Diagnostic::new(RULE, severity, extends.at, message).help(help));
        };
        if self.open.contains(&target) {
            let message = format!("`{}` extends itself", path::name(self.base, &target));
            report(&mut self.problems, message, "remove one of the `extends` in the circle");
            return own;
        }
        match self.text(&target) {
            Ok(text) => {
                let mut config = self.config(&target, text);
                config.lint.extend(own.lint);
                config.policy.extend(own.policy);
                Config { files: own.files, contracts: own.contracts, ..config }
            }
            Err(reason) => {
                let message = format!("the policy `{}` cannot be read: {reason}", extends.value);
                report(&mut self.problems, message, "`extends` is a path relative to the file that says it");
                own
            }
        }
    }
}

/// The sections of a configuration file. A policy that others extend speaks of no files.
fn sections(mut table: Table<'_, '_, '_>, is_policy: bool) -> (Config, Option<Spanned<String>>) {
    let extends = table.optional("extends");
    let mut config =
        Config { lint: table.or_default("lint"), policy: table.or_default("policy"), ..Config::default() };
    if !is_policy {
        config.files = table.or_default("files");
        let Entries(contracts) = table.or_default::<Entries<Spanned<String>>>("contracts");
        for (name, _) in &contracts {
            check_name(name, table.decoder());
        }
        config.contracts = contracts.into_iter().map(|(name, path)| NamedContract { name, path }).collect();
    }
    table.finish();
    (config, extends)
}
