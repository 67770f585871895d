//! `[repl.analysis]` of Clarinet.toml: what a project asks of Clarinet's own lints, which there are rules for.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::config::table::{Decode, Decoder, Entries, Node, Spanned, Table};
use crate::config::{Level, Levels, NameKind, NameStyle};
use crate::diagnostic::Severity;
use crate::rules::{CLARINET_LINTS, CLARINET_PASS, ClarinetLint, clarinet_names};
use crate::source::Location;

/// What the manifest says of rules that Clarinet has a name for. What clarlint.toml says counts more.
#[derive(Clone, Debug, Default)]
pub struct Lints {
    pub levels: Levels,
    /// The lints of Clarinet that it asks for, and how serious each is.
    asked: BTreeMap<&'static str, Spanned<Severity>>,
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
}

impl Lints {
    /// Whether the manifest wants findings of a rule in a file; `path` is that of the file as the manifest has it.
    pub fn want(&self, rule: &str, path: impl FnOnce() -> String) -> bool {
        if self.include.is_none() && self.exclude.is_none() || clarinet_names(rule).next().is_none() {
            return true;
        }
        let path = path();
        let is_match = |globs: &GlobSet| globs.is_match(&path);
        self.include.as_ref().is_none_or(is_match) && !self.exclude.as_ref().is_some_and(is_match)
    }

    /// Where it asks for a lint of Clarinet.
    pub fn asks_for(&self, lint: &str) -> Option<Location> {
        self.asked.get(lint).map(|asked| asked.at)
    }

    /// How Clarinet wants names of a kind to be written, and how serious it is if they are not; if the manifest asks for
    /// that lint.
    pub fn naming(&self, kind: NameKind) -> Option<(NameStyle, &Spanned<Severity>)> {
        CLARINET_LINTS.iter().find_map(|lint| {
            let (_, style) = lint.naming.filter(|&(of, _)| of == kind)?;
            Some((style, self.asked.get(lint.name)?))
        })
    }

    /// Takes over what is said of single lints. The rule for names tells the lints of its kinds apart itself.
    fn take(&mut self, said: BTreeMap<&'static str, Spanned<Level>>) {
        let mut of_rules = BTreeMap::new();
        for (lint, said) in CLARINET_LINTS.iter().filter_map(|lint| Some((lint, said.get(lint.name)?))) {
            let level = match said.value {
                Level::At(severity) => {
                    self.asked.insert(lint.name, Spanned { value: severity, at: said.at });
                    if lint.naming.is_some() { Level::On } else { said.value }
                }
                other => other,
            };
            for rule in lint.rules() {
                let (_, most, at) = of_rules.entry(rule.id).or_insert((rule, level, said.at));
                if level > *most {
                    (*most, *at) = (level, said.at);
                }
            }
        }
        for (rule, level, at) in of_rules.into_values() {
            self.levels.extend(Levels::of(rule, level, at));
        }
    }
}

impl Decode for Lints {
    fn expected() -> String {
        "a table".into()
    }

    /// Lints that there are no rules for, and other settings, only concern Clarinet.
    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let mut said = BTreeMap::new();
        let mut say = |is_meant: &dyn Fn(&ClarinetLint) -> bool, level: Option<Level>, at: Location| {
            let meant = CLARINET_LINTS.iter().filter(|lint| is_meant(lint));
            said.extend(meant.filter_map(|lint| Some((lint.name, Spanned { value: level?, at }))));
        };
        let is_ours = |pass: &String| pass == "all" || pass == CLARINET_PASS;
        if table.optional("passes").is_some_and(|Words(passes)| passes.iter().any(is_ours)) {
            say(&|lint| lint.group == CLARINET_PASS, Some(Level::At(Severity::Warning)), table.at());
        }
        let Entries(groups) = table.or_default::<Entries<LintLevel>>("lint_groups");
        for (Spanned { value: group, at }, LintLevel(level)) in groups {
            let is_meant =
                |lint: &ClarinetLint| lint.group != CLARINET_PASS && (group == "all" || lint.group == group);
            say(&is_meant, level, at);
        }
        let Entries(single) = table.or_default::<Entries<LintLevel>>("lints");
        for (Spanned { value: name, at }, LintLevel(level)) in single {
            say(&|lint| lint.name == name, level, at);
        }
        let mut lints = Self::default();
        lints.take(said);
        lints.include = table.optional("include").map(|Patterns(globs)| globs);
        lints.exclude = table.optional("exclude").map(|Patterns(globs)| globs);
        Some(lints)
    }
}

/// `true`, `"warn"`, `"off"`; `None` of a word that Clarinet does not know either, and says so.
#[derive(Default)]
struct LintLevel(Option<Level>);

impl Decode for LintLevel {
    fn expected() -> String {
        "a level".into()
    }

    fn decode(node: Node<'_>, _: &mut Decoder<'_>) -> Option<Self> {
        let word = match (node.value.as_bool(), node.value.as_str()) {
            (Some(true), _) => "on",
            (Some(false), _) => "off",
            (None, word) => word.unwrap_or_default(),
        };
        Some(Self(match word {
            "off" | "allow" | "ignore" | "none" => Some(Level::Off),
            "note" | "notice" => Some(Level::At(Severity::Note)),
            "warning" | "warn" | "on" => Some(Level::At(Severity::Warning)),
            "error" | "err" => Some(Level::At(Severity::Error)),
            _ => None,
        }))
    }
}

/// One word or several.
struct Words(Vec<String>);

impl Decode for Words {
    fn expected() -> String {
        "a word, or a list of words".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match node.value.as_str() {
            Some(word) => Some(Self(vec![word.to_owned()])),
            None => Vec::decode(node, decoder).map(Self),
        }
    }
}

/// One glob or several, in which `*` stands for slashes, too.
struct Patterns(GlobSet);

impl Decode for Patterns {
    fn expected() -> String {
        "a glob, or a list of globs".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Words(globs) = Words::decode(node, decoder)?;
        let mut builder = GlobSetBuilder::new();
        // What is no glob matches nothing.
        for glob in globs.iter().filter_map(|glob| GlobBuilder::new(glob).build().ok()) {
            builder.add(glob);
        }
        builder.build().ok().map(Self)
    }
}
