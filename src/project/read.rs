//! Reading many contracts at once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::project::load::Wanted;
use crate::project::{Disk, Epoch};
use crate::syntax::{Parse, parse};

/// What was parsed before, by path: a text that is still the same is not parsed again.
#[derive(Debug, Default)]
pub struct Parsed(Mutex<FxHashMap<PathBuf, (u32, Arc<Parse>)>>);

impl Parsed {
    fn parse(&self, path: &Path, bytes: Vec<u8>, limit: u32) -> Arc<Parse> {
        let all = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, known)) = all().get(path)
            && *before == limit
            && known.tree.text().as_bytes() == bytes
        {
            return known.clone();
        }
        let new = Arc::new(parse(bytes, limit));
        all().insert(path.to_owned(), (limit, new.clone()));
        new
    }
}

/// How many contracts are worth a thread.
const SMALLEST_SHARE: usize = 16;

/// Reads and parses the contracts, on all processors if that is worth it. The order stays.
pub fn read_all(mut queue: Vec<Wanted>, disk: &Disk) -> Vec<(Wanted, io::Result<Arc<Parse>>)> {
    let read = |wanted: Wanted| {
        let limit = wanted.dialect.map_or(Epoch::LATEST, |dialect| dialect.epoch).nesting_limit();
        let syntax = disk.read(&wanted.path).map(|bytes| match &disk.parsed {
            Some(parsed) => parsed.parse(&wanted.path, bytes, limit),
            None => Arc::new(parse(bytes, limit)),
        });
        disk.progress.step();
        (wanted, syntax)
    };
    let available = || std::thread::available_parallelism().ok();
    let threads = disk.jobs.or_else(available).map_or(1, usize::from);
    let share = queue.len().div_ceil(threads).max(SMALLEST_SHARE);
    std::thread::scope(|scope| {
        let mut shares = Vec::new();
        while queue.len() > share {
            let rest = queue.split_off(queue.len() - share);
            shares.push(scope.spawn(move || rest.into_iter().map(read).collect::<Vec<_>>()));
        }
        let mut all: Vec<_> = queue.into_iter().map(read).collect();
        for share in shares.into_iter().rev() {
            all.extend(share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    })
}
