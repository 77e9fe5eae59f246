//! How often something may be tried: a bucket of tries per key, in a map of bounded size.
//!
//! Own code because a success gives its try back, which the libraries for this do not offer:
//! without that, people who type their password rightly would use up their own tries.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use farpane_protocol::time::Timestamp;

use super::lock;

/// A bucket per key.
#[derive(Debug)]
pub struct Limiter<K> {
    /// Time that it takes for one try to come back, in microseconds.
    every: u64,
    /// Time that an empty bucket takes to fill, in microseconds.
    depth: u64,
    /// Most keys to keep; the one closest to a full bucket goes first.
    most: usize,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// When the bucket will be full again.
    full_at: u64,
    /// Whether somebody was turned away since it was last full.
    noted: bool,
}

/// Too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften {
    /// When the next try may come.
    pub wait: Duration,
    /// Whether this is the first one turned away since the bucket was full: worth a record, once.
    pub first: bool,
}

impl<K: Eq + Hash + Clone> Limiter<K> {
    /// Allows `burst` tries at once and one more after each `every`.
    pub fn new(burst: u32, every: Duration, most: usize) -> Self {
        let every = u64::try_from(every.as_micros()).unwrap_or(u64::MAX);
        Self {
            every,
            depth: every.saturating_mul(u64::from(burst)),
            most,
            buckets: Mutex::default(),
        }
    }

    /// Takes one try.
    pub fn take(&self, key: &K, now: Timestamp) -> Result<(), TooOften> {
        self.take_many(key, 1, now)
    }

    /// Takes so many tries at once, or none of them.
    pub fn take_many(&self, key: &K, many: u32, now: Timestamp) -> Result<(), TooOften> {
        let mut buckets = lock(&self.buckets);
        if buckets.len() >= self.most && !buckets.contains_key(key) {
            buckets.retain(|_, bucket| bucket.full_at > now.0);
            if buckets.len() >= self.most {
                let nearest = buckets.iter().min_by_key(|(_, bucket)| bucket.full_at);
                if let Some(nearest) = nearest.map(|(key, _)| key.clone()) {
                    buckets.remove(&nearest);
                }
            }
        }
        let bucket = buckets.entry(key.clone()).or_default();
        if bucket.full_at <= now.0 {
            *bucket = Bucket {
                full_at: now.0,
                noted: false,
            };
        }
        let cost = self.every.saturating_mul(u64::from(many));
        let full_at = bucket.full_at.saturating_add(cost);
        let latest = now.0.saturating_add(self.depth);
        if full_at > latest {
            let first = !bucket.noted;
            bucket.noted = true;
            return Err(TooOften {
                wait: Duration::from_micros(full_at - latest),
                first,
            });
        }
        bucket.full_at = full_at;
        Ok(())
    }

    /// Gives a try back: it was a good one.
    pub fn give_back(&self, key: &K) {
        if let Some(bucket) = lock(&self.buckets).get_mut(key) {
            bucket.full_at = bucket.full_at.saturating_sub(self.every);
        }
    }
}

/// A network that one household or office is likely to hold: an IPv4 address, or the /64 of an
/// IPv6 one, where changing the rest of the address costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Net(IpAddr);

impl From<IpAddr> for Net {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.into()),
            IpAddr::V6(v6) => {
                let mut octets = v6.octets();
                octets[8..].fill(0);
                Self(IpAddr::from(octets))
            }
        }
    }
}

impl Net {
    /// The two networks around an address's own that one hand may well hold whole: the /56 and the
    /// /48 of IPv6, the /24 and the /16 of IPv4.
    pub fn wider(address: IpAddr) -> [Self; 2] {
        let keep = |octets: usize| match address.to_canonical() {
            IpAddr::V4(v4) => {
                let mut bytes = v4.octets();
                bytes[octets.saturating_sub(4)..].fill(0);
                Self(IpAddr::from(bytes))
            }
            IpAddr::V6(v6) => {
                let mut bytes = v6.octets();
                bytes[octets..].fill(0);
                Self(IpAddr::from(bytes))
            }
        };
        [keep(7), keep(6)]
    }
}

/// Tries per network, and of the two around it, of which one hand may well hold all: two and eight
/// times as many.
#[derive(Debug)]
pub struct Around([Limiter<Net>; 3]);

impl Around {
    /// Allows an address's own network `burst` tries at once and one more after each `every`.
    pub fn new(burst: u32, every: Duration, most: usize) -> Self {
        Self([1, 2, 8].map(|times| Limiter::new(burst * times, every / times, most)))
    }

