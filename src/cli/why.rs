//! `clarlint why CONTRACT.FUNCTION`: what a function does, and what is known whenever it does it.

use super::args::WhyArguments;
use super::load;
use super::{Console, Exit, Stop};
use crate::config::table::closest;
use crate::facts::{self, Engine};
use crate::graph::{FunctionId, Program};

pub fn run(arguments: &WhyArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (project, _) = load::project(&arguments.config, console)?;
    let program = Program::link(&project);
    let function = find(&program, &arguments.function)?;
    let mut engine = Engine::new(&program);
    write!(console.stdout, "{}", facts::why(&mut engine, function))?;
    Ok(Exit::Clean)
}

fn find(program: &Program<'_>, name: &str) -> Result<FunctionId, Stop> {
    program.function_named(name).ok_or_else(|| {
        let names: Vec<_> = program.functions().map(|function| program.path(function)).collect();
        let help = match closest(name, names.iter().map(String::as_str)) {
            Some(close) => format!("did you mean `{close}`?"),
            None if names.is_empty() => "there are no functions here; run it inside a project".into(),
            None => "write CONTRACT.FUNCTION, such as `vault.deposit`".into(),
        };
        Stop::with_help(format!("there is no function `{name}`"), help)
    })
}
