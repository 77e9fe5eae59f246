//! When the device's own rules are looked at for a change by `farpane-host policy`, and what the
//! directory is told of them.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use crate::data::POLICY;
use crate::platform::folder::FolderWatch;
use crate::service::Core;

/// Pause between two looks while something has to be told or asked again, and where the system
/// does not tell changes.
const LOOK: Duration = Duration::from_secs(3);
/// The same while nothing has and it does: a folder on another machine's disk changes without a
/// word.
const LOOK_CALM: Duration = Duration::from_secs(60);
/// How long the directory may take to hear of the rules, and to answer.
const TELL_WAIT: Duration = Duration::from_secs(15);

/// When to look next. An idle device is woken by a change, hardly ever by a clock.
#[derive(Debug)]
pub(super) struct Look {
    folder: Option<FolderWatch>,
    next: Pin<Box<Sleep>>,
}

impl Look {
    /// Of the rules in `folder`, for the first time at once.
    pub(super) fn new(folder: &Path) -> Self {
        let watch = FolderWatch::new(folder);
        if let Err(error) = &watch {
            let why = error.to_string();
            tracing::debug!(
                why,
                "the rules are read every few seconds instead of watched"
            );
        }
        Self {
            folder: watch.ok(),
            next: Box::pin(sleep_until(Instant::now())),
        }
    }

    /// Waits until it is time; [`Look::looked`] has to follow.
    pub(super) async fn due(&mut self) {
        let told = async {
            match &self.folder {
                Some(folder) => folder.changed(POLICY).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            told = told => if told.is_err() {
                self.folder = None;
            },
            () = &mut self.next => {}
        }
    }

    /// It was looked; `calm`, where nothing has to be told or asked again.
    pub(super) fn looked(&mut self, calm: bool) {
        let pause = if calm && self.folder.is_some() {
            LOOK_CALM
        } else {
            LOOK
        };
        self.next.as_mut().reset(Instant::now() + pause);
    }

    /// Something may have to be asked again.
    pub(super) fn soon(&mut self) {
        let next = self.next.deadline().min(Instant::now() + LOOK);
        self.next.as_mut().reset(next);
    }

    /// Something has to be asked.
    pub(super) fn now(&mut self) {
        self.next.as_mut().reset(Instant::now());
    }
}

/// A question to the directory that is under way.
#[derive(Debug)]
pub(super) struct Question {
    task: AbortOnDropHandle<bool>,
    /// What the directory is told of the device's rules.
    pub(super) unattended: bool,
}

impl Question {
    pub(super) fn ask(core: &Arc<Core>, unattended: bool) -> Self {
        let core = core.clone();
        let task = tokio::spawn(async move { tell(&core, unattended).await });
        Self {
            task: AbortOnDropHandle::new(task),
            unattended,
        }
    }
}

/// Waits for the answer to a question, if one is under way; whether there was one.
pub(super) async fn answer(question: &mut Option<Question>) -> bool {
    match question {
        Some(question) => (&mut question.task).await.unwrap_or(false),
        None => std::future::pending().await,
    }
}

/// Whether the device's rules let the directory alone open it; not, where they cannot be read.
pub(super) fn unattended(core: &Core) -> bool {
    core.data
        .policy()
        .is_ok_and(|floor| floor.unattended_directory_alone)
}

/// Tells the directory the device's rules, and hears what it has to say; whether it did.
pub(super) async fn tell(core: &Core, unattended: bool) -> bool {
    let asked = core.ask_config(unattended);
    let Ok(Ok(config)) = tokio::time::timeout(TELL_WAIT, asked).await else {
        return false;
    };
    // The directory's keys may be others by now.
    core.take_config(&config).is_ok()
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::data::Data;

    /// Whether it is time to look within `seconds`.
    async fn is_due(look: &mut Look, seconds: u64) -> bool {
        let wait = Duration::from_secs(seconds);
        timeout(wait, look.due()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_calm_device_is_looked_at_once_a_minute() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut look = Look::new(folder.path());
        assert!(is_due(&mut look, 1).await, "at the beginning");
        look.looked(true);
        assert!(!is_due(&mut look, 59).await, "nothing changed");
        assert!(is_due(&mut look, 2).await, "the last resort");
        look.looked(false);
        assert!(is_due(&mut look, 4).await, "something has to be told again");
        look.looked(true);
        look.soon();
        assert!(is_due(&mut look, 4).await, "something may have to be asked");
        look.looked(true);
        look.now();
        assert!(is_due(&mut look, 1).await, "something has to be asked");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_watch_the_rules_are_read_every_three_seconds() {
        let mut look = Look::new(Path::new("/nowhere"));
        for _ in 0..3 {
            assert!(is_due(&mut look, 4).await);
            look.looked(true);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut look = Look::new(folder.path());
        look.looked(true);
        folder.close().expect("removed");
        look.due().await;
        look.looked(true);
        assert!(is_due(&mut look, 4).await, "no folder is left to watch");
    }

    /// In real time: what the system tells does not wait for a clock.
    #[tokio::test]
    async fn a_change_of_the_rules_is_seen_without_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = Data::at(Some(folder.path().into()));
        let mut look = Look::new(folder.path());
        look.looked(true);
        data.keep_policy(&data.policy().expect("the usual rules"))
            .expect("kept");
        let pause = LOOK_CALM / 2;
        assert!(timeout(pause, look.due()).await.is_ok());
    }
}
