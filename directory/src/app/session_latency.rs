//! A viewer tells how long the pictures of its session took. It decides nothing and is not
//! recorded; what cannot be true is refused, so that no viewer makes up more than its own session.

use std::time::Duration;

use farpane_protocol::ids::SessionId;
use farpane_protocol::latency::SessionLatency;

use super::{App, AppError, Denied};
use crate::model::{Account, Viewer};

/// Pictures may be on their way before the host's word that the session runs is here.
const EARLY: Duration = Duration::from_secs(10);

/// For so long after the end a viewer may tell of it: its farewell, when something else ended it.
const AFTER_THE_END: Duration = Duration::from_secs(60);

impl App {
    /// Takes in how long the pictures of a session took since it began.
    pub async fn session_latency(
        &self,
        viewer: &Viewer,
        account: &Account,
        id: SessionId,
        told: &SessionLatency,
    ) -> Result<(), AppError> {
        let now = self.now();
        let taken = self.limits.latency.take(&viewer.id, now);
        taken.map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        let session = self.core.store.session(account.org, id).await?;
        let session = session
            .filter(|session| session.viewer == viewer.id)
            .ok_or(Denied::NotFound("session"))?;
        let over = session.state.over_since();
        if over.is_some_and(|at| now > at.after(AFTER_THE_END)) {
            return Err(Denied::SessionOver.into());
        }
        let never_ran = "This session has shown no picture.";
        let ran = session.ran(now).ok_or(Denied::Conflict(never_ran))?;
        if !told.fits(ran.saturating_add(EARLY)) {
            let why = "A session of this length cannot have shown these pictures.";
            return Err(Denied::BadRequest(why).into());
        }
        // A word that was overtaken by a later one says nothing new.
        if let Some(new) = self.core.store.note_latency(id, told).await? {
            self.metrics.latency.add(&new);
        }
        Ok(())
    }
}
