//! Which relays listen to the directory now, and which devices are present at them.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use farpane_protocol::api::{RelayOrder, RelayPlace};
use farpane_protocol::ids::{DeviceId, EpochNonce, OrgId, RelayId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use tokio::sync::mpsc;

use super::lock;
use crate::model::Heard;

/// Orders that may wait for one relay. A session needs one or two; a relay that does not read
/// this many has stopped listening, and what would be the next order is refused to its sender.
const QUEUE: usize = 256;

/// One stream of one relay; a newer stream of the same relay replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamId {
    relay: RelayId,
    generation: u64,
}

impl StreamId {
    /// Whose stream it is.
    pub fn relay(self) -> RelayId {
        self.relay
    }
}

/// A relay that listens.
#[derive(Clone, Debug)]
pub struct Listening {
    /// Which.
    pub relay: RelayId,
    /// Whose.
    pub org: OrgId,
    /// Where peers reach it.
    pub place: RelayPlace,
    /// Since when.
    pub since: Timestamp,
    /// How many devices are present at it.
    pub devices: usize,
}

/// A device that is present.
#[derive(Clone, Debug)]
pub struct Here {
    /// At which relay.
    pub place: RelayPlace,
    /// The nonce of this run of the host.
    pub epoch: EpochNonce,
}

/// The board.
#[derive(Debug, Default)]
pub struct Board(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    streams: HashMap<RelayId, Stream>,
    devices: HashMap<DeviceId, Present>,
    generations: u64,
}

#[derive(Debug)]
struct Stream {
    generation: u64,
    org: OrgId,
    place: RelayPlace,
    since: Timestamp,
    orders: mpsc::Sender<RelayOrder>,
    /// The devices present at it, by key, as its reports name them.
    peers: HashMap<PublicKey, DeviceId>,
    /// Whether it told who was there before this stream, and they were not told anything yet.
    untold: bool,
}

#[derive(Debug)]
struct Present {
    relay: RelayId,
    counter: u64,
    epoch: EpochNonce,
}

impl Inner {
    fn current(&mut self, stream: StreamId) -> Option<&mut Stream> {
        self.streams
            .get_mut(&stream.relay)
            .filter(|open| open.generation == stream.generation)
    }

    /// Takes a stream off, and its devices with it.
    fn remove(&mut self, relay: RelayId) -> Vec<DeviceId> {
        let Some(stream) = self.streams.remove(&relay) else {
            return Vec::new();
        };
        let leaving: Vec<_> = stream.peers.into_values().collect();
        leaving
            .into_iter()
            .filter(|device| self.leave(*device, relay))
            .collect()
    }

    /// Takes a device off if it is present at that relay.
    fn leave(&mut self, device: DeviceId, relay: RelayId) -> bool {
        let here = self
            .devices
            .get(&device)
            .is_some_and(|present| present.relay == relay);
        if here {
            self.devices.remove(&device);
        }
        here
    }
}

impl Board {
    /// A relay begins to listen. Returns its orders, and the devices that were present at its
    /// earlier stream and have to be reported anew.
    pub fn open(
        &self,
        (relay, org): (RelayId, OrgId),
        place: RelayPlace,
        now: Timestamp,
    ) -> (StreamId, mpsc::Receiver<RelayOrder>, Vec<DeviceId>) {
        let mut inner = lock(&self.0);
        let gone = inner.remove(relay);
        inner.generations += 1;
        let generation = inner.generations;
        let (orders, listen) = mpsc::channel(QUEUE);
        let stream = Stream {
            generation,
            org,
            place,
            since: now,
            orders,
            peers: HashMap::new(),
            untold: false,
        };
        inner.streams.insert(relay, stream);
        (StreamId { relay, generation }, listen, gone)
    }

    /// A stream ended. Returns the devices that went with it; none if a newer one took over.
    pub fn close(&self, stream: StreamId) -> Vec<DeviceId> {
        let mut inner = lock(&self.0);
        if inner.current(stream).is_none() {
            return Vec::new();
        }
        inner.remove(stream.relay)
    }

    /// The current stream of a relay.
    pub fn stream_of(&self, relay: RelayId) -> Option<StreamId> {
        let inner = lock(&self.0);
        inner.streams.get(&relay).map(|stream| StreamId {
            relay,
            generation: stream.generation,
        })
    }

