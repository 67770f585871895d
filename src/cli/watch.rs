//! `clarlint --watch`: lint again whenever a file changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::args::LintArguments;
use super::load;
use super::{Console, Exit, Stop, explain_stop, lint};
use crate::project::sources;

/// How long to wait between two looks at the files.
const PAUSE: Duration = Duration::from_millis(300);
/// Clears a terminal and goes to its beginning.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// Goes on until somebody ends it, the arguments turn out to be wrong, or nobody reads what it prints any more.
pub fn run(arguments: &LintArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let base = load::paths(arguments, console)?.base().to_owned();
    console.progress.set_endless();
    loop {
        let seen = stamps(&base);
        if console.stdout_colors {
            console.stdout.write_all(CLEAR.as_bytes())?;
        }
        match lint::once(arguments, console) {
            Ok(_) => {}
            Err(Stop::Io(error)) => return Err(Stop::Io(error)),
            // Half a configuration, while somebody writes it.
            Err(stop) => explain_stop(stop, console.stderr)?,
        }
        console.stdout.flush()?;
        writeln!(console.stderr, "waiting for changes; Ctrl-C ends it")?;
        while stamps(&base) == seen {
            std::thread::sleep(PAUSE);
        }
    }
}

/// When each file was changed, and how long it is.
fn stamps(base: &Path) -> BTreeMap<PathBuf, Option<(SystemTime, u64)>> {
    let stamp = |path: PathBuf| {
        let metadata = path.metadata().ok();
        let stamp = metadata.and_then(|it| Some((it.modified().ok()?, it.len())));
        (path, stamp)
    };
    sources(base).into_iter().map(stamp).collect()
}
