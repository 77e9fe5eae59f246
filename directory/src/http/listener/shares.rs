//! How many of the listener's connections one network may hold, so that nobody takes them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Who shares a cap: a /24 of IPv4, a /56 of IPv6 (what one customer of a provider gets), or this
/// machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Network {
    Loopback,
    V4([u8; 3]),
    V6([u8; 7]),
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            loopback if loopback.is_loopback() => Self::Loopback,
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, e, f, g, ..] = v6.octets();
                Self::V6([a, b, c, d, e, f, g])
            }
        }
    }
}

/// The caps, and how much of them is in use. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    per_network: usize,
    loopback: usize,
    /// As long as there are connections at most: a network without any has no entry.
    held: Arc<Mutex<HashMap<Network, usize>>>,
}

/// One connection's part of its network's cap; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Share {
    of: Shares,
    network: Network,
}

impl Shares {
    /// Caps, in connections: for each network, and for this machine.
    pub(super) fn new(per_network: usize, loopback: usize) -> Self {
        Self {
            per_network,
            loopback,
            held: Arc::default(),
        }
    }

    /// A share for a connection from this address, unless its network holds all of its own.
    pub(super) fn take(&self, address: IpAddr) -> Option<Share> {
        let network = Network::from(address);
        let cap = match network {
            Network::Loopback => self.loopback,
            Network::V4(_) | Network::V6(_) => self.per_network,
        };
        let mut every = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = every.get(&network).copied().unwrap_or_default();
        if held >= cap {
            return None;
        }
        every.insert(network, held + 1);
        Some(Share {
            of: self.clone(),
            network,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut every = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = every.get_mut(&self.network) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                every.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(shares: &Shares, addresses: &[&str]) -> Vec<Option<Share>> {
        let take = |address: &&str| shares.take(address.parse().expect("an address"));
        addresses.iter().map(take).collect()
    }

    fn refused(shares: &Shares, address: &str) -> bool {
        taken(shares, &[address])[0].is_none()
    }

    #[test]
    fn a_network_shares_one_cap_and_takes_nothing_from_another() {
        let shares = Shares::new(2, 3);
        let v4 = taken(&shares, &["192.0.2.1", "::ffff:192.0.2.2"]);
        let v6 = taken(&shares, &["2001:db8:0:1a00::1", "2001:db8:0:1aff::1"]);
        assert!(v4.iter().chain(&v6).all(Option::is_some));
        assert!(refused(&shares, "192.0.2.255"));
        assert!(refused(&shares, "2001:db8:0:1a77:8::"));
        assert!(!refused(&shares, "192.0.3.1"));
        assert!(!refused(&shares, "2001:db8:0:1b00::1"));
    }

    #[test]
    fn this_machine_has_a_cap_of_its_own() {
        let shares = Shares::new(1, 3);
        let held = taken(&shares, &["127.0.0.1", "::1", "::ffff:127.9.9.9"]);
        assert!(held.iter().all(Option::is_some));
        assert!(refused(&shares, "127.0.0.1"));
    }

    #[test]
    fn a_connection_that_ends_gives_its_share_back_and_leaves_nothing() {
        let shares = Shares::new(1, 1);
        let held = taken(&shares, &["192.0.2.1"]);
        assert!(refused(&shares, "192.0.2.1"));
        drop(held);
        assert!(!refused(&shares, "192.0.2.1"));
        assert!(shares.held.lock().expect("not poisoned").is_empty());
    }
}
