//! The command line. [`main`] is a plain function of arguments and streams, so that tests call it like any other.

mod args;
mod baseline;
mod changed;
mod choices;
mod config;
mod diff;
mod errors;
mod explain;
mod facts;
mod fix;
mod git;
mod graph;
mod guards;
mod init;
mod lint;
mod load;
mod lsp;
mod manual;
mod names;
mod output;
mod policy;
mod progress;
mod report;
mod revision;
mod rules;
mod watch;
mod why;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use time::Date;

use crate::progress::Progress;
use args::{Arguments, Command};

pub use progress::end_on_interrupt;

/// The streams of a run, and where it takes place.
pub struct Console<'a> {
    /// The folder that paths on the command line are relative to.
    pub folder: &'a Path,
    pub stdin: &'a mut dyn Read,
    /// A server writes from a thread of its own.
    pub stdout: &'a mut (dyn Write + Send),
    pub stderr: &'a mut dyn Write,
    /// Whether each stream takes colours when the command line does not say.
    pub stdout_colors: bool,
    pub stderr_colors: bool,
    /// Whether standard output shows links.
    pub stdout_links: bool,
    /// The day by which allows in contracts end; without it none ends.
    pub today: Option<Date>,
    /// How far the run has come.
    pub progress: Arc<Progress>,
    /// Whether somebody sees on a terminal what goes to standard error.
    pub is_watched: bool,
}

impl Console<'_> {
    /// The same in another folder.
    fn within<'c>(&'c mut self, folder: &'c Path) -> Console<'c> {
        let (stdin, stdout, stderr) = (&mut *self.stdin, &mut *self.stdout, &mut *self.stderr);
        Console { folder, stdin, stdout, stderr, progress: self.progress.clone(), ..*self }
    }
}

/// How a run ended. There are no other exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing at or above the level that fails.
    Clean = 0,
    /// Findings at or above it.
    Findings = 1,
    /// The work could not be done, or not all of it.
    Failed = 2,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a run ended early.
enum Stop {
    /// What to tell the user: what is wrong, and what to do.
    Message {
        message: String,
        help: Option<String>,
    },
    /// Configuration that cannot be used, rendered.
    Rendered(String),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Stop {
    fn new(message: impl Into<String>) -> Self {
        Self::Message { message: message.into(), help: None }
    }

    fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Message { message: message.into(), help: Some(help.into()) }
    }
}

/// Runs the program with `arguments`, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>, console: &mut Console<'_>) -> Exit {
    let outcome = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => run(arguments, console),
        Err(error) => usage(&error, console),
    };
    let outcome = outcome.and_then(|exit| {
        console.stdout.flush()?;
        Ok(exit)
    });
    match outcome {
        Ok(exit) => exit,
        // Whoever read the output has seen enough.
        Err(Stop::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clean,
        Err(stop) => {
            // When standard error is gone as well, the exit code has to do.
            let _ = explain_stop(stop, console.stderr);
            Exit::Failed
        }
    }
}

fn run(arguments: Arguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    if let Some(colors) = arguments.color.forced() {
        (console.stdout_colors, console.stderr_colors) = (colors, colors);
    }
    match arguments.command {
        None => lint::run(arguments.lint, console),
        Some(Command::Baseline(arguments)) => baseline::run(&arguments, console),
        Some(Command::Check(lint)) => lint::run(lint, console),
        Some(Command::Config(arguments)) => config::run(&arguments, console),
        Some(Command::Completions { shell }) => manual::completions(shell, console),
        Some(Command::Diff(arguments)) => diff::run(&arguments, console),
        Some(Command::Errors(arguments)) => errors::run(&arguments, console),
        Some(Command::Explain { rule }) => explain::run(&rule, console),
        Some(Command::Facts(arguments)) => facts::run(&arguments, console),
        Some(Command::Graph(arguments)) => graph::run(&arguments, console),
        Some(Command::Guards(arguments)) => guards::run(&arguments, console),
        Some(Command::Init(arguments)) => init::run(&arguments, console),
        Some(Command::Policy(arguments)) => policy::run(&arguments, console),
        Some(Command::Report(arguments)) => report::run(&arguments, console),
        Some(Command::Rules { format }) => rules::run(format, console),
        Some(Command::Lsp) => lsp::run(console),
        Some(Command::Man) => manual::page(console),
        Some(Command::Schema { of }) => manual::schema(of, console),
        Some(Command::Why(arguments)) => why::run(&arguments, console),
    }
}

/// What clap has to say: help and version on standard output, mistakes on standard error.
fn usage(error: &clap::Error, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let text = error.render();
    let styled = |colors: bool| if colors { text.ansi().to_string() } else { text.to_string() };
    if error.use_stderr() {
        console.stderr.write_all(styled(console.stderr_colors).as_bytes())?;
        Ok(Exit::Failed)
    } else {
        console.stdout.write_all(styled(console.stdout_colors).as_bytes())?;
        Ok(Exit::Clean)
    }
}

fn explain_stop(stop: Stop, stderr: &mut dyn Write) -> io::Result<()> {
    match stop {
        Stop::Message { message, help } => {
            writeln!(stderr, "error: {message}")?;
            help.map_or(Ok(()), |help| writeln!(stderr, "  help: {help}"))
        }
        Stop::Rendered(text) => stderr.write_all(text.as_bytes()),
        Stop::Io(error) => writeln!(stderr, "error: the output cannot be written: {error}"),
    }
}
