//! The leg table: which two addresses each channel joins. Read on the data path without a lock,
//! changed by swapping in a new copy.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use farpane_protocol::ids::ChannelId;
use farpane_protocol::relay::Side;

use crate::pace::Pace;

/// Parts that are swapped on their own, so that a change copies a small part of a full table.
/// A power of two; with the relay's 16,384 channels a part holds 256.
const PARTS: usize = 64;

/// What a leg may send at once: a quarter of a second of its rate. A 100 kB picture at the usual
/// 50 Mbit/s passes whole; a flood is cut before it fills the other leg's link.
const BURST: Duration = Duration::from_millis(250);

/// Room that even a slow leg has: two of the largest batches that the kernel hands over (64 KiB).
/// Batches pass or fall whole, so less room would stop such a leg for good.
const BURST_BYTES: u64 = 128 * 1024;

/// What one leg has sent and may still send. Outlives the leg for a while, in case that is opened
/// again; alone on its cache lines, because the other leg is often served by another core.
#[derive(Debug)]
#[repr(align(128))]
pub struct Meter {
    pace: Pace,
    state: AtomicU64,
    forwarded_bytes: AtomicU64,
    forwarded_batches: AtomicU64,
    over_rate_bytes: AtomicU64,
    unproven_bytes: AtomicU64,
}

impl Meter {
    /// For a leg that may send `rate` bytes per second, sustained.
    pub fn new(rate: u64) -> Self {
        Self {
            pace: Pace::new(rate, BURST).with_room_for(BURST_BYTES),
            state: AtomicU64::new(0),
            forwarded_bytes: AtomicU64::new(0),
            forwarded_batches: AtomicU64::new(0),
            over_rate_bytes: AtomicU64::new(0),
            unproven_bytes: AtomicU64::new(0),
        }
    }

    /// Bytes that the leg sent and that were sent on.
    pub fn forwarded_bytes(&self) -> u64 {
        self.forwarded_bytes.load(Ordering::Relaxed)
    }

    /// Batches that the leg sent and that were sent on.
    pub fn forwarded_batches(&self) -> u64 {
        self.forwarded_batches.load(Ordering::Relaxed)
    }

    /// Bytes that were dropped because the leg sent more than its rate.
    pub fn over_rate_bytes(&self) -> u64 {
        self.over_rate_bytes.load(Ordering::Relaxed)
    }

    /// Bytes that came from the address that the leg's connection claims but has not proven.
    pub fn unproven_bytes(&self) -> u64 {
        self.unproven_bytes.load(Ordering::Relaxed)
    }

    /// Whether `bytes` may pass at `now` (nanoseconds since the router's start).
    pub(crate) fn admits(&self, now: u64, bytes: u64) -> bool {
        let next = |state| self.pace.pass(state, now, bytes);
        // The legs of a channel have a meter each, so this retries only when one leg's packets
        // arrive on two cores at the same moment.
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        if self.state.fetch_update(set, fetch, next).is_err() {
            self.over_rate_bytes.fetch_add(bytes, Ordering::Relaxed);
            return false;
        }
        self.forwarded_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.forwarded_batches.fetch_add(1, Ordering::Relaxed);
        true
    }

    pub(crate) fn came_unproven(&self, bytes: u64) {
        self.unproven_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What came on a channel from addresses that are none of its legs'.
#[derive(Debug, Default)]
pub struct Strays {
    bytes: AtomicU64,
    /// A keyed hash of the last such address, and bytes that came from it since it was the last.
    /// A mix-up by two cores at once costs a check that is sent a moment later.
    last: AtomicU64,
    last_bytes: AtomicU64,
    hasher: RandomState,
}

impl Strays {
    /// How many bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, source: SocketAddr, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let source = self.hasher.hash_one(source);
        if self.last.swap(source, Ordering::Relaxed) == source {
            self.last_bytes.fetch_add(bytes, Ordering::Relaxed);
        } else {
            self.last_bytes.store(bytes, Ordering::Relaxed);
        }
    }

    /// Takes the bytes that came from `source`, if it was the last: they count once.
    pub(crate) fn take(&self, source: SocketAddr) -> u64 {
        if self.last.load(Ordering::Relaxed) == self.hasher.hash_one(source) {
            self.last_bytes.swap(0, Ordering::Relaxed)
        } else {
            0
        }
    }
}

/// One end of a joined channel, as the data path sees it.
#[derive(Clone, Debug)]
pub struct LegEnd {
    /// Where it is, proven: packets are taken from here and sent to here.
    pub address: SocketAddr,
    /// Where its connection claims to be since; packets from here are counted and dropped, and
    /// none are sent to it.
    pub claimed: Option<SocketAddr>,
    /// What it has sent and may still send.
    pub meter: Arc<Meter>,
}

/// A channel whose two legs stand.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The shared device's end.
    pub host: LegEnd,
    /// The controlling end.
    pub viewer: LegEnd,
    /// What came from elsewhere.
    pub strays: Arc<Strays>,
}