    /// Devices came. Those that were heard elsewhere with a higher counter stay there.
    pub fn come(&self, stream: StreamId, heard: &[(PublicKey, Heard)]) {
        let mut inner = lock(&self.0);
        if inner.current(stream).is_none() {
            return;
        }
        for (key, heard) in heard {
            let newer_elsewhere = inner
                .devices
                .get(&heard.device)
                .is_some_and(|present| present.counter > heard.counter);
            if newer_elsewhere {
                continue;
            }
            let present = Present {
                relay: stream.relay,
                counter: heard.counter,
                epoch: heard.epoch,
            };
            inner.devices.insert(heard.device, present);
            if let Some(open) = inner.current(stream) {
                open.peers.insert(*key, heard.device);
            }
        }
    }

    /// Peers went. Returns which devices are not present any more.
    pub fn go(&self, stream: StreamId, keys: &[PublicKey]) -> Vec<DeviceId> {
        let mut inner = lock(&self.0);
        let Some(open) = inner.current(stream) else {
            return Vec::new();
        };
        let named: Vec<_> = keys
            .iter()
            .filter_map(|key| open.peers.remove(key))
            .collect();
        named
            .into_iter()
            .filter(|device| inner.leave(*device, stream.relay))
            .collect()
    }

    /// The peers of a stream that are not among these: in a whole report, the rest is gone.
    pub fn others(&self, stream: StreamId, keys: &HashSet<PublicKey>) -> Vec<PublicKey> {
        let mut inner = lock(&self.0);
        inner.current(stream).map_or_else(Vec::new, |open| {
            open.peers
                .keys()
                .filter(|key| !keys.contains(key))
                .copied()
                .collect()
        })
    }

    /// Whether and where a device is present.
    pub fn find(&self, device: DeviceId) -> Option<Here> {
        let inner = lock(&self.0);
        let present = inner.devices.get(&device)?;
        let stream = inner.streams.get(&present.relay)?;
        Some(Here {
            place: stream.place.clone(),
            epoch: present.epoch,
        })
    }

    /// The relays of an organisation that listen, in order of name.
    pub fn listening_of(&self, org: OrgId) -> Vec<Listening> {
        let mut relays = self.listening();
        relays.retain(|relay| relay.org == org);
        relays
    }

    /// The relay of this stream has told who was there before it.
    pub fn whole(&self, stream: StreamId) {
        if let Some(open) = lock(&self.0).current(stream) {
            open.untold = true;
        }
    }

    /// Everybody who was at a relay before its stream began and may have missed something: each
    /// stream's once, with organisation and the relay's key.
    pub fn untold(&self) -> Vec<(OrgId, DeviceId, PublicKey)> {
        let mut inner = lock(&self.0);
        let mut found = Vec::new();
        for stream in inner.streams.values_mut() {
            if std::mem::take(&mut stream.untold) {
                let (org, relay) = (stream.org, stream.place.key);
                found.extend(stream.peers.values().map(|device| (org, *device, relay)));
            }
        }
        found
    }

    /// Every device that is present, with its organisation and its relay's key.
    pub fn everybody(&self) -> Vec<(OrgId, DeviceId, PublicKey)> {
        let inner = lock(&self.0);
        let of = |(device, present): (&DeviceId, &Present)| {
            let stream = inner.streams.get(&present.relay)?;
            Some((stream.org, *device, stream.place.key))
        };
        inner.devices.iter().filter_map(of).collect()
    }

    /// How many devices of an organisation are present.
    pub fn present_of(&self, org: OrgId) -> usize {
        let inner = lock(&self.0);
        let at = |present: &&Present| {
            let stream = inner.streams.get(&present.relay);
            stream.is_some_and(|stream| stream.org == org)
        };
        inner.devices.values().filter(at).count()
    }

    /// The relays that listen, in order of name.
    pub fn listening(&self) -> Vec<Listening> {
        let inner = lock(&self.0);
        let mut relays: Vec<_> = inner
            .streams
            .iter()
            .map(|(relay, stream)| Listening {
                relay: *relay,
                org: stream.org,
                place: stream.place.clone(),
                since: stream.since,
                devices: stream.peers.len(),
            })
            .collect();
        relays.sort_by(|a, b| a.place.name.cmp(&b.place.name));
        relays
    }

