//! Reading many contracts at once.

use std::io;

use crate::project::load::Wanted;
use crate::project::{Disk, Epoch};
use crate::syntax::{Parse, parse};

/// How many contracts are worth a thread.
const SMALLEST_SHARE: usize = 16;

/// Reads and parses the contracts, on all processors if that is worth it. The order stays.
pub fn read_all(mut queue: Vec<Wanted>, disk: &Disk) -> Vec<(Wanted, io::Result<Parse>)> {
    let read = |wanted: Wanted| {
        let limit = wanted.dialect.map_or(Epoch::LATEST, |dialect| dialect.epoch).nesting_limit();
        let syntax = disk.read(&wanted.path).map(|bytes| parse(bytes, limit));
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
