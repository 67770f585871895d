//! `chain.txt`: what the chain says of the generated contracts. It is written down so that comparing takes no Node and
//! little time; a test asks the chain again and compares.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::generate::Case;
use super::verdict::Verdict;

const HEAD: &str = "\
# What the chain's analyser says of every generated contract, dialect by dialect: `-` rejected, `!` accepted and no
# interface is told, `a` accepted with the first interface or result behind the name, `b` with the second, and so on.
# What is not listed is rejected in every dialect. `CLARLINT_BLESS=1 cargo test differential::` writes this file.
";

pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/differential/chain.txt")
}

/// The verdicts on the cases at these places, dialect by dialect.
pub fn write<'v>(cases: &[Case], places: &[usize], verdicts: impl Fn(usize) -> Vec<&'v Verdict>) -> String {
    let mut out = HEAD.to_owned();
    let _ = writeln!(out, "# {} contracts", cases.len());
    for &at in places {
        let case = &cases[at];
        let mut interfaces = Vec::new();
        let cells: String = verdicts(at).into_iter().map(|verdict| cell(verdict, &mut interfaces)).collect();
        if cells.contains(|cell| cell != '-') {
            let _ = writeln!(out, "{}", [vec![cells.as_str(), &case.name], interfaces].concat().join("\t"));
        }
    }
    out
}

fn cell<'v>(verdict: &'v Verdict, interfaces: &mut Vec<&'v str>) -> char {
    match verdict {
        Verdict::Accepted(interface) => {
            let at = interfaces.iter().position(|known| known == interface).unwrap_or_else(|| {
                interfaces.push(interface);
                interfaces.len() - 1
            });
            (b'a' + at as u8) as char
        }
        Verdict::Untold => '!',
        Verdict::Rejected(_) => '-',
        Verdict::Open(_) => '?',
    }
}

/// The verdicts on each case, dialect by dialect.
pub fn read(text: &str, cases: &[Case], dialects: usize) -> Vec<Vec<Verdict>> {
    let mut rows = text.lines().filter(|line| !line.starts_with('#')).peekable();
    let rejected = || Verdict::Rejected("the chain says so".to_owned());
    let verdicts = cases.iter().map(|case| {
        let row = rows.next_if(|row| row.split('\t').nth(1) == Some(&case.name));
        let Some(row) = row else { return (0..dialects).map(|_| rejected()).collect() };
        let mut parts = row.split('\t');
        let cells = parts.next().unwrap_or_default();
        let interfaces: Vec<_> = parts.skip(1).collect();
        let verdict = |cell: char| match cell {
            '-' => rejected(),
            '!' => Verdict::Untold,
            '?' => Verdict::Open("the chain lacks a contract".to_owned()),
            letter => Verdict::Accepted(interfaces[letter as usize - 'a' as usize].to_owned()),
        };
        cells.chars().map(verdict).collect()
    });
    let verdicts = verdicts.collect();
    assert_eq!(rows.next(), None, "the file lists a contract that is not generated");
    verdicts
}
