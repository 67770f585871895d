//! `[lint]`: which rules are asked, and how serious the findings of each are.

use std::collections::BTreeSet;

use serde_json::json;

use crate::config::table::{
    Choice, Decode, Decoder, Entries, Fault, Node, Spanned, Table, choose, closest, decode_choice,
    expected_choice, parse_string,
};
use crate::diagnostic::Severity;
use crate::rules::{Group, RULES, Rule};
use crate::source::Location;

/// What a rule or a group is set to, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Off,
    /// Each finding at its own.
    On,
    At(Severity),
}

impl Choice for Level {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("error", Self::At(Severity::Error)),
        ("warning", Self::At(Severity::Warning)),
        ("note", Self::At(Severity::Note)),
        ("on", Self::On),
        ("off", Self::Off),
    ];
}

impl Decode for Level {
    fn expected() -> String {
        expected_choice::<Self>()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        decode_choice(node, decoder)
    }
}

/// The id of a rule, the name of a group or `all`, and where a file says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleName {
    name: &'static str,
    /// `None` for what the command line says.
    pub at: Option<Location>,
}

impl RuleName {
    /// What stands for all rules, those that are off by default included.
    pub const ALL: &'static str = "all";

    /// The ids of all rules, then the names of all groups, then what stands for all of them.
    pub fn all() -> impl Iterator<Item = &'static str> + Clone {
        let groups: BTreeSet<_> = RULES.iter().map(|rule| rule.group.as_str()).collect();
        RULES.iter().map(|rule| rule.id).chain(groups.into_iter().collect::<Vec<_>>()).chain([Self::ALL])
    }

    pub fn parse(text: &str) -> Result<Self, Fault> {
        let names = Self::all();
        match names.clone().find(|&known| known == text) {
            Some(name) => Ok(Self { name, at: None }),
            None => Err(Fault {
                message: format!("unknown rule `{text}`"),
                help: match closest(text, names) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "`clarlint rules` lists all rules and groups".into(),
                },
            }),
        }
    }
}

impl Decode for RuleName {
    fn expected() -> String {
        "a rule, a group or `all`".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if decoder.note(|| json!({ "enum": Self::all().collect::<Vec<_>>() })).is_some() {
            return None;
        }
        let at = Some(node.at);
        parse_string(node, decoder, Self::parse).map(|parsed| Self { at, ..parsed })
    }
}

/// One setting: a rule or a group, and its level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    name: RuleName,
    level: Level,
}

impl Setting {
    /// Reads `RULE=LEVEL`, as the command line has it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (name, level) = text.split_once('=').ok_or_else(|| Fault {
            message: format!("`{text}` is not RULE=LEVEL"),
            help: format!("write `{text}=off`, or another of {}", Level::expected()),
        })?;
        let level =
            choose(level).map_err(|help| Fault { message: format!("`{level}` is not a level"), help })?;
        Ok(Self { name: RuleName::parse(name)?, level })
    }
}

/// All settings, later ones first to be asked. A rule's own setting goes before its group's, and that before one of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels(Vec<Setting>);

impl Levels {
    pub fn push(&mut self, setting: Setting) {
        self.0.push(setting);
    }

    /// One setting of a rule.
    pub fn of(rule: &Rule, level: Level, at: Location) -> Self {
        Self(vec![Setting { name: RuleName { name: rule.id, at: Some(at) }, level }])
    }

    /// Adds settings that go before those already there.
    pub fn extend(&mut self, later: Levels) {
        self.0.extend(later.0);
    }

    /// What was set for `rule`; `None` leaves it at its default.
    fn get(&self, rule: &Rule) -> Option<&Setting> {
        let last = |name: &str| self.0.iter().rev().find(|setting| setting.name.name == name);
        last(rule.id).or_else(|| last(rule.group.as_str())).or_else(|| last(RuleName::ALL))
    }
}

