//! Relays as people and programs look through them: what is kept, joined with who listens now.

use farpane_protocol::ids::RelayId;

use super::caller::Caller;
use super::{App, AppError, Denied};
use crate::live::board::Listening;
use crate::model::Relay;
use crate::policy::rights::{Action, Path};

/// A relay and whether it listens.
#[derive(Clone, Debug)]
pub struct RelayNow {
    /// What is kept of it.
    pub relay: Relay,
    /// Where and since when it listens, if it does.
    pub listening: Option<Listening>,
}

impl App {
    /// The relays of the caller's organisation, in order of name.
    pub async fn relays(&self, caller: &Caller) -> Result<Vec<RelayNow>, AppError> {
        if !caller.rights.may(Action::SeeRelays, &Path::ORG) {
            return Err(Denied::Forbidden(Action::SeeRelays).into());
        }
        let org = caller.core.org.id;
        let mut listening = self.board.listening_of(org);
        let relays = caller.core.store.relays(org).await?;
        let join = |relay: Relay| {
            let here = listening.iter().position(|here| here.relay == relay.id);
            RelayNow {
                listening: here.map(|at| listening.swap_remove(at)),
                relay,
            }
        };
        Ok(relays.into_iter().map(join).collect())
    }

    /// One relay.
    pub async fn relay_now(&self, caller: &Caller, id: RelayId) -> Result<RelayNow, AppError> {
        caller.check(Action::SeeRelays, &Path::ORG, "relay")?;
        let relays = self.relays(caller).await?;
        let found = relays.into_iter().find(|now| now.relay.id == id);
        Ok(found.ok_or(Denied::NotFound("relay"))?)
    }
}
