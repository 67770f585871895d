//! What a terminal shows while a run takes long, and what is said when somebody ends it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

use super::{Console, Exit};
use crate::progress::{Progress, Work};

/// What takes no longer is not shown.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long a line stays before it is drawn anew.
const PAUSE: Duration = Duration::from_millis(100);

/// A line on the terminal that says how far the run has come. It goes when this is dropped.
pub struct Shown(Option<(Sender<()>, JoinHandle<()>)>);

impl Shown {
    pub fn new(console: &Console<'_>) -> Self {
        let progress = console.progress.clone();
        let (end, ended) = channel();
        let thread = console.is_watched.then(|| {
            let named = thread::Builder::new().name("progress".to_owned());
            named.spawn(move || draw(&progress, &ended))
        });
        // Without a thread for it nobody sees any progress, and everything else goes on.
        Self(thread.and_then(Result::ok).map(|thread| (end, thread)))
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.0.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

fn draw(progress: &Progress, ended: &Receiver<()>) {
    let lasts = |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !lasts(PATIENCE) {
        return;
    }
    let line = ProgressBar::new_spinner();
    loop {
        line.set_message(progress.work().to_string());
        line.tick();
        if !lasts(PAUSE) {
            break;
        }
    }
    line.finish_and_clear();
}

/// Says on Ctrl-C what was not done, and ends the program. Files that are being changed are changed first.
pub fn end_on_interrupt(progress: Arc<Progress>) {
    // Where there is no handler, Ctrl-C ends the program all the same, and says less.
    let _ = ctrlc::set_handler(move || {
        while progress.work() == Work::Writing {
            thread::sleep(PAUSE);
        }
        let (exit, message) = interrupted(&progress);
        if let Some(message) = message {
            // Behind what the terminal shows of the key, and of the work. Who has closed it does not want to know.
            let _ = writeln!(io::stderr(), "\nerror: {message}");
        }
        std::process::exit(exit as i32);
    });
}

/// How a run ends that somebody interrupts, and what is said about it.
fn interrupted(progress: &Progress) -> (Exit, Option<String>) {
    if progress.is_endless() {
        return (Exit::Clean, None);
    }
    let message = match progress.work() {
        work @ (Work::Reading { .. } | Work::Analysing { .. }) => {
            format!("interrupted while {work}; no finding was printed, and no file was changed")
        }
        Work::Writing | Work::Other => {
            "interrupted; what was printed or written may not be complete".to_owned()
        }
    };
    (Exit::Failed, Some(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_interrupts_a_run_is_told_what_is_missing() {
        let progress = Progress::default();
        progress.begin(Work::Analysing { done: 0, of: 300 });
        (0..12).for_each(|_| progress.step());
        let (exit, message) = interrupted(&progress);
        assert_eq!(exit, Exit::Failed);
        let said = "interrupted while analysing: 12 of 300 contracts; no finding was printed, and no file was changed";
        assert_eq!(message.as_deref(), Some(said));
        progress.begin(Work::Other);
        assert_eq!(interrupted(&progress).0, Exit::Failed);
        progress.set_endless();
        assert_eq!(interrupted(&progress), (Exit::Clean, None));
    }
}
