//! Projects in folders of their own, and the program run inside them.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clarlint::cli::{self, Console, Exit};
use tempfile::TempDir;
use time::Date;

/// A copy of a project of `fixtures/projects`, away from the configuration of this repository.
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("the system has room for temporary files") }
    }

    pub fn of(project: &str) -> Self {
        let sandbox = Self::empty();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects").join(project);
        copy(&source, sandbox.folder.path());
        sandbox
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("the file is there and UTF-8")
    }

    /// The text as an editor shows it, whatever bytes it has; none if the file is not there.
    pub fn read_lossy(&self, path: &str) -> String {
        let bytes = fs::read(self.path(path)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("the sandbox is above")).expect("folders can be made");
        fs::write(path, text).expect("files can be written");
        self
    }

    /// Runs git in it, as nobody in particular.
    pub fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let git = Command::new("git")
            .arg("-C")
            .arg(self.path(""))
            .args(identity)
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", Path::new("/dev/null"))
            .output();
        let output = git.expect("git can be run");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Puts all that is there in a commit.
    pub fn commit(&self) {
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "all"]);
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("", arguments, "")
    }

    /// Runs the program on a day.
    pub fn run_on(&self, today: Date, arguments: &[&str]) -> Run {
        run(&self.path(""), arguments, "", false, Some(today))
    }

    /// The same in a folder of the sandbox.
    pub fn run_on_in(&self, folder: &str, today: Date, arguments: &[&str]) -> Run {
        run(&self.path(folder), arguments, "", false, Some(today))
    }

    /// Runs the program in a folder of the sandbox.
    pub fn run_in(&self, folder: &str, arguments: &[&str], stdin: &str) -> Run {
        let run = run(&self.path(folder), arguments, stdin, false, None);
        let here = self.folder.path().to_string_lossy().into_owned();
        assert!(!run.to_string().contains(&here), "absolute path in the output:\n{run}");
        run
    }

    /// Runs the program as on a terminal that takes colours.
    pub fn run_on_terminal(&self, arguments: &[&str]) -> Run {
        run(&self.path(""), arguments, "", true, None)
    }
}

/// Runs the program in the repository, on the bundled protocol.
pub fn run_in_repository(arguments: &[&str]) -> Run {
    run(Path::new(env!("CARGO_MANIFEST_DIR")), arguments, "", false, None)
}

fn run(folder: &Path, arguments: &[&str], stdin: &str, colors: bool, today: Option<Date>) -> Run {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut console = Console {
        folder,
        stdin: &mut stdin.as_bytes(),
        stdout: &mut stdout,
        stderr: &mut stderr,
        stdout_colors: colors,
        stderr_colors: colors,
        stdout_links: colors,
        progress: Default::default(),
        is_watched: false,
        today,
    };
    let exit = cli::main(command(arguments), &mut console);
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Run { exit, stdout: text(stdout), stderr: text(stderr) }
}

pub fn command(arguments: &[&str]) -> Vec<OsString> {
    std::iter::once("clarlint").chain(arguments.iter().copied()).map(OsString::from).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folders can be made");
    for entry in fs::read_dir(from).expect("the fixture exists") {
        let path = entry.expect("the fixture can be read").path();
        let target = to.join(path.file_name().expect("entries have names"));
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).expect("files can be copied")),
        }
    }
}

/// What a run printed and how it ended.
#[derive(PartialEq, Eq)]
pub struct Run {
    pub exit: Exit,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn code(&self) -> u8 {
        self.exit as u8
    }

    /// The last line on standard output: the summary.
    pub fn summary(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "--- standard error\n{}", self.stderr)?;
        }
        write!(f, "--- exit {}", self.exit as u8)
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
