//! Sessions as people and programs look through them: what is open, what was, and stopping one.

use farpane_protocol::ids::SessionId;
use farpane_protocol::time::Timestamp;

use super::caller::Caller;
use super::{AppError, Denied};
use crate::model::session::Session;
use crate::policy::rights::{Action, Visible};
use crate::store::sessions::SessionsSought;

/// Sessions that one request reads at most while it looks for those that the caller may see.
/// Whoever may see few among many turns more pages.
const READ_MOST: usize = 2000;

/// Sessions that are read at once.
const AT_ONCE: u32 = 200;

/// Where in the list a session stands.
pub type SessionPlace = (Timestamp, SessionId);

/// A part of the list.
#[derive(Clone, Debug)]
pub struct SessionPage {
    /// The sessions, newest first.
    pub sessions: Vec<Session>,
    /// Where the list goes on, if it does.
    pub next: Option<SessionPlace>,
}

impl Caller {
    /// Sessions that fit and that the caller may see, newest first, from below a place.
    pub async fn sessions(
        &self,
        mut sought: SessionsSought,
        below: Option<SessionPlace>,
        limit: u32,
    ) -> Result<SessionPage, AppError> {
        if let Visible::Below { tenants, nodes } = self.rights.visible(Action::SeeSessions) {
            if tenants.is_empty() && nodes.is_empty() {
                return Err(Denied::Forbidden(Action::SeeSessions).into());
            }
            // Whoever holds whole customers only is spared reading the others' sessions.
            if nodes.is_empty() {
                let wanted = sought.tenants.take();
                let narrowed = tenants
                    .into_iter()
                    .filter(|tenant| wanted.as_ref().is_none_or(|some| some.contains(tenant)));
                sought.tenants = Some(narrowed.collect());
            }
        }
        let org = self.core.org.id;
        let mut place = below;
        let mut sessions = Vec::new();
        let mut read = 0;
        loop {
            let found = self.core.store.find_sessions(org, &sought, place, AT_ONCE);
            let found = found.await?;
            let last = found.len() < AT_ONCE as usize;
            for session in found {
                if sessions.len() == limit as usize {
                    return Ok(SessionPage {
                        sessions,
                        next: place,
                    });
                }
                place = Some((session.issued, session.id));
                read += 1;
                if self.sees(&session).await? {
                    sessions.push(session);
                }
            }
            if last {
                return Ok(SessionPage {
                    sessions,
                    next: None,
                });
            }
            if read >= READ_MOST {
                return Ok(SessionPage {
                    sessions,
                    next: place,
                });
            }
        }
    }

    async fn sees(&self, session: &Session) -> Result<bool, AppError> {
        let path = self
            .core
            .device_path(session.device, session.tenant)
            .await?;
        Ok(self.rights.may(Action::SeeSessions, &path))
    }

    /// One session.
    pub async fn session(&self, id: SessionId) -> Result<Session, AppError> {
        self.session_for(Action::SeeSessions, id).await
    }

    async fn session_for(&self, action: Action, id: SessionId) -> Result<Session, AppError> {
        let session = self.core.store.session(self.core.org.id, id).await?;
        let session = session.ok_or(Denied::NotFound("session"))?;
        let path = self
            .core
            .device_path(session.device, session.tenant)
            .await?;
        self.check(action, &path, "session")?;
        Ok(session)
    }

    /// Stops a session. False if it was over.
    pub async fn stop_session(&self, id: SessionId) -> Result<bool, AppError> {
        self.session_for(Action::StopSessions, id).await?;
        self.core.stop_session(id, self.actor()).await
    }
}
