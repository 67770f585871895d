//! Projects in folders, and everything that is said of their contracts.

use std::collections::BTreeMap;
use std::path::Path;

use clarlint::config::Config;
use clarlint::project::{Load, Project};
use serde_json::Value;

use crate::engine;
use crate::sandbox::Sandbox;

#[derive(Clone, Debug)]
pub struct Contract {
    pub name: String,
    pub version: u8,
    pub text: String,
}

impl Contract {
    pub fn new(name: impl Into<String>, version: u8, text: impl Into<String>) -> Self {
        Self { name: name.into(), version, text: text.into() }
    }
}

/// What is said, line by line, of each contract.
pub type Said = BTreeMap<String, Vec<String>>;

/// Contracts with a manifest that lists them.
pub struct Folder {
    pub sandbox: Sandbox,
    /// Path and name.
    files: Vec<(String, String)>,
}

impl Folder {
    /// The contracts in files that are called like them.
    pub fn of(contracts: &[Contract]) -> Self {
        Self::with_paths(contracts, |_, name| name.to_owned())
    }

    /// The contracts in files whose names `stem` makes of their places and names. Files are read by path.
    pub fn with_paths(contracts: &[Contract], stem: impl Fn(usize, &str) -> String) -> Self {
        let mut folder = Self { sandbox: Sandbox::empty(), files: Vec::new() };
        let mut manifest = "[project]\nname = \"project\"\n".to_owned();
        for (at, Contract { name, version, text }) in contracts.iter().enumerate() {
            let path = format!("{}.clar", stem(at, name));
            manifest += &format!(
                "\n[contracts.{name}]\npath = \"{path}\"\nclarity_version = {version}\nepoch = \"latest\"\n"
            );
            folder.sandbox.write(&path, text);
            folder.files.push((path, name.clone()));
        }
        folder.sandbox.write("Clarinet.toml", manifest);
        folder
    }

    pub fn configured(self, text: &str) -> Self {
        self.sandbox.write("clarlint.toml", text);
        self
    }

    /// Everything that is said: findings, what each function does, what guards it, and the policy that holds.
    pub fn said(&self, jobs: usize) -> Said {
        let mut said = Said::new();
        for finding in findings(&self.sandbox, &["--jobs", &jobs.to_string()]) {
            let path = finding["path"].as_str().expect("findings have a path");
            let of = self.files.iter().find(|(file, _)| file == path);
            let name = of.map_or(path, |(_, name)| name);
            self.add(&mut said, name, format!("finding {finding}"));
        }
        let (project, _) = load(&self.sandbox.path(""));
        for (function, words) in engine::summaries(&project) {
            self.add(&mut said, contract_of(&function), format!("why {words}"));
        }
        let guards: Vec<Value> =
            serde_json::from_str(&self.sandbox.run(&["guards", "--format", "json"]).stdout)
                .expect("it is JSON");
        for row in guards {
            let entrypoint = row["entrypoint"].as_str().expect("rows have a name");
            self.add(&mut said, contract_of(entrypoint), format!("guards {row}"));
        }
        for (entrypoint, entry) in entries(&self.sandbox.run(&["policy"]).stdout) {
            self.add(&mut said, contract_of(&entrypoint), format!("policy {entrypoint} {entry}"));
        }
        said
    }

    /// Adds a line in which contracts stand for their files.
    fn add(&self, said: &mut Said, contract: &str, mut line: String) {
        for (path, name) in &self.files {
            line = line.replace(path.as_str(), &format!("{name}.clar"));
        }
        said.entry(contract.to_owned()).or_default().push(line);
    }
}

/// What a policy holds, entrypoint by entrypoint: the entry without the list of those that share it.
fn entries(policy: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    let (mut entry, mut listed) = (String::new(), false);
    for line in policy.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with("[[") {
            entry.clear();
        }
        listed |= line.starts_with("entrypoints");
        if !listed {
            entry += line;
            continue;
        }
        // Names of entrypoints are all that is quoted in a list.
        let paths = line.split('"').skip(1).step_by(2);
        entries.extend(paths.map(|path| (path.to_owned(), entry.clone())));
        listed = !line.ends_with(']');
    }
    entries
}

/// What `clarlint check` finds, in order.
pub fn findings(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let run = sandbox.run(&[&["check", "--format", "json"], arguments].concat());
    let mut report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    match report["diagnostics"].take() {
        Value::Array(findings) => findings,
        other => panic!("a report without findings: {other}"),
    }
}

/// The project in a folder, and its configuration.
pub fn load(folder: &Path) -> (Project, Config) {
    let load = Load::around(folder);
    let mut files = Vec::new();
    let (config, problems) = match &load.root.config {
        Some(path) => Config::read(path, &load.root.base, &load.disk, &mut files),
        None => Default::default(),
    };
    assert!(problems.is_empty(), "{problems:#?}");
    (Project::load(&load, &config, files), config)
}

fn contract_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(contract, _)| contract)
}

/// Fails with all that the one says and the other does not, for the contracts of the one.
pub fn same(case: &str, expected: &Said, found: &Said) {
    let mut faults = String::new();
    for (contract, lines) in expected {
        let others = found.get(contract).map(Vec::as_slice).unwrap_or_default();
        if lines == others {
            continue;
        }
        let mut missing = |mark: char, some: &[String], rest: &[String]| {
            some.iter()
                .filter(|line| !rest.contains(line))
                .for_each(|line| faults += &format!("{mark} {line}\n"));
        };
        missing('-', lines, others);
        missing('+', others, lines);
        faults += &format!("  above: {contract}, whose order may differ as well\n");
    }
    assert!(faults.is_empty(), "{case}: something else is said\n{faults}");
}
