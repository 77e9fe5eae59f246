//! How many newcomers each network has here: whoever owns many addresses gets the share of one
//! network, at whatever size of network their addresses are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The sizes of network that are counted: who owns one of these is taken for one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Size {
    /// IPv4, /24: the smallest network that is routed on its own.
    V4Of24,
    /// IPv6, /64: one link, as one rented server has it.
    V6Of64,
    /// IPv6, /56: a customer of an access provider, 256 links.
    V6Of56,
    /// IPv6, /48: a site, or a customer of a tunnel; 65,536 links.
    V6Of48,
}

/// The part of an address that all of one network share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Network {
    /// How large it is.
    pub(crate) size: Size,
    prefix: u128,
}

/// The networks that an address is in, smallest first.
pub(crate) fn networks_of(source: IpAddr) -> impl Iterator<Item = Network> {
    let (sizes, bits): (&[Size], u128) = match source.to_canonical() {
        IpAddr::V4(v4) => (&[Size::V4Of24], v4.to_bits().into()),
        IpAddr::V6(v6) => (&[Size::V6Of64, Size::V6Of56, Size::V6Of48], v6.to_bits()),
    };
    sizes.iter().map(move |size| Network {
        size: *size,
        prefix: bits >> size.host_bits(),
    })
}

impl Size {
    fn host_bits(self) -> u32 {
        match self {
            Self::V4Of24 => 8,
            Self::V6Of64 => 64,
            Self::V6Of56 => 72,
            Self::V6Of48 => 80,
        }
    }

    /// What one network of this size may have of a whole. An IPv4 /24 may hide an office or the
    /// customers of a carrier, so it gets more than a link; nobody gets more than an eighth.
    fn share_of(self, whole: usize) -> usize {
        match self {
            Self::V6Of64 => whole / 32,
            Self::V4Of24 | Self::V6Of56 => whole / 16,
            Self::V6Of48 => whole / 8,
        }
    }
}

/// Newcomers by network. Their numbers grow with time, so the smallest is the oldest.
#[derive(Debug)]
pub(crate) struct Crowd<K> {
    room: usize,
    members: BTreeMap<K, IpAddr>,
    by_network: BTreeMap<Network, BTreeSet<K>>,
}

impl<K: Copy + Ord> Crowd<K> {
    /// Nobody yet, with room for `room`.
    pub(crate) fn new(room: usize) -> Self {
        Self {
            room,
            members: BTreeMap::new(),
            by_network: BTreeMap::new(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// The oldest of all.
    pub(crate) fn oldest(&self) -> Option<K> {
        self.members.first_key_value().map(|(member, _)| *member)
    }

    /// The oldest of a network of `source` that has its share already.
    pub(crate) fn oldest_of_full_network(&self, source: IpAddr) -> Option<K> {
        networks_of(source)
            .filter_map(|network| Some((network, self.by_network.get(&network)?)))
            .find(|(network, those)| those.len() >= network.size.share_of(self.room))
            .and_then(|(_, those)| those.first().copied())
    }

    /// Who has to give way before one from `source` can come in: the oldest of its own network if
    /// that has its share, or the oldest of all if there is no room. Ask until it is nobody.
    pub(crate) fn in_the_way_of(&self, source: IpAddr) -> Option<K> {
        self.oldest_of_full_network(source)
            .or_else(|| self.oldest().filter(|_| self.len() >= self.room))
    }

    /// Counts one in.
    pub(crate) fn add(&mut self, member: K, source: IpAddr) {
        self.remove(member);
        self.members.insert(member, source);
        for network in networks_of(source) {
            self.by_network.entry(network).or_default().insert(member);
        }
    }

    /// Counts one out; whether it was here.
    pub(crate) fn remove(&mut self, member: K) -> bool {
        let Some(source) = self.members.remove(&member) else {
            return false;
        };
        for network in networks_of(source) {
            if let Some(those) = self.by_network.get_mut(&network) {
                those.remove(&member);
                if those.is_empty() {
                    self.by_network.remove(&network);
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    fn share(one: &str, other: &str) -> Vec<Size> {
        let theirs: Vec<_> = networks_of(ip(other)).collect();
        networks_of(ip(one))
            .filter(|network| theirs.contains(network))
            .map(|network| network.size)
            .collect()
    }

    #[test]
    fn an_address_is_in_networks_of_every_size() {
        use Size::{V4Of24, V6Of48, V6Of56, V6Of64};
        assert_eq!(share("192.0.2.9", "::ffff:192.0.2.77"), [V4Of24]);
        assert_eq!(share("192.0.2.9", "192.0.3.9"), []);
        assert_eq!(
            share("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
            [V6Of64, V6Of56, V6Of48]
        );
        assert_eq!(
            share("2001:db8:1:2::1", "2001:db8:1:ff::1"),
            [V6Of56, V6Of48]
        );
        assert_eq!(share("2001:db8:1:2::1", "2001:db8:1:102::1"), [V6Of48]);
        assert_eq!(share("2001:db8:1:2::1", "2001:db8:2:2::1"), []);
        assert_eq!(share("::192.0.2.9", "192.0.2.9"), []);
    }

    #[test]
    fn nothing_is_left_of_those_who_went() {
        let mut crowd = Crowd::new(64);
        for (member, source) in [(1, "192.0.2.1"), (2, "2001:db8::1"), (3, "2001:db8::2")] {
            crowd.add(member, ip(source));
        }
        crowd.add(3, ip("2001:db8:1::2"));
        assert_eq!((crowd.len(), crowd.oldest()), (3, Some(1)));
        assert!(crowd.remove(1) && crowd.remove(2) && crowd.remove(3) && !crowd.remove(3));
        assert!(crowd.by_network.is_empty());
    }
}
