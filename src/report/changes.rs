//! What `clarlint diff` tells: for people, for a comment on a pull request, for programs.

use std::fmt::Write;

use serde::Serialize;

use super::json::{Tool, pretty};
use super::text::one_line;
use crate::rules::changes::{
    Call, Change, Changed, Changes, Entrypoint, Fate, Guard, GuardChange, Handed, Hands, Kind, ValueChange,
};

/// The JSON schema of the document.
pub const SCHEMA: &str = include_str!("../../schemas/diff.json");

/// The longest condition or value that people are shown; what is longer, nobody would read.
const MAX_LENGTH: usize = 400;

/// Values that are longer than this are shown from where they differ, and so many characters before.
const LONG: usize = 120;
const KEPT: usize = 40;

/// The revisions that were compared, as they were named; `None` is the working tree.
#[derive(Clone, Copy, Debug)]
pub struct Between<'a> {
    pub from: &'a str,
    pub to: Option<&'a str>,
}

/// What a line tells: that something is gone, is new, or is another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Gone,
    New,
    Other,
}

/// A heading, and what there is to say below it.
pub(super) struct Block {
    pub heading: String,
    pub lines: Vec<Line>,
}

pub(super) struct Line {
    pub sign: Sign,
    /// What it is about: `role`, `effect`.
    of: &'static str,
    text: String,
}

/// A block for each part; nothing at all if nothing changed.
pub fn human(changes: &Changes, between: Between<'_>, colors: bool) -> String {
    if changes.is_empty() {
        return unchecked(changes, "", "");
    }
    let mut out = format!("from {} to {}\n", between.from, between.to.unwrap_or("the working tree"));
    for Block { heading, lines } in blocks(changes) {
        let _ = writeln!(out, "\n{}", painted(&heading, "1", colors));
        for line in &lines {
            let _ = writeln!(out, "  {}", painted(&line.written(), line.sign.color(), colors));
        }
    }
    out += &unchecked(changes, "\n", "");
    out + "\n" + &summary(changes) + "\n"
}

fn painted(text: &str, color: &str, colors: bool) -> String {
    if colors { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_string() }
}

/// A section with a list of changes for each part, in the colours that services give to patches.
pub fn markdown(changes: &Changes, between: Between<'_>) -> String {
    if changes.is_empty() {
        return unchecked(changes, "", "> ");
    }
    let to = between.to.map_or("the working tree".to_string(), |to| format!("`{to}`"));
    let mut out = format!("### Architecture: `{}` to {to}\n\n{}\n", between.from, summary(changes));
    for Block { heading, lines } in blocks(changes) {
        let lines: String = lines.iter().map(|line| line.written() + "\n").collect();
        // No text of a contract ends the block.
        let longest = lines.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = writeln!(out, "\n**{}**\n\n{fence}diff\n{lines}{fence}", heading.replace('*', "\\*"));
    }
    out + &unchecked(changes, "\n", "> ")
}

/// Everything, for programs.
pub fn json(changes: &Changes, between: Between<'_>) -> String {
    pretty(&Document { version: 1, tool: Tool::default(), from: between.from, to: between.to, changes })
}

/// What a branch does to the architecture. Readers ignore keys that they do not know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'a> {
    version: u32,
    tool: Tool,
    /// The revision that was compared with, as it was named.
    from: &'a str,
    /// The revision that was compared; null is the working tree.
    to: Option<&'a str>,
    #[serde(flatten)]
    changes: &'a Changes,
}

impl Sign {
    fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "-",
            Self::New => "+",
            Self::Other => "!",
        }
    }

    fn color(self) -> &'static str {
        match self {
            Self::Gone => "31",
            Self::New => "32",
            Self::Other => "33",
        }
    }
}

impl Line {
    fn new(sign: Sign, of: &'static str, text: impl AsRef<str>) -> Self {
        let text = one_line(text.as_ref());
        let text = match text.char_indices().nth(MAX_LENGTH) {
            Some((end, _)) => format!("{} ..", &text[..end]),
            None => text,
        };
        Self { sign, of, text }
    }

    pub fn written(&self) -> String {
        format!("{} {:10}  {}", self.sign.as_str(), self.of, self.text).trim_end().to_string()
    }
}

