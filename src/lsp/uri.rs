//! URIs of files. The protocol knows no others that hold contracts; the crate that knows all kinds brings Unicode's
//! tables for the names of hosts.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::project::path;

/// What stands for itself in a path.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The file that a URI names; `None` if it names none: a buffer that was never saved, a page.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let (host, path) =
        uri.0.strip_prefix("file://").and_then(|rest| rest.split_at_checked(rest.find('/')?))?;
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let path = match (has_drive(&path), host) {
        (true, _) => path[1..].to_owned(),
        (false, "" | "localhost") => path.into_owned(),
        (false, _) => format!("//{host}{path}"),
    };
    Some(path::absolute(Path::new("/"), Path::new(&path)))
}

/// The URI of a file.
pub fn of(path: &Path) -> Uri {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    Uri(format!("file://{slash}{}", utf8_percent_encode(&path, ESCAPED)))
}

/// Whether it begins as paths of Windows do in URIs: `/c:`.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [b'/', drive, b':', ..] if drive.is_ascii_alphabetic())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn read(uri: &str) -> Option<PathBuf> {
        path(&Uri(uri.into()))
    }

    #[test]
    fn files_have_paths() {
        assert_eq!(read("file:///a/b%20c/%C3%A9.clar"), Some("/a/b c/é.clar".into()));
        assert_eq!(read("file://localhost/a/./x/../b.clar"), Some("/a/b.clar".into()));
        assert_eq!(read("file:///c%3A/b.clar"), Some("/c:/b.clar".into()));
    }

    #[test]
    fn what_is_no_file_has_none() {
        for uri in ["", "file:", "file://", "untitled:Untitled-1", "https://a/b", "file:///%ff"] {
            assert_eq!(read(uri), None, "{uri}");
        }
    }

    #[test]
    fn paths_come_back() {
        for name in ["/a/b.clar", "/a b/#1?/é%20.clar"] {
            assert_eq!(path(&of(Path::new(name))), Some(name.into()));
        }
        assert_eq!(of(Path::new("/a b/c")).0, "file:///a%20b/c");
    }
}
