//! Node.js and the packages of `tests/contracts`, the SDK of Clarinet among them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

const OLDEST_NODE: u32 = 20;

/// Whether `CLARLINT_SKIP_SIMNET=1` asks to leave out all that needs them.
pub fn are_left_out() -> bool {
    std::env::var_os("CLARLINT_SKIP_SIMNET").is_some_and(|value| value == "1")
}

/// The folder that the packages are installed in.
pub fn installed() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        require_node();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts");
        if must_install(&folder) {
            install(&folder);
        }
        folder
    });
    &FOLDER
}

fn require_node() {
    let needed = format!(
        "the SDK of Clarinet needs Node.js {OLDEST_NODE} or newer \
         (set CLARLINT_SKIP_SIMNET=1 to leave such tests out)"
    );
    let output = Command::new("node")
        .arg("--version")
        .output()
        .unwrap_or_else(|error| panic!("{needed}: node cannot be run: {error}"));
    let version = String::from_utf8_lossy(&output.stdout);
    let version = version.trim();
    let major = version
        .strip_prefix('v')
        .and_then(|rest| rest.split('.').next())
        .and_then(|major| major.parse::<u32>().ok());
    assert!(major.is_some_and(|major| major >= OLDEST_NODE), "{needed}: found {version:?}");
}

/// Whether the installed packages are missing or older than the list of what to install.
fn must_install(folder: &Path) -> bool {
    let modified = |path: PathBuf| fs::metadata(path).and_then(|data| data.modified());
    match (
        modified(folder.join("node_modules/.package-lock.json")),
        modified(folder.join("package-lock.json")),
    ) {
        (Ok(installed), Ok(wanted)) => installed < wanted,
        _ => true,
    }
}

fn install(folder: &Path) {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("`npm ci` cannot be run: {error}"));
    assert!(
        output.status.success(),
        "`npm ci` fails in {}:\n{}\n{}",
        folder.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
