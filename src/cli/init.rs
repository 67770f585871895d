//! `clarlint init`: a first clarlint.toml, with what the protocol has already.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};

use super::args::InitArguments;
use super::load;
use super::policy::{quoted, write_entry};
use super::{Console, Exit, Stop};
use crate::config::{Config, FILE_NAME};
use crate::graph::Program;
use crate::project::{Project, path};
use crate::rules::survey::{Names, Survey};

const HEADER: &str = "\
# What clarlint asks of this protocol, written by `clarlint init` from what holds today. Keep what is meant, say why
# in a `reason`, remove the rest. `clarlint explain RULE` tells the options of a rule.

[lint]
# Rules or groups, as `clarlint rules` lists them: error, warning, note, on or off.
# levels = { bare-error-literal = \"off\", as-contract = \"warning\" }

[files]
# Contracts that are analysed with the others, and on which nothing is reported.
# exclude = [\"contracts/mocks/**\"]
";

const BREAKERS: &str = "\
# Circuit breakers: whatever these entrypoints change is kept only if the check passes. Once one is named, no other is
# looked for.
";

const NO_BREAKERS: &str = "\
# Circuit breakers: there is no function that tells whether the protocol is paused. With one, ask for it like this:
#
# [[policy.circuit-breaker]]
# check = \"control.check-running\"
# entrypoints = [\"vault.*\"]
# reason = \"a drain must be stoppable\"
";

const SWITCHES: &str = "\
# Switches that privileged callers hold, and that these entrypoints test.
";

const LIMITS: &str = "\
# Rate limits: these entrypoints spend a budget. No others have to.
";

const ROLES: &str = "\
# Roles: who may call what. `clarlint policy` writes every other guard that holds today, too.
";

const REGISTRY: &str = "\
# The registry: which contract stands for which name. `uses` says who asks for what, `resolved` what is never called
# directly.
";

const REGISTRIES: &str = "\
# Registries: contracts are looked up by name in several maps. A policy names one; without it, all are followed.
";

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
    let counted = [
        (survey.breakers.len(), "circuit breaker"),
        (survey.switches.len(), "switch"),
        (survey.limits.len(), "rate limit"),
        (survey.roles.len(), "role"),
        (survey.registries.len(), "registry"),
    ];
    let told = counted.into_iter().filter(|&(count, _)| count > 0).map(|(count, what)| match (count, what) {
        (1, what) => format!("1 {what}"),
        (_, "switch") => format!("{count} switches"),
        (_, "registry") => format!("{count} registries"),
        _ => format!("{count} {what}s"),
    });
    let told: Vec<_> = told.collect();
    let missing =
        survey.breakers.iter().chain(&survey.switches).map(|guard| guard.missing.len()).sum::<usize>();
    let found = if told.is_empty() { "nothing found to name".to_string() } else { told.join(", ") };
    match missing {
        0 => found,
        1 => format!("{found}; 1 entrypoint lacks what its peers check"),
        _ => format!("{found}; {missing} entrypoints lack what their peers check"),
    }
}

fn text(survey: &Survey) -> String {
    let mut out = HEADER.to_string();
    let sections = [
        (
            if survey.breakers.is_empty() { NO_BREAKERS } else { BREAKERS },
            "circuit-breaker",
            &survey.breakers,
        ),
        (SWITCHES, "authorisation", &survey.switches),
        (LIMITS, "rate-limit", &survey.limits),
        (ROLES, "authorisation", &survey.roles),
    ];
    for (heading, section, guards) in sections {
        if !guards.is_empty() || section == "circuit-breaker" {
            let _ = write!(out, "\n{heading}");
        }
        for guard in guards {
            write_entry(&mut out, section, &guard.keys, &guard.entrypoints, &guard.missing);
        }
        if section == "circuit-breaker" && !survey.unstopped.is_empty() {
            out += "\n# Nothing stops these, which anybody can call:\n";
            let line = |path: &String| format!("#     {},\n", quoted(path));
            out.extend(survey.unstopped.iter().map(line));
        }
    }
    registries(&mut out, &survey.registries);
    out
}

fn registries(out: &mut String, registries: &[Names]) {
    let (heading, mark) = match registries {
        [] => return,
        [_] => (REGISTRY, ""),
        _ => (REGISTRIES, "# "),
    };
    let _ = write!(out, "\n{heading}");
    for Names { map, asked } in registries {
        let _ = write!(out, "\n{mark}[policy.upgrade]\n{mark}registry = {}\n", quoted(map));
        if !asked.is_empty() {
            let asked: Vec<_> = asked.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(out, "# Names that are asked for: {}.", asked.join(", "));
        }
    }
}
