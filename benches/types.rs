//! The chain's analyser over the repository's contracts, with lowering and the interfaces of callees.

mod bundled;

use clarlint::project::{Dialect, Epoch, Project};
use clarlint::types::{Ask, Types, check_source};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// How both ways to a verdict compare: types that are inferred, and the chain's analyser.
#[divan::bench(sample_count = 20, args = [Ask::Doubtful, Ask::Always])]
fn bundled_contracts(bencher: Bencher, ask: Ask) {
    let texts = bundled::contracts();
    let bytes = texts.iter().map(|(_, text)| text.len()).sum::<usize>();
    let project = Project::from_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let types = Types::of(&project, ask);
        let checked = project.contract_ids().filter(|&id| types.checked(id).is_some()).count();
        assert_eq!(checked, texts.len(), "not all contracts are accepted");
    });
}

/// What a single question to the chain costs, the thread that it is answered on included.
#[divan::bench(sample_count = 100)]
fn a_small_source(bencher: Bencher) {
    let dialect = Dialect::stated(None, Some(Epoch::LATEST));
    let text = "(define-public (f (amount uint)) (as-contract? ((with-stx amount)) (+ amount u1)))";
    bencher.bench_local(|| check_source(text, dialect, Ask::Always));
}
