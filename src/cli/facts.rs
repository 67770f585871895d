//! `clarlint facts`: what was inferred of the project, so that people can check it.

use super::args::FactsArguments;
use super::load;
use super::{Console, Exit, Stop};
use crate::graph::Program;
use crate::rules::Lint;
use crate::rules::statistics::inferred;

pub fn run(arguments: &FactsArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, config) = load::project(&arguments.config, console)?;
    let program = Program::link(&project);
    for (heading, lines) in inferred(&mut Lint::new(&program, &config.policy)) {
        writeln!(console.stdout, "{heading}")?;
        for line in lines {
            writeln!(console.stdout, "  {line}")?;
        }
    }
    Ok(Exit::Clean)
}
