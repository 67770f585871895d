//! `[lint]`: how serious the findings of each rule are.

use crate::config::table::{
    Choice, Decode, Decoder, Entries, Fault, Node, Spanned, Table, choose, closest, decode_choice,
    expected_choice,
};
use crate::diagnostic::Severity;
use crate::rules::{RULES, Rule};

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

/// One setting: a rule's id or a group's name, and its level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    name: &'static str,
    level: Level,
}

impl Setting {
    fn new(name: &str, level: Level) -> Result<Self, Fault> {
        let ids = RULES.iter().map(|rule| rule.id);
        let names = ids.chain(RULES.iter().map(|rule| rule.group.as_str()));
        match names.clone().find(|&known| known == name) {
            Some(name) => Ok(Self { name, level }),
            None => Err(Fault {
                message: format!("unknown rule `{name}`"),
                help: match closest(name, names) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "`clarlint rules` lists all rules and groups".into(),
                },
            }),
        }
    }

    /// Reads `RULE=LEVEL`, as the command line has it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (name, level) = text.split_once('=').ok_or_else(|| Fault {
            message: format!("`{text}` is not RULE=LEVEL"),
            help: format!("write `{text}=off`, or another of {}", Level::expected()),
        })?;
        let level =
            choose(level).map_err(|help| Fault { message: format!("`{level}` is not a level"), help })?;
        Self::new(name, level)
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
        let last = |name: &str| self.0.iter().rev().find(|setting| setting.name == name);
        last(rule.id).or_else(|| last(rule.group.as_str())).map(|setting| setting.level)
    }
}

/// The section `[lint]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lint {
    pub levels: Levels,
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
            match Setting::new(&name, level) {
                Ok(setting) => levels.push(setting),
                Err(fault) => table.decoder().report(at, fault.message).help = Some(fault.help),
            }
        }
        table.finish();
        Some(Self { levels })
    }
}
