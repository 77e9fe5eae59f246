//! The first numbers that a person looks at: the organisation's for those who see all of it, their
//! own for everybody else.

use super::caller::Caller;
use super::find::Ask;
use super::{App, AppError};
use crate::model::catalogue::Count;
use crate::policy::rights::{Action, Visible};
use crate::store::installation::Counts;
use crate::store::sessions::SessionsSought;

/// Open sessions that are counted for somebody who sees some: more than anybody watches at once.
const SESSIONS_MOST: u32 = 200;

/// How things stand, as far as somebody sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// What is kept.
    pub counts: Counts,
    /// Devices that are reachable now.
    pub reachable: usize,
    /// Relays that listen.
    pub listening: usize,
    /// Whether there is a relay that listens at all: without one nothing can be reached.
    pub any_listening: bool,
}

impl App {
    /// The numbers that this person sees first.
    pub async fn overview(&self, caller: &Caller) -> Result<Overview, AppError> {
        let org = caller.core.org.id;
        let listening = self.board.listening_of(org).len();
        let mut counts = self.core.store.counts(org).await?;
        let rights = &caller.rights;
        let all = |action| rights.visible(action) == Visible::All;
        if rights.visible_devices() != Visible::All {
            counts.devices = caller.how_many("").await?;
            counts.approved = caller.how_many("approval:approved").await?;
        }
        if !all(Action::ApproveDevices) {
            counts.pending = if rights.visible(Action::ApproveDevices).is_nothing() {
                0
            } else {
                caller.how_many("approval:pending").await?
            };
        }
        if !all(Action::SeeSessions) {
            counts.open_sessions = caller.open_sessions().await?;
        }
        let sees_relays = all(Action::SeeRelays);
        if !sees_relays {
            counts.relays = 0;
        }
        Ok(Overview {
            counts,
            reachable: self.reachable(caller).await?,
            listening: if sees_relays { listening } else { 0 },
            any_listening: listening > 0,
        })
    }

    /// How many devices that this person sees are reachable now.
    pub async fn reachable(&self, caller: &Caller) -> Result<usize, AppError> {
        if caller.rights.visible_devices() == Visible::All {
            return Ok(self.board.present_of(caller.core.org.id));
        }
        let here = caller.how_many("online:yes").await?;
        Ok(usize::try_from(here).unwrap_or(usize::MAX))
    }
}

impl Caller {
    /// How many devices that the caller sees a search finds; counting stops where it stops.
    async fn how_many(&self, query: &str) -> Result<u64, AppError> {
        let ask = Ask {
            query: query.to_owned(),
            limit: 1,
            count: true,
            ..Ask::default()
        };
        Ok(self.find(&ask).await?.count.map_or(0, Count::number))
    }

    async fn open_sessions(&self) -> Result<u64, AppError> {
        if self.rights.visible(Action::SeeSessions).is_nothing() {
            return Ok(0);
        }
        let open = SessionsSought {
            open: Some(true),
            ..SessionsSought::default()
        };
        let found = self.sessions(open, None, SESSIONS_MOST).await?;
        Ok(found.sessions.len() as u64)
    }
}
