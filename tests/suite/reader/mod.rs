//! The reader against the parser of the chain: both accept the same texts and read the same trees from them.
//!
//! The contracts of the repository are compared, and with `CLARLINT_CORPUS=<folder>` every contract below that folder.
//! There is no known difference: what the reader calls nested too deeply is what the chain's parser and its depth
//! check reject together, and a U+FFFD, which ends the oracle's input, is not ASCII and so an error to both.

mod errors;
mod generate;
mod hostile;
pub mod oracle;
mod printed;

use std::path::Path;

fn contracts(root: &Path) -> impl Iterator<Item = (String, Vec<u8>)> + use<> {
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    files
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "clar"))
        .filter_map(|file| Some((file.path().display().to_string(), std::fs::read(file.path()).ok()?)))
}

fn own_contracts() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["fixtures", "contracts"].iter().flat_map(|folder| contracts(&root.join(folder))).collect()
}

#[test]
fn agrees_with_the_chain_on_contracts() {
    let own = own_contracts();
    assert!(own.len() >= 17, "the fixtures are missing");
    let corpus = std::env::var_os("CLARLINT_CORPUS");
    let corpus = corpus.iter().flat_map(|folder| contracts(Path::new(folder)));
    for (path, bytes) in own.into_iter().chain(corpus) {
        oracle::compare(&path, &bytes);
    }
}

#[test]
fn agrees_with_the_chain_on_generated_texts() {
    const ROUNDS: usize = 120_000;
    let own = own_contracts();
    let mut generator = generate::Generator::new(0xc1a2, own.iter().map(|(_, bytes)| bytes.as_slice()));
    let accepted =
        (0..ROUNDS).filter(|round| oracle::compare(&format!("round {round}"), &generator.text())).count();
    // Both sides of the border must be well covered for the comparison to mean something.
    assert!((ROUNDS / 5..ROUNDS * 4 / 5).contains(&accepted), "{accepted} of {ROUNDS} accepted");
}
