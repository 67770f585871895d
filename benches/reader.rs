//! The reader beside the parser of the chain, on the same contracts, in the same run.
//!
//! The contracts of the repository, repeated to some megabytes; with `CLARLINT_CORPUS=<folder>` up to 64 MB of the
//! contracts below that folder instead.

use std::path::Path;
use std::sync::LazyLock;

use clarlint::syntax::{NESTING_LIMIT, parse};
use divan::Bencher;
use divan::counter::BytesCount;

const OWN_BYTES: usize = 4_000_000;
const CORPUS_BYTES: usize = 64_000_000;

static CONTRACTS: LazyLock<Vec<String>> = LazyLock::new(|| match std::env::var_os("CLARLINT_CORPUS") {
    Some(corpus) => take(contracts(Path::new(&corpus)), CORPUS_BYTES),
    None => {
        let own: Vec<_> = contracts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts")).collect();
        assert!(!own.is_empty(), "there are no contracts to read");
        take(own.iter().cycle().cloned(), OWN_BYTES)
    }
});

fn contracts(root: &Path) -> impl Iterator<Item = String> + use<> {
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    files
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "clar"))
        .filter_map(|file| std::fs::read_to_string(file.path()).ok())
}

fn take(contracts: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let mut bytes = 0;
    contracts
        .take_while(|contract| {
            bytes += contract.len();
            bytes <= most
        })
        .collect()
}

fn bytes() -> BytesCount {
    BytesCount::new(CONTRACTS.iter().map(String::len).sum::<usize>())
}

#[divan::bench(sample_count = 10)]
fn clarlint(bencher: Bencher) {
    bencher
        .with_inputs(|| CONTRACTS.iter().map(|contract| contract.clone().into_bytes()).collect::<Vec<_>>())
        .input_counter(|_| bytes())
        .bench_local_values(|contracts| {
            contracts.into_iter().map(|contract| parse(contract, NESTING_LIMIT).tree.len()).sum::<usize>()
        });
}

#[divan::bench(sample_count = 5)]
fn clarity_vm(bencher: Bencher) {
    bencher.counter(bytes()).bench_local(|| {
        let forms =
            |contract: &String| clarity::vm::ast::parser::v2::parse(contract).map_or(0, |forms| forms.len());
        CONTRACTS.iter().map(forms).sum::<usize>()
    });
}

fn main() {
    divan::main();
}
