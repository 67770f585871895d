//! Paths: absolute inside the program, relative with forward slashes in everything it says.

use std::io;
use std::path::{Component, Path, PathBuf};

/// `path` as seen from `folder`, without `.` and `..`. Links are not resolved, so that findings name files as the
/// project does.
pub fn absolute(folder: &Path, path: &Path) -> PathBuf {
    let mut absolute = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                absolute.pop();
            }
            other => absolute.push(other),
        }
    }
    absolute
}

/// The name of `path` in findings: relative to `base`, with forward slashes.
pub fn name(base: &Path, path: &Path) -> String {
    let common = base.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = base.components().skip(common).map(|_| "..".into());
    let down = path.components().skip(common).map(|part| part.as_os_str().to_string_lossy());
    let name = up.chain(down).collect::<Vec<_>>().join("/");
    if name.is_empty() { ".".into() } else { name }
}

/// Why a file could not be read, in words that are the same on every system.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".into(),
        io::ErrorKind::FileTooLarge => "it has 4 GiB or more".into(),
        io::ErrorKind::InvalidInput => error.to_string(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative() {
        let name = |base: &str, path: &str| super::name(Path::new(base), Path::new(path));
        assert_eq!(name("/a/b", "/a/b/c/d.clar"), "c/d.clar");
        assert_eq!(name("/a/b", "/a/x.toml"), "../x.toml");
        assert_eq!(name("/a", "/a"), ".");
    }

    #[test]
    fn dots_are_resolved() {
        let absolute = |path: &str| super::absolute(Path::new("/a/b"), Path::new(path));
        assert_eq!(absolute("./c/../d"), Path::new("/a/b/d"));
        assert_eq!(absolute("../../../x"), Path::new("/x"));
        assert_eq!(absolute("/y/./z"), Path::new("/y/z"));
    }
}
