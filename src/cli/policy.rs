//! `clarlint policy`: the guards that hold today, as a policy.

use std::fmt::Write;

use super::args::PolicyArguments;
use super::load;
use super::{Console, Exit, Stop};
use crate::rules::standing::{Checked, Purpose, checked, standing};
use crate::rules::{Lint, look};

const HEADER: &str = "\
# The guards that hold today, written by `clarlint policy`: an effect that loses one is a finding. Keep what is meant,
# say why, and name in [policy.roles] what is asked often.
";

pub fn run(arguments: &PolicyArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(&arguments.config, console)?;
    let text = look(&project, &config.policy, &[], table);
    console.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

fn table(lint: &mut Lint<'_>) -> String {
    let mut out = HEADER.to_string();
    let mut purpose = None;
    for (standing, entrypoints) in standing(lint) {
        if purpose.replace(standing.purpose) != Some(standing.purpose) {
            let _ = writeln!(out, "\n# {}", heading(standing.purpose));
        }
        let mut entry = vec![("holds", standing.condition)];
        entry.extend(standing.calls.map(|calls| ("calls", calls)));
        write_entry(&mut out, "authorisation", &entry, &entrypoints);
    }
    for (section, entries) in checked(lint) {
        for Checked { check, keys, entrypoints } in entries {
            let entry: Vec<_> = std::iter::once(("check", check)).chain(keys).collect();
            write_entry(&mut out, section, &entry, &entrypoints);
        }
    }
    out
}

fn heading(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Role => "Roles: the caller is somebody whom the protocol trusts.",
        Purpose::Ownership => "Ownership: the caller owns what is touched.",
        Purpose::Identity => "Identity: a contract of the caller's choice is the one that it has to be.",
        Purpose::Switch => "Switches that privileged callers hold.",
    }
}

/// An entry of a section: its keys, and the entrypoints where it holds.
fn write_entry(out: &mut String, section: &str, entry: &[(&str, String)], entrypoints: &[String]) {
    let _ = writeln!(out, "\n[[policy.{section}]]");
    for (key, value) in entry {
        let _ = writeln!(out, "{key} = {}", quoted(value));
    }
    if let [one] = entrypoints {
        let _ = writeln!(out, "entrypoints = [{}]", quoted(one));
        return;
    }
    let _ = writeln!(out, "entrypoints = [");
    for path in entrypoints {
        let _ = writeln!(out, "    {},", quoted(path));
    }
    let _ = writeln!(out, "]");
}

/// A string of TOML, without escapes where there is a way.
pub(super) fn quoted(text: &str) -> String {
    match (text.contains(['"', '\\']), text.contains('\'')) {
        (false, _) => format!("\"{text}\""),
        (true, false) => format!("'{text}'"),
        (true, true) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
