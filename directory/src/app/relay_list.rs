//! Relays as people and programs look through them: what is kept, joined with who listens now.

use farpane_protocol::ids::RelayId;

use super::caller::Caller;
use super::{App, AppError, Denied};
use crate::audit::{Event, Personal};
use crate::live::board::Listening;
use crate::model::{Relay, text};
use crate::policy::rights::{Action, Path};
use crate::store::places::Placed;

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

impl Caller {
    /// A relay of the caller's organisation, if the caller may change relays.
    async fn own_relay(&self, id: RelayId) -> Result<Relay, AppError> {
        self.check(Action::ManageRelays, &Path::ORG, "relay")?;
        let mut relays = self.core.store.relays(self.core.org.id).await?.into_iter();
        let found = relays.find(|relay| relay.id == id);
        Ok(found.ok_or(Denied::NotFound("relay"))?)
    }

    /// Gives a relay another name.
    pub async fn rename_relay(&self, id: RelayId, name: &str) -> Result<(), AppError> {
        let relay = self.own_relay(id).await?;
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("A relay needs a name.").into());
        }
        let event = Event::RelayRenamed { relay: id };
        let entry = self.core.entry(self.actor(), event);
        let entry = entry.with(Personal::renamed(&name, &relay.name));
        let renamed = self.core.store.rename_relay(relay.org, id, &name, &entry);
        match renamed.await? {
            Placed::Yes => Ok(()),
            Placed::Unknown | Placed::InUse => Err(Denied::NotFound("relay").into()),
            Placed::NameTaken => Err(Denied::NameTaken("relay").into()),
        }
    }

    /// Forgets a relay. A running server ends its stream within seconds; devices that were there
    /// look for another one.
    pub async fn remove_relay(&self, id: RelayId) -> Result<Relay, AppError> {
        let relay = self.own_relay(id).await?;
        let event = Event::RelayRemoved {
            relay: id,
            key: relay.key,
        };
        let entry = self.core.entry(self.actor(), event);
        let entry = entry.with(Personal::named(&relay.name));
        if !self.core.store.remove_relay(relay.org, id, &entry).await? {
            return Err(Denied::NotFound("relay").into());
        }
        Ok(relay)
    }
}

impl App {
    /// Ends the streams of relays that were removed, here or by another program.
    pub async fn expel_removed_relays(&self) -> Result<(), AppError> {
        for org in self.core.store.orgs().await? {
            let listening = self.board.listening_of(org.id);
            if listening.is_empty() {
                continue;
            }
            let known = self.core.store.relays(org.id).await?;
            for here in listening {
                if known.iter().any(|relay| relay.id == here.relay) {
                    continue;
                }
                let Some(stream) = self.board.stream_of(here.relay) else {
                    continue;
                };
                let gone = self.board.close(stream);
                self.tell_relay(org.id, here.relay, false);
                self.note_gone(&gone).await;
            }
        }
        Ok(())
    }
}
