//! The contracts of the repository, as benchmarks read them.

use std::path::Path;

/// Their names and texts, by path.
pub fn contracts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "clar"));
    files
        .filter_map(|file| {
            Some((file.file_name().to_str()?.to_string(), std::fs::read_to_string(file.path()).ok()?))
        })
        .collect()
}
