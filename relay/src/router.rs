//! The data path: a packet that comes from one leg of a joined channel goes to the other leg,
//! unmodified; every other packet falls. No lock, no allocation, no log line.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use farpane_protocol::ids::ChannelId;
use farpane_transport::relay_server;

use crate::pace::nanos;
use crate::record::Record;
use crate::table::LegTable;

/// Decides for each batch where it goes.
pub struct Router {
    table: Arc<LegTable>,
    start: Instant,
    unknown_bytes: AtomicU64,
    record: Option<Record>,
}

impl Router {
    /// Routes by `table`.
    pub fn new(table: Arc<LegTable>) -> Self {
        Self {
            table,
            start: Instant::now(),
            unknown_bytes: AtomicU64::new(0),
            record: None,
        }
    }

    /// The same, but a copy of everything that is forwarded goes to `record`.
    #[must_use]
    pub fn dangerous_recording(self, record: Record) -> Self {
        Self {
            record: Some(record),
            ..self
        }
    }

    /// Bytes that came on channels which are not joined here.
    pub fn unknown_bytes(&self) -> u64 {
        self.unknown_bytes.load(Ordering::Relaxed)
    }

    /// Where `bytes` from `source` on `channel` go at `now`; `None` if they fall.
    pub fn route_at(
        &self,
        now: Instant,
        source: SocketAddr,
        channel: ChannelId,
        bytes: usize,
    ) -> Option<SocketAddr> {
        let bytes = bytes as u64;
        let routed = self.table.look(channel, |joined| {
            let (host, viewer) = (&joined.host, &joined.viewer);
            let (from, to) = if source == host.address {
                (host, viewer)
            } else if source == viewer.address {
                (viewer, host)
            } else {
                match [host, viewer]
                    .iter()
                    .find(|end| end.claimed == Some(source))
                {
                    Some(end) => end.meter.came_unproven(bytes),
                    None => joined.strays.add(source, bytes),
                }
                return None;
            };
            from.meter
                .admits(nanos(self.start, now), bytes)
                .then_some(to.address)
        });
        if routed.is_none() {
            self.unknown_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        routed.flatten()
    }
}

impl relay_server::Router for Router {
    fn route(&self, source: SocketAddr, channel: ChannelId, bytes: usize) -> Option<SocketAddr> {
        self.route_at(Instant::now(), source, channel, bytes)
    }

    fn forwarded(&self, source: SocketAddr, batch: &[u8]) {
        if let Some(record) = &self.record {
            record.add(source, batch);
        }
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::table::{Joined, LegEnd, Meter};

    const RATE: u64 = 1_000_000;

    fn address(port: u16) -> SocketAddr {
        ([192, 0, 2, 7], port).into()
    }

    fn end(port: u16) -> LegEnd {
        LegEnd {
            address: address(port),
            claimed: None,
            meter: Arc::new(Meter::new(RATE)),
        }
    }

    fn channel() -> ChannelId {
        ChannelId::from_random(77)
    }

    fn setup() -> (Router, Arc<LegTable>, Joined) {
        let table = Arc::new(LegTable::default());
        let joined = Joined {
            host: end(1),
            viewer: end(2),
            strays: Arc::default(),
        };
        table.publish(channel(), Some(joined.clone()));
        (Router::new(table.clone()), table, joined)
    }

    #[test]
    fn each_leg_reaches_the_other_and_nobody_else() {
        let (router, _, joined) = setup();
        let now = Instant::now();
        let from = |port| router.route_at(now, address(port), channel(), 100);
        assert_eq!(from(1), Some(address(2)));
        assert_eq!(from(2), Some(address(1)));
        assert_eq!(from(3), None);
        assert_eq!(joined.strays.bytes(), 100);
        assert_eq!(joined.host.meter.forwarded_bytes(), 100);
        assert_eq!(joined.viewer.meter.forwarded_batches(), 1);
    }

    #[test]
    fn the_same_port_of_another_machine_is_another_source() {
        let (router, _, joined) = setup();
        let stranger = ([192, 0, 2, 8], 1).into();
        assert_eq!(
            router.route_at(Instant::now(), stranger, channel(), 9),
            None
        );
        assert_eq!(joined.strays.bytes(), 9);
    }

    #[test]
    fn an_unknown_channel_goes_nowhere_and_is_counted() {
        let (router, table, _) = setup();
        let other = ChannelId::from_random(78);
        assert_eq!(router.route_at(Instant::now(), address(1), other, 60), None);
        assert_eq!(router.unknown_bytes(), 60);
        table.publish(channel(), None);
        assert_eq!(
            router.route_at(Instant::now(), address(1), channel(), 40),
            None
        );
        assert_eq!(router.unknown_bytes(), 100);
    }

    #[test]
    fn a_claimed_address_neither_sends_nor_receives() {
        let (router, table, mut joined) = setup();
        joined.viewer.claimed = Some(address(9));
        table.publish(channel(), Some(joined.clone()));
        let now = Instant::now();
        assert_eq!(router.route_at(now, address(9), channel(), 50), None);
        assert_eq!(
            router.route_at(now, address(1), channel(), 50),
            Some(address(2))
        );
        assert_eq!(joined.viewer.meter.unproven_bytes(), 50);
        assert_eq!(joined.strays.bytes(), 0);
    }

    #[test]
    fn a_leg_that_floods_is_cut_to_its_rate_and_the_other_is_not() {
        let (router, _, joined) = setup();
        let start = Instant::now();
        let mut passed = 0;
        for step in 0..40_000u32 {
            let now = start + Duration::from_micros(100) * step;
            if router.route_at(now, address(1), channel(), 1000).is_some() {
                passed += 1000;
            }
        }
        // Four seconds at the rate, and a quarter of a second at once (its precision: a batch).
        let most = RATE * 4 + RATE / 4;
        assert!((most - 2000..=most + 1000).contains(&passed), "{passed}");
        assert_eq!(joined.host.meter.over_rate_bytes(), 40_000_000 - passed);
        let end = start + Duration::from_secs(4);
        assert!(router.route_at(end, address(2), channel(), 1000).is_some());
    }
}
