//! How much of a bounded place each network holds, so that a few cannot fill it for all: the
//! address's own network and the two around it each have a share.

use std::collections::HashMap;
use std::net::IpAddr;

use super::limiter::Net;

/// Shares of one place, and who holds how many of its things.
#[derive(Debug)]
pub struct Shares {
    /// Most things of an address's own network, of the one around it, and of the one around that.
    most: [u32; 3],
    held: HashMap<(usize, Net), u32>,
}

impl Shares {
    /// Shares of so many things.
    pub fn new(most: [u32; 3]) -> Self {
        Self {
            most,
            held: HashMap::new(),
        }
    }

    fn keys(address: IpAddr) -> [(usize, Net); 3] {
        let [around, wide] = Net::wider(address);
        [(0, Net::from(address)), (1, around), (2, wide)]
    }

    /// Counts one more thing of this address, if each of its networks has room.
    pub fn take(&mut self, address: IpAddr) -> bool {
        let keys = Self::keys(address);
        let held = |key| self.held.get(key).copied().unwrap_or_default();
        if keys.iter().any(|key| held(key) >= self.most[key.0]) {
            return false;
        }
        for key in keys {
            *self.held.entry(key).or_default() += 1;
        }
        true
    }

    /// A thing of this address is gone.
    pub fn give_back(&mut self, address: IpAddr) {
        for key in Self::keys(address) {
            if let Some(held) = self.held.get_mut(&key) {
                *held = held.saturating_sub(1);
                if *held == 0 {
                    self.held.remove(&key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_around_an_address_has_its_share() {
        let mut shares = Shares::new([2, 3, 4]);
        let at = |text: &str| text.parse::<IpAddr>().expect("an address");
        let mut take = |text| shares.take(at(text));
        assert_eq!([0; 3].map(|_| take("192.0.2.1")), [true, true, false]);
        assert_eq!([0; 2].map(|_| take("192.0.2.2")), [true, false], "the /24");
        assert_eq!([0; 2].map(|_| take("192.0.3.1")), [true, false], "the /16");
        assert!(take("198.51.100.1"));
        for text in [
            "192.0.2.1",
            "192.0.2.1",
            "192.0.2.2",
            "192.0.3.1",
            "198.51.100.1",
        ] {
            shares.give_back(at(text));
        }
        assert!(shares.held.is_empty());
    }
}
