//! The keys that the directory signs with, over time: which one signs, whose word counts. A new
//! key is announced before it signs, and the old one counts for as long as what it signed.

use std::time::Duration;

use farpane_protocol::key::PublicKey;
use farpane_protocol::succession::SUCCESSIONS;
use farpane_protocol::time::Timestamp;

/// How long a new key is announced before it signs: fifty thousand hosts hear of it within four
/// minutes.
pub const ANNOUNCED_FOR: Duration = Duration::from_secs(10 * 60);

/// How long the old key counts after that: the longest tickets that it signed work for a day.
pub const COUNTS_FOR: Duration = Duration::from_secs(25 * 3600);

/// How long a new key is announced where the old one must go at once: relays hear which keys count
/// every ten seconds.
pub const HURRY: Duration = Duration::from_secs(15);

/// Longest that either may be asked to take: after that an old key has been forgotten, not kept.
pub const LONGEST: Duration = Duration::from_secs(90 * 24 * 3600);

/// One key, by what is public of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantKey {
    /// Which.
    pub key: PublicKey,
    /// From when on hosts and relays hear of it.
    pub announced: Timestamp,
    /// From when on it signs.
    pub signs: Timestamp,
    /// From when on its word does not count.
    pub withdrawn: Option<Timestamp>,
    /// What the key before it said of it.
    pub succession: Option<String>,
    /// Whether a restore withdrew it.
    pub restored: bool,
    /// Whether its end is recorded.
    pub closed: bool,
}

impl GrantKey {
    /// Whether its word counts.
    pub fn counts(&self, now: Timestamp) -> bool {
        self.announced <= now && self.withdrawn.is_none_or(|end| now < end)
    }

    /// Whether its end came and is not recorded yet.
    pub fn is_over(&self, now: Timestamp) -> bool {
        !self.closed && self.withdrawn.is_some_and(|end| end <= now)
    }
}

/// All keys, in the order in which they were announced; none while the first was never changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring(pub Vec<GrantKey>);

impl Ring {
    /// Which key signs: the youngest whose time has come.
    pub fn signer(&self, now: Timestamp) -> Option<PublicKey> {
        let ready = self
            .0
            .iter()
            .rev()
            .find(|key| key.signs <= now && key.counts(now));
        ready.map(|key| key.key)
    }

    /// The keys whose word counts.
    pub fn counting(&self, now: Timestamp) -> Vec<PublicKey> {
        let counting = self.0.iter().filter(|key| key.counts(now));
        counting.map(|key| key.key).collect()
    }

    /// The keys by which what hosts remember is judged: those that count, and those that a restore
    /// withdrew, which had signed what was forgotten.
    pub fn remembered(&self, now: Timestamp) -> Vec<PublicKey> {
        let known = self.0.iter().filter(|key| key.counts(now) || key.restored);
        known.map(|key| key.key).collect()
    }

    /// How they followed each other, oldest first; of very many, the last ones.
    pub fn successions(&self) -> Vec<String> {
        let said = self.0.iter().filter_map(|key| key.succession.clone());
        let mut said: Vec<_> = said.collect();
        let over = said.len().saturating_sub(SUCCESSIONS);
        said.drain(..over);
        said
    }

    /// The key that follows another one that still counts, if a change is under way.
    pub fn changing(&self, now: Timestamp) -> Option<(&GrantKey, &GrantKey)> {
        let mut live = self.0.iter().filter(|key| key.counts(now));
        Some((live.next()?, live.next()?))
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::key::SecretKey;

    use super::*;

    fn key(n: u8) -> PublicKey {
        SecretKey::from_seed([n; 32]).public()
    }

    fn row(n: u8, announced: u64, signs: u64, withdrawn: Option<u64>) -> GrantKey {
        GrantKey {
            key: key(n),
            announced: Timestamp(announced),
            signs: Timestamp(signs),
            withdrawn: withdrawn.map(Timestamp),
            succession: None,
            restored: false,
            closed: false,
        }
    }

    #[test]
    fn a_new_key_is_known_before_it_signs_and_the_old_one_after() {
        let ring = Ring(vec![row(1, 0, 0, Some(30)), row(2, 10, 20, None)]);
        let at = |now| {
            let now = Timestamp(now);
            (ring.signer(now), ring.counting(now))
        };
        assert_eq!(at(9), (Some(key(1)), vec![key(1)]));
        assert_eq!(at(10), (Some(key(1)), vec![key(1), key(2)]));
        assert_eq!(at(20), (Some(key(2)), vec![key(1), key(2)]));
        assert_eq!(at(30), (Some(key(2)), vec![key(2)]));
        let changing = |now| ring.changing(Timestamp(now)).is_some();
        assert_eq!([9, 10, 29, 30].map(changing), [false, true, true, false]);
        assert!(ring.0[0].is_over(Timestamp(30)) && !ring.0[0].is_over(Timestamp(29)));
    }

    #[test]
    fn a_key_that_was_withdrawn_vouches_for_nothing_but_what_a_restore_forgot() {
        let mut ring = Ring(vec![row(1, 0, 0, Some(30)), row(2, 10, 20, None)]);
        assert_eq!(ring.remembered(Timestamp(40)), [key(2)]);
        ring.0[0].restored = true;
        assert_eq!(ring.remembered(Timestamp(40)), [key(1), key(2)]);
    }
}
