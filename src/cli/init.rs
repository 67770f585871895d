//! `clarlint init`: a first clarlint.toml, with what the protocol has already.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};

use super::args::InitArguments;
use super::load;
use super::policy::quoted;
use super::{Console, Exit, Stop};
use crate::config::table::word;
use crate::config::{Callers, Config, FILE_NAME, Files};
use crate::graph::Program;
use crate::project::{Project, on_mainnet, path};
use crate::rules::survey::{Row, Survey, Why, scaffolding};

const HEADER: &str = "\
# What this protocol asks of itself, as `clarlint init` found it. Keep what is meant and give it a `reason`, remove the
# rest. What is exempt without a reason stays a warning.
";

const STOPS: &str = "\
# What these entrypoints do is kept only if the check passes, or the condition holds. For `callers = \"anybody\"`, what
# only a role can do is left alone.
";

const NO_STOPS: &str = "\
# Nothing here can be paused. What asks for a pause once there is one: `clarlint explain missing-circuit-breaker`.
";

const LIMITS: &str = "\
# Rate limits: these entrypoints spend a budget.
";

const ROLES: &str = "\
# Roles: who may call what.
";

/// How many lines there are for what stops entrypoints, and with the roles for all entries. What says least is left out.
const MOST_FOR_STOPS: usize = 32;
const MOST_LINES: usize = 56;
/// How long a line may be.
const WIDTH: usize = 118;

pub fn run(arguments: &InitArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let load = load::one(arguments.project.as_ref(), console)?;
    let folder = load.root.folder.as_deref().unwrap_or(console.folder);
    let target = folder.join(FILE_NAME);
    // A configuration further up is in force here as well.
    let there = load.root.config.as_ref().filter(|_| !arguments.stdout);
    if let Some(there) = there {
        return Err(already_there(&path::name(console.folder, there)));
    }
    let project = Project::load(&load, &Config::default(), Vec::new());
    if project.contracts.is_empty() {
        let help = "run it in the folder of the project, where Clarinet.toml is or the contracts are";
        return Err(Stop::with_help("there are no contracts here", help));
    }
    let published = load.root.folder.as_deref().map(on_mainnet).unwrap_or_default();
    let (scaffolding, served) = scaffolding(&Program::link(&project), &published);
    let config = Config { files: Files::without(&scaffolding), ..Config::default() };
    let project = if scaffolding.is_empty() { project } else { Project::load(&load, &config, Vec::new()) };
    let survey = Survey::of(&Program::link(&project));
    let (text, left) = text(&survey, &scaffolding, served);
    if arguments.stdout {
        console.stdout.write_all(text.as_bytes())?;
        return Ok(Exit::Clean);
    }
    let name = path::name(console.folder, &target);
    let file = fs::OpenOptions::new().write(true).create_new(true).open(&target);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(already_there(&name)),
        Err(error) => {
            let message = format!("`{name}` cannot be written: {}", path::reason(&error));
            return Err(Stop::with_help(message, "`clarlint init --stdout` prints it instead"));
        }
    }
    writeln!(console.stdout, "wrote {name}: {}", told(&survey))?;
    if served > 0 {
        writeln!(console.stdout, "  not reported on: {}, which are there for tests", contracts(served))?;
    }
    if !left.is_empty() {
        writeln!(console.stdout, "  left to `clarlint policy`: {left}")?;
    }
    Ok(Exit::Clean)
}

fn already_there(name: &str) -> Stop {
    let help = "`clarlint init --stdout` prints what it would write; take over what you need";
    Stop::with_help(format!("there is `{name}` already, and it is left as it is"), help)
}

/// What was found, in numbers.
fn told(survey: &Survey) -> String {
    // Rows of one guard are one.
    let count = |rows: &[Row], section: &str| {
        let rows = rows.iter().filter(|row| row.section == section);
        rows.map(|row| &row.keys).collect::<BTreeSet<_>>().len()
    };
    let counted = [
        (count(&survey.stops, "circuit-breaker"), "circuit breaker"),
        (count(&survey.stops, "authorisation"), "switch"),
        (count(&survey.limits, "rate-limit"), "rate limit"),
        (count(&survey.roles, "authorisation"), "role"),
        (survey.registries.len(), "registry"),
    ];
    let told = counted.into_iter().filter(|&(count, _)| count > 0).map(|(count, what)| match (count, what) {
        (1, what) => format!("1 {what}"),
        (_, "switch") => format!("{count} switches"),
        (_, "registry") => format!("{count} registries"),
        _ => format!("{count} {what}s"),
    });
    let told: Vec<_> = told.collect();
    let found = if told.is_empty() { "nothing found to name".to_string() } else { told.join(", ") };
    match survey.lacking {
        0 => found,
        1 => format!("{found}; 1 entrypoint lacks what its peers check"),
        lacking => format!("{found}; {lacking} entrypoints lack what their peers check"),
    }
}

