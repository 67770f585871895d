//! What the program says of itself to shells, editors and `man`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;
use super::choices::Schema;
use super::{Console, Exit, Stop};
use crate::config::Config;
use crate::report::{changes, json};

/// `clarlint completions SHELL`.
pub fn completions(shell: Shell, console: &mut Console<'_>) -> Result<Exit, Stop> {
    // In memory first: the generator panics where a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), env!("CARGO_PKG_NAME"), &mut script);
    console.stdout.write_all(&script)?;
    Ok(Exit::Clean)
}

/// `clarlint man`.
pub fn page(console: &mut Console<'_>) -> Result<Exit, Stop> {
    clap_mangen::Man::new(Arguments::command()).render(&mut console.stdout)?;
    Ok(Exit::Clean)
}

/// `clarlint schema config`, `output` and `diff`.
pub fn schema(of: Schema, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let schema = match of {
        Schema::Config => json::pretty(&Config::schema()),
        Schema::Output => json::SCHEMA.to_owned(),
        Schema::Diff => changes::SCHEMA.to_owned(),
    };
    console.stdout.write_all(schema.as_bytes())?;
    Ok(Exit::Clean)
}
