//! The one place that sends envelopes: invitations when a session is granted, kills when one is
//! ended here, from the command line, or by another node. One task owns it, so that the counters
//! of a device's envelopes rise in the order in which they leave.
//!
//! What the command line ended is found by asking the store twice a second; what the server ended
//! itself wakes the task at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::api::RelayOrder;
use farpane_protocol::envelope::{Envelope, Order};
use farpane_protocol::ids::{DeviceId, OrgId, SessionId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::limits::{LEASE, LEASE_GRACE_ATTENDED};
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use super::{App, Backstage};
use crate::model::session::Session;
use crate::store::StoreError;
use crate::store::sessions::DueKill;

/// Invitations that may wait: each one takes a synced write, so these are a second's worth.
pub(super) const QUEUE: usize = 256;

/// Pause between two looks at what was ended elsewhere. With the relay's and the host's share a
/// picture ends well within five seconds of the click.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// An invitation to a host.
pub struct Invite {
    org: OrgId,
    device: DeviceId,
    relay: PublicKey,
    order: Order,
    sent: oneshot::Sender<bool>,
    answer: Option<oneshot::Receiver<bool>>,
}

impl Invite {
    /// For the host of this session.
    pub(super) fn new(session: &Session, viewer_key: PublicKey, relay_ticket: String) -> Self {
        let (sent, answer) = oneshot::channel();
        Self {
            org: session.org,
            device: session.device,
            relay: session.relay,
            order: Order::Invite {
                session: session.id,
                channel: session.channel,
                viewer_key,
                relay_ticket,
            },
            sent,
            answer: Some(answer),
        }
    }
}

impl App {
    /// Sends an invitation; whether the relay took it.
    pub(super) async fn invite(&self, mut invite: Invite) -> bool {
        let answer = invite.answer.take();
        if self.invites.send(invite).await.is_err() {
            return false;
        }
        match answer {
            Some(answer) => answer.await.unwrap_or(false),
            None => false,
        }
    }

    /// Makes the dispatcher look at once.
    pub fn look_now(&self) {
        self.wake.notify_one();
    }

    /// Seals an order for the device and hands it to the relay. `None` if the device was removed.
    async fn send(
        &self,
        (org, device): (OrgId, DeviceId),
        relay: &PublicKey,
        order: Order,
    ) -> Result<Option<bool>, StoreError> {
        let Some(counter) = self.core.store.next_envelope(device).await? else {
            return Ok(None);
        };
        // The board knows devices by id; the relay knows them by key.
        let known = self.core.store.device(org, device).await?;
        let Some(known) = known else {
            return Ok(None);
        };
        let envelope = Envelope {
            device,
            counter,
            time: self.now(),
            order,
        };
        let order = RelayOrder::Deliver {
            peer: known.key,
            envelope: envelope.seal(&self.signer()),
        };
        Ok(Some(self.board.send(relay, order)))
    }
}

/// Who has been told that a session is over.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    host: bool,
    relay: bool,
}

/// Sends invitations and kills until the server ends.
pub async fn run(app: Arc<App>, mut backstage: Backstage) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = HashMap::new();
    let mut rules = Rules::default();
    loop {
        tokio::select! {
            // Kills before invitations: the old session of a device ends before its next begins.
            biased;
            () = app.shutdown.cancelled() => return,
            () = app.wake.notified() => {}
            Some(invite) = backstage.invites.recv() => {
                let Invite { org, device, relay, order, sent, .. } = invite;
                // What was ended before this was asked for has to leave before it.
                kill_what_is_due(&app, &mut told).await;
                let result = app.send((org, device), &relay, order).await;
                if let Err(error) = &result {
                    tracing::error!(%error, "could not send an invitation");
                }
                // The asker may have gone; then nobody needs the answer.
                sent.send(matches!(result, Ok(Some(true)))).ok();
                continue;
            }
            _ = look.tick() => {
                if let Err(error) = rules.tell(&app).await {
                    tracing::error!(%error, "could not tell hosts what was taken back");
                }
            }
        }
        kill_what_is_due(&app, &mut told).await;
    }
}

/// Hosts that are told at one look that something was taken back: one synced write for all of
/// them, and half of what may wait for one relay, so that kills and invitations find room. Fifty
/// thousand hosts are told within four minutes, and ask 256 times a second in between. None of
/// that is urgent: sessions are ended apart from it.
const TOLD_AT_ONCE: usize = 128;

/// Tells every host that is present when the policy epoch has risen.
#[derive(Default)]
struct Rules {
    /// The newest epoch that was seen.
    epoch: Option<u64>,
    /// Whether it rose since the round began: then there is another one after it. A round is
    /// never begun anew before its end, or the same hosts would be told again and again.
    rose: bool,
    /// Who is still to be told in this round.
    left: Vec<(OrgId, DeviceId, PublicKey)>,
}