pub(super) fn blocks(changes: &Changes) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut add = |heading: &str, lines: Vec<Line>| {
        if !lines.is_empty() {
            blocks.push(Block { heading: one_line(heading), lines });
        }
    };
    let contracts = &changes.contracts;
    let renamed = changes.renamed.iter().map(|it| format!("{} -> {}", it.was, it.is));
    let mut lines: Vec<_> = renamed.map(|text| Line::new(Sign::Other, "contract", text)).collect();
    lines.extend(both("contract", &contracts.gained, &contracts.lost, String::clone));
    add("contracts", lines);
    for (names, change) in alike(&changes.changed) {
        add(&names, change_lines(change));
    }
    for handed in &changes.state {
        add(&handed.state, handed_lines(handed));
    }
    let layers = &changes.against_layers;
    add("against the layers", both("layers", &layers.gained, &layers.lost, String::clone));
    for Changed { entrypoint, change } in &changes.deployments {
        add(&format!("{entrypoint}, when it is deployed"), change_lines(change));
    }
    for entrypoint in &changes.added {
        add(&format!("{} is new", entrypoint.entrypoint), entrypoint_lines(entrypoint));
    }
    let removed = changes.removed.iter().map(|path| Line::new(Sign::Gone, "entrypoint", path));
    add("what is gone", removed.collect());
    add("calls", both("call", &changes.calls.gained, &changes.calls.lost, call));
    blocks
}

fn both<T>(of: &'static str, gained: &[T], lost: &[T], text: impl Fn(&T) -> String) -> Vec<Line> {
    let lost = lost.iter().map(|it| Line::new(Sign::Gone, of, text(it)));
    lost.chain(gained.iter().map(|it| Line::new(Sign::New, of, text(it)))).collect()
}

/// Entrypoints that change in the same way are told together, where the first of them stands.
fn alike(changed: &[Changed]) -> Vec<(String, &Change)> {
    let mut all: Vec<(Vec<&str>, &Change)> = Vec::new();
    for Changed { entrypoint, change } in changed {
        match all.iter_mut().find(|(_, other)| *other == change) {
            Some((names, _)) => names.push(entrypoint),
            None => all.push((vec![entrypoint], change)),
        }
    }
    all.into_iter().map(|(names, change)| (names.join(", "), change)).collect()
}

fn change_lines(change: &Change) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(signature) = &change.signature {
        lines.push(Line::new(Sign::Gone, "parameters", &signature.was));
        lines.push(Line::new(Sign::New, "parameters", &signature.is));
    }
    lines.extend(change.guards.iter().flat_map(guard_lines));
    lines.extend(both("effect", &change.effects.gained, &change.effects.lost, String::clone));
    lines.extend(change.values.iter().map(value_line));
    lines.extend(both("error", &change.codes.gained, &change.codes.lost, String::clone));
    lines
}

fn guard_lines(guard: &GuardChange) -> Vec<Line> {
    let (kind, fate) = (guard.kind.as_str(), guard.change.as_str());
    let about = of_which(&guard.effects);
    let note = |text: &String, note: &str| format!("{text}{about}{note}");
    match (&guard.was, &guard.is) {
        (Some(was), Some(is)) => {
            let was = Line::new(Sign::Gone, kind, note(was, &format!("  is {fate} by")));
            vec![was, Line::new(Sign::New, kind, note(is, ""))]
        }
        (Some(was), None) => vec![Line::new(Sign::Gone, kind, note(was, &format!("  is {fate}")))],
        (None, Some(is)) => vec![Line::new(Sign::New, kind, note(is, ""))],
        (None, None) => Vec::new(),
    }
}

fn of_which(effects: &Option<Vec<String>>) -> String {
    effects.as_ref().map_or(String::new(), |effects| format!("  before {}", effects.join(", ")))
}

fn value_line(value: &ValueChange) -> Line {
    let part = value.part.as_ref().map_or(String::new(), |part| format!("{part}: "));
    let sign = |sign, text: String| Line::new(sign, "value", format!("{}  {part}{text}", value.effect));
    match (&value.was, &value.is) {
        (Some(was), Some(is)) if was == is => sign(Sign::Other, format!("{is}, which is computed otherwise")),
        (Some(was), Some(is)) => {
            let (was, is) = contrast(was, is);
            sign(Sign::Other, format!("{was} -> {is}"))
        }
        (Some(was), None) => sign(Sign::Gone, was.clone()),
        (None, is) => sign(Sign::New, is.clone().unwrap_or_default()),
    }
}

/// Two long texts from shortly before they differ.
fn contrast(was: &str, is: &str) -> (String, String) {
    let same = was.chars().zip(is.chars()).take_while(|(a, b)| a == b).count();
    let cut = |text: &str| match same.checked_sub(KEPT).filter(|_| text.chars().count() > LONG) {
        Some(cut) => format!(".. {}", text.chars().skip(cut).collect::<String>()),
        None => text.to_string(),
    };
    (cut(was), cut(is))
}