/// The file, and what was left out for the sake of brevity.
fn text(survey: &Survey, scaffolding: &[String], served: usize) -> (String, String) {
    let mut out = HEADER.to_string();
    if !scaffolding.is_empty() {
        let globs: Vec<_> = scaffolding.iter().map(|glob| quoted(glob)).collect();
        let _ = writeln!(
            out,
            "\n# There for tests: {}. They are analysed, and not reported on.",
            contracts(served)
        );
        let _ = write!(out, "[files]\n{}", list("exclude = ", &globs, "\n"));
    }
    let mut left = Left::default();
    let heading = if survey.stops.is_empty() { NO_STOPS } else { STOPS };
    let _ = write!(out, "\n{heading}");
    entries(&mut out, &survey.stops, MOST_FOR_STOPS, &mut left);
    for (heading, rows) in [(LIMITS, &survey.limits), (ROLES, &survey.roles)] {
        if !rows.is_empty() {
            let _ = write!(out, "\n{heading}");
            entries(&mut out, rows, MOST_LINES, &mut left);
        }
    }
    registries(&mut out, &survey.registries);
    let left = left.told();
    if !left.is_empty() {
        let _ = writeln!(out, "\n# Left to `clarlint policy`, which writes every guard that holds: {left}.");
    }
    (out, left)
}

fn contracts(count: usize) -> String {
    if count == 1 { "1 contract".to_string() } else { format!("{count} contracts") }
}

/// What is not written.
#[derive(Default)]
struct Left {
    entries: usize,
    /// Of entries that are written.
    entrypoints: usize,
}

impl Left {
    fn told(&self) -> String {
        let entries = match self.entries {
            0 => None,
            1 => Some("1 entry".to_string()),
            count => Some(format!("{count} entries")),
        };
        let entrypoints = match self.entrypoints {
            0 => None,
            1 => Some("1 entrypoint of the others".to_string()),
            count => Some(format!("{count} entrypoints of the others")),
        };
        entries.into_iter().chain(entrypoints).collect::<Vec<_>>().join(" and ")
    }
}

/// The entries for which there is room: the file has no more than so many lines, but one entry at least of each kind.
/// What needs a long line of its own is no first rule for anybody.
fn entries(out: &mut String, rows: &[Row], most: usize, left: &mut Left) {
    for (at, row) in rows.iter().enumerate() {
        let mut entry = format!("\n[[policy.{}]]\n", row.section);
        for (key, value) in &row.keys {
            let _ = writeln!(entry, "{key} = {}", quoted(value));
        }
        let patterns: Vec<_> = row.patterns.iter().map(|pattern| quoted(pattern)).collect();
        entry += &list("entrypoints = ", &patterns, "\n");
        if row.callers != Callers::default() {
            let _ = writeln!(entry, "callers = {}", quoted(word(row.callers)));
        }
        exempt(&mut entry, row);
        let lines = out.lines().count() + entry.lines().count();
        let is_long = row.keys.iter().any(|(_, value)| value.len() > WIDTH - 10);
        if is_long || at > 0 && lines > most {
            left.entries += 1;
        } else {
            left.entrypoints += row.left;
            *out += &entry;
        }
    }
}

fn exempt(out: &mut String, row: &Row) {
    let several = row.exempt.len() > 1;
    let (begin, end) =
        if several { ("    { entrypoints = ", "},") } else { ("exempt = [{ entrypoints = ", "}]") };
    let all = row.exempt.iter().map(|(why, patterns)| {
        let patterns: Vec<_> = patterns.iter().map(|pattern| quoted(pattern)).collect();
        let (reason, remark) = reason(*why);
        list(begin, &patterns, &format!(", reason = {} {end}{remark}\n", quoted(reason)))
    });
    let all: String = all.collect();
    *out += &if several { format!("exempt = [\n{all}]\n") } else { all };
}

/// Why an entrypoint is exempt, and what the owner is told.
fn reason(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Lacks => ("", " # peers are stopped: is it a way out?"),
        Why::Open => ("not stopped so far", ""),
        Why::Role => ("only a role can do it", ""),
        Why::PassedOn => ("stopped in the contract that it calls", ""),
        Why::Other => ("something else stops it", ""),
    }
}

/// A list on one line, or on as few as it takes.
fn list(begin: &str, items: &[String], end: &str) -> String {
    let whole = format!("{begin}[{}]{end}", items.join(", "));
    if whole.trim_end().len() <= WIDTH {
        return whole;
    }
    let indent = " ".repeat(begin.len() - begin.trim_start().len());
    let mut out = format!("{begin}[");
    let mut width = WIDTH;
    for item in items {
        width += item.len() + 2;
        if width > WIDTH {
            let _ = write!(out, "\n{indent}    {item},");
            width = indent.len() + item.len() + 5;
        } else {
            let _ = write!(out, " {item},");
        }
    }
    let _ = write!(out, "\n{indent}]{end}");
    out
}

fn registries(out: &mut String, maps: &[String]) {
    let Some(first) = maps.first() else { return };
    let more = match maps.len() {
        1 => String::new(),
        count => format!(" (and {} others)", count - 1),
    };
    let _ = write!(
        out,
        "\n# Contracts are looked up by name{more}. To say more of that: `clarlint explain unregistered-contract`.\n#\n\
         # [policy.upgrade]\n# registry = {}\n",
        quoted(first)
    );
}
