//! Where a peer is, as far as it has proven: a new address counts only after a nonce that was sent
//! to it came back over the control connection.
//!
//! Otherwise a spoofed change of address would aim a host's pictures at a victim. An unproven
//! address gets checks of sixteen bytes, each paid for by data that came from it. QUIC's own
//! messages do not pay: the control connection answers those itself, up to three times their size,
//! and both together must stay within that.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use farpane_protocol::packet::HEADER_BYTES;

/// Length of an address check in bytes: the header and a nonce.
pub(crate) const CHECK_BYTES: u64 = HEADER_BYTES as u64 + 8;

/// Shortest pause between two checks to one peer: a round trip around the world.
pub(crate) const CHECK_EVERY: Duration = Duration::from_millis(200);

/// Checks in a row without an answer. Eight lost ones mean that nobody is there.
pub(crate) const CHECKS: u8 = 8;

/// Pause after that many: a peer whose new network takes a while to carry anything is found soon
/// after it does.
pub(crate) const CHECK_PAUSE: Duration = Duration::from_secs(5);

/// An address that a connection claims and has not proven.
#[derive(Clone, Copy, Debug)]
struct Claim {
    address: SocketAddr,
    nonce: u64,
    /// Checks in a row.
    tries: u8,
    /// Bytes of data that came from there and paid for no check yet.
    credit: u64,
    /// What the meters had counted when they were asked last.
    counted: u64,
}

/// Where a peer is and where it claims to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whereabouts {
    proven: SocketAddr,
    claim: Option<Claim>,
    last_check: Option<Instant>,
}

impl Whereabouts {
    /// `address` was proven by the handshake (QUIC Retry).
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            proven: address,
            claim: None,
            last_check: None,
        }
    }

    /// Where data goes.
    pub(crate) fn proven(&self) -> SocketAddr {
        self.proven
    }

    /// Where the connection claims to be, if that is elsewhere.
    pub(crate) fn claimed(&self) -> Option<SocketAddr> {
        self.claim.map(|claim| claim.address)
    }

    /// The connection is at `address` now. `counted` bytes of data have come from addresses that
    /// it claimed so far; `strays` gives what came from this one before it was claimed. Whether
    /// the claim changed.
    pub(crate) fn seen_at(
        &mut self,
        address: SocketAddr,
        counted: u64,
        strays: impl FnOnce() -> u64,
        nonce: impl FnOnce() -> u64,
    ) -> bool {
        if address == self.proven {
            return self.claim.take().is_some();
        }
        if let Some(claim) = self.claim.as_mut().filter(|claim| claim.address == address) {
            let news = counted.saturating_sub(claim.counted);
            claim.credit = claim.credit.saturating_add(news);
            claim.counted = counted;
            return false;
        }
        self.claim = Some(Claim {
            address,
            nonce: nonce(),
            tries: 0,
            credit: strays(),
            counted,
        });
        true
    }

    /// The check to send now, if one is due and paid for.
    pub(crate) fn next_check(&mut self, now: Instant) -> Option<(SocketAddr, u64)> {
        let claim = self.claim.as_mut()?;
        let since = self
            .last_check
            .map_or(Duration::MAX, |last| now.saturating_duration_since(last));
        if claim.credit < CHECK_BYTES || since < CHECK_EVERY {
            return None;
        }
        if claim.tries >= CHECKS {
            if since < CHECK_PAUSE {
                return None;
            }
            claim.tries = 0;
        }
        claim.tries += 1;
        // All of it: a burst of data pays for one check, not for a burst of them.
        claim.credit = 0;
        self.last_check = Some(now);
        Some((claim.address, claim.nonce))
    }

    /// A nonce came back over the control connection. Whether it proves the claimed address.
    pub(crate) fn prove(&mut self, nonce: u64) -> bool {
        let proof = self
            .claim
            .take_if(|claim| claim.tries > 0 && claim.nonce == nonce);
        if let Some(claim) = proof {
            self.proven = claim.address;
        }
        proof.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        ([192, 0, 2, 1], port).into()
    }

    /// The connection is at `port`, from where data came before that was enough for a check.
    fn seen(place: &mut Whereabouts, port: u16) -> bool {
        seen_after(place, port, 0, CHECK_BYTES)
    }

    fn seen_after(place: &mut Whereabouts, port: u16, counted: u64, strays: u64) -> bool {
        let nonce = || 1000 + u64::from(port);
        place.seen_at(address(port), counted, || strays, nonce)
    }

    #[test]
    fn an_address_counts_only_after_its_nonce_came_back() {
        let start = Instant::now();
        let mut place = Whereabouts::new(address(1));
        assert!(seen(&mut place, 2));
        assert!(!place.prove(1002), "nothing was sent there yet");
        assert_eq!(place.next_check(start), Some((address(2), 1002)));
        assert!(!place.prove(1003));
        assert_eq!(
            (place.proven(), place.claimed()),
            (address(1), Some(address(2)))
        );
        assert!(place.prove(1002));
        assert_eq!((place.proven(), place.claimed()), (address(2), None));
        assert!(!place.prove(1002), "a nonce works once");
    }

    #[test]
    fn a_nonce_of_an_earlier_claim_proves_nothing() {
        let start = Instant::now();
        let mut place = Whereabouts::new(address(1));
        seen(&mut place, 2);
        place.next_check(start).expect("due");
        seen(&mut place, 3);
        place.next_check(start + CHECK_EVERY).expect("due");
        assert!(!place.prove(1002));
        assert!(seen(&mut place, 1), "back home, the claim falls");
        assert!(!place.prove(1003));
        assert_eq!(place.proven(), address(1));
    }

    #[test]
    fn a_check_is_paid_for_by_data_from_that_address() {
        let start = Instant::now();
        let at = |checks: u32| start + CHECK_EVERY * checks;
        let mut place = Whereabouts::new(address(1));
        seen_after(&mut place, 2, 40, CHECK_BYTES - 1);
        assert_eq!(place.next_check(start), None);
        seen_after(&mut place, 2, 41, 0);
        assert!(place.next_check(start).is_some());
        seen_after(&mut place, 2, 41 + CHECK_BYTES - 1, 0);
        assert_eq!(place.next_check(at(1)), None);
        seen_after(&mut place, 2, 41 + 100 * CHECK_BYTES, 0);
        assert!(place.next_check(at(1)).is_some());
        assert_eq!(place.next_check(at(2)), None, "a burst pays for one");
    }

    #[test]
    fn checks_are_few_however_much_comes() {
        let start = Instant::now();
        let mut place = Whereabouts::new(address(1));
        let mut sent = 0;
        for step in 0..400u32 {
            seen_after(&mut place, 2, u64::from(step) * 1000, 0);
            let now = start + Duration::from_millis(10) * step;
            sent += u32::from(place.next_check(now).is_some());
        }
        assert_eq!(sent, u32::from(CHECKS));
        seen_after(&mut place, 2, 1_000_000, 0);
        let later = start + Duration::from_secs(4) + CHECK_PAUSE;
        assert!(place.next_check(later).is_some());
    }

    #[test]
    fn flapping_between_addresses_does_not_bring_more_checks() {
        let start = Instant::now();
        let mut place = Whereabouts::new(address(1));
        let mut sent = 0;
        for step in 0..1000u16 {
            seen(&mut place, 2 + step % 2);
            let now = start + Duration::from_millis(1) * u32::from(step);
            sent += u32::from(place.next_check(now).is_some());
        }
        assert_eq!(sent, 5);
    }
}
