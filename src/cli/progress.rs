//! What a terminal shows while a run takes long, and what is said when somebody ends it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

use super::{Console, Exit};
use crate::progress::{Progress, Stage, Work};

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

/// Says on Ctrl-C what was not done, and ends the program.
pub fn end_on_interrupt(progress: Arc<Progress>) {
    // Where there is no handler, Ctrl-C ends the program all the same, and says less.
    let _ = ctrlc::set_handler(move || {
        let (exit, message) = interrupted(progress.work());
        if let Some(message) = message {
            eprintln!("\nerror: {message}");
        }
        std::process::exit(exit as i32);
    });
}

/// How a run ends that somebody interrupts, and what is said about it.
fn interrupted(work: Work) -> (Exit, Option<String>) {
    match work.stage {
        Stage::Waiting => (Exit::Clean, None),
        Stage::Other => (Exit::Failed, Some("interrupted; what was printed may not be all".to_owned())),
        Stage::Reading | Stage::Analysing => {
            let nothing = "no finding was printed, and no file was changed";
            (Exit::Failed, Some(format!("interrupted while {work}; {nothing}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_interrupts_a_run_is_told_what_is_missing() {
        let progress = Progress::default();
        progress.begin(Stage::Analysing, Some(300));
        (0..12).for_each(|_| progress.step());
        let (exit, message) = interrupted(progress.work());
        assert_eq!(exit, Exit::Failed);
        let said = "interrupted while analysing: 12 of 300 contracts; no finding was printed, and no file was changed";
        assert_eq!(message.as_deref(), Some(said));
        progress.begin(Stage::Other, None);
        assert_eq!(interrupted(progress.work()).0, Exit::Failed);
        progress.begin(Stage::Waiting, None);
        assert_eq!(interrupted(progress.work()), (Exit::Clean, None));
    }
}
