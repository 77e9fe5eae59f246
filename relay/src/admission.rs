//! How many handshakes one network may start: each costs the relay signatures and memory, so no
//! source may crowd out the others.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use crate::pace::{Pace, nanos};

/// Handshakes that one network may start per second, sustained.
const PER_SECOND: u64 = 20;

/// Handshakes that may come at once, as time at that rate: 400, an office whose devices all
/// reconnect after its line came back.
const BURST: Duration = Duration::from_secs(20);

/// Counters. Networks share one where their hashes meet, so memory is fixed and a flood from many
/// networks evicts nobody; the hash is keyed, so a network cannot choose whose counter it shares.
const SLOTS: usize = 16 * 1024;

/// Who may start a handshake.
#[derive(Debug)]
pub(crate) struct Admission {
    start: Instant,
    pace: Pace,
    hasher: RandomState,
    slots: Box<[u64]>,
}

/// What belongs to one customer of an access provider: a /24 (IPv4) or a /64 (IPv6).
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

impl Admission {
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            pace: Pace::new(PER_SECOND, BURST),
            hasher: RandomState::new(),
            slots: vec![0; SLOTS].into(),
        }
    }

    /// Counts a handshake from `source`, whose address was proven; whether it may go on.
    pub(crate) fn admits(&mut self, now: Instant, source: IpAddr) -> bool {
        let slot = self.hasher.hash_one(network(source)) as usize % SLOTS;
        let next = self.pace.pass(self.slots[slot], nanos(self.start, now), 1);
        if let Some(next) = next {
            self.slots[slot] = next;
        }
        next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_cut_to_its_rate_and_others_are_not() {
        let start = Instant::now();
        let mut admission = Admission::new(start);
        let flood = (0..10_000u32)
            .filter(|n| admission.admits(start, Ipv4Addr::new(192, 0, 2, *n as u8).into()))
            .count();
        assert_eq!(flood, 400);
        let others = (0..64u8)
            .filter(|n| admission.admits(start, Ipv4Addr::new(198, 51, *n, 1).into()))
            .count();
        // One of 64 may share the counter of the flood.
        assert!(others >= 62, "{others}");
        let later = start + Duration::from_secs(1);
        let after = (0..100)
            .filter(|_| admission.admits(later, Ipv4Addr::new(192, 0, 2, 1).into()))
            .count();
        assert_eq!(after, 20);
    }

    #[test]
    fn a_v4_network_is_the_same_however_it_is_written() {
        let v4: IpAddr = Ipv4Addr::new(192, 0, 2, 9).into();
        let mapped: IpAddr = Ipv4Addr::new(192, 0, 2, 77).to_ipv6_mapped().into();
        assert_eq!(network(v4), network(mapped));
        let v6 = |text: &str| network(text.parse().expect("address"));
        assert_eq!(v6("2001:db8:1:2::1"), v6("2001:db8:1:2:ffff::9"));
        assert_ne!(v6("2001:db8:1:2::1"), v6("2001:db8:1:3::1"));
    }
}
