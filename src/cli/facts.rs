//! `clarlint facts`: what was inferred of the project, so that people can check it.

use super::args::FactsArguments;
use super::load;
use super::{Console, Exit, Stop};
use crate::rules::statistics::inferred;
use crate::rules::{Question, look};

pub fn run(arguments: &FactsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(&arguments.config, console)?;
    for (heading, lines) in look(&project, &config.policy, &[Question::Names], inferred) {
        writeln!(console.stdout, "{heading}")?;
        for line in lines {
            writeln!(console.stdout, "  {line}")?;
        }
    }
    Ok(Exit::Clean)
}
