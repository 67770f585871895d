use std::io::{self, BufWriter, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use clarlint::cli::{self, Console};

fn main() -> ExitCode {
    let (stdout, mut stderr) = (io::stdout(), io::stderr());
    let stdout_colors = AutoStream::choice(&stdout) != ColorChoice::Never;
    let stderr_colors = AutoStream::choice(&stderr) != ColorChoice::Never;
    // A folder that is gone or unreadable leaves relative paths unreadable, which is then reported.
    let folder = std::env::current_dir().unwrap_or_else(|_| Path::new("/").to_owned());
    let progress = Arc::default();
    cli::end_on_interrupt(Arc::clone(&progress));
    let mut console = Console {
        folder: &folder,
        stdin: &mut io::stdin().lock(),
        stdout: &mut BufWriter::new(stdout),
        // Not locked: other threads tell there how far the run has come.
        stderr: &mut stderr,
        stdout_colors,
        stderr_colors,
        stdout_links: stdout_colors && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        progress,
        is_watched: io::stderr().is_terminal(),
        today: Some(time::OffsetDateTime::now_utc().date()),
    };
    cli::main(std::env::args_os(), &mut console).into()
}
