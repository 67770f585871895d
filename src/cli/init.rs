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
use crate::config::{Callers, Config, FILE_NAME};
use crate::graph::Program;
use crate::project::{Project, path};
use crate::rules::survey::{Names, Row, Survey, Why};

const HEADER: &str = "\
# What this protocol asks of itself, as `clarlint init` found it. Keep what is meant and give it a `reason`, remove the
# rest. What is exempt without a reason stays a warning.
";

const STOPS: &str = "\
# What stops them: whatever these entrypoints do is kept only if the check passes, or the condition holds.
";

const NO_STOPS: &str = "\
# Nothing here can be paused. With a function that tells, ask for it like this:
#
# [[policy.circuit-breaker]]
# check = \"control.check-running\"
# entrypoints = [\"vault.*\"]
# reason = \"a drain must be stoppable\"
";

const LIMITS: &str = "\
# Rate limits: these entrypoints spend a budget.
";

const ROLES: &str = "\
# Roles: who may call what.
";

const REGISTRY: &str = "\
# The registry: which contract stands for which name.
";

/// How many entries say what stops entrypoints, and how many there are with those about roles.
const MOST_STOPS: usize = 7;
const MOST_ENTRIES: usize = 12;
/// How long a line may be, and how many there are for the entrypoints of an entry. What is left out there is what stands
/// for least.
const WIDTH: usize = 118;
const MOST_LINES: usize = 2;

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
    let survey = Survey::of(&Program::link(&project));
    let text = text(&survey);
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
    Ok(Exit::Clean)
}

fn already_there(name: &str) -> Stop {
    let help = "`clarlint init --stdout` prints what it would write; take over what you need";
    Stop::with_help(format!("there is `{name}` already, and it is left as it is"), help)
}

/// What was found, in numbers.
fn told(survey: &Survey) -> String {
    // Rows of one guard are one.
    let count = |rows: &[Row]| rows.iter().map(|row| &row.keys).collect::<BTreeSet<_>>().len();
    let counted = [
        (count(&survey.breakers), "circuit breaker"),
        (count(&survey.switches), "switch"),
        (count(&survey.limits), "rate limit"),
        (count(&survey.roles), "role"),
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

fn text(survey: &Survey) -> String {
    let mut out = HEADER.to_string();
    let mut left = Left::default();
    let breakers = survey.breakers.iter().map(|row| ("circuit-breaker", row));
    let stops: Vec<_> =
        breakers.chain(survey.switches.iter().map(|row| ("authorisation", row))).collect();
    let roles: Vec<_> = survey.roles.iter().map(|row| ("authorisation", row)).collect();
    let limits: Vec<_> = survey.limits.iter().map(|row| ("rate-limit", row)).collect();
    let most_roles = MOST_ENTRIES - stops.len().min(MOST_STOPS);
    let heading = if stops.is_empty() { NO_STOPS } else { STOPS };
    let _ = write!(out, "\n{heading}");
    entries(&mut out, &stops, MOST_STOPS, &mut left);
    for (heading, rows, most) in [(LIMITS, limits, MOST_STOPS), (ROLES, roles, most_roles)] {
        if !rows.is_empty() {
            let _ = write!(out, "\n{heading}");
            entries(&mut out, &rows, most, &mut left);
        }
    }
    registries(&mut out, &survey.registries);
    out += &left.told();
    out
}

/// What is not written.
#[derive(Default)]
struct Left {
    entries: usize,
    /// Of entries that are written.
    patterns: usize,
}

impl Left {
    fn told(&self) -> String {
        let plural = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {many}")),
        };
        let entries = plural(self.entries, "entry more", "entries more");
        let patterns = plural(self.patterns, "entrypoint of those above", "entrypoints of those above");
        let left: Vec<_> = entries.into_iter().chain(patterns).collect();
        match left.is_empty() {
            true => String::new(),
            false => format!("\n# Left to `clarlint policy`, which writes all that holds: {}.\n", left.join(", ")),
        }
    }
}

/// The first entries, each with the entrypoints that there are lines for.
fn entries(out: &mut String, rows: &[(&str, &Row)], most: usize, left: &mut Left) {
    for (section, row) in &rows[..most.min(rows.len())] {
        let _ = writeln!(out, "\n[[policy.{section}]]");
        for (key, value) in &row.keys {
            let _ = writeln!(out, "{key} = {}", quoted(value));
        }
        let mut patterns: Vec<_> = row.patterns.iter().map(|(pattern, _)| quoted(pattern)).collect();
        while list("entrypoints = ", &patterns, "").lines().count() > MOST_LINES + 2 && patterns.len() > 1 {
            patterns.pop();
            left.patterns += row.patterns[patterns.len()].1;
        }
        *out += &list("entrypoints = ", &patterns, "\n");
        if row.callers != Callers::default() {
            let _ = writeln!(out, "callers = {}", quoted(word(row.callers)));
        }
        exempt(out, row);
    }
    left.entries += rows.len().saturating_sub(most);
}

fn exempt(out: &mut String, row: &Row) {
    let mut lines = String::new();
    for (why, patterns) in &row.exempt {
        let patterns: Vec<_> = patterns.iter().map(|pattern| quoted(pattern)).collect();
        let (reason, remark) = reason(*why);
        let end = format!(", reason = {} }},{remark}\n", quoted(reason));
        lines += &list("    { entrypoints = ", &patterns, &end);
    }
    match lines.strip_suffix(",\n").filter(|one| !one.contains('\n')) {
        Some(one) if one.len() + 8 <= WIDTH => {
            let _ = writeln!(out, "exempt = [{}]", one.trim_start());
        }
        _ if lines.is_empty() => {}
        _ => {
            let _ = writeln!(out, "exempt = [\n{lines}]");
        }
    }
}

/// Why an entrypoint is exempt, and what the owner is told.
fn reason(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Lacks => ("", " # its peers are stopped: a way out? say so"),
        Why::Open => ("not stopped so far", ""),
        Why::Role => ("only a role can do it", ""),
        Why::PassedOn => ("stopped in the contract that it calls", ""),
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

fn registries(out: &mut String, registries: &[Names]) {
    match registries {
        [] => {}
        [Names { map, asked }] => {
            let asked: Vec<_> = asked.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(out, "\n{REGISTRY}\n[policy.upgrade]\nregistry = {}", quoted(map));
            if !asked.is_empty() {
                let _ = writeln!(out, "# Names that are asked for: {}.", asked.join(", "));
            }
        }
        several => {
            let maps: Vec<_> = several.iter().map(|names| quoted(&names.map)).collect();
            let _ = writeln!(
                out,
                "\n# Contracts are looked up by name in {}; `registry` in [policy.upgrade] names one.",
                maps.join(", ")
            );
        }
    }
}
