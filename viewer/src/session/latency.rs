//! What the directory is told of how long pictures took: counted while they are presented, told
//! every few minutes and at the end.

use std::time::{Duration, Instant};

use farpane_protocol::api::path;
use farpane_protocol::ids::SessionId;
use farpane_protocol::latency::{SessionLatency, most_pictures};
use farpane_transport::directory::{Agent, DirectoryError};

use super::shared::Shared;

/// Pause between two reports of a session: what a viewer that dies takes with it.
const TELL_EVERY: Duration = Duration::from_secs(5 * 60);

/// Counts of one session, and what of them was told.
#[derive(Debug, Default)]
pub(super) struct Counted {
    all: SessionLatency,
    told: u64,
    /// When the first picture was presented.
    since: Option<Instant>,
    /// The newest input whose effect a window has shown.
    shown_input: u64,
}

impl Counted {
    /// Counts a picture that was presented, unless there were more than count in that time: the
    /// directory would believe none of them.
    pub(super) fn picture(&mut self, now: Instant, count: impl FnOnce(&mut SessionLatency)) {
        let since = *self.since.get_or_insert(now);
        let lasted = now.saturating_duration_since(since);
        if self.all.picture.count() < most_pictures(lasted) {
            count(&mut self.all);
        }
    }

    /// Whether no window has shown the effect of this input, or of a later one, before.
    pub(super) fn is_first_to_show(&mut self, input: u64) -> bool {
        let is_first = input > self.shown_input;
        self.shown_input = self.shown_input.max(input);
        is_first
    }

    /// All counts, if there are more of them than were told.
    fn news(&self) -> Option<SessionLatency> {
        (self.all.picture.count() > self.told).then_some(self.all)
    }
}

/// Tells the directory, if there is something new.
///
/// # Errors
/// If the directory cannot be reached or does not take it: it is within what is told next.
pub(super) async fn tell(
    agent: &Agent,
    session: SessionId,
    shared: &Shared,
) -> Result<(), DirectoryError> {
    let Some(news) = shared.counted(|counted| counted.news()) else {
        return Ok(());
    };
    let at = format!("{}/{session}/latency", path::SESSIONS);
    agent.post::<_, ()>(&at, &news).await?;
    shared.counted(|counted| counted.told = news.picture.count());
    Ok(())
}

/// Tells the directory every few minutes, for as long as it is polled.
pub(super) async fn tell_on(agent: &Agent, session: SessionId, shared: &Shared) -> ! {
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        if let Err(error) = tell(agent, session, shared).await {
            tracing::debug!(%error, "the directory was not told how long pictures took");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_counted_than_the_directory_believes_and_told_once() {
        let start = Instant::now();
        let mut counted = Counted::default();
        assert!(counted.news().is_none());
        let present = |counted: &mut Counted, millis| {
            let at = start + Duration::from_millis(millis);
            counted.picture(at, |told| told.picture.add(Duration::ZERO));
        };
        for _ in 0..200 {
            present(&mut counted, 0);
        }
        let news = counted.news().expect("some");
        assert_eq!(news.picture.count(), most_pictures(Duration::ZERO));
        counted.told = news.picture.count();
        present(&mut counted, 999);
        assert!(counted.news().is_none());
        present(&mut counted, 1000);
        assert_eq!(counted.news().map(|all| all.picture.count()), Some(121));
    }

    #[test]
    fn an_input_counts_in_the_window_that_shows_its_effect_first() {
        let mut counted = Counted::default();
        let shown = [1, 1, 3, 2, 3, 4].map(|input| counted.is_first_to_show(input));
        assert_eq!(shown, [true, false, true, false, false, true]);
    }
}
