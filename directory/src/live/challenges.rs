//! Challenges that agents sign to prove a key: each works once, for one key, for a minute.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;

use super::lock;
use crate::secret::{Secret, SecretDigest};

/// How long a challenge works: a signature takes a millisecond, a slow network a few seconds.
pub const LIFETIME: Duration = Duration::from_secs(60);

/// Most challenges that may be open at once: 250 new agents a second for a minute, about 2 MiB.
pub const MOST: usize = 16 * 1024;

/// The open challenges.
#[derive(Debug, Default)]
pub struct Challenges(Mutex<HashMap<SecretDigest, Open>>);

#[derive(Debug)]
struct Open {
    key: PublicKey,
    until: Timestamp,
}

impl Challenges {
    /// A new one for this key, or `None` if too many are open.
    pub fn issue(&self, key: PublicKey, now: Timestamp) -> Option<Secret> {
        let mut open = lock(&self.0);
        if open.len() >= MOST {
            open.retain(|_, challenge| challenge.until > now);
        }
        if open.len() >= MOST {
            return None;
        }
        let secret = Secret::draw();
        let until = now.after(LIFETIME);
        open.insert(secret.digest(), Open { key, until });
        Some(secret)
    }

    /// Uses one up; whether it was open for this key.
    pub fn take(&self, shown: &str, key: &PublicKey, now: Timestamp) -> bool {
        SecretDigest::of_shown(shown)
            .and_then(|digest| lock(&self.0).remove(&digest))
            .is_some_and(|challenge| challenge.key == *key && challenge.until > now)
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::SecretKey;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn key(seed: u8) -> PublicKey {
        SecretKey::from_seed([seed; 32]).public()
    }

    #[test]
    fn a_challenge_works_once_for_its_key_and_its_minute() {
        let challenges = Challenges::default();
        let draw = || challenges.issue(key(1), NOW).expect("room");
        let first = draw();
        assert!(challenges.take(first.expose(), &key(1), NOW));
        assert!(!challenges.take(first.expose(), &key(1), NOW));
        assert!(!challenges.take(draw().expose(), &key(2), NOW));
        assert!(!challenges.take(draw().expose(), &key(1), NOW.after(LIFETIME)));
        assert!(!challenges.take("never issued", &key(1), NOW));
    }

    #[test]
    fn a_full_map_makes_room_only_as_challenges_age() {
        let challenges = Challenges::default();
        for _ in 0..MOST {
            assert!(challenges.issue(key(1), NOW).is_some());
        }
        assert!(challenges.issue(key(1), NOW).is_none());
        assert!(challenges.issue(key(1), NOW.after(LIFETIME)).is_some());
    }
}
