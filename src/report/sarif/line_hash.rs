//! The hash by which GitHub knows a finding again: of the text that begins with the finding's line, whatever stands
//! above it.
//!
//! A window of 100 UTF-16 units rolls over the file. Blanks and tabs are skipped, every line end counts as one LF, the
//! end of the file as 65535 and then zeros. The hash of a line is that of the window that starts with its first unit;
//! behind it stands how often that hash came up in the file so far. This is what GitHub's own upload computes for
//! reports without hashes.

use std::collections::HashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
const END_OF_FILE: u16 = 65_535;

/// The hashes of all lines of a file, in order.
pub fn line_hashes(text: &str) -> Vec<String> {
    let mut window = Window { units: [0; WINDOW], starts: [false; WINDOW], at: 0, hash: 0 };
    let mut hashes = Hashes::default();
    let (mut after_cr, mut line_starts) = (false, true);
    for unit in text.encode_utf16().chain([END_OF_FILE]) {
        let skipped = matches!(unit, 0x20 | 0x09) || after_cr && unit == 0x0a;
        after_cr = unit == 0x0d;
        if skipped {
            continue;
        }
        let unit = if unit == 0x0d { 0x0a } else { unit };
        hashes.extend(window.push(unit, line_starts));
        line_starts = unit == 0x0a;
    }
    for _ in 0..WINDOW {
        hashes.extend(window.push(0, false));
    }
    hashes.all
}

struct Window {
    units: [u16; WINDOW],
    /// Which units are the first of a line.
    starts: [bool; WINDOW],
    /// The oldest unit, which is the next to leave.
    at: usize,
    hash: u64,
}

impl Window {
    /// Moves on by one unit. Says what the window's hash was if the unit that leaves it started a line.
    fn push(&mut self, unit: u16, starts_line: bool) -> Option<u64> {
        let full = self.starts[self.at].then_some(self.hash);
        let leaving = std::mem::replace(&mut self.units[self.at], unit);
        self.starts[self.at] = starts_line;
        let power = BASE.wrapping_pow(WINDOW as u32).wrapping_mul(u64::from(leaving));
        self.hash = self.hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)).wrapping_sub(power);
        self.at = (self.at + 1) % WINDOW;
        full
    }
}

#[derive(Default)]
struct Hashes {
    all: Vec<String>,
    seen: HashMap<u64, usize>,
}

impl Extend<u64> for Hashes {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, hashes: I) {
        for hash in hashes {
            let times = self.seen.entry(hash).or_default();
            *times += 1;
            self.all.push(format!("{hash:x}:{times}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_github_computes() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        let text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End";
        let hashes = line_hashes(text);
        assert_eq!(hashes.len(), 6);
        assert_eq!((hashes[0].as_str(), hashes[5].as_str()), ("8b7cf3e952e7aeb2:1", "e6ceba753e1a442:1"));
        assert_eq!(line_hashes(&text.replace('\n', "\r\n")), hashes);
        assert_eq!(line_hashes(&text.replace('\n', "\r")), hashes);
    }

    #[test]
    fn equal_lines_are_counted() {
        let hashes = line_hashes(&"x\n".repeat(200));
        let (first, _) = hashes[0].split_once(':').expect("it has a count");
        assert_eq!(hashes[99], format!("{first}:100"));
        assert_eq!(hashes.len(), 201);
    }

    #[test]
    fn what_stands_above_does_not_matter() {
        let below = format!("(define-public (deposit)\n{}", "  (ok true)\n".repeat(20));
        let hash = |above: &str, line: usize| line_hashes(&format!("{above}{below}"))[line].clone();
        assert_eq!(hash("", 0), hash(";; é𝄞 why\n\n", 2));
        assert_ne!(hash("", 0), hash("", 1));
    }
}
