//! How many handshakes one network may start: each costs the relay signatures and memory, so no
//! source may crowd out the others.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::crowd::{Size, networks_of};
use crate::pace::{Pace, nanos};

/// Handshakes that one network (IPv4 /24, IPv6 /64) may start per second, sustained.
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
    hasher: RandomState,
    slots: Box<[u64]>,
}

/// How many such networks of the smallest size one of this size counts for. A larger one holds
/// more customers, and yet must not get the rate of each of its 65,536 links.
fn weight(size: Size) -> u64 {
    match size {
        Size::V4Of24 | Size::V6Of64 => 1,
        Size::V6Of56 => 2,
        Size::V6Of48 => 4,
    }
}

impl Admission {
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            hasher: RandomState::new(),
            slots: vec![0; SLOTS].into(),
        }
    }

    /// Counts a handshake from `source`, whose address was proven; whether it may go on.
    pub(crate) fn admits(&mut self, now: Instant, source: IpAddr) -> bool {
        let now = nanos(self.start, now);
        let mut passed = Vec::new();
        for network in networks_of(source) {
            let slot = self.hasher.hash_one(network) as usize % SLOTS;
            let pace = Pace::new(PER_SECOND * weight(network.size), BURST);
            // Whom one size turns away is not counted at the others.
            let Some(next) = pace.pass(self.slots[slot], now, 1) else {
                return false;
            };
            passed.push((slot, next));
        }
        for (slot, next) in passed {
            self.slots[slot] = next;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

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
    fn many_small_networks_of_one_customer_are_cut_too() {
        let start = Instant::now();
        let flood = |source: fn(u16) -> IpAddr| {
            let mut admission = Admission::new(start);
            let admitted = (0..10_000)
                .filter(|n| admission.admits(start, source(*n)))
                .count();
            let other = Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1);
            (admitted, admission.admits(start, other.into()))
        };
        let (customer, _) = flood(|n| Ipv6Addr::new(0x2001, 0xdb8, 1, n % 256, 0, 0, 0, n).into());
        assert!(customer <= 800, "{customer}");
        let (site, other) = flood(|n| Ipv6Addr::new(0x2001, 0xdb8, 1, n, 0, 0, 0, n).into());
        assert!((800..=1600).contains(&site), "{site}");
        assert!(other, "another site is not cut");
    }
}
