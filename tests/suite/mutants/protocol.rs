//! The bundled protocol, in memory, with one contract's text replaced at a time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clarlint::analysis::{Analysis, Memo};
use clarlint::check::{Run, check_with};
use clarlint::config::{Config, RuleName};
use clarlint::diagnostic::Diagnostic;
use clarlint::graph::Program;
use clarlint::project::{ContractId, Load, Project};
use clarlint::source::{FileId, Location, SourceFile};
use clarlint::stopwatch::Stopwatch;
use clarlint::syntax::{Parse, parse};

use super::mutate::Mutant;

pub struct Protocol {
    pub project: Project,
    pub config: Config,
    /// What is known of all contracts but the one that is replaced, by the rules that were asked.
    memos: BTreeMap<Vec<&'static str>, Memo>,
}

/// Which rules are asked.
pub enum Asked<'r> {
    All,
    /// By their ids; those about the run itself are asked, too.
    Only(&'r [&'static str]),
}

/// A finding, and all places that it names.
#[derive(Debug)]
pub struct Found {
    pub rule: &'static str,
    function: Option<String>,
    places: Vec<Location>,
}

impl Protocol {
    pub fn load() -> Self {
        let load = Load::around(Path::new(env!("CARGO_MANIFEST_DIR")));
        let mut files = Vec::new();
        let file = load.root.config.as_ref().expect("the protocol has a configuration");
        let (config, problems) = Config::read(file, &load.root.base, &load.disk, &mut files);
        assert!(problems.is_empty(), "{problems:#?}");
        let project = Project::load(&load, &config, files);
        Self { project, config, memos: BTreeMap::new() }
    }

    pub fn findings(&mut self, asked: Asked<'_>) -> Vec<Found> {
        let mut config = self.config.clone();
        let rules = match asked {
            Asked::All => &[][..],
            Asked::Only(rules) => rules,
        };
        if !rules.is_empty() {
            config.lint.select = Some(rules.iter().filter_map(|rule| RuleName::parse(rule).ok()).collect());
        }
        let program = Program::link(&self.project);
        let memo = self.memos.entry(rules.to_vec()).or_default();
        let analysis = Analysis::new(&program, &config.policy, None).remembering(memo);
        let mut report = check_with(&analysis, &config, &Run::default(), &mut Stopwatch::default());
        report.hide();
        report.findings.into_iter().map(|finding| Found::new(finding.diagnostic)).collect()
    }

    /// What is found in the protocol with the mutant in it.
    pub fn findings_of(&mut self, mutant: &Mutant, asked: Asked<'_>) -> Vec<Found> {
        self.broken_by(mutant, |protocol| protocol.findings(asked))
    }

    /// Does something with the protocol while the mutant is in it.
    pub fn broken_by<T>(&mut self, mutant: &Mutant, work: impl FnOnce(&mut Self) -> T) -> T {
        let original = self.project.contract(mutant.contract).syntax.clone();
        let text = mutant.apply(original.tree.text());
        let limit = self.project.contract(mutant.contract).epoch.nesting_limit();
        self.replace(mutant.contract, parse(text.into(), limit).into());
        let errors = &self.project.contract(mutant.contract).syntax.errors;
        assert!(errors.is_empty(), "{} is no Clarity: {errors:#?}", mutant.id);
        let made = work(self);
        self.replace(mutant.contract, original);
        made
    }

    fn replace(&mut self, contract: ContractId, syntax: Arc<Parse>) {
        let contract = &mut self.project.contracts[contract.0 as usize];
        let FileId(file) = contract.file;
        let file = &mut self.project.files[file as usize];
        *file = SourceFile::new(file.path.clone(), syntax.tree.text().clone());
        contract.syntax = syntax;
    }
}

impl Found {
    fn new(diagnostic: Diagnostic) -> Self {
        let others = diagnostic.labels.iter().chain(&diagnostic.trace).map(|label| label.at);
        let places = std::iter::once(diagnostic.at).chain(others).collect();
        Self { rule: diagnostic.rule, function: diagnostic.function, places }
    }

    /// Whether it is about the function that was broken: reported in it, or at an entrypoint that reaches it.
    pub fn is_about(&self, mutant: &Mutant) -> bool {
        let by_name = self.function.as_ref().is_some_and(|name| mutant.reached_from.contains(name));
        by_name
            || self.places.iter().any(|place| {
                place.file == mutant.file
                    && mutant.span.start <= place.span.start
                    && place.span.end <= mutant.span.end
            })
    }
}
