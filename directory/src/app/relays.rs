//! What relays ask and tell: the stream of orders that one listens to, and its reports of who is
//! present. A relay's word alone counts for nothing: each device signs its own presence.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use farpane_protocol::api::{
    DeviceState, PresentPeer, RelayHello, RelayOrder, RelayPlace, RelayReport,
};
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::relay::PresenceProof;
use farpane_protocol::token::{Purpose, open};
use tokio::sync::mpsc;

use super::metrics::count;
use super::{App, AppError, Denied, Origin};
use crate::audit::{Actor, Event};
use crate::live::board::StreamId;
use crate::model::{Heard, Relay, text};

/// Keys of forged presences that one record names; the count says how many there were.
const FORGED_NAMED: usize = 8;

/// Most peers in one report, in all: what fits into a report's body anyway.
const PEERS: usize = 10_000;

/// A relay that listens: its orders, and its place on the board for as long as this lives.
pub struct Listener {
    app: Arc<App>,
    org: OrgId,
    stream: StreamId,
    /// What it is told.
    pub orders: mpsc::Receiver<RelayOrder>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let gone = self.app.board.close(self.stream);
        tracing::info!(relay = %self.stream.relay(), devices = gone.len(), "relay stopped listening");
        let app = self.app.clone();
        app.tell_relay(self.org, self.stream.relay(), false);
        if !gone.is_empty() {
            app.tell_presence(self.org, &gone, DeviceState::Away);
        }
        // Noting when they were last heard must not hold up the connection's end. If the server
        // itself ends, its last sign of life stands in for it at the next start.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if !gone.is_empty() {
                    app.note_gone(&gone).await;
                }
                app.note_listening().await;
            });
        }
    }
}

impl App {
    /// A relay begins to listen.
    pub async fn listen(
        self: Arc<Self>,
        relay: Relay,
        hello: &RelayHello,
        from: Origin,
    ) -> Result<Listener, AppError> {
        let now = self.now();
        self.limits
            .stream
            .take(&relay.id, now)
            .map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        let address = public_address(&hello.address, from.0).ok_or(Denied::BadRequest(
            "The relay's address must be one that peers can reach, like 192.0.2.1:443. Start the \
             relay with --public.",
        ))?;
        let version = text::version(&hello.version);
        self.core.store.note_relay(relay.id, &version, now).await?;
        let place = RelayPlace {
            name: relay.name,
            key: relay.key,
            address,
        };
        let (stream, orders, gone) = self.board.open((relay.id, relay.org), place, now);
        tracing::info!(relay = %relay.id, "relay listens");
        self.tell_relay(relay.org, relay.id, true);
        let listener = Listener {
            app: self.clone(),
            org: relay.org,
            stream,
            orders,
        };
        if !gone.is_empty() {
            self.note_gone(&gone).await;
        }
        Ok(listener)
    }

    /// What a relay hears first, and then every few seconds.
    pub fn order_now(&self) -> RelayOrder {
        RelayOrder::Now {
            time: self.now(),
            directory_keys: self.directory_keys(),
        }
    }

    async fn note_listening(&self) {
        if let Err(error) = super::keeper::note_listening(self).await {
            tracing::error!(%error, "could not note which relays listen");
        }
    }

    pub(super) async fn note_gone(&self, gone: &[DeviceId]) {
        if let Err(error) = self.core.store.note_gone(gone, self.now()).await {
            tracing::error!(%error, "could not note that devices went away");
        }
    }

    /// Takes a relay's report.
    pub async fn report(&self, relay: &Relay, report: RelayReport) -> Result<(), AppError> {
        let stream = self.board.stream_of(relay.id);
        let stream = stream.ok_or(Denied::RelayNotListening)?;
        if report.present.len() + report.gone.len() > PEERS {
            return Err(Denied::BadRequest("The report names too many peers. Split it.").into());
        }
        let many = u32::try_from(report.present.len()).unwrap_or(u32::MAX);
        let taken = self.limits.reported.take_many(&relay.id, many, self.now());
        taken.map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        let mut left = report.gone;
        if report.whole {
            let named: HashSet<_> = report.present.iter().map(|peer| peer.peer).collect();
            left.extend(self.board.others(stream, &named));
        }
        let gone = self.board.go(stream, &left);
        if !gone.is_empty() {
            self.core.store.note_gone(&gone, self.now()).await?;
            self.tell_presence(relay.org, &gone, DeviceState::Away);
        }
        if !report.present.is_empty() {
            self.present(relay, stream, report.present).await?;
        }
        if report.whole {
            // Who came to a relay while it could not tell may have missed what was taken back.
            self.board.whole(stream);
        }
        Ok(())
    }

