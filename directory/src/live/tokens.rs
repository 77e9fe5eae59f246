//! Bearer tokens of agents: short-lived, kept as digests, bound to a key and a part.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use farpane_protocol::ids::{DeviceId, RelayId, ViewerId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;

use super::lock;
use crate::secret::{Secret, SecretDigest};

/// How long a token works. Agents ask for a new one in time; a removed agent is refused at once
/// all the same, because each use looks its owner up.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Most working tokens per key: a few programs in transition, not a leak.
const PER_KEY: usize = 4;

/// Most keys that may hold tokens at once: ten times the devices of a large installation that
/// happen to talk within one lifetime; about 40 MiB.
const KEYS: usize = 100_000;

/// Whom a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A device's host.
    Host(DeviceId),
    /// A relay.
    Relay(RelayId),
    /// A person's viewer.
    Viewer(ViewerId),
}

/// A token that was shown and works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whom it stands for.
    pub bearer: Bearer,
    /// The key that was proved for it.
    pub key: PublicKey,
}

/// The working tokens.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    working: HashMap<SecretDigest, Kept>,
    by_key: HashMap<PublicKey, VecDeque<SecretDigest>>,
}

#[derive(Debug)]
struct Kept {
    shown: Shown,
    until: Timestamp,
}

impl Inner {
    fn forget_old(&mut self, now: Timestamp) {
        self.working.retain(|_, kept| kept.until > now);
        let working = &self.working;
        self.by_key.retain(|_, digests| {
            digests.retain(|digest| working.contains_key(digest));
            !digests.is_empty()
        });
    }
}

impl Tokens {
    /// A new token, or `None` if too many agents hold one.
    pub fn issue(&self, bearer: Bearer, key: PublicKey, now: Timestamp) -> Option<Secret> {
        let mut inner = lock(&self.0);
        if inner.by_key.len() >= KEYS && !inner.by_key.contains_key(&key) {
            inner.forget_old(now);
            if inner.by_key.len() >= KEYS {
                return None;
            }
        }
        let secret = Secret::draw();
        let digests = inner.by_key.entry(key).or_default();
        digests.push_back(secret.digest());
        let surplus = (digests.len() > PER_KEY).then(|| digests.pop_front());
        if let Some(oldest) = surplus.flatten() {
            inner.working.remove(&oldest);
        }
        let kept = Kept {
            shown: Shown { bearer, key },
            until: now.after(LIFETIME),
        };
        inner.working.insert(secret.digest(), kept);
        Some(secret)
    }

    /// Whom a shown token stands for, if it works.
    pub fn look(&self, shown: &str, now: Timestamp) -> Option<Shown> {
        let digest = SecretDigest::of_shown(shown)?;
        let inner = lock(&self.0);
        let kept = inner.working.get(&digest)?;
        (kept.until > now).then_some(kept.shown)
    }

    /// Drops what no longer works.
    pub fn forget_old(&self, now: Timestamp) {
        lock(&self.0).forget_old(now);
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::SecretKey;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_token_works_for_its_time_and_only_the_newest_of_a_key_do() {
        let tokens = Tokens::default();
        let key = SecretKey::from_seed([1; 32]).public();
        let bearer = Bearer::Host(DeviceId(Uuid::from_u128(1)));
        let issued: Vec<_> = (0..=PER_KEY)
            .map(|_| tokens.issue(bearer, key, NOW).expect("room"))
            .collect();
        let look = |n: usize, now| tokens.look(issued[n].expose(), now);
        assert_eq!(look(0, NOW), None);
        assert_eq!(look(1, NOW), Some(Shown { bearer, key }));
        assert_eq!(look(1, NOW.after(LIFETIME)), None);
        assert_eq!(tokens.look("junk", NOW), None);
        tokens.forget_old(NOW.after(LIFETIME));
        assert!(lock(&tokens.0).by_key.is_empty() && lock(&tokens.0).working.is_empty());
    }
}