impl Rules {
    /// Takes note of the epoch, and of those who may have missed that it rose; who is to be told
    /// now.
    fn next(
        &mut self,
        epoch: u64,
        missed: Vec<(OrgId, DeviceId, PublicKey)>,
        everybody: impl FnOnce() -> Vec<(OrgId, DeviceId, PublicKey)>,
    ) -> Vec<(OrgId, DeviceId, PublicKey)> {
        self.rose |= self.epoch.replace(epoch).is_some_and(|told| told < epoch);
        // At the first epoch there is nothing to miss.
        if epoch > 0 {
            self.left.extend(missed);
        }
        if self.left.is_empty() && std::mem::take(&mut self.rose) {
            self.left = everybody();
        }
        let at = self.left.len().saturating_sub(TOLD_AT_ONCE);
        self.left.split_off(at)
    }

    async fn tell(&mut self, app: &App) -> Result<(), StoreError> {
        let epoch = app.core.store.policy_epoch().await?;
        let now = self.next(epoch, app.board.untold(), || app.board.everybody());
        if now.is_empty() {
            return Ok(());
        }
        let relays: HashMap<_, _> = now.iter().map(|(_, id, relay)| (*id, *relay)).collect();
        let devices: Vec<_> = now.iter().map(|(_, device, _)| *device).collect();
        for (device, peer, counter) in app.core.store.next_envelopes(&devices).await? {
            let Some(relay) = relays.get(&device) else {
                continue;
            };
            let envelope = Envelope {
                device,
                counter,
                time: app.now(),
                order: Order::Rules { epoch },
            };
            let envelope = envelope.seal(&app.signer());
            // A relay that does not listen any more has no hosts to tell; they hear it when they
            // ask for anything.
            app.board
                .send(relay, RelayOrder::Deliver { peer, envelope });
        }
        Ok(())
    }
}

async fn kill_what_is_due(app: &App, told: &mut HashMap<SessionId, Told>) {
    let due = match app.core.store.due_kills().await {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(%error, "could not look for sessions to end");
            return;
        }
    };
    told.retain(|session, _| due.iter().any(|due| due.session == *session));
    for due in due {
        let to_whom = told.entry(due.session).or_default();
        match kill(app, &due, to_whom).await {
            // It may become due again, when the host goes on all the same.
            Ok(true) => drop(told.remove(&due.session)),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "could not end a session"),
        }
    }
}

/// Tells host and relay as far as they can be reached now; false if the rest has to be tried again.
async fn kill(app: &App, due: &DueKill, told: &mut Told) -> Result<bool, StoreError> {
    if !told.relay {
        let channel = due.channel;
        told.relay = app.board.send(&due.relay, RelayOrder::Close { channel });
    }
    if !told.host
        && let Some(here) = app.board.find(due.device)
    {
        let order = Order::Kill {
            session: due.session,
        };
        let to = (due.org, due.device);
        let sent = app.send(to, &here.place.key, order).await?;
        told.host = sent.unwrap_or(true);
    }
    // A host that cannot be reached for this long has no lease any more and ended by itself.
    let too_late = app.now().since(due.ended) > LEASE + LEASE_GRACE_ATTENDED;
    let done = too_late || (told.host && told.relay);
    if done {
        app.core.store.kill_done(due.session).await?;
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::SecretKey;

    use super::*;

    #[test]
    fn everybody_hears_of_a_rise_however_often_it_rises_meanwhile() {
        let relay = SecretKey::from_seed([1; 32]).public();
        let of = |n: usize| {
            let id = uuid::Uuid::from_u128(n as u128);
            (OrgId(id), DeviceId(id), relay)
        };
        let everybody = || (0..3 * TOLD_AT_ONCE + 1).map(of).collect::<Vec<_>>();
        let mut rules = Rules::default();
        assert!(
            rules.next(5, Vec::new(), everybody).is_empty(),
            "known from the start"
        );
        // It rises at every look, for as long as one round takes.
        let mut first = Vec::new();
        for epoch in 6..10 {
            first.extend(rules.next(epoch, Vec::new(), everybody));
        }
        first.sort_unstable_by_key(|(_, device, _)| *device);
        assert_eq!(first, everybody(), "each once");
        let mut second = 0;
        for _ in 0..4 {
            second += rules.next(9, Vec::new(), everybody).len();
        }
        assert_eq!(second, first.len(), "and once more with the newest");
        assert!(rules.next(9, Vec::new(), everybody).is_empty());
        // A relay lost the directory meanwhile: those who are there are told all the same.
        assert_eq!(rules.next(9, vec![of(1)], everybody), [of(1)]);
        assert!(rules.next(9, Vec::new(), everybody).is_empty());
    }
}
