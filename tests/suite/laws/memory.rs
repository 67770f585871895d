//! What is remembered of the last analysis changes nothing that is said in the next.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clarlint::analysis::{Analysis, Memo};
use clarlint::check::{Run, check_with};
use clarlint::config::Config;
use clarlint::graph::Program;
use clarlint::project::{Epoch, Load, Parsed, Project, sources};
use clarlint::report::json;
use clarlint::stopwatch::Stopwatch;
use clarlint::syntax::{Kind, parse};
use fastrand::Rng;

use crate::{environment, spread};

const SESSIONS: u64 = 3;
const EDITS: usize = 12;
/// What is typed before it is a word, or a form.
const HALVES: [&str; 6] = ["(", ")", "\"", "(ok", " u1 ", "(define-public (f) (ok true))\n"];

/// What one process keeps.
#[derive(Default)]
struct Kept {
    parsed: Arc<Parsed>,
    memo: Memo,
}

/// The bundled protocol, with some texts in place of those on disk.
struct Edited {
    texts: BTreeMap<PathBuf, String>,
}

impl Edited {
    /// The report, and how many contracts were walked for it.
    fn check(&self, kept: Option<&Kept>) -> (String, usize) {
        let mut load = Load::around(root());
        let overlay = self.texts.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes()));
        load.disk.overlay = overlay.collect();
        load.disk.parsed = kept.map(|kept| kept.parsed.clone());
        let mut files = Vec::new();
        let config = load.root.config.as_ref().expect("the protocol has a policy");
        let (config, problems) = Config::read(config, &load.root.base, &load.disk, &mut files);
        assert!(problems.is_empty(), "{problems:#?}");
        let project = Project::load(&load, &config, files);
        let program = Program::link(&project);
        let mut analysis = Analysis::new(&program, &config.policy, None);
        if let Some(kept) = kept {
            analysis = analysis.remembering(&kept.memo);
        }
        let report = check_with(&analysis, &config, &Run::default(), &mut Stopwatch::default());
        (json::document(&project, &report), analysis.slowest(usize::MAX).len())
    }

    fn edit(&mut self, path: &Path, rng: &mut Rng) -> String {
        let before = std::fs::read_to_string(path).expect("contracts are text");
        let text = self.texts.get(path).unwrap_or(&before);
        let tree = parse(text.as_str().into(), Epoch::LATEST.nesting_limit()).tree;
        let words: Vec<_> = tree.exprs().filter(|expr| expr.kind() != Kind::Comment).collect();
        let (one, other) = (words[rng.usize(..words.len())], words[rng.usize(..words.len())]);
        let range = one.span().range();
        let with = match rng.u32(..5) {
            0 => {
                self.texts.remove(path);
                return "is what it was".to_owned();
            }
            1 => String::new(),
            2 => rng.choice(HALVES).expect("there are some").to_string() + one.text(),
            _ => other.text().to_owned(),
        };
        let edited = [&text[..range.start], &with, &text[range.end..]].concat();
        let done = format!("{with:?} for {:?}", one.text());
        self.texts.insert(path.to_owned(), edited);
        done
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn what_is_remembered_changes_nothing() {
    let contracts = sources(&root().join("contracts"));
    let contracts: Vec<_> =
        contracts.into_iter().filter(|path| path.extension().is_some_and(|it| it == "clar")).collect();
    let walked = spread::over(&environment::seeds(SESSIONS), |&seed| {
        let (mut rng, kept) = (Rng::with_seed(seed), Kept::default());
        let mut edited = Edited { texts: BTreeMap::new() };
        let mut walked = (0, 0);
        for edit in 0..EDITS {
            let path = rng.choice(&contracts).expect("there are contracts");
            let done = edited.edit(path, &mut rng);
            let (fresh, all) = edited.check(None);
            let (remembering, few) = edited.check(Some(&kept));
            assert!(fresh == remembering, "seed {seed}, edit {edit}, {}: {done}", path.display());
            walked = (walked.0 + few, walked.1 + all);
        }
        walked
    });
    let (few, all) = walked.iter().fold((0, 0), |sum, walked| (sum.0 + walked.0, sum.1 + walked.1));
    // Many edits are of what the policy or all contracts rest on.
    assert!(few * 10 < all * 9, "{few} of {all} contracts were walked: nothing is remembered");
}