    async fn present(
        &self,
        relay: &Relay,
        stream: StreamId,
        peers: Vec<PresentPeer>,
    ) -> Result<(), AppError> {
        let keys: Vec<_> = peers.iter().map(|peer| peer.peer).collect();
        let at = relay.key;
        let checked = tokio::task::spawn_blocking(move || check(&peers, at))
            .await
            .map_err(|_| Denied::Busy)?;
        let known: HashMap<_, _> = self
            .core
            .store
            .presences(relay.org, &keys)
            .await?
            .into_iter()
            .map(|(key, device, _)| (key, device))
            .collect();
        let mut forged = Vec::new();
        let mut heard = Vec::new();
        for (key, proof) in checked {
            match (proof, known.get(&key)) {
                (Some(proof), Some(device)) => heard.push((
                    key,
                    Heard {
                        device: *device,
                        relay: at,
                        counter: proof.counter,
                        epoch: proof.epoch,
                    },
                )),
                // A device that was removed, or waits for approval, is not the relay's fault.
                (Some(_), None) => count(&self.metrics.presences, "unknown"),
                (None, _) => forged.push(key),
            }
        }
        let words: Vec<_> = heard.iter().map(|(_, heard)| *heard).collect();
        let taken = self.core.store.note_present(&words, self.now()).await?;
        let mut fresh = Vec::new();
        for ((key, heard), taken) in heard.into_iter().zip(taken) {
            if taken {
                count(&self.metrics.presences, "ok");
                fresh.push((key, heard));
            } else {
                forged.push(key);
            }
        }
        self.board.come(stream, &fresh);
        let came: Vec<_> = fresh.iter().map(|(_, heard)| heard.device).collect();
        self.tell_presence(relay.org, &came, DeviceState::Reachable);
        if !forged.is_empty() {
            self.forged(relay, &forged).await?;
        }
        Ok(())
    }

    async fn forged(&self, relay: &Relay, keys: &[PublicKey]) -> Result<(), AppError> {
        for _ in keys {
            count(&self.metrics.presences, "forged");
        }
        tracing::warn!(relay = %relay.id, count = keys.len(), "forged or old presences ignored");
        if self.limits.forged.take(&relay.id, self.now()).is_err() {
            return Ok(());
        }
        let event = Event::PresenceForged {
            count: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            keys: keys.iter().take(FORGED_NAMED).copied().collect(),
        };
        let actor = Actor::Relay { relay: relay.id };
        let entry = self.core.entry(actor, event).of(relay.org);
        Ok(self.core.store.record(&entry).await?)
    }
}

/// Reads each proof; `None` where the device itself did not sign that it is at this relay.
fn check(peers: &[PresentPeer], at: PublicKey) -> Vec<(PublicKey, Option<PresenceProof>)> {
    peers
        .iter()
        .map(|peer| {
            let proof = open::<PresenceProof>(&[peer.peer], Purpose::Presence, &peer.proof);
            let proof = proof.ok().map(|(proof, _)| proof);
            (peer.peer, proof.filter(|proof| proof.relay == at))
        })
        .collect()
}

/// The address where peers reach a relay. One that listens on every address and does not say
/// which is its own is known by the address that it called from.
fn public_address(said: &str, from: IpAddr) -> Option<String> {
    if let Ok(address) = said.parse::<SocketAddr>() {
        if address.port() == 0 || address.ip().is_multicast() {
            return None;
        }
        return Some(if address.ip().is_unspecified() {
            SocketAddr::new(from.to_canonical(), address.port()).to_string()
        } else {
            address.to_string()
        });
    }
    // A host name: what a directory's own address may look like, less the scheme.
    let (_, port) = said.rsplit_once(':')?;
    let named: crate::config::DirectoryUrl = format!("https://{said}").parse().ok()?;
    (port.parse() == Ok(named.port()) && named.port() != 0)
        .then(|| format!("{}:{}", named.host(), named.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relays_address_is_one_that_peers_can_reach() {
        let from = IpAddr::from([192, 0, 2, 7]);
        let public = |said| public_address(said, from);
        assert_eq!(
            public("198.51.100.1:443").as_deref(),
            Some("198.51.100.1:443")
        );
        assert_eq!(public("0.0.0.0:4433").as_deref(), Some("192.0.2.7:4433"));
        assert_eq!(public("[::]:4433").as_deref(), Some("192.0.2.7:4433"));
        assert_eq!(
            public("relay.example:4433").as_deref(),
            Some("relay.example:4433")
        );
        for bad in [
            "",
            "relay.example",
            "1.2.3.4:0",
            "a b:1",
            "x:99999",
            "224.0.0.1:1",
        ] {
            assert_eq!(public(bad), None, "{bad}");
        }
    }
}
