//! Where newcomers are until their control stream stands: so many at once, so many of each
//! network, each for a bounded time.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::crowd::Crowd;

/// Newcomers at the same time. At a round trip of 200 ms this takes a thousand per second; each
/// holds about 40 KB.
const SEATS: usize = 512;

/// How long a newcomer may take for its handshake and its control stream together: three round
/// trips of a bad network, with one packet lost on the way.
const WAIT: Duration = Duration::from_secs(5);

/// The newcomers.
#[derive(Clone, Debug)]
pub(super) struct Lobby(Arc<Mutex<Seats>>);

#[derive(Debug)]
struct Seats {
    crowd: Crowd<u64>,
    taken: BTreeMap<u64, CancellationToken>,
    next: u64,
}

/// A newcomer's place, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    lobby: Lobby,
    number: u64,
    until: Instant,
    lost: CancellationToken,
}

impl Lobby {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Seats {
            crowd: Crowd::new(SEATS),
            taken: BTreeMap::new(),
            next: 0,
        })))
    }

    /// A seat for a newcomer from `source`. `None` if its network has its share: a peer in good
    /// faith asks again by itself, and those of its network who came before it get done. If all
    /// seats are taken, the one who sits longest loses its seat.
    pub(super) fn enter(&self, source: IpAddr) -> Option<Seat> {
        let mut seats = self.seats();
        if seats.crowd.oldest_of_full_network(source).is_some() {
            return None;
        }
        while let Some(oldest) = seats.crowd.in_the_way_of(source) {
            seats.free(oldest);
        }
        let number = seats.next;
        seats.next += 1;
        let lost = CancellationToken::new();
        seats.crowd.add(number, source);
        seats.taken.insert(number, lost.clone());
        drop(seats);
        Some(Seat {
            lobby: self.clone(),
            number,
            until: Instant::now() + WAIT,
            lost,
        })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        // Nothing in here panics half-way, so what a poisoned lock guards is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn free(&mut self, number: u64) {
        self.crowd.remove(number);
        if let Some(lost) = self.taken.remove(&number) {
            lost.cancel();
        }
    }
}

impl Seat {
    /// Returns when the newcomer has to go: its time is up, or another one has its seat now.
    pub(super) async fn over(&self) {
        tokio::select! {
            () = self.lost.cancelled() => {}
            () = tokio::time::sleep_until(self.until) => {}
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lobby.seats().free(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn v6(site: u16, link: u16) -> IpAddr {
        Ipv6Addr::new(0x2001, 0xdb8, site, link, 0, 0, 0, 1).into()
    }

    #[test]
    fn a_network_has_its_share_of_seats_and_others_find_one() {
        type Source = fn(u16) -> IpAddr;
        let floods: [(Source, usize); 4] = [
            (|n| Ipv4Addr::new(198, 51, 100, n as u8).into(), SEATS / 16),
            (|_| v6(1, 1), SEATS / 32),
            (|n| v6(1, n % 256), SEATS / 16),
            (|n| v6(1, n), SEATS / 8),
        ];
        for (source, share) in floods {
            let lobby = Lobby::new();
            let seats: Vec<_> = (0..5000).filter_map(|n| lobby.enter(source(n))).collect();
            assert_eq!(seats.len(), share);
            assert!(lobby.enter(v6(2, 0)).is_some());
            assert!(seats.iter().all(|seat| !seat.lost.is_cancelled()));
            drop(seats);
            assert!(lobby.enter(source(0)).is_some(), "its seats are free again");
        }
    }

    #[test]
    fn a_full_lobby_takes_the_newest_and_the_oldest_goes() {
        let lobby = Lobby::new();
        let seats: Vec<_> = (0..SEATS as u16 + 3)
            .map(|site| lobby.enter(v6(site, 0)).expect("is let in"))
            .collect();
        let lost: Vec<_> = seats.iter().map(|seat| seat.lost.is_cancelled()).collect();
        assert_eq!(lost[..4], [true, true, true, false]);
        assert!(lost[4..].iter().all(|lost| !lost));
        assert_eq!(lobby.seats().taken.len(), SEATS);
        drop(seats);
        let left = lobby.seats();
        assert_eq!((left.taken.len(), left.crowd.len()), (0, 0));
    }

    #[tokio::test]
    async fn one_deadline_holds_over_both_steps() {
        let lobby = Lobby::new();
        let mut seat = lobby.enter(v6(1, 1)).expect("is let in");
        assert!(seat.until <= Instant::now() + WAIT);
        let running = async {
            tokio::select! {
                biased;
                () = seat.over() => false,
                () = std::future::ready(()) => true,
            }
        };
        assert!(running.await);
        seat.until = Instant::now();
        seat.over().await;
    }
}
