//! `[lint]`: which rules are asked, and how serious the findings of each are.

use crate::config::table::{
    Choice, Decode, Decoder, Entries, Fault, Node, Spanned, Table, choose, closest, decode_choice,
    expected_choice, parse_string,
};
use crate::diagnostic::Severity;
use crate::rules::{Group, RULES, Rule};

/// What a rule or a group is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    At(Severity),
    Off,
}

impl Choice for Level {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("error", Self::At(Severity::Error)),
        ("warning", Self::At(Severity::Warning)),
        ("note", Self::At(Severity::Note)),
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

/// The id of a rule or the name of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleName(&'static str);

impl RuleName {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let ids = RULES.iter().map(|rule| rule.id);
        let names = ids.chain(RULES.iter().map(|rule| rule.group.as_str()));
        match names.clone().find(|&known| known == text) {
            Some(name) => Ok(Self(name)),
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
        "a rule or a group".into()
    }

    fn decode(node: Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        parse_string(node, decoder, Self::parse)
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

/// All settings, later ones first to be asked. A rule's own setting goes before its group's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels(Vec<Setting>);

impl Levels {
    pub fn push(&mut self, setting: Setting) {
        self.0.push(setting);
    }

    /// Adds settings that go before those already there.
    pub fn extend(&mut self, later: Levels) {
        self.0.extend(later.0);
    }

    /// What was set for `rule`; `None` leaves it at its default.
    pub fn get(&self, rule: &Rule) -> Option<Level> {
        let last = |name: &str| self.0.iter().rev().find(|setting| setting.name.0 == name);
        last(rule.id).or_else(|| last(rule.group.as_str())).map(|setting| setting.level)
    }
}

/// The section `[lint]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lint {
    pub levels: Levels,
    /// The only rules that are asked, besides those about the run itself; `None` for all.
    pub select: Option<Vec<RuleName>>,
    /// Rules that are not asked.
    pub ignore: Vec<RuleName>,
}

impl Lint {
    /// Adds what a configuration says that extends this one.
    pub fn extend(&mut self, later: Lint) {
        self.levels.extend(later.levels);
        self.select = later.select.or(self.select.take());
        self.ignore.extend(later.ignore);
    }

    /// The level that findings of `rule` are reported at; `None` leaves each at its own. What names the rule itself
    /// counts more than what names its group, and to ignore more than to select.
    pub fn level(&self, rule: &Rule) -> Option<Level> {
        let set = self.levels.get(rule);
        let selected = |name| self.select.as_deref().is_some_and(|select| select.contains(&RuleName(name)));
        let ignored = |name| self.ignore.contains(&RuleName(name));
        let (id, group) = (rule.id, rule.group.as_str());
        if ignored(id) {
            Some(Level::Off)
        } else if selected(id) {
            let asked_for = Level::At(rule.level.unwrap_or(Severity::Warning));
            set.filter(|&level| level != Level::Off).or(rule.level.is_none().then_some(asked_for))
        } else if ignored(group) || self.select.is_some() && !selected(group) && rule.group != Group::Run {
            Some(Level::Off)
        } else {
            set.or(rule.level.is_none().then_some(Level::Off))
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
                Ok(name) => levels.push(Setting { name, level }),
                Err(fault) => table.decoder().report(at, fault.message).help = Some(fault.help),
            }
        }
        let (select, ignore) = (table.optional("select"), table.or_default("ignore"));
        table.finish();
        Some(Self { levels, select, ignore })
    }
}