    /// How many devices are present.
    pub fn present(&self) -> usize {
        lock(&self.0).devices.len()
    }

    /// Whether any relay of an organisation listens.
    pub fn any_relay(&self, org: OrgId) -> bool {
        let inner = lock(&self.0);
        inner.streams.values().any(|stream| stream.org == org)
    }

    /// Hands an order to the relay with this key; false if it does not listen or does not keep up.
    pub fn send(&self, relay: &PublicKey, order: RelayOrder) -> bool {
        let inner = lock(&self.0);
        inner
            .streams
            .values()
            .find(|stream| stream.place.key == *relay)
            .is_some_and(|stream| stream.orders.try_send(order).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::ids::ChannelId;
    use farpane_protocol::key::SecretKey;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1);

    fn key(seed: u8) -> PublicKey {
        SecretKey::from_seed([seed; 32]).public()
    }

    const ORG: OrgId = OrgId(Uuid::from_u128(1));

    fn relay(n: u8) -> ((RelayId, OrgId), RelayPlace) {
        let place = RelayPlace {
            name: format!("relay {n}"),
            key: key(n),
            address: "192.0.2.1:443".into(),
        };
        ((RelayId(Uuid::from_u128(u128::from(n))), ORG), place)
    }

    fn heard(n: u8, at: u8, counter: u64) -> (PublicKey, Heard) {
        let heard = Heard {
            device: DeviceId(Uuid::from_u128(u128::from(n))),
            relay: key(at),
            counter,
            epoch: EpochNonce([n; 16]),
        };
        (key(n), heard)
    }

    #[test]
    fn devices_go_with_their_relay_and_a_late_close_of_an_old_stream_takes_nothing() {
        let board = Board::default();
        let (id, place) = relay(101);
        let (old, _orders, gone) = board.open(id, place.clone(), NOW);
        assert!(gone.is_empty());
        board.come(old, &[heard(1, 101, 1), heard(2, 101, 1)]);
        assert_eq!(board.present(), 2);
        let (new, _orders, gone) = board.open(id, place, NOW);
        assert_eq!(gone.len(), 2);
        board.come(old, &[heard(1, 101, 2)]);
        assert_eq!(board.present(), 0, "an old stream has no say");
        board.come(new, &[heard(1, 101, 2)]);
        assert!(board.close(old).is_empty());
        assert_eq!(board.close(new), [heard(1, 101, 2).1.device]);
        assert!(!board.any_relay(ORG));
    }

    #[test]
    fn a_device_is_where_it_was_heard_last() {
        let board = Board::default();
        let (a, place_a) = relay(101);
        let (b, place_b) = relay(102);
        let (at_a, _a, _) = board.open(a, place_a, NOW);
        let (at_b, _b, _) = board.open(b, place_b, NOW);
        let device = heard(1, 101, 1).1.device;
        board.come(at_b, &[heard(1, 102, 6)]);
        board.come(at_a, &[heard(1, 101, 5)]);
        let at = |board: &Board| board.find(device).map(|here| here.place.key);
        assert_eq!(at(&board), Some(key(102)));
        assert_eq!(board.present_of(ORG), 1);
        assert_eq!(
            board.present_of(OrgId(Uuid::from_u128(2))),
            0,
            "nobody else's"
        );
        assert!(board.go(at_a, &[key(1)]).is_empty());
        assert_eq!(at(&board), Some(key(102)));
        assert_eq!(board.go(at_b, &[key(1)]), [device]);
        assert_eq!(at(&board), None);
    }

    #[test]
    fn orders_reach_a_listening_relay_until_its_queue_is_full() {
        let board = Board::default();
        let (id, place) = relay(101);
        let order = RelayOrder::Close {
            channel: ChannelId::from_random(1),
        };
        assert!(!board.send(&key(101), order.clone()));
        let (_stream, mut orders, _) = board.open(id, place, NOW);
        for _ in 0..QUEUE {
            assert!(board.send(&key(101), order.clone()));
        }
        assert!(!board.send(&key(101), order));
        assert!(orders.try_recv().is_ok());
    }
}
