//! Types long texts, and what has too many characters without a key, by enigo, which binds unknown
//! characters to spare keys and sleeps while it does:
//! hence a thread of its own with a short queue.
//!
//! enigo reads the keyboard's layout when it connects, so it connects anew after each quiet
//! spell; and it unbinds its keys when it goes, so it stays until programs have surely read them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use enigo::{Direction, Enigo, Key, Keyboard as _, Settings};

use super::display::socket_name;
use crate::platform::{InputError, MAX_TEXT_CHARS, PlatformError};

/// Texts that wait while one is typed; more than a person can send in the meantime.
const QUEUE: usize = 8;

/// How long enigo's key bindings outlive the last character.
const LINGER: Duration = Duration::from_secs(2);

/// One text, and the epoch in which it was written.
struct Job {
    text: String,
    epoch: u64,
    _waits: Waits,
}

/// Counts one text as waiting for as long as it lives, wherever it is dropped.
struct Waits(Arc<AtomicUsize>);

impl Waits {
    fn on(waiting: &Arc<AtomicUsize>) -> Self {
        waiting.fetch_add(1, Ordering::AcqRel);
        Self(waiting.clone())
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The front of the typing thread; the thread ends when this is dropped, at the next character.
pub(super) struct Typist {
    display: String,
    queue: SyncSender<Job>,
    /// Counts how often everything was forgotten; older texts are not typed.
    epoch: Arc<AtomicU64>,
    /// Texts that were queued and are not yet typed.
    waiting: Arc<AtomicUsize>,
}

impl Typist {
    pub(super) fn start(display: &str) -> Result<Self, PlatformError> {
        let display = socket_name(display)?;
        let epoch = Arc::new(AtomicU64::new(0));
        let queue = spawn(&display, &epoch, Failing::First)?;
        Ok(Self {
            display,
            queue,
            epoch,
            waiting: Arc::default(),
        })
    }

    /// Whether a text is still being typed: another one has to wait for it.
    pub(super) fn is_busy(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// Queues a text; a thread that failed at an earlier one is replaced.
    pub(super) fn write(&mut self, text: &str) -> Result<(), InputError> {
        let count = text.chars().count();
        if count > MAX_TEXT_CHARS {
            return Err(InputError::TextTooLong(count));
        }
        let job = Job {
            text: text.to_owned(),
            epoch: self.epoch.load(Ordering::Acquire),
            _waits: Waits::on(&self.waiting),
        };
        let job = match self.queue.try_send(job) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => return Err(InputError::TextBusy),
            Err(TrySendError::Disconnected(job)) => job,
        };
        self.queue = spawn(&self.display, &self.epoch, Failing::Again)?;
        self.queue
            .try_send(job)
            .map_err(|_| InputError::TextUnavailable)
    }

    /// Stops typing after the current character and forgets the rest.
    pub(super) fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        self.forget();
    }
}

/// How a typing thread says that it failed: what a viewer sends must not be able to fill a log.
#[derive(Clone, Copy)]
enum Failing {
    First,
    Again,
}

/// Starts a typing thread; its queue is where it ends.
fn spawn(
    display: &str,
    epoch: &Arc<AtomicU64>,
    failing: Failing,
) -> Result<SyncSender<Job>, PlatformError> {
    let (queue, jobs) = mpsc::sync_channel(QUEUE);
    let (display, epoch) = (display.to_owned(), epoch.clone());
    thread::Builder::new()
        .name("typist".to_owned())
        .spawn(move || serve(&display, &jobs, &epoch, failing))
        .map_err(PlatformError::Resources)?;
    Ok(queue)
}

/// Types until the queue's other end is gone or the display fails.
fn serve(display: &str, jobs: &Receiver<Job>, epoch: &AtomicU64, failing: Failing) {
    while let Ok(first) = jobs.recv() {
        if let Err(error) = burst(display, first, jobs, epoch) {
            // enigo's errors name keysyms, which are what was typed: not even for the log.
            drop(error);
            let text = "text could not be typed; is there a spare key on this display?";
            match failing {
                Failing::First => tracing::warn!("{text}"),
                Failing::Again => tracing::debug!("{text}"),
            }
            return; // Nothing is waited for any more: what has a key is still typed.
        }
    }
}

/// Types texts with one connection until none came for a while.
fn burst(
    display: &str,
    first: Job,
    jobs: &Receiver<Job>,
    epoch: &AtomicU64,
) -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings {
        x11_display: Some(display.to_owned()),
        ..Settings::default()
    };
    let mut enigo = Enigo::new(&settings)?;
    let mut next = Ok(first);
    loop {
        match next {
            Ok(job) => {
                for char in job.text.chars() {
                    if epoch.load(Ordering::Acquire) != job.epoch {
                        break;
                    }
                    if let Some(key) = key(char) {
                        enigo.key(key, Direction::Click)?;
                    }
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
        }
        next = jobs.recv_timeout(LINGER);
    }
}

/// The key that types a character; none for control characters that have no business in text.
fn key(char: char) -> Option<Key> {
    match char {
        '\n' => Some(Key::Return),
        '\t' => Some(Key::Tab),
        control if control.is_control() => None,
        other => Some(Key::Unicode(other)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn failed_text_is_not_waited_for_and_the_next_one_is_taken() {
        let mut typist = Typist::start("/no/display/here").expect("starts");
        for _ in 0..3 {
            typist.write("a").expect("taken");
            let end = Instant::now() + Duration::from_secs(30);
            while typist.is_busy() {
                assert!(Instant::now() < end, "busy for ever");
                thread::yield_now();
            }
        }
    }

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(key('\u{1b}'), None);
        assert_eq!(key('\u{9b}'), None);
        assert_eq!(key('\n'), Some(Key::Return));
        assert_eq!(key('é'), Some(Key::Unicode('é')));
    }
}
