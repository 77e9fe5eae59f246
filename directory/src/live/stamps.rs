//! Things to come back with that prove themselves: each carries this process's stamp, so nothing
//! is kept while it is open, and strangers who ask for a million of them fill nothing. Only those
//! that known owners used up are remembered, until they expire, so that each works once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farpane_protocol::time::Timestamp;
use ring::hmac;

use super::lock;

/// What makes each stamp another one, in bytes: enough that two of one microsecond differ.
const NONCE: usize = 16;

/// Bytes of a stamp's end.
const UNTIL: usize = size_of::<u64>();

/// Bytes of the stamp itself: all of HMAC-SHA256.
const TAG: usize = 32;

/// Longest text that is looked at, in characters: ours have some hundreds.
const MAX_CHARS: usize = 4096;

/// Most that one owner may use up within a life: a script that calls a program over and over, not
/// a flood.
const EACH: usize = 1024;

/// Most that are remembered at once, 24 bytes each: many times the devices of a large installation
/// after a power cut. Only those who are known here, or who wait with a code, ever use one up.
const ALL: usize = 1_000_000;

/// Gives stamped things out and knows them again; `K` is who can use one up.
#[derive(Debug)]
pub struct Stamps<K> {
    key: hmac::Key,
    life: Duration,
    used: Mutex<Used<K>>,
}

/// What was used up and could still be shown again.
#[derive(Debug)]
struct Used<K> {
    by: HashMap<K, Vec<Mark>>,
    /// How many all of them are.
    all: usize,
}

impl<K> Used<K> {
    fn sweep(&mut self, now: Timestamp) {
        self.all = 0;
        self.by.retain(|_, marks| {
            marks.retain(|mark| mark.until > now);
            self.all += marks.len();
            !marks.is_empty()
        });
    }
}

/// Which stamp it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    nonce: [u8; NONCE],
    until: Timestamp,
}

/// Why a stamp does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUsed {
    /// It was used up before.
    Before,
    /// Too many were used up just now, by this owner or by all.
    TooMany,
}

impl<K: Eq + Hash> Stamps<K> {
    /// Stamps that work for as long as `life` and in this process: a restart voids them.
    pub fn new(life: Duration) -> Self {
        let key = farpane_certs::random::bytes::<32>();
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            life,
            used: Mutex::new(Used {
                by: HashMap::new(),
                all: 0,
            }),
        }
    }

    fn tag(&self, whose: &[u8; 32], body: &[u8]) -> hmac::Tag {
        hmac::sign(&self.key, &[whose.as_slice(), body].concat())
    }

    /// Stamps `content`, which is not hidden, for `whose` alone.
    pub fn give(&self, whose: &[u8; 32], content: &[u8], now: Timestamp) -> String {
        let nonce = farpane_certs::random::bytes::<NONCE>();
        let until = now.after(self.life).0.to_be_bytes();
        let mut stamped = [nonce.as_slice(), &until, content].concat();
        let tag = self.tag(whose, &stamped);
        stamped.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(stamped)
    }

    /// The content of what was given for `whose` and has not expired. It may have been used:
    /// [`Self::use_up`] says so.
    pub fn read(&self, whose: &[u8; 32], shown: &str, now: Timestamp) -> Option<(Vec<u8>, Mark)> {
        if shown.len() > MAX_CHARS {
            return None;
        }
        let stamped = URL_SAFE_NO_PAD.decode(shown).ok()?;
        let (body, tag) = stamped.split_at_checked(stamped.len().checked_sub(TAG)?)?;
        let whole = [whose.as_slice(), body].concat();
        hmac::verify(&self.key, &whole, tag).ok()?;
        let (nonce, rest) = body.split_first_chunk::<NONCE>()?;
        let (until, content) = rest.split_first_chunk::<UNTIL>()?;
        let until = Timestamp(u64::from_be_bytes(*until));
        let mark = Mark {
            nonce: *nonce,
            until,
        };
        (until > now).then(|| (content.to_vec(), mark))
    }

    /// Uses one up. What is remembered is never pushed out while it could still be shown again:
    /// where there is no room the newcomer is turned away, and one owner cannot take others' room.
    pub fn use_up(&self, owner: K, mark: Mark, now: Timestamp) -> Result<(), NotUsed> {
        let mut used = lock(&self.used);
        if used.all >= ALL {
            used.sweep(now);
            if used.all >= ALL {
                return Err(NotUsed::TooMany);
            }
        }
        let marks = used.by.entry(owner).or_default();
        if marks.contains(&mark) {
            return Err(NotUsed::Before);
        }
        let before = marks.len();
        marks.retain(|mark| mark.until > now);
        let gone = before - marks.len();
        let full = marks.len() >= EACH;
        if !full {
            marks.push(mark);
        }
        used.all = used.all - gone + usize::from(!full);
        if full {
            return Err(NotUsed::TooMany);
        }
        Ok(())
    }

    /// Drops what could not be shown again anyway.
    pub fn forget_old(&self, now: Timestamp) {
        lock(&self.used).sweep(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const LIFE: Duration = Duration::from_secs(60);
    const ANNA: [u8; 32] = [1; 32];

    #[test]
    fn a_stamped_thing_works_once_for_its_owner_and_its_life() {
        let stamps = Stamps::new(LIFE);
        let given = stamps.give(&ANNA, b"content", NOW);
        let (content, mark) = stamps.read(&ANNA, &given, NOW).expect("ours");
        assert_eq!(content, b"content");
        assert_eq!(stamps.use_up("anna", mark, NOW), Ok(()));
        assert_eq!(stamps.use_up("anna", mark, NOW), Err(NotUsed::Before));
        assert_eq!(stamps.read(&[2; 32], &given, NOW), None);
        assert_eq!(stamps.read(&ANNA, &given, NOW.after(LIFE)), None);
        assert_ne!(stamps.give(&ANNA, b"content", NOW), given);
    }

    #[test]
    fn what_was_changed_or_stamped_elsewhere_is_not_ours() {
        let stamps = Stamps::<u8>::new(LIFE);
        let given = stamps.give(&ANNA, b"x", NOW);
        let bytes = URL_SAFE_NO_PAD.decode(&given).expect("base64");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(stamps.read(&ANNA, &changed, NOW), None, "{at}");
            let short = URL_SAFE_NO_PAD.encode(&bytes[..at]);
            assert_eq!(stamps.read(&ANNA, &short, NOW), None, "{at}");
        }
        let elsewhere = Stamps::<u8>::new(LIFE).give(&ANNA, b"x", NOW);
        assert_eq!(stamps.read(&ANNA, &elsewhere, NOW), None);
    }

    #[test]
    fn one_owner_who_uses_up_many_is_turned_away_alone() {
        let stamps = Stamps::new(LIFE);
        let draw = |now| {
            let given = stamps.give(&ANNA, b"", now);
            stamps.read(&ANNA, &given, now).expect("ours").1
        };
        for _ in 0..EACH {
            assert_eq!(stamps.use_up("anna", draw(NOW), NOW), Ok(()));
        }
        assert_eq!(lock(&stamps.used).all, EACH);
        assert_eq!(stamps.use_up("anna", draw(NOW), NOW), Err(NotUsed::TooMany));
        assert_eq!(stamps.use_up("bo", draw(NOW), NOW), Ok(()));
        let later = NOW.after(LIFE);
        assert_eq!(stamps.use_up("anna", draw(later), later), Ok(()));
        stamps.forget_old(later.after(LIFE));
        assert!(lock(&stamps.used).by.is_empty() && lock(&stamps.used).all == 0);
    }
}
