//! How long each stage of a run takes. It never decides on anything, and what it says goes to standard error only.

use std::fmt;
use std::time::{Duration, Instant};

/// Laps of a run, in order.
#[derive(Debug)]
pub struct Stopwatch {
    laps: Vec<(&'static str, Duration)>,
    since: Instant,
    /// What else took time, in words.
    notes: Vec<String>,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self { laps: Vec::new(), since: Instant::now(), notes: Vec::new() }
    }
}

impl Stopwatch {
    /// Ends a lap: what was done since the last one is called `stage`.
    pub fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.laps.push((stage, now - self.since));
        self.since = now;
    }

    /// Adds a line behind the laps.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

impl Stopwatch {
    /// Adds a lap that was measured elsewhere: the work of several threads, added up.
    pub fn add(&mut self, stage: &'static str, took: Duration) {
        self.laps.push((stage, took));
        self.since = Instant::now();
    }
}

impl fmt::Display for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, time: Duration, stage: &str| {
            writeln!(f, "{:>9.2} ms  {stage}", time.as_secs_f64() * 1e3)
        };
        for (stage, time) in &self.laps {
            line(f, *time, stage)?;
        }
        line(f, self.laps.iter().map(|(_, time)| *time).sum(), "in all")?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}