fn entrypoint_lines(entrypoint: &Entrypoint) -> Vec<Line> {
    let new = |of, text: &str| Line::new(Sign::New, of, text);
    let mut lines = vec![new("parameters", &entrypoint.signature)];
    let guard =
        |Guard { kind, guard, effects }: &Guard| new(kind.as_str(), &format!("{guard}{}", of_which(effects)));
    lines.extend(entrypoint.guards.iter().map(guard));
    if entrypoint.guards.is_empty() && !entrypoint.effects.is_empty() {
        lines.push(Line::new(Sign::Other, "guards", "none"));
    }
    lines.extend(entrypoint.effects.iter().map(|effect| new("effect", effect)));
    if !entrypoint.codes.is_empty() {
        lines.push(new("errors", &entrypoint.codes.join(" ")));
    }
    lines
}

fn handed_lines(handed: &Handed) -> Vec<Line> {
    let hands = |hands| match hands {
        Hands::Nobody => "nobody sets it as they like",
        Hands::Privileged => "privileged callers alone decide",
        Hands::Strangers => "strangers decide",
    };
    let mut lines = Vec::new();
    if handed.was != handed.is {
        lines.push(Line::new(Sign::Gone, "hands", hands(handed.was)));
        lines.push(Line::new(Sign::New, "hands", hands(handed.is)));
    }
    lines.extend(both("set by", &handed.setters.gained, &handed.setters.lost, String::clone));
    lines
}

fn call(call: &Call) -> String {
    let how = match (call.dynamic, call.as_contract) {
        (false, false) => "",
        (true, false) => ", through a trait",
        (false, true) => ", as contract",
        (true, true) => ", through a trait, as contract",
    };
    format!("{} -> {}.{}{how}", call.from, call.to, call.function)
}

/// What there is to look at, the worst first.
pub(super) fn summary(changes: &Changes) -> String {
    let guards = |fate: Fate| changes.count(&[fate], |kind| kind != Kind::Check);
    let checks = |fate: Fate| changes.count(&[fate], |kind| kind == Kind::Check);
    let opened = changes.state.iter().filter(|it| it.is == Hands::Strangers && it.was != it.is).count();
    let handed = changes.state.len() - opened;
    let counts = [
        (guards(Fate::Lost), "guard lost", "guards lost"),
        (guards(Fate::Weakened), "guard weakened", "guards weakened"),
        (guards(Fate::Replaced), "guard replaced", "guards replaced"),
        (opened, "setting open to strangers", "settings open to strangers"),
        (changes.against_layers.gained.len(), "call against the layers", "calls against the layers"),
        (checks(Fate::Lost), "check lost", "checks lost"),
        (checks(Fate::Weakened), "check weakened", "checks weakened"),
        (guards(Fate::Strengthened), "guard strengthened", "guards strengthened"),
        (guards(Fate::Gained), "guard gained", "guards gained"),
        (checks(Fate::Strengthened), "check strengthened", "checks strengthened"),
        (checks(Fate::Gained), "check gained", "checks gained"),
        (handed, "setting in other hands", "settings in other hands"),
        (changes.added.len(), "entrypoint added", "entrypoints added"),
        (changes.removed.len(), "entrypoint removed", "entrypoints removed"),
        (changes.changed.len(), "entrypoint changed", "entrypoints changed"),
        (changes.deployments.len(), "deployment changed", "deployments changed"),
    ];
    let told = counts.iter().filter(|(count, ..)| *count > 0);
    let told = told.map(|&(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }));
    let told: Vec<_> = told.collect();
    if told.is_empty() { "calls or contracts changed".to_string() } else { told.join(", ") }
}

fn unchecked(changes: &Changes, before: &str, start: &str) -> String {
    if changes.unchecked.is_empty() {
        return String::new();
    }
    let lines = changes.unchecked.iter().map(|reason| format!("{start}not compared: {}\n", one_line(reason)));
    format!("{before}{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_that_of_the_document() {
        super::super::json::keep_schema::<Document<'_>>("diff", SCHEMA);
    }

    #[test]
    fn no_text_ends_a_block_of_markdown() {
        let mut changes = Changes::default();
        changes.contracts.gained.push("a```\n# b".to_string());
        let text = markdown(&changes, Between { from: "main", to: None });
        assert!(text.contains("````diff\n+ contract    a``` # b\n````\n"), "{text}");
    }
}