impl Joined {
    /// The end on that side.
    pub fn end(&self, side: Side) -> &LegEnd {
        match side {
            Side::Host => &self.host,
            Side::Viewer => &self.viewer,
        }
    }
}

type Part = HashMap<ChannelId, Joined, RandomState>;

/// Which two addresses each channel joins.
#[derive(Debug)]
pub struct LegTable {
    parts: Box<[ArcSwap<Part>]>,
}

impl Default for LegTable {
    fn default() -> Self {
        Self {
            parts: (0..PARTS).map(|_| ArcSwap::default()).collect(),
        }
    }
}

impl LegTable {
    fn part(&self, channel: ChannelId) -> &ArcSwap<Part> {
        // Channel numbers are random; the low bits spread evenly.
        &self.parts[channel.get() as usize % PARTS]
    }

    /// Puts a joined channel in, or takes one out; what stood there before. One task calls this:
    /// two at once could lose a change.
    pub fn publish(&self, channel: ChannelId, joined: Option<Joined>) -> Option<Joined> {
        let part = self.part(channel);
        let mut next = Part::clone(&part.load());
        let before = match joined {
            Some(joined) => next.insert(channel, joined),
            None => next.remove(&channel),
        };
        part.store(Arc::new(next));
        before
    }

    /// Looks at a channel without copying it; `None` if it is not joined.
    pub fn look<T>(&self, channel: ChannelId, view: impl FnOnce(&Joined) -> T) -> Option<T> {
        self.part(channel).load().get(&channel).map(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(port: u16) -> LegEnd {
        LegEnd {
            address: ([192, 0, 2, 1], port).into(),
            claimed: None,
            meter: Arc::new(Meter::new(1000)),
        }
    }

    fn joined(port: u16) -> Joined {
        Joined {
            host: end(port),
            viewer: end(port + 1),
            strays: Arc::default(),
        }
    }

    #[test]
    fn what_was_published_last_is_seen() {
        let table = LegTable::default();
        let channels: Vec<_> = (0..300).map(ChannelId::from_random).collect();
        for (port, channel) in (1..).zip(&channels) {
            assert!(table.publish(*channel, Some(joined(port))).is_none());
        }
        for (port, channel) in (1..).zip(&channels) {
            let seen = table.look(*channel, |joined| joined.host.address.port());
            assert_eq!(seen, Some(port));
        }
        assert!(table.publish(channels[7], Some(joined(900))).is_some());
        let seen = table.look(channels[7], |joined| {
            joined.end(Side::Viewer).address.port()
        });
        assert_eq!(seen, Some(901));
        assert!(table.publish(channels[7], None).is_some());
        assert_eq!(table.look(channels[7], |_| ()), None);
        assert_eq!(table.look(channels[8], |_| ()), Some(()));
    }

    #[test]
    fn strays_count_once_and_for_their_source_only() {
        let strays = Strays::default();
        let (one, two) = (end(1).address, end(2).address);
        strays.add(one, 10);
        strays.add(one, 5);
        assert_eq!(strays.take(two), 0);
        assert_eq!((strays.take(one), strays.take(one)), (15, 0));
        strays.add(one, 7);
        strays.add(two, 3);
        assert_eq!((strays.take(one), strays.take(two)), (0, 3));
        assert_eq!(strays.bytes(), 25);
    }

    #[test]
    fn a_batch_of_the_kernel_passes_even_at_the_slowest_rate() {
        let meter = Meter::new(1);
        assert!(meter.admits(0, 64 * 1024));
        assert!(meter.admits(0, 64 * 1024));
        assert!(!meter.admits(0, 1));
        assert_eq!(meter.forwarded_bytes(), 128 * 1024);
        assert_eq!(meter.over_rate_bytes(), 1);
    }
}