    fn nets(address: IpAddr) -> [Net; 3] {
        let [around, wide] = Net::wider(address);
        [Net::from(address), around, wide]
    }

    /// Takes one try.
    pub fn take(&self, address: IpAddr, now: Timestamp) -> Result<(), TooOften> {
        let mut limits = self.0.iter().zip(Self::nets(address));
        limits.try_for_each(|(limit, net)| limit.take(&net, now))
    }

    /// Gives a try back: it was a good one.
    pub fn give_back(&self, address: IpAddr) {
        for (limit, net) in self.0.iter().zip(Self::nets(address)) {
            limit.give_back(&net);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000_000);
    const EVERY: Duration = Duration::from_secs(10);

    #[test]
    fn tries_run_out_come_back_and_are_given_back() {
        let limiter = Limiter::new(2, EVERY, 10);
        let take = |now| limiter.take(&"anna", now);
        assert_eq!(take(START), Ok(()));
        assert_eq!(take(START), Ok(()));
        let turned_away = |first| Err(TooOften { wait: EVERY, first });
        assert_eq!(take(START), turned_away(true));
        assert_eq!(take(START), turned_away(false));
        limiter.give_back(&"anna");
        assert_eq!(take(START), Ok(()));
        assert_eq!(take(START.after(EVERY)), Ok(()));
        assert!(take(START.after(EVERY)).is_err());
        assert_eq!(limiter.take(&"bo", START), Ok(()));
    }

    #[test]
    fn many_are_taken_together_or_not_at_all() {
        let limiter = Limiter::new(5, EVERY, 10);
        let take = |many| limiter.take_many(&"anna", many, START).is_ok();
        assert_eq!([6, 3, 3, 2, 1].map(take), [false, true, false, true, false]);
    }

    #[test]
    fn whoever_changes_networks_comes_to_the_limits_of_those_around() {
        let around = Around::new(2, EVERY, 1000);
        let tries = |addresses: &mut dyn Iterator<Item = String>| {
            let mut addresses = addresses.map(|text| text.parse().expect("an address"));
            (0..).zip(&mut addresses).find_map(|(n, address)| {
                let taken = around.take(address, START);
                taken.is_err().then_some(n)
            })
        };
        let own = tries(&mut (1..).map(|_| "2001:db8:1:1::1".into()));
        assert_eq!(own, Some(2));
        let near = tries(&mut (1..).map(|n| format!("2001:db8:2:{n:x}::1")));
        assert_eq!(near, Some(4), "one /56");
        let wide = tries(&mut (1..).map(|n| format!("2001:db8:3:{n:x}00::1")));
        assert_eq!(wide, Some(16), "one /48");
        let wide = tries(&mut (1..).map(|n| format!("192.0.{n}.1")));
        assert_eq!(wide, Some(16), "one /16");
        let address = "198.51.100.1".parse().expect("an address");
        for _ in 0..100 {
            assert_eq!(around.take(address, START), Ok(()));
            around.give_back(address);
        }
    }

    #[test]
    fn the_map_stays_bounded_and_keeps_those_who_tried_most() {
        let limiter = Limiter::new(3, EVERY, 2);
        for _ in 0..3 {
            assert_eq!(limiter.take(&1, START), Ok(()));
        }
        for key in 2..100 {
            assert_eq!(limiter.take(&key, START), Ok(()));
        }
        assert!(limiter.take(&1, START).is_err());
        assert_eq!(lock(&limiter.buckets).len(), 2);
    }

    #[test]
    fn ipv6_addresses_of_one_network_count_as_one() {
        let net = |text: &str| Net::from(text.parse::<IpAddr>().expect("an address"));
        assert_eq!(net("2001:db8:1:2::3"), net("2001:db8:1:2:ffff::1"));
        assert_ne!(net("2001:db8:1:2::3"), net("2001:db8:1:3::3"));
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.1"));
        assert_ne!(net("192.0.2.1"), net("192.0.2.2"));
        let wider = |text: &str| Net::wider(text.parse().expect("an address"));
        assert_eq!(wider("2001:db8:1:2::3"), wider("2001:db8:1:ff::1"));
        let (near, far) = (wider("2001:db8:1:2::3"), wider("2001:db8:1:1ff::1"));
        assert!(near[0] != far[0] && near[1] == far[1]);
        assert_eq!(wider("192.0.2.1"), wider("192.0.2.2"));
        let (near, far) = (wider("192.0.2.1"), wider("192.0.3.1"));
        assert!(near[0] != far[0] && near[1] == far[1]);
    }
}
