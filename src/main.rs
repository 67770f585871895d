use std::io::{self, BufWriter};
use std::path::Path;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clarlint::cli::{self, Console};

fn main() -> ExitCode {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let stdout_colors = AutoStream::choice(&stdout) != ColorChoice::Never;
    let stderr_colors = AutoStream::choice(&stderr) != ColorChoice::Never;
    // A folder that is gone or unreadable leaves relative paths unreadable, which is then reported.
    let folder = std::env::current_dir().unwrap_or_else(|_| Path::new("/").to_owned());
    let mut console = Console {
        folder: &folder,
        stdin: &mut io::stdin().lock(),
        stdout: &mut BufWriter::new(stdout),
        stderr: &mut stderr.lock(),
        stdout_colors,
        stderr_colors,
        stdout_links: stdout_colors && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        today: Some(time::OffsetDateTime::now_utc().date()),
    };
    cli::main(std::env::args_os(), &mut console).into()
}