/// Whether rules were selected for this run only, on the command line.
fn is_given(select: &[RuleName]) -> bool {
    select.iter().all(|name| name.at.is_none())
}

/// Whether findings of the rule mean that others may be missing: whoever selects rules has to know.
fn stands_in_the_way(rule: &Rule) -> bool {
    let rules = ["internal-error", "invalid-config", "invalid-manifest", "syntax-error", "unreadable-file"];
    rules.contains(&rule.id)
}

/// The section `[lint]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lint {
    pub levels: Levels,
    /// The only rules that are asked, besides those about the run itself; `None` for all.
    pub select: Option<Vec<RuleName>>,
    /// Rules that are not asked.
    pub ignore: Vec<RuleName>,
    /// What the manifest says, as long as nothing else does.
    pub of_manifest: Levels,
}

impl Lint {
    /// Adds what a configuration says that extends this one.
    pub fn extend(&mut self, later: Lint) {
        self.levels.extend(later.levels);
        self.select = later.select.or(self.select.take());
        self.ignore.extend(later.ignore);
    }

    /// The same beside a manifest that says something of rules, too.
    pub fn beside(&self, of_manifest: &Levels) -> Self {
        Self { of_manifest: of_manifest.clone(), ..self.clone() }
    }

    /// The level that findings of `rule` are reported at.
    pub fn level(&self, rule: &Rule) -> Level {
        self.decision(rule).0
    }

    /// Whether a rule is off only because it is so by default.
    pub fn is_undecided(&self, rule: &Rule) -> bool {
        self.decision(rule) == (Level::Off, None)
    }

    /// That level, and what decides it if the rule's own default does not. What names the rule itself counts more than
    /// what names its group, that more than what names all, and to ignore more than to select.
    pub fn decision(&self, rule: &Rule) -> (Level, Option<RuleName>) {
        let set = self.levels.get(rule).or_else(|| self.of_manifest.get(rule));
        let set_by = set.map(|setting| setting.name);
        let set = set.map(|setting| setting.level);
        let named = |names: &[RuleName], name| names.iter().find(|known| known.name == name).copied();
        let selected = |name| self.select.as_deref().and_then(|select| named(select, name));
        let (id, group) = (rule.id, rule.group.as_str());
        let selected_with = selected(group).or_else(|| selected(RuleName::ALL));
        if let Some(by) = named(&self.ignore, id) {
            (Level::Off, Some(by))
        } else if let Some(by) = selected(id) {
            match set.filter(|&level| level != Level::Off) {
                Some(level) => (level, set_by),
                None => (Level::On, Some(by)),
            }
        } else if let Some(by) = named(&self.ignore, group)
            .or_else(|| named(&self.ignore, RuleName::ALL).filter(|_| selected(group).is_none()))
        {
            (Level::Off, Some(by))
        } else if let Some(select) = &self.select
            && selected_with.is_none()
            && (rule.group != Group::Run || is_given(select) && !stands_in_the_way(rule))
        {
            (Level::Off, select.first().copied())
        } else {
            match (set, selected_with) {
                (Some(level), _) => (level, set_by),
                (None, by) if by.is_some() || rule.level.is_some() => (Level::On, by),
                (None, _) => (Level::Off, None),
            }
        }
    }
}

impl Decode for Lint {
    fn expected() -> String {
        "a table".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut table = Table::open(node, decoder)?;
        let Entries(entries) = table.or_default::<Entries<Level>>("levels");
        let mut levels = Levels::default();
        for (Spanned { value: name, at }, level) in entries {
            match RuleName::parse(&name) {
                Ok(name) => levels.push(Setting { name: RuleName { at: Some(at), ..name }, level }),
                Err(fault) => table.decoder().report(at, fault.message).help = Some(fault.help),
            }
        }
        let (select, ignore) = (table.optional("select"), table.or_default("ignore"));
        table.finish();
        Some(Self { levels, select, ignore, of_manifest: Levels::default() })
    }
}
